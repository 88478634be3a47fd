"""Table, targets and the last known row of each series -> a table of another future."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn._compat import safe_indexing
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
        self.leads = np.zeros(int(np.prod(y.shape[1:])), dtype=np.intp)
        self.copies = self._find_copies()

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
        source = self._draw(np.flatnonzero(ahead >= 0))
        X = self._replace(source, ahead)
        unknown = ahead[:, None] + self.leads >= 0  # (n_rows, n_outputs)
        y = self.y.copy()
        flat, given = y.reshape(len(y), -1), self.y.reshape(len(y), -1)
        hidden = unknown & ~pd.isna(given)
        flat[hidden] = given[source][hidden]
        for k, (column, slope, intercept) in self.copies.items():
            rows, later = self.series.pairs(int(self.leads[k]))
            values = slope * take_columns(X, [column])[later, 0] + intercept
            copied = hidden[rows, k] & ~np.isnan(values)
            flat[rows[copied], k] = values[copied]
        changed_X = ahead >= 0 if self._answers() else ahead > 0
        return X, y, changed_X, np.asarray(hidden.any(axis=1))

    def _find_copies(self) -> dict[int, tuple[int, float, float]]:
        """Find the columns that targets copy, and learn the leads."""
        features = numeric_columns(self.X, self.id_columns)
        if not features:
            return {}
        values = take_columns(self.X, features)
        present = np.asarray(~np.isnan(values).any(axis=1))
        found = find_target_columns(
            self.X, self.y, features, present, self.series.codes
        )
        if found is None or found.leads is None:
            return {}
        self.leads = np.where(found.columns >= 0, found.leads, 0)
        return {
            int(k): (features[found.columns[k]], found.slopes[k], found.intercepts[k])
            for k in np.flatnonzero(found.columns >= 0)
        }

    def _answers(self) -> list[int]:
        """List the columns that hold the target of their own row."""
        found = {copy[0] for k, copy in self.copies.items() if self.leads[k] == 0}
        return sorted(found)

    def _draw(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Draw another row for each of some; the rest stay themselves."""
        n_rows = len(self.y)
        source = np.arange(n_rows)
        if n_rows > 1:
            steps = self.rng.randint(1, n_rows, size=len(rows))
            source[rows] = (rows + steps) % n_rows
        return source

    def _replace(self, source: NDArray[np.intp], ahead: NDArray[np.intp]) -> Any:
        """Replace the rows ahead, and in the last known ones what holds the target."""
        replaced = take_rows(
            self.X, np.where(ahead > 0, source, np.arange(len(source)))
        )
        if isinstance(replaced, (pd.DataFrame, pd.Series)):
            replaced.index = self.X.index
        for column in self.id_columns:
            _write(replaced, column, _column(self.X, column))
        for column in self._answers():
            values = take_columns(replaced, [column])[:, 0]
            others = take_columns(self.X, [column])[source, 0]
            at = (ahead == 0) & ~np.isnan(values) & ~np.isnan(others)
            _write(replaced, column, np.where(at, others, values))
        return replaced


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
    return safe_indexing(X, rows)


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


def _column(X: Any, column: int) -> Any:
    return X.iloc[:, column] if isinstance(X, pd.DataFrame) else X[:, column]


def _write(X: Any, column: int, values: Any) -> None:
    if isinstance(X, pd.DataFrame):
        X.isetitem(column, values)
    else:
        X[:, column] = values
