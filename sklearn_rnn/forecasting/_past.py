"""Table that a fitted estimator reads, and what is known later -> past, future rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sklearn_rnn.forecasting._future_index import continue_index
from sklearn_rnn.forecasting._row_series import RowSeries
from sklearn_rnn.forecasting._table_series import find_id_columns, read_table_series


@dataclass(frozen=True)
class Past:
    """Hold the rows that a forecast goes on from.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Rows; of an array, its columns are numbered.

    series : RowSeries
        Groups of the rows.

    id_columns : list of int
        Columns that name the groups.

    dtype : dtype or None
        Type of the array that the user passed; None for a DataFrame.
    """

    frame: pd.DataFrame
    series: RowSeries
    id_columns: list[int]
    dtype: Any

    @classmethod
    def read(cls, estimator: BaseEstimator, X: Any) -> Past:
        """Read what the user passed."""
        is_frame = isinstance(X, pd.DataFrame)
        table = X if is_frame else np.asarray(X)
        if np.ndim(table) != 2 or not len(table):
            raise ValueError(
                "forecast expects X of shape (n_rows, n_columns), with at least one "
                f"row. Got shape {np.shape(table)}."
            )
        ids = find_id_columns(estimator, table)
        series = read_table_series("forecast", table, ids)
        frame = table if is_frame else pd.DataFrame(table).infer_objects()
        return cls(frame, series, ids, None if is_frame else table.dtype)

    @property
    def last_rows(self) -> NDArray[np.intp]:
        """Give the last row of each group."""
        return self.series.order[np.cumsum(self.series.sizes) - 1]

    def as_given(self, frame: pd.DataFrame) -> Any:
        """Bring rows into the form in which the user passed them."""
        if self.dtype is None:
            return frame
        values = frame.to_numpy()
        is_int = np.issubdtype(self.dtype, np.integer)
        return values.astype(np.float64 if is_int else self.dtype)

    def future_rows(
        self, n_steps: int, X_future: Any, fed: list[int], are_read: bool = True
    ) -> tuple[pd.DataFrame, list[pd.Index]]:
        """Make the rows to come, as far as they are known.

        Parameters
        ----------
        n_steps : int
            Rows of each group.

        X_future : DataFrame, array or None
            Columns that are known.

        fed : list of int
            Columns that predictions are fed into: they repeat their last value.

        are_read : bool, default=True
            Whether any prediction depends on them. Otherwise all columns that are not
            known repeat their last value.

        Returns
        -------
        rows : DataFrame of shape (n_steps * n_groups, n_columns)
            The first step of all groups, then the second, and so on.

        times : list of pandas.Index
            Last level of the index of each group.
        """
        known = None
        if X_future is not None:
            known = self._read_future(X_future, n_steps)
        repeated = [*fed, *self.id_columns]
        needed = [i for i in range(self.frame.shape[1]) if i not in repeated]
        names = [self.frame.columns[i] for i in needed]
        given = [] if known is None else [*known.columns]
        missing = [name for name in names if name not in given]
        if missing and are_read:
            raise ValueError(
                f"forecast does not know the columns {missing} of the rows to come. "
                "Pass them in X_future, or name those that y copies in feedback=."
            )
        future = self.frame.iloc[np.tile(self.last_rows, n_steps)].copy()
        if known is not None:
            found = [i for i, name in zip(needed, names, strict=True) if name in given]
            for i in found:
                values = known[self.frame.columns[i]].astype(self.frame.dtypes.iloc[i])
                future.isetitem(i, values.to_numpy())
        for i in fed:  # absent rows may come last
            series = self.frame.iloc[:, i].groupby(self.series.codes)
            future.isetitem(i, np.tile(series.last().fillna(0.0), n_steps))
        times = self._future_times(known, n_steps)
        future.index = self._index_of(times, n_steps)
        return future, times

    def _read_future(self, X_future: Any, n_steps: int) -> pd.DataFrame:
        """Bring what is known into the order of the future rows."""
        if self.dtype is None and not isinstance(X_future, pd.DataFrame):
            raise TypeError("forecast expects X_future to be a DataFrame, as X is.")
        frame = pd.DataFrame(X_future)
        ids = [self.frame.columns[i] for i in self.id_columns]
        places = [frame.columns.get_loc(name) for name in ids if name in frame]
        series = read_table_series("forecast", frame, places)
        rows = []
        known = {name: code for code, name in enumerate(series.ids)}
        for name in self.series.ids:
            code = known.get(name, 0 if not series.named else -1)
            own = np.flatnonzero(series.codes == code)[:n_steps]
            if len(own) < n_steps:
                group = "" if name is None else f" of group {name!r}"
                raise ValueError(
                    f"forecast needs {n_steps} rows of X_future{group}. Got {len(own)}."
                )
            rows.append(own)
        return frame.iloc[np.column_stack(rows).ravel()]

    def _future_times(self, known: pd.DataFrame | None, n_steps: int) -> list[pd.Index]:
        index, n_groups = self.frame.index, len(self.series.ids)
        before = index.get_level_values(-1) if index.nlevels > 1 else index
        if known is None or self.dtype is not None:
            if n_groups == 1:
                return [continue_index(before, n_steps)]
            return [
                continue_index(before[self.series.codes == code], n_steps)
                for code in range(n_groups)
            ]
        after = known.index.get_level_values(-1)
        times = [after[code::n_groups] for code in range(n_groups)]
        for last, own in zip(before[self.last_rows], times, strict=True):
            if not own[0] > last:
                raise ValueError(
                    "forecast expects X_future to come after X. Got index "
                    f"{own[0]}, and X ends at {last}."
                )
        return times

    def _index_of(self, times: list[pd.Index], n_steps: int) -> pd.Index:
        n_groups = len(times)
        joined = times[0] if n_groups == 1 else times[0].append(times[1:])
        order = np.arange(n_groups * n_steps).reshape(n_groups, n_steps).T.ravel()
        joined = joined[order].rename(self.frame.index.names[-1])
        if self.frame.index.nlevels == 1:
            return joined
        index = self.frame.index[np.tile(self.last_rows, n_steps)]
        outer = [index.get_level_values(i) for i in range(index.nlevels - 1)]
        return pd.MultiIndex.from_arrays([*outer, joined], names=index.names)
