"""DataFrame -> the first of its columns that holds no numbers, for an error to name."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd


def find_odd_column(table: Any) -> tuple[Hashable, str] | None:
    """Find a column that does not convert to numbers, or holds times.

    Parameters
    ----------
    table : DataFrame or other
        What was to be read as numbers.

    Returns
    -------
    tuple of (hashable, str) or None
        Name of the first such column, and "times" or "no numbers", which it holds; None
        without one, or without columns.
    """
    for name, column in table.items() if isinstance(table, pd.DataFrame) else ():
        if column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype):
            return name, "times"
        if not _are_numbers(column):
            return name, "no numbers"
    return None


def _are_numbers(column: Any) -> bool:
    try:
        np.asarray(column, dtype=float)
    except (TypeError, ValueError):
        return False
    return True
