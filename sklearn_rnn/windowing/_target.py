"""X and y -> the column of X that y is an affine copy of, if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.sequences._target_columns import TargetColumns

_TOLERANCE = 1e-6  # of the range of y
_N_SCREENED = 64  # rows that every column is compared on before any is compared on all
_FEWEST_ROWS = 3  # any two columns of two rows are affine copies of each other


def find_target_columns(
    X: Any,
    y: Any,
    features: Sequence[int],
    present: NDArray[np.bool_],
    codes: NDArray[np.intp],
) -> TargetColumns | None:
    """Find the columns that the targets are exact affine copies of.

    The targets may copy columns at their own row, or target `k` one that is `k` or
    `k + 1` rows later in the series: the steps of a forecast of several steps, counted
    from either. Of these three what explains the most targets is taken.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        Table as the user gave it, in full precision.

    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, NaN where unknown. Those that are no finite numbers match nothing.

    features : sequence of int
        Positions in `X` of the features.

    present : ndarray of shape (n_rows,)
        Which rows have values.

    codes : ndarray of shape (n_rows,)
        Number of the series of each row.

    Returns
    -------
    TargetColumns or None
        Columns counted among the features; None where no target is a copy.
    """
    targets = _numeric_targets(y)
    if targets is None:
        return None
    table = X if isinstance(X, pd.DataFrame) else np.asarray(X)
    order = np.argsort(codes, kind="stable")
    found, n_found, n_targets = [], -1, targets.shape[1]
    # At their own row; steps counted from 0, which is the same for one; or from 1.
    leads_of_all = (0,) * n_targets, tuple(range(n_targets)), range(1, n_targets + 1)
    for ahead in dict.fromkeys(map(tuple, leads_of_all)):
        copies = []
        for target, lead in zip(targets.T, ahead, strict=True):
            rows, later = _rows_ahead(order, codes, lead)
            known = present[later] & ~np.isnan(target[rows])
            copy = _find_copy(table, target[rows[known]], features, later[known])
            copies.append((*copy, lead))
        n_copies = sum(column >= 0 for column, *_ in copies)
        # A series that repeats itself is also a copy of itself at some other rows.
        if n_copies > n_found:
            found, n_found = copies, n_copies
        if n_found == n_targets:
            break
    columns, slopes, intercepts, leads = (
        np.array(values) for values in zip(*found, strict=True)
    )
    if (columns < 0).all():
        return None
    return TargetColumns(columns.astype(np.intp), slopes, intercepts, leads)


def warn_if_reordered(X: Any, y: Any) -> None:
    """Warn where the index of y has the labels of that of X in another order.

    Rows and targets belong together by position, as everywhere in scikit-learn. An
    index that merely counts the rows may be new, and says nothing.

    Parameters
    ----------
    X : object
        Table as the user gave it.

    y : object
        Targets.

    Warns
    -----
    UserWarning
        If both are of pandas and have the same labels, each once.
    """
    if not isinstance(X, pd.DataFrame) or not isinstance(y, (pd.Series, pd.DataFrame)):
        return
    rows, targets = X.index, y.index
    if rows.equals(targets) or _counts_rows(rows) or _counts_rows(targets):
        return
    if rows.nlevels != targets.nlevels or not rows.is_unique or not targets.is_unique:
        return
    if rows.isin(targets).all():
        warn_caller(
            "y has the index labels of X in another order, and a target belongs to the "
            "row at its position. If it belongs to the row of its label, pass "
            "y.loc[X.index]."
        )


def _counts_rows(index: pd.Index) -> bool:
    return index.equals(pd.RangeIndex(len(index)))


def _rows_ahead(
    order: NDArray[np.intp], codes: NDArray[np.intp], lead: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair rows with those so many rows later in their series."""
    if lead == 0:
        rows = np.arange(len(codes))
        return rows, rows
    rows, later = order[:-lead], order[lead:]
    same = codes[rows] == codes[later]
    return rows[same], later[same]


def _numeric_targets(y: Any) -> NDArray[np.float64] | None:
    try:
        targets = np.asarray(y)
    except ValueError:  # a ragged list
        return None
    if targets.ndim not in (1, 2) or targets.dtype.kind not in "iufb":
        return None
    targets = targets.reshape(len(targets), -1).astype(np.float64, copy=False)
    return targets if targets.size and np.isfinite(np.nansum(targets)) else None


def _find_copy(
    table: Any,
    values: NDArray[np.float64],
    features: Sequence[int],
    rows: NDArray[np.intp],
) -> tuple[int, float, float]:
    """Give column, slope and intercept, or (-1, 0, 0), for values at these rows."""
    if len(rows) < _FEWEST_ROWS:
        return -1, 0.0, 0.0
    low, high = int(values.argmin()), int(values.argmax())
    spread = values[high] - values[low]
    step = max(1, len(rows) // _N_SCREENED)
    screened = np.concatenate([[low, high], np.arange(0, len(rows), step)])
    sample = _take(table, rows[screened], features)
    candidates = _affine_copies(sample, values[screened], spread, _precision(table))
    for column in np.flatnonzero(candidates).tolist():
        copy = _take(table, rows, [features[column]])[:, 0]
        extremes = copy[[low, high]]
        slope = float(spread / (extremes[1] - extremes[0]))
        intercept = float(values[low] - slope * extremes[0])
        allowed = _TOLERANCE * spread + _precision(table) * np.abs(slope * copy).max()
        if np.abs(slope * copy + intercept - values).max() <= allowed:
            return column, slope, intercept
    return -1, 0.0, 0.0


def _precision(table: Any) -> float:
    """Give the relative error of a float32 table, nothing for one in full precision."""
    dtypes = table.dtypes if isinstance(table, pd.DataFrame) else [table.dtype]
    single = any(dtype == np.float32 for dtype in dtypes)
    return 4 * float(np.finfo(np.float32).eps) if single else 0.0


def _affine_copies(
    sample: NDArray[np.float64],
    values: NDArray[np.float64],
    spread: float,
    precision: float,
) -> NDArray[np.bool_]:
    """Tell which columns of the sample fit the line through its first two rows."""
    width = sample[1] - sample[0]
    varies = (width != 0) & (spread > 0)
    slopes = np.divide(spread, width, out=np.zeros_like(width), where=varies)
    residuals = slopes * (sample - sample[0]) + values[0] - values[:, None]
    allowed = _TOLERANCE * spread + precision * np.abs(slopes * sample).max(axis=0)
    return varies & (np.abs(residuals).max(axis=0) <= allowed)


def _take(table: Any, rows: Any, columns: Sequence[int]) -> NDArray[np.float64]:
    if isinstance(table, pd.DataFrame):
        part = table.iloc[:, list(columns)].iloc[rows]
        return part.to_numpy(dtype=np.float64, na_value=np.nan)
    return table[np.ix_(rows, columns)].astype(np.float64)
