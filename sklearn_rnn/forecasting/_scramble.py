"""Table, targets and the last known row of each series -> a table of another future."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from sklearn_rnn.forecasting._row_series import RowSeries
from sklearn_rnn.windowing._target import find_target_columns


class Scrambler:
    """Replace what is not known yet by other rows of the same table.

    Parameters
    ----------
    X : array-like of shape (n_rows, ...)
        Rows.

    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Targets.

    series : RowSeries
        Series of the rows.

    id_columns : sequence of int
        Columns of a table that stay as they are.

    rng : RandomState
        Draws the rows that replace others.

    Attributes
    ----------
    leads : ndarray of shape (n_outputs,)
        Rows ahead of its own where each target lies.
    """

    def __init__(
        self,
        X: Any,
        y: NDArray[Any],
        series: RowSeries,
        id_columns: Sequence[int],
        rng: np.random.RandomState,
    ) -> None:
        self.X, self.y, self.series, self.rng = X, y, series, rng
        self.id_columns = list(id_columns)
        n_outputs = int(np.prod(y.shape[1:]))
        self.leads = np.zeros(n_outputs, dtype=np.intp)
        self.answers = self._find_copies()

    def scramble(
        self, cuts: NDArray[np.intp]
    ) -> tuple[Any, NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        """Make another future.

        Parameters
        ----------
        cuts : ndarray of shape (n_series,)
            Place in its series of the last row whose features are known, and whose
            target is the first that is not.

        Returns
        -------
        X, y : array-like of shape (n_rows, ...)
            Rows and targets, as many as before.

        changed_X, changed_y : ndarray of bool of shape (n_rows,)
            Rows of each that hold other values now.
        """
        ahead = self.series.places - cuts[self.series.codes]
        X = self._replace(ahead > 0)
        X = self._replace_answers(X, ahead == 0)
        y = self.y.copy()
        flat, given = y.reshape(len(y), -1), self.y.reshape(len(y), -1)
        unknown = ahead[:, None] + self.leads >= 0
        for k in range(flat.shape[1]):
            rows = np.flatnonzero(unknown[:, k] & ~pd.isna(given[:, k]))
            others = np.flatnonzero(~pd.isna(given[:, k]))
            flat[rows, k] = given[self._draw(rows, others), k]
        changed_X = ahead > 0
        if self.answers:
            changed_X |= ahead == 0
        return X, y, changed_X, np.asarray(unknown.any(axis=1))

    def _find_copies(self) -> list[int]:
        """Find the columns that hold the target of their row; learn the leads."""
        features = numeric_columns(self.X, self.id_columns)
        if not features:
            return []
        values = take_columns(self.X, features)
        present = np.asarray(~np.isnan(values).any(axis=1))
        found = find_target_columns(
            self.X, self.y, features, present, self.series.codes
        )
        if found is None or found.leads is None:
            return []
        copied = found.columns >= 0
        self.leads = np.where(copied, found.leads, 0)
        return [
            features[j] for j in np.unique(found.columns[copied & (self.leads == 0)])
        ]

    def _draw(self, rows: NDArray[np.intp], others: NDArray[np.intp]) -> Any:
        """Draw another row for each."""
        drawn = self.rng.choice(others, size=len(rows)) if len(rows) else rows
        same = drawn == rows
        drawn[same] = others[(np.searchsorted(others, rows[same]) + 1) % len(others)]
        return drawn

    def _replace(self, future: NDArray[np.bool_]) -> Any:
        rows, every = np.flatnonzero(future), np.arange(len(future))
        source = every.copy()
        source[rows] = self._draw(rows, every)
        replaced = take_rows(self.X, source)
        if isinstance(replaced, (pd.DataFrame, pd.Series)):
            replaced.index = self.X.index
            for column in self.id_columns:
                replaced.isetitem(column, self.X.iloc[:, column])
        elif self.id_columns:
            replaced[:, self.id_columns] = self.X[:, self.id_columns]
        return replaced

    def _replace_answers(self, X: Any, at: NDArray[np.bool_]) -> Any:
        for column in self.answers:
            values = take_columns(self.X, [column])[:, 0]
            known = np.flatnonzero(~np.isnan(values))
            rows = np.flatnonzero(at & ~np.isnan(values))
            drawn = values[self._draw(rows, known)]
            if isinstance(X, pd.DataFrame):
                whole = take_columns(X, [column])[:, 0]
                whole[rows] = drawn
                X.isetitem(column, whole)
            else:
                X[rows, column] = drawn
        return X


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:
    """Copy rows of a table, array or list.

    Parameters
    ----------
    X : array-like of shape (n_rows, ...)
        Rows.

    rows : ndarray of int
        Positions.

    Returns
    -------
    array-like of shape (len(rows), ...)
        Of the type of `X`.
    """
    return _safe_indexing(X, rows)


def take_columns(X: Any, columns: Sequence[int]) -> NDArray[np.float64]:
    """Copy numeric columns of a table or array.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        Table.

    columns : sequence of int
        Positions.

    Returns
    -------
    ndarray of shape (n_rows, len(columns))
        Values, NaN where missing.
    """
    if isinstance(X, pd.DataFrame):
        part = X.iloc[:, list(columns)]
        return part.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    return X[:, list(columns)].astype(np.float64)


def numeric_columns(X: Any, id_columns: Sequence[int]) -> list[int]:
    """Find the columns that hold numbers and no ids.

    Parameters
    ----------
    X : object
        DataFrame, array, or what has no columns.

    id_columns : sequence of int
        Columns that name groups.

    Returns
    -------
    list of int
        Positions.
    """
    if isinstance(X, pd.DataFrame):
        numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
        return [i for i in np.flatnonzero(numeric).tolist() if i not in id_columns]
    is_table = isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "iufb"
    return list(range(X.shape[1])) if is_table else []
