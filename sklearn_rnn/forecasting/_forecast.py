"""Fitted pipeline and the rows so far -> predictions of the rows to come."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state, check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.forecasting._conformal import ConformalIntervals
from sklearn_rnn.forecasting._feedback import Feedback, resolve_feedback
from sklearn_rnn.forecasting._gaps import warn_of_gaps
from sklearn_rnn.forecasting._past import Past
from sklearn_rnn.forecasting._roll_out import roll_out
from sklearn_rnn.forecasting._table_series import find_windower


def forecast(
    estimator: BaseEstimator,
    X: Any,
    n_steps: int,
    *,
    X_future: Any = None,
    feedback: Any = None,
    n_samples: int | None = None,
    residuals: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> pd.Series | pd.DataFrame:
    """Roll a fitted pipeline out into the future, feeding its predictions back.

    The first row to come is predicted, its prediction written into the column that y
    copies, the next row predicted from there, and so on, for every group. Predictions
    are fed into the table as the user has it, in front of all scalers and windows. An
    estimator that predicts several steps at once goes on by as many.

    Parameters
    ----------
    estimator : estimator
        Fitted; usually a Pipeline with a :class:`~sklearn_rnn.SequenceWindower`, or a
        search or :class:`ConformalIntervals` around one. Of intervals and quantiles
        only the centres, what `predict` gives, are forecast.

    X : DataFrame or array-like of shape (n_rows, n_columns)
        Rows so far, in the order of time within each group. The index of a DataFrame is
        continued.

    n_steps : int
        Number of rows to predict of each group.

    X_future : DataFrame or array-like or None, default=None
        The columns of the rows to come that are known beforehand, such as the calendar,
        at least `n_steps` rows of each group; where they name no group, the same for
        all. Not needed where all steps are predicted at once, from earlier rows. The
        index of a DataFrame is that of the forecast, and goes on where that of `X`
        ends. An array has the columns of `X`; those fed back are not read.

    feedback : str, int, list of these or None, default=None
        Column of `X` that the predictions are written into, one for each output, None
        for one that is written nowhere; outputs of one column are its next values. None
        follows back what the windower has found. An empty list feeds nothing back. The
        outputs of a decoder are counted step by step: `["a", "b"] * n_output_steps`.

    n_samples : int or None, default=None
        Number of paths to draw. To each prediction the error of a past one is added
        before it is fed back. None gives one path without errors.

    residuals : array-like of shape (n_residuals, ...) or None, default=None
        Errors `y - prediction` to draw from. None takes those of the estimator on the
        rows of `X`, of all groups, where the windows are full. On rows that it was
        trained on they are too small; those of rows held out are honest.

    random_state : int, RandomState instance or None, default=None
        Seed of the paths.

    Returns
    -------
    Series or DataFrame of shape (n_groups * n_steps, ...)
        Predictions in the units of y, one group after the other, on an index that goes
        on from `X`; with a column of ids, they are its first level. A Series for one
        output, or for one column of which all outputs are next values; a DataFrame with
        one column for each otherwise. With `n_samples` the columns are the paths, for
        several outputs `(output, path)`.

    Raises
    ------
    ValueError
        If a column of the rows to come is not known, the index cannot be continued,
        paths are asked of outputs whose past errors are not known, or the predictions
        are those of time steps that were read.

    Warns
    -----
    HistoryGapWarning
        If `X_future` follows `X` only after an unusually long step of the index.

    ShortHistoryWarning
        If a step longer than `max_gap` leaves the windows empty or short.

    See Also
    --------
    make_targets : Targets of several steps, predicted at once.
    steps_to_threshold : Counts the steps until a forecast crosses a threshold.

    Notes
    -----
    Only as many past rows as the windows reach are read again in each step, for all
    paths at once, if the first predictions are the same that way. Otherwise, as where a
    step looks further back or a stateful network has read more, the whole table is read
    in every step and path.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import GRURegressor, SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> from sklearn_rnn.forecasting import forecast
    >>> X, y = make_battery_fade(100, random_state=0)
    >>> net = GRURegressor(8, max_epochs=5, random_state=0)
    >>> pipe = make_pipeline(SequenceWindower(5), net).fit(X, y)
    >>> forecast(pipe, X, 3).index
    RangeIndex(start=100, stop=103, step=1, name='cycle')
    >>> forecast(pipe, X, 3, n_samples=20, random_state=0).shape
    (3, 20)
    """
    check_is_fitted(estimator)
    check_scalar(n_steps, "n_steps", Integral, min_val=1)
    if n_samples is not None:
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
    estimator = _inside(estimator)
    past = Past.read(estimator, X)
    known = np.asarray(estimator.predict(past.as_given(past.frame)), dtype=np.float64)
    _refuse_read_steps(estimator, known)
    outputs = known.reshape(len(known), -1)
    places = resolve_feedback(feedback, estimator, past, outputs.shape[1])
    n_blocks = -(-n_steps // places.n_ahead)
    are_read = n_blocks > 1 or _reads_own_rows(estimator, places)
    future, times = past.future_rows(n_steps, X_future, places.fed, are_read)
    warn_of_gaps(estimator, past, times)
    shape = (n_samples or 1, n_blocks, len(past.series.ids))
    noise = np.zeros((*shape, outputs.shape[1]))
    if n_samples is not None:
        errors = _check_residuals(residuals, known.shape[1:])
        if errors is None:
            errors = _past_errors(estimator, past, outputs, places)
        rng = check_random_state(random_state)
        noise = errors[rng.randint(len(errors), size=shape)]
    found = roll_out(estimator, past, future, places, noise)
    is_single = known.ndim == 1 or (places.n_ahead > 1 and found.shape[-1] == 1)
    names = _names(past, places)
    index = _index(past, times)
    return _as_pandas(found, index, names, is_single, n_samples is not None)


def _inside(estimator: Any) -> Any:
    """Give what predicts within a search or intervals, which predict the same."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, ConformalIntervals):
            estimator = estimator.estimator_
        else:
            return estimator


def _reads_own_rows(estimator: Any, places: Feedback) -> bool:
    """Tell whether the first rows to come have a part in their own prediction."""
    windower = find_windower(estimator)
    return windower is None or windower.horizon + places.first_lead == 0


def _refuse_read_steps(
    estimator: BaseEstimator, predictions: NDArray[np.float64]
) -> None:
    """Refuse predictions of steps unless a decoder wrote them: those are the next."""
    parameters = estimator.get_params()  # of whatever is around the decoder, too
    decodes = any(name.endswith("teacher_forcing_ratio") for name in parameters)
    if predictions.ndim > 2 and not decodes:
        raise ValueError(
            "forecast goes on from predictions of next values. Got one for each time "
            f"step that was read, of shape {predictions.shape}. Fit to a y with one "
            "row per row of X, such as make_targets makes."
        )


def _check_residuals(
    residuals: ArrayLike | None, shape: tuple[int, ...]
) -> NDArray[np.float64] | None:
    """Give one row per error, of as many numbers as a prediction has."""
    if residuals is None:
        return None
    errors = check_array(
        residuals,
        dtype=np.float64,
        ensure_2d=False,
        allow_nd=True,
        input_name="residuals",
    )
    n_outputs = math.prod(shape)
    flat = errors.reshape(len(errors), -1)
    if flat.shape[1] != n_outputs or (errors.ndim > 2 and errors.shape[1:] != shape):
        raise ValueError(
            f"forecast expects residuals of {n_outputs} outputs, (n_residuals, "
            f"{', '.join(map(str, shape)) or 1}). Got shape {errors.shape}."
        )
    return flat


def _past_errors(
    estimator: BaseEstimator,
    past: Past,
    outputs: NDArray[np.float64],
    places: Feedback,
) -> NDArray[np.float64]:
    """Compare predictions of past rows with what followed, where windows are full."""
    if (places.columns < 0).any():
        raise ValueError(
            "forecast does not know the past errors of outputs that are fed into no "
            "column. Pass residuals=, such as y - predict(X) of rows held out."
        )
    errors = np.full(outputs.shape, np.nan)
    for k, column in enumerate(places.columns):
        values = past.frame.iloc[:, column].to_numpy(dtype=np.float64)
        rows, later = past.series.pairs(int(places.leads[k]))
        actual = places.slopes[k] * values[later] + places.intercepts[k]
        errors[rows, k] = actual - outputs[rows, k]
    windower = find_windower(estimator)
    n_read = 0 if windower is None else windower.window_length + windower.horizon - 1
    usable = (past.series.places >= n_read) & ~np.isnan(errors).any(axis=1)
    if not usable.any():
        raise ValueError(
            f"forecast needs rows of X with {n_read} rows before them, to draw from "
            "their errors. Pass more rows, or residuals=."
        )
    return errors[usable]


def _names(past: Past, places: Feedback) -> list[Any]:
    """Name what is forecast: the column it is fed into, or the number of the output."""
    names: dict[int, Any] = {}
    for k, (variable, column) in enumerate(
        zip(places.variables.tolist(), places.columns.tolist(), strict=True)
    ):
        names.setdefault(variable, k if column < 0 else past.frame.columns[column])
    return [names[variable] for variable in sorted(names)]


def _index(past: Past, times: list[pd.Index]) -> pd.Index:
    """Name each row of the forecast by group and time, one group after the other."""
    own = past.frame.index.names
    outer = own[:-1] or [past.frame.columns[i] for i in past.id_columns]
    if not outer:
        return times[0].rename(own[-1])
    several = len(outer) > 1
    rows = []
    for name, own_times in zip(past.series.ids, times, strict=True):
        levels = [*name] if several else [name]  # type: ignore[misc]
        rows += [(*levels, time) for time in own_times]
    return pd.MultiIndex.from_tuples(rows, names=[*outer, own[-1]])


def _as_pandas(
    found: NDArray[np.float64],  # (P, n_groups, n_steps, n_variables)
    index: pd.Index,
    names: list[Any],
    is_single: bool,
    has_paths: bool,
) -> pd.Series | pd.DataFrame:
    n_paths, n_variables = found.shape[0], found.shape[3]
    table = np.moveaxis(found, 0, -1).reshape(len(index), n_variables, n_paths)
    if not has_paths and is_single:
        return pd.Series(table[:, 0, 0], index=index, name=names[0])
    if not has_paths:
        return pd.DataFrame(table[:, :, 0], index=index, columns=names)
    paths = pd.RangeIndex(n_paths, name="path")
    if is_single:
        return pd.DataFrame(table[:, 0], index=index, columns=paths)
    columns = pd.MultiIndex.from_product([names, paths], names=["output", "path"])
    return pd.DataFrame(table.reshape(len(index), -1), index=index, columns=columns)
