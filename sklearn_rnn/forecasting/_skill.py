"""Predictions, and those of a baseline -> how much smaller the squared error is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length

from sklearn_rnn._compat import check_sample_weight


def skill_score(
    y_true: Any,
    y_pred: Any,
    y_baseline: Any,
    *,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compare the squared error of predictions with that of a baseline.

    1 is perfect, 0 as good as the baseline, and below 0 worse.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Targets. NaN is a target that is not known and weighs nothing.

    y_pred : array-like of the shape of `y_true`
        Predictions.

    y_baseline : array-like of the shape of `y_true`
        Predictions of the baseline. Where it and `y_true` are a Series or DataFrame
        each, rows are matched by their index.

    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples.

    Returns
    -------
    float
        1 - (mean squared error) / (that of the baseline). Where the baseline is
        perfect, 0 if the predictions are perfect too, and minus infinity otherwise.

    Raises
    ------
    ValueError
        If the shapes differ, no target is known, a prediction is not finite, the
        baseline lacks a row, or there are targets for the steps of each sample.

    See Also
    --------
    PersistenceRegressor : The baseline of a forecast.
    sklearn.metrics.r2_score : The same with the mean of `y_true` for a baseline.

    Examples
    --------
    >>> from sklearn_rnn.forecasting import skill_score
    >>> skill_score([1.0, 2.0, 3.0], [1.0, 2.0, 2.0], y_baseline=[0.0, 1.0, 2.0])
    0.66...

    With predictions on an index, every fold of a cross-validation is compared with its
    own rows:

    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.metrics import make_scorer
    >>> from sklearn.model_selection import TimeSeriesSplit, cross_val_score
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> X, y = make_battery_fade(200, random_state=0)
    >>> lags = X.shift([1, 2, 3]).bfill()
    >>> scorer = make_scorer(skill_score, y_baseline=y.shift(1).bfill())
    >>> cv = TimeSeriesSplit(3)
    >>> cross_val_score(Ridge(0.1), lags, y, cv=cv, scoring=scorer).shape
    (3,)
    """
    refuse_steps("skill_score", y_true, y_pred, y_baseline)
    baseline = _match_rows(y_baseline, y_true)
    true = _check("y_true", y_true, ensure_all_finite="allow-nan")
    predicted, baseline = _check("y_pred", y_pred), _check("y_baseline", baseline)
    check_consistent_length(true, predicted, baseline)
    if not true.shape == predicted.shape == baseline.shape:
        raise ValueError(
            "skill_score expects y_true, y_pred and y_baseline of one shape. Got "
            f"{true.shape}, {predicted.shape} and {baseline.shape}."
        )
    weights = check_sample_weight(sample_weight, true, dtype=np.float64)
    weights = weights[:, None] * ~np.isnan(true)
    if not weights.any():
        raise ValueError("skill_score got no known target with a weight.")
    error, reference = (
        float(np.average(np.nan_to_num(values - true) ** 2, weights=weights))
        for values in (predicted, baseline)
    )
    if reference == 0:
        return -np.inf if error else 0.0
    return 1 - error / reference


def refuse_steps(caller: str, *targets: Any) -> None:
    """Refuse lists of arrays, and arrays of three axes, which hold samples of steps.

    Parameters
    ----------
    caller : str
        Name of the metric, for the message.

    *targets : array-like or list of arrays
        What it was given.

    Raises
    ------
    ValueError
        If one of them has steps.
    """
    for values in targets:
        try:
            has_steps = np.ndim(values) > 2
        except ValueError:  # of arrays of unequal length
            has_steps = True
        if has_steps:
            raise ValueError(
                f"{caller} expects a target for each sample. Got one for each step. "
                "Put the steps of all samples one behind the other, in y and "
                "predictions: np.concatenate(y_true)."
            )


def _match_rows(values: Any, y_true: Any) -> Any:
    pandas = (pd.Series, pd.DataFrame)
    if not (isinstance(values, pandas) and isinstance(y_true, pandas)):
        return values
    if values.index.equals(y_true.index):  # which may hold an entry twice
        return values
    places = values.index.get_indexer(y_true.index)
    if (places < 0).any():
        row = y_true.index[int(np.argmin(places))]
        raise ValueError(f"skill_score got a y_baseline without the row {row!s}.")
    return values.iloc[places]


def _check(name: str, values: Any, **checks: Any) -> NDArray[np.float64]:
    found = check_array(
        values, dtype=np.float64, ensure_2d=False, input_name=name, **checks
    )
    return found.reshape(len(found), -1)
