"""Units that run to failure -> how long each row has left, last rows, and the score."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import make_scorer
from sklearn.utils import check_array, check_consistent_length, check_scalar

from sklearn_rnn.forecasting._row_series import RowSeries, read_series
from sklearn_rnn.forecasting._skill import refuse_steps

EARLY, LATE = 13.0, 10.0  # rows of error that multiply the penalty by e


def rul_targets(
    groups: Any, cap: float | None = 125, *, at_end: Any = 0
) -> pd.Series | NDArray[np.float64]:
    """Label every row with the number of rows that its unit has left.

    The last row of a unit has 0 left, the one before it 1, and so on. Early rows, where
    nothing tells yet how long the unit will last, all get `cap`.

    Parameters
    ----------
    groups : array-like of shape (n_rows,), DataFrame, Series or MultiIndex
        Unit of each row, in the order of time within each unit: the ids, such as the
        column `df["unit"]`, or a table with a MultiIndex of which all levels but the
        last name the unit. An index of numbers or dates must increase within each unit.

    cap : float or None, default=125
        Largest label; None for none.

    at_end : float, Series or dict, default=0
        Rows left at the last row of each unit, for units that were stopped before they
        failed: one number for all, or one by the id of the unit.

    Returns
    -------
    Series or ndarray of shape (n_rows,)
        Rows left, as a Series on its index for a DataFrame or Series.

    Raises
    ------
    ValueError
        If an id is missing, `at_end` lacks a unit, `cap` is not positive, or the index
        does not increase within a unit.

    See Also
    --------
    rul_score : Weighs late predictions more than early ones.
    last_row_per_group : Rows that are scored in the literature.

    References
    ----------
    Heimes, F. O. (2008). Recurrent neural networks for remaining useful life
    estimation. International Conference on Prognostics and Health Management.
    https://doi.org/10.1109/PHM.2008.4711422

    Examples
    --------
    >>> from sklearn_rnn.forecasting import rul_targets
    >>> rul_targets(["a", "a", "a", "b", "b"], cap=1)
    array([1., 1., 0., 1., 0.])
    """
    if cap is not None:
        check_scalar(cap, "cap", Real, min_val=0, include_boundaries="neither")
    series = _read_units("rul_targets", groups)
    left = series.sizes[series.codes] - 1 - series.places
    labels = left + _left_at_end(series, at_end)[series.codes]
    if cap is not None:
        labels = np.minimum(labels, cap)
    if isinstance(groups, (pd.DataFrame, pd.Series)):
        return pd.Series(labels, index=groups.index, name="rul")
    return labels


def last_row_per_group(groups: Any) -> NDArray[np.intp]:
    """Find the last row of each group.

    Parameters
    ----------
    groups : array-like of shape (n_rows,), DataFrame, Series or MultiIndex
        Group of each row, in the order of time within each group: the ids, such as the
        column `df["unit"]`, or a table with a MultiIndex of which all levels but the
        last name the group. An index of numbers or dates must increase within each.

    Returns
    -------
    ndarray of int of shape (n_groups,)
        Position of each last row, in the order in which the groups first appear.

    Raises
    ------
    ValueError
        If an id is missing, or the index does not increase within a group.

    See Also
    --------
    rul_score : Is published for these rows alone.

    Examples
    --------
    >>> from sklearn_rnn.forecasting import last_row_per_group
    >>> last_row_per_group(["b", "a", "b", "a", "a"])
    array([2, 4])
    """
    series = _read_units("last_row_per_group", groups)
    return series.order[np.cumsum(series.sizes) - 1]


def rul_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    r"""Score predictions of remaining life: late ones cost more than early ones.

    Smaller is better, and 0 is perfect. It is a sum, so only scores of equally many
    rows can be compared; published ones belong to the last row of each test unit.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True remaining life, in cycles.

    y_pred : array-like of shape (n_samples,)
        Predicted remaining life.

    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples.

    Returns
    -------
    float
        Sum of the penalties; infinite where an error is absurdly large.

    Raises
    ------
    ValueError
        If a value is NaN or infinite, the lengths differ, or there are targets for the
        steps of each sample.

    See Also
    --------
    last_row_per_group : Rows that are scored in the literature.

    Notes
    -----
    With :math:`h` the predicted minus the true life,

    .. math:: s = \sum_h \begin{cases} e^{-h/13} - 1 & h < 0 \\ e^{h/10} - 1 & h \ge 0.
        \end{cases}

    `rul_scorer` is its negative as a scorer, for `scoring=` of searches.

    References
    ----------
    Saxena, A., Goebel, K., Simon, D. and Eklund, N. (2008). Damage propagation modeling
    for aircraft engine run-to-failure simulation. International Conference on
    Prognostics and Health Management. https://doi.org/10.1109/PHM.2008.4711414

    Examples
    --------
    >>> from sklearn_rnn.forecasting import rul_score
    >>> rul_score([20, 20], [10, 20]), rul_score([20, 20], [30, 20])
    (1.15..., 1.71...)
    """
    refuse_steps("rul_score", y_true, y_pred)
    true, predicted = (
        check_array(values, dtype=np.float64, ensure_2d=False, input_name=name)
        for name, values in (("y_true", y_true), ("y_pred", y_pred))
    )
    if true.ndim > 1 or predicted.ndim > 1:
        raise ValueError(
            "rul_score expects y_true and y_pred of shape (n_samples,). Got "
            f"{true.shape} and {predicted.shape}."
        )
    check_consistent_length(true, predicted, sample_weight)
    h = predicted - true
    with np.errstate(over="ignore"):
        penalties = np.where(h < 0, np.expm1(-h / EARLY), np.expm1(h / LATE))
    weights = 1.0 if sample_weight is None else np.asarray(sample_weight)
    return float(np.sum(weights * penalties))


rul_scorer = make_scorer(rul_score, greater_is_better=False)


def _read_units(caller: str, groups: Any) -> RowSeries:
    if isinstance(groups, pd.MultiIndex):
        groups = pd.DataFrame(index=groups)
    index = groups.index if isinstance(groups, (pd.DataFrame, pd.Series)) else None
    if isinstance(index, pd.MultiIndex):
        return read_series(caller, len(index), None, groups)
    ids = np.asarray(groups)
    if ids.ndim != 1:
        raise ValueError(
            f"{caller} expects one id per row, or a table with a MultiIndex that names "
            f"the groups. Got shape {ids.shape}. Of a flat table pass the column of "
            "ids, such as df['unit']."
        )
    return read_series(caller, len(ids), ids, groups)


def _left_at_end(series: RowSeries, at_end: Any) -> NDArray[np.float64]:
    """Give the rows left at the last row of each unit."""
    if not isinstance(at_end, (pd.Series, Mapping)):
        return np.full(len(series.ids), float(at_end))
    missing = [name for name in series.ids if name not in at_end]
    if missing:
        raise ValueError(f"rul_targets got an at_end without the unit {missing[0]!r}.")
    return np.array([at_end[name] for name in series.ids], dtype=np.float64)
