"""Rows in any order -> several series, each in one piece and in the order of time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.windowing._times import Times


@dataclass(frozen=True)
class Panel:
    """Hold the rows of several series, each in one piece and in the order of time.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Time steps, all-NaN where absent.

    codes : ndarray of shape (n_rows,)
        Number of the series of each row, never decreasing.

    ids : list
        Id of each series.

    times : Times or None
        Place in time of each row.
    """

    rows: NDArray[np.floating]
    codes: NDArray[np.intp]
    ids: list[Hashable]
    times: Times | None

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Tell which rows are the first of their series."""
        return np.concatenate([[True], self.codes[1:] != self.codes[:-1]])

    @property
    def first_rows(self) -> NDArray[np.intp]:
        """Give the first row of each series."""
        return np.searchsorted(self.codes, np.arange(len(self.ids)))

    @property
    def last_rows(self) -> NDArray[np.intp]:
        """Give the last row of each series."""
        return np.searchsorted(self.codes, np.arange(len(self.ids)), side="right") - 1

    @property
    def present(self) -> NDArray[np.bool_]:
        """Tell which rows have values."""
        return ~np.isnan(self.rows[:, 0])

    def take(self, index: NDArray[Any]) -> Panel:
        """Select rows by index array or mask."""
        times = None if self.times is None else self.times.take(index)
        return Panel(self.rows[index], self.codes[index], self.ids, times)

    def with_column(self, value: float) -> Panel:
        """Append a feature of one value."""
        n_rows, n_features = self.rows.shape
        rows = np.empty((n_rows, n_features + 1), dtype=self.rows.dtype)
        rows[:, :-1] = self.rows
        rows[:, -1] = value
        return replace(self, rows=rows)

    def sort(self) -> tuple[Panel, NDArray[np.intp] | None]:
        """Bring each series into one piece.

        Returns
        -------
        panel : Panel
            `self` where each series is in one piece already.

        order : ndarray of shape (n_rows,) or None
            Row of `self` that each row of `panel` was, None where none moved.
        """
        if (self.codes[1:] >= self.codes[:-1]).all():
            return self, None
        order = np.argsort(self.codes, kind="stable")
        return self.take(order), order


def join(history: Panel, panel: Panel) -> tuple[Panel, NDArray[np.intp]]:
    """Put earlier rows in front of each series.

    Parameters
    ----------
    history : Panel
        Earlier rows, with the numbers that the series have in `panel`.

    panel : Panel
        Rows to be predicted.

    Returns
    -------
    joined : Panel
        Rows of both.

    place : ndarray of shape (n_rows,)
        Row of `joined` that each row of `panel` is.
    """
    n_history = len(history.codes)
    both = Panel(
        np.concatenate([history.rows, panel.rows]),
        np.concatenate([history.codes, panel.codes]),
        panel.ids,
        _join_times(history.times, panel.times),
    )
    joined, order = both.sort()
    if order is None:
        return joined, np.arange(n_history, len(joined.codes))
    return joined, np.flatnonzero(order >= n_history)


def _join_times(before: Times | None, after: Times | None) -> Times | None:
    if before is None or after is None:
        return None
    return Times(np.concatenate([before.values, after.values]), after.kind)
