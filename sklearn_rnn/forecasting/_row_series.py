"""Group ids, or the index of a table -> the series of each row, checked for order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn.windowing._groups import GroupIds, read_groups
from sklearn_rnn.windowing._times import Times, read_times


@dataclass(frozen=True)
class RowSeries(GroupIds):
    """Number the series that rows belong to, and bring each into one piece."""

    @property
    def order(self) -> NDArray[np.intp]:
        """Give the rows, those of one series after another, as they come."""
        return np.argsort(self.codes, kind="stable")

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Count the rows of each series."""
        return np.bincount(self.codes, minlength=len(self.ids))

    @property
    def places(self) -> NDArray[np.intp]:
        """Count the rows of the same series in front of each row."""
        places = np.empty(len(self.codes), dtype=np.intp)
        begins = np.cumsum(self.sizes) - self.sizes
        places[self.order] = np.arange(len(places)) - np.repeat(begins, self.sizes)
        return places

    def pairs(self, lead: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pair rows with those so many rows later in their series."""
        order = self.order
        rows, later = order[: max(0, len(order) - lead)], order[lead:]
        same = self.codes[rows] == self.codes[later]
        return rows[same], later[same]


def read_series(
    caller: str, n_rows: int, groups: ArrayLike | None, table: Any = None
) -> RowSeries:
    """Number the series of a table.

    Parameters
    ----------
    caller : str
        Name of the public function, for its messages.

    n_rows : int
        Number of rows.

    groups : array-like of shape (n_rows,) or None
        Id of the series of each row.

    table : object, default=None
        Of a DataFrame or Series all but the last level of a MultiIndex name the series,
        where `groups` do not, and the last level is the time.

    Returns
    -------
    RowSeries
        In the order in which the series appear.

    Raises
    ------
    ValueError
        If `groups` are not one id per row, an id is missing, or the times of a series
        do not increase.
    """
    index = table.index if isinstance(table, (pd.DataFrame, pd.Series)) else None
    if groups is not None:
        ids = np.asarray(groups)
        if ids.shape != (n_rows,):
            raise ValueError(
                f"{caller} expects groups of shape (n_rows,), one id per row. Got "
                f"shape {ids.shape} for {n_rows} rows."
            )
        _check_ids(caller, ids)
        found = read_groups(n_rows, [], None, ids)
    else:
        if isinstance(index, pd.MultiIndex):
            for level in range(index.nlevels - 1):
                _check_ids(caller, index.get_level_values(level))
        found = read_groups(n_rows, [], index, None)
    series = RowSeries(found.codes, found.ids)
    times = read_times(index)
    if times is not None:
        _check_order(caller, series, times)
    return series


def _check_ids(caller: str, ids: Any) -> None:
    missing = np.flatnonzero(pd.isna(ids))
    if len(missing):
        raise ValueError(
            f"{caller} expects a group id for every row. Row {missing[0]} has none "
            "(NaN). Fill it, or drop the row."
        )


def _check_order(caller: str, series: RowSeries, times: Times) -> None:
    rows, later = series.pairs(1)
    wrong = np.flatnonzero(times.values[later] <= times.values[rows])
    if len(wrong):
        before, after = rows[wrong[0]], later[wrong[0]]
        raise ValueError(
            f"{caller} expects the index to increase within each group. Index "
            f"{times.label(after)} comes after {times.label(before)}. Name the groups, "
            "call sort_index(), or reset_index(drop=True) if the rows are in order."
        )
