"""Rows of several series -> where each begins, and how far fit has seen it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Series:
    """Hold what windows alone do not tell about the series they were cut from.

    Parameters
    ----------
    firsts : ndarray of shape (n_runs,)
        First row of each unbroken run of a series, in ascending order.

    seen_stops : ndarray of shape (n_series,)
        One past the last row of each series that `fit` of the windower saw; -1 where
        the rows do not continue those of `fit`.

    ids : tuple of length n_series
        Id of each series, None for the only series of a table without groups.

    horizon : int
        Steps from the end of a window to the row it belongs to.
    """

    firsts: NDArray[np.intp]
    seen_stops: NDArray[np.intp]
    ids: tuple[Hashable, ...]
    horizon: int

    def run_of(self, starts: NDArray[np.intp]) -> NDArray[np.intp]:
        """Give the number of the run that each window lies in, by its first row."""
        return np.searchsorted(self.firsts, starts, side="right") - 1

    def without(self, kept_before: NDArray[np.intp]) -> Series:
        """Leave out rows, given how many are kept before each (n_rows + 1,)."""
        known = self.seen_stops >= 0
        stops = np.where(known, kept_before[self.seen_stops], -1)
        return replace(self, firsts=kept_before[self.firsts], seen_stops=stops)
