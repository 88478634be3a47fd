"""Windows -> a 2-D table with one column per lag and feature, and its names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def lag_table(
    rows: NDArray[np.floating],
    starts: NDArray[np.intp],
    stops: NDArray[np.intp],
    window_length: int,
) -> NDArray[np.floating]:
    """Lay each window out in one row, oldest time step first.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Time steps.

    starts, stops : ndarray of shape (n_windows,)
        Windows.

    window_length : int
        Number of time steps of a full window.

    Returns
    -------
    ndarray of shape (n_windows, window_length * n_features)
        NaN where a window has no such step.
    """
    table = np.full((len(starts), window_length, rows.shape[1]), np.nan, rows.dtype)
    for step in range(window_length):
        row = stops - (window_length - step)
        real = row >= starts
        table[real, step] = rows[row[real]]
    return table.reshape(len(starts), -1)


def lag_names(names: Sequence[str], window_length: int, horizon: int) -> list[str]:
    """Name the columns of the lag table.

    Parameters
    ----------
    names : sequence of str
        Names of the features.

    window_length, horizon : int
        Number of time steps of a full window, and from its last to the predicted row.

    Returns
    -------
    list of str
        `capacity_lag3` is the capacity three rows before the predicted row.
    """
    lags = range(horizon + window_length - 1, horizon - 1, -1)
    return [f"{name}_lag{lag}" for lag in lags for name in names]
