"""Targets that copy columns -> which columns, and the affine maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TargetColumns:
    """Columns of the rows that the targets are affine copies of.

    Target `k` equals `slopes[k] * rows[:, columns[k]] + intercepts[k]` at the row it
    belongs to, or `leads[k]` rows later. `columns[k]` is -1 for a target that no column
    copies.

    Parameters
    ----------
    columns : ndarray of shape (n_outputs,)
        Column index of each target, -1 for none.

    slopes : ndarray of shape (n_outputs,)
        Factor from the units of the column to those of the target.

    intercepts : ndarray of shape (n_outputs,)
        Offset, in the units of the target.

    leads : ndarray of shape (n_outputs,) or None, default=None
        Rows ahead of its own that each target looks; None means none.
    """

    columns: NDArray[np.intp]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    leads: NDArray[np.intp] | None = None
