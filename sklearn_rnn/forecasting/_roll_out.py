"""Fitted estimator, past and future rows -> predictions, step by step fed back."""

from __future__ import annotations

import warnings
from copy import copy
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from sklearn_rnn._compat import safe_indexing
from sklearn_rnn.exceptions import ShortHistoryWarning
from sklearn_rnn.forecasting._feedback import Feedback
from sklearn_rnn.forecasting._past import Past
from sklearn_rnn.forecasting._row_series import RowSeries
from sklearn_rnn.windowing._groups import resolve_group_columns
from sklearn_rnn.windowing._windower import SequenceWindower

SAME = 1e-7  # of the largest prediction: rounding in batches of another size


class PathTable:
    """Hold past and future rows, the fed columns once per path.

    Parameters
    ----------
    past : DataFrame of shape (n_past, n_columns)
        Rows that are known.

    series : RowSeries
        Groups of these rows.

    future : DataFrame of shape (n_steps * n_groups, n_columns)
        Rows to come, step by step.

    fed : list of int
        Columns that predictions are written into.

    n_paths : int
        Number of paths.
    """

    def __init__(
        self,
        past: pd.DataFrame,
        series: RowSeries,
        future: pd.DataFrame,
        fed: list[int],
        n_paths: int,
    ) -> None:
        self.frame = pd.concat([past, future])
        self.fed, self.n_past, self.series = fed, len(past), series
        self.n_groups, self.n_paths = len(series.ids), n_paths
        codes = np.tile(np.arange(self.n_groups), len(future) // self.n_groups)
        self.codes = np.concatenate([series.codes, codes])
        one_path = self.frame.iloc[:, fed].to_numpy(dtype=np.float64)
        self.values = np.tile(one_path, (n_paths, 1, 1))  # (P, n_rows, n_fed)

    def base_rows(self, step: int) -> NDArray[np.intp]:
        """Give the row of each group that predicts what lies so many steps ahead.

        Step 0 is the first future row, step -1 the last past one.
        """
        if step >= 0:
            return self.n_past + self.n_groups * step + np.arange(self.n_groups)
        ends = np.cumsum(self.series.sizes)
        if (self.series.sizes < -step).any():
            raise ValueError(f"forecast needs {-step} rows of each group in X.")
        return self.series.order[ends + step]

    def stack(self, n_rows: int, paths: NDArray[np.intp]) -> pd.DataFrame:
        """Put the first rows of some paths one below the other."""
        stacked = self.frame.iloc[np.tile(np.arange(n_rows), len(paths))]
        for j, column in enumerate(self.fed):
            stacked.isetitem(column, self.values[paths, :n_rows, j].ravel())
        return stacked


class WholePrediction:
    """Predict the whole table anew, path by path."""

    def __init__(self, estimator: BaseEstimator, past: Past) -> None:
        self.estimator, self.past = estimator, past

    def predict(
        self, table: PathTable, n_rows: int, rows: NDArray[np.intp], n_paths: int
    ) -> NDArray[np.float64]:
        """Give predictions (n_paths, n_groups, n_outputs)."""
        found = []
        for path in range(n_paths):
            X = self.past.as_given(table.stack(n_rows, np.array([path])))
            found.append(np.asarray(self.estimator.predict(X), dtype=np.float64)[rows])
        return np.stack(found).reshape(n_paths, len(rows), -1)


class LastRowsPrediction:
    """Predict the last row of each group in all paths at once, as series of their own.

    It knows of the past what windows reach, and asks the last step for no other rows.
    """

    def __init__(self, pipeline: Pipeline, past: Past) -> None:
        steps = [
            step for _, step in pipeline.steps if step not in (None, "passthrough")
        ]
        at = [isinstance(step, SequenceWindower) for step in steps].index(True)
        self.front, self.behind, self.last = steps[:at], steps[at + 1 : -1], steps[-1]
        self.windower = copy(steps[at])
        self.windower.context = None  # the rows of X are all the past there is
        self.past = past

    def predict(
        self, table: PathTable, n_rows: int, rows: NDArray[np.intp], n_paths: int
    ) -> NDArray[np.float64]:
        """Give predictions (n_paths, n_groups, n_outputs)."""
        X = self.past.as_given(table.stack(n_rows, np.arange(n_paths)))
        for step in self.front:
            X = step.transform(X)
        path = np.arange(n_paths)[:, None]
        X = self._cut_windows(X, (path * table.n_groups + table.codes[:n_rows]).ravel())
        for step in self.behind:
            X = step.transform(X)
        X = safe_indexing(X, (path * n_rows + rows).ravel())
        found = np.asarray(self.last.predict(X), dtype=np.float64)
        return found.reshape(n_paths, len(rows), -1)

    def _cut_windows(self, X: Any, ids: NDArray[np.intp]) -> Any:
        """Give each path its own groups."""
        columns = resolve_group_columns(self.windower.group_by, X)
        if not isinstance(X, pd.DataFrame):
            if not columns:
                return self.windower.transform(X, groups=ids)
            X = X.copy()
            X[:, columns[0]] = ids
            return self.windower.transform(X)
        X = X.copy(deep=False)
        if columns:
            X.isetitem(columns[0], ids)
        else:
            X.index = pd.MultiIndex.from_arrays([ids, X.index.get_level_values(-1)])
        return self.windower.transform(X)


def roll_out(
    estimator: BaseEstimator,
    past: Past,
    future: pd.DataFrame,
    feedback: Feedback,
    noise: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Predict step after step.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    past : Past
        Rows to go on from.

    future : DataFrame of shape (n_steps * n_groups, n_columns)
        Rows to come.

    feedback : Feedback
        Where the outputs lie.

    noise : ndarray of shape (n_paths, n_blocks, n_groups, n_outputs)
        Added to the predictions.

    Returns
    -------
    ndarray of shape (n_paths, n_groups, n_steps, n_variables)
        Predictions in the units of y.
    """
    n_paths, n_blocks, n_groups, _ = noise.shape
    n_steps = len(future) // n_groups
    n_variables = int(feedback.variables.max()) + 1
    found = np.empty((n_paths, n_groups, n_steps, n_variables))
    predictor, table = _choose(estimator, past, future, feedback, n_paths)
    for block in range(n_blocks):
        base = block * feedback.n_ahead - feedback.first_lead
        outputs = _predict(predictor, table, base, n_paths) + noise[:, block]
        for k, offset in enumerate(feedback.offsets):
            step = block * feedback.n_ahead + offset
            if step < n_steps:
                found[:, :, step, feedback.variables[k]] = outputs[..., k]
                _write(table, feedback, k, step, outputs[..., k])
    return found


def _write(
    table: PathTable,
    feedback: Feedback,
    k: int,
    step: int,
    values: NDArray[np.float64],  # (P, n_groups)
) -> None:
    if feedback.columns[k] < 0:
        return
    rows = table.base_rows(step)
    j = table.fed.index(int(feedback.columns[k]))
    table.values[:, rows, j] = (values - feedback.intercepts[k]) / feedback.slopes[k]


def _choose(
    estimator: BaseEstimator,
    past: Past,
    future: pd.DataFrame,
    feedback: Feedback,
    n_paths: int,
) -> tuple[Any, PathTable]:
    """Take the quick way where it gives the same first predictions as the whole one."""

    def make_table(rows: NDArray[np.intp]) -> PathTable:
        series = RowSeries(past.series.codes[rows], past.series.ids)
        frame = past.frame.iloc[rows]
        return PathTable(frame, series, future, feedback.fed, n_paths)

    whole = WholePrediction(estimator, past)
    every = make_table(np.arange(len(past.frame)))
    if not _is_quick(estimator):
        return whole, every
    quick = LastRowsPrediction(estimator, past)
    windower = quick.windower
    n_kept = 2 * windower.window_length + windower.horizon + 1
    places, sizes = past.series.places, past.series.sizes[past.series.codes]
    last = make_table(np.flatnonzero(places >= sizes - n_kept))
    base = -feedback.first_lead
    expected = _predict(whole, every, base, 1)
    found = _predict(quick, last, base, n_paths)
    allowed = SAME * np.abs(expected).max()
    same = np.allclose(found, expected, rtol=0, atol=allowed)
    return (quick, last) if same else (whole, every)


def _predict(
    predictor: Any, table: PathTable, base: int, n_paths: int
) -> NDArray[np.float64]:
    """Predict from the rows of one step, without remarks on how the past begins."""
    n_rows = table.n_past + table.n_groups * max(0, base + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ShortHistoryWarning)
        return predictor.predict(table, n_rows, table.base_rows(base), n_paths)


def _is_quick(estimator: BaseEstimator) -> bool:
    """Tell whether a pipeline shows its windows."""
    return isinstance(estimator, Pipeline) and any(
        isinstance(step, SequenceWindower) for _, step in estimator.steps
    )
