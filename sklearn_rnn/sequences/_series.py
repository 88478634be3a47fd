"""Rows of several series -> where each begins and ends, and which continue others."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Series:
    """Hold what windows alone do not tell about the series they were cut from.

    A run is a part of a series that no gap breaks.

    Parameters
    ----------
    runs : ndarray of shape (n_sequences,)
        Number of the run that each window lies in.

    firsts : ndarray of shape (n_runs,)
        First row of each run, in ascending order.

    seen_stops : ndarray of shape (n_series,)
        One past the last row of each series that `fit` of the windower saw; -1 where
        the rows do not continue those of `fit`.

    last_firsts, last_stops : ndarray of shape (n_series,)
        First row of the last run of each series, and one past its last.

    tails : ndarray of shape (n_series, horizon)
        Last rows of each series, oldest first, which the window of the very last one
        may not read; -1 where such a row is absent, or not of the last run.

    ids : tuple of length n_series
        Id of each series, None for the only series of a table without groups.
    """

    runs: NDArray[np.int32]
    firsts: NDArray[np.intp]
    seen_stops: NDArray[np.intp]
    last_firsts: NDArray[np.intp]
    last_stops: NDArray[np.intp]
    tails: NDArray[np.intp]
    ids: tuple[Hashable, ...]

    @property
    def begins(self) -> NDArray[np.intp]:
        """Give the first row of the run that each window lies in."""
        return self.firsts[self.runs]

    @property
    def read_stops(self) -> NDArray[np.intp]:
        """Give one past the last row of each series that its last window may read."""
        stops = self.last_stops[:, None]
        return np.hstack([np.where(self.tails < 0, stops, self.tails), stops]).min(1)

    def take(self, key: Any) -> Series:
        """Select windows by slice, mask or integer array."""
        return replace(self, runs=self.runs[key])

    def without(self, kept_before: NDArray[np.intp]) -> Series:
        """Leave out rows, given how many are kept before each (n_rows + 1,)."""

        def renumber(rows: NDArray[np.intp], known: Any = True) -> NDArray[np.intp]:
            return np.where(known, kept_before[rows], -1)

        is_kept = np.diff(kept_before, append=0) > 0
        return replace(
            self,
            firsts=renumber(self.firsts),
            seen_stops=renumber(self.seen_stops, self.seen_stops >= 0),
            last_firsts=renumber(self.last_firsts),
            last_stops=renumber(self.last_stops),
            tails=renumber(self.tails, (self.tails >= 0) & is_kept[self.tails]),
        )
