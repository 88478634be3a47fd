"""Estimator, data and folds -> an error where a prediction depends on the future."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, indexable

from sklearn_rnn.exceptions import LeakageError
from sklearn_rnn.forecasting._row_series import RowSeries
from sklearn_rnn.forecasting._scramble import Scrambler, take_rows
from sklearn_rnn.forecasting._table_series import find_id_columns, read_table_series

CUTS = (0.0, 0.5, 1.0)  # shares of the test rows behind which the future is scrambled
TOLERANCE = 1e-6  # of the largest prediction: rounding is no leak


def check_leakage(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    cv: Any,
    *,
    groups: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = 0,
) -> None:
    """Check that no prediction of a cross-validation depends on the future.

    In every fold all that lies behind a test row, in training and test, is replaced by
    other rows of the table, and so are the targets from this row on. The estimator
    predicts again, fitted anew if its training rows have changed. The prediction of a
    row must not have moved, nor those of the rows in front of it. This is done for the
    first test row of each group in the fold, the one in the middle, and the last.

    It finds splitters that mix past and future, targets of several steps that reach
    into the test rows, steps that look ahead, and columns that hold the answer.
    It cannot see what was done to the table before, such as scaling all of it at once.

    Parameters
    ----------
    estimator : estimator
        Usually a Pipeline. It stays as it is: copies are fitted.

    X : array-like of shape (n_rows, n_columns)
        Rows, in the order of time within each group.

    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets. Where they copy a column in later rows, as those of
        :func:`make_targets` do, they lie where that value does.

    cv : int, splitter or iterable of (train, test)
        Folds to check.

    groups : array-like of shape (n_rows,) or None, default=None
        Id of the group of each row, for the splitter and to tell the future of each
        group. None reads it from the `group_by` of the windower in `estimator`, or all
        but the last level of a MultiIndex of `X`.

    random_state : int, RandomState instance or None, default=0
        Seed of the rows that replace others.

    Raises
    ------
    LeakageError
        If a prediction moved. It names the fold, the row and what may be the reason.

    See Also
    --------
    GroupTimeSeriesSplit : Folds without leaks; `purge` for targets of several steps.

    Notes
    -----
    Time is that of a fit and four predictions per fold, and of three more fits where
    the training rows lie behind test rows.

    Examples
    --------
    >>> from sklearn.impute import SimpleImputer
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.model_selection import KFold, TimeSeriesSplit
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> from sklearn_rnn.exceptions import LeakageError
    >>> from sklearn_rnn.forecasting import check_leakage
    >>> X, y = make_battery_fade(100, random_state=0)
    >>> lags = SequenceWindower(5, flatten=True)
    >>> pipe = make_pipeline(lags, SimpleImputer(), LinearRegression())
    >>> check_leakage(pipe, X, y, TimeSeriesSplit(3))
    >>> try:
    ...     check_leakage(pipe, X, y, KFold(3))
    ... except LeakageError as error:
    ...     print(error)
    Fold 0: the prediction of row 0 (index 0) moved from ... to ... when the future was
    scrambled. 66 training rows lie in it. Use a splitter that trains on the past alone,
    as GroupTimeSeriesSplit does.
    """
    X, y, groups = indexable(X, y, groups)
    rng = check_random_state(random_state)
    id_columns = find_id_columns(estimator, X)
    series = read_table_series("check_leakage", X, id_columns, groups)
    scrambler = Scrambler(X, np.asarray(y), series, id_columns, rng)
    for fold, (train, test) in enumerate(check_cv(cv).split(X, y, groups)):
        _check_fold(estimator, scrambler, series, fold, train, test)


def _check_fold(
    estimator: BaseEstimator,
    scrambler: Scrambler,
    series: RowSeries,
    fold: int,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> None:
    fitted = clone(estimator).fit(take_rows(scrambler.X, train), scrambler.y[train])
    before = _predict(fitted, take_rows(scrambler.X, test))
    for share in CUTS:
        cuts = _cut_places(series, test, share)
        X, y, changed_X, changed_y = scrambler.scramble(cuts)
        again = fitted
        if changed_X[train].any() or changed_y[train].any():
            again = clone(estimator).fit(take_rows(X, train), y[train])
        after = _predict(again, take_rows(X, test))
        kept = series.places[test] <= cuts[series.codes[test]]
        moved = np.flatnonzero(kept & _differ(before, after))
        if len(moved):
            row, old, new = test[moved[0]], before[moved[0]], after[moved[0]]
            raise LeakageError(
                f"Fold {fold}: the prediction of {_name_row(scrambler.X, row)} moved "
                f"from {_value(old)} to {_value(new)} when the future was scrambled. "
                + _reason(changed_X[train], changed_y[train], scrambler.leads)
            )


def _predict(fitted: BaseEstimator, X: Any) -> NDArray[Any]:
    """Predict; of classes their probabilities, which move more easily."""
    for method in ("predict_proba", "decision_function", "predict"):
        if hasattr(fitted, method):
            return np.asarray(getattr(fitted, method)(X))
    raise TypeError(
        f"check_leakage expects an estimator with predict. Got {type(fitted).__name__}."
    )


def _cut_places(
    series: RowSeries, test: NDArray[np.intp], share: float
) -> NDArray[np.intp]:
    """Give the place of the last known row of each series; no end for one untested."""
    cuts = np.full(len(series.ids), len(series.codes))
    for code in np.unique(series.codes[test]):
        places = np.sort(series.places[test[series.codes[test] == code]])
        cuts[code] = places[int(share * (len(places) - 1))]
    return cuts


def _differ(before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows of two arrays of predictions are not the same."""
    if before.dtype.kind == "f":
        allowed = TOLERANCE * np.nanmax(np.abs(before), initial=0)
        same = np.isclose(before, after, rtol=0, atol=allowed, equal_nan=True)
    else:
        same = before == after
    return ~same.reshape(len(same), -1).all(axis=1)


def _reason(
    changed_X: NDArray[np.bool_], changed_y: NDArray[np.bool_], leads: NDArray[np.intp]
) -> str:
    if changed_X.any():
        return (
            f"{changed_X.sum()} training rows lie in it. Use a splitter that trains on "
            "the past alone, as GroupTimeSeriesSplit does."
        )
    if changed_y.any():
        return (
            f"The targets of {changed_y.sum()} training rows lie there too. Use "
            f"GroupTimeSeriesSplit(purge={leads.max()})."
        )
    return (
        "A step of the estimator reads later rows than the one that it predicts, or "
        "that row holds the answer itself."
    )


def _name_row(X: Any, row: np.intp) -> str:
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return f"row {row} (index {X.index[[row]].tolist()[0]!s})"
    return f"row {row}"


def _value(prediction: Any) -> str:
    if np.ndim(prediction):
        return str(np.round(prediction, 6).tolist())
    return f"{prediction:.6g}" if isinstance(prediction, float) else str(prediction)
