"""Sequences, weights -> how often rows are read, how columns vary in a sequence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences

LARGEST_SAMPLE = 1_000_000  # time steps looked at to learn the scale of windows


def reads_per_row(
    sequences: Sequences, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Add up the weights of the sequences that read each row."""
    n_rows = len(sequences.rows)
    change = np.bincount(sequences.starts, weights, minlength=n_rows + 1)
    change -= np.bincount(sequences.stops, weights, minlength=n_rows + 1)
    reads = np.cumsum(change, dtype=np.float64)[:n_rows]
    reads[reads < 1e-9 * weights.sum()] = 0.0  # what cancellation leaves of nothing
    return reads


def evenly_spaced(sequences: Sequences) -> Sequences:
    """Select so many sequences that their dense form stays small."""
    _, longest, n_features = sequences.shape
    most = max(1, LARGEST_SAMPLE // max(1, longest * n_features))
    return sequences[:: max(1, -(-len(sequences) // most))]


def deviation(sequences: Sequences, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Compute the standard deviation of columns within each sequence, in parts."""
    most = max(1, LARGEST_SAMPLE // max(1, sequences.shape[1] * sequences.shape[2]))
    parts = [np.zeros((0, len(columns)))]
    for begin in range(0, len(sequences), most):
        dense = sequences[begin : begin + most].to_array()[:, :, columns]
        real = ~np.isnan(dense)
        n_steps = np.maximum(real.sum(axis=1), 1)
        mean = np.where(real, dense, 0.0).sum(axis=1, dtype=np.float64) / n_steps
        square = np.where(real, dense - mean[:, None, :], 0.0) ** 2
        parts.append(np.sqrt(square.sum(axis=1, dtype=np.float64) / n_steps))
    return np.concatenate(parts)


def mean_square_change(
    sequences: Sequences, columns: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Average the squared distance of a step from the last of its sequence."""
    dense = sequences.to_array()[:, :, columns].astype(np.float64)
    return np.nanmean((dense - dense[:, -1:, :]) ** 2, axis=(0, 1))


def mean_square_step(
    sequences: Sequences, columns: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Average the squared distance of a step from the one before.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        Inputs, few enough that their dense form fits in memory.

    columns : ndarray of int
        Which features.

    Returns
    -------
    ndarray of shape (len(columns),)
        In the squared units of the columns.
    """
    if sequences.shape[1] < 2:  # windows of one row: the rows are one after another
        steps = np.diff(sequences.rows[:, columns].astype(np.float64), axis=0)
        return np.mean(steps**2, axis=0)
    dense = sequences.to_array()[:, :, columns].astype(np.float64)
    return np.nanmean(np.diff(dense, axis=1) ** 2, axis=(0, 1))
