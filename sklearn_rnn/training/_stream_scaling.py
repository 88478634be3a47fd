"""Rows of several series, fitted scaler -> scaled rows, copied columns as changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.training._scaling import SequenceScaler


def scale_stream(
    scaler: SequenceScaler, rows: NDArray[np.float32], firsts: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Bring rows to the scale of the training data.

    Parameters
    ----------
    scaler : SequenceScaler
        Fitted scaler. Its shifted columns are read relative to the row before.

    rows : ndarray of shape (n_rows, n_features)
        Time steps of several series, one after another.

    firsts : ndarray of int
        First row of each series, which has no change.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        A scaled copy.

    Raises
    ------
    ValueError
        If there are more or fewer features than in the training data.
    """
    scaled = scaler.scale_rows(rows)
    shifted = np.flatnonzero(scaler.shifted_)
    if len(shifted):
        scaled[:, shifted] = np.diff(
            scaled[:, shifted], axis=0, prepend=scaled[:1, shifted]
        )
        real = firsts[firsts < len(rows)]  # a last series may be wholly absent
        scaled[np.ix_(real, shifted)] = 0.0
    return scaled


def scale_next_row(
    scaler: SequenceScaler, last: NDArray[np.float32], row: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Bring a row to the scale of the training data, given the row before it.

    Parameters
    ----------
    scaler : SequenceScaler
        Fitted scaler.

    last, row : ndarray of shape (n_features,)
        Two time steps of a series; twice the same for its first.

    Returns
    -------
    ndarray of shape (n_features,)
        As :func:`scale_stream` scales it.
    """
    return scale_stream(scaler, np.stack([last, row]), np.array([0]))[1]
