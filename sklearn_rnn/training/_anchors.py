"""Sequences, columns that targets copy -> values and units that targets count from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns


def find_anchors(
    sequences: Sequences,
    found: TargetColumns | None,
    n_outputs: int,
    units: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each target's value at the end of the sequence, and its unit there.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        Inputs.

    found : TargetColumns or None
        Columns that the targets copy.

    n_outputs : int
        Number of targets.

    units : ndarray of shape (n_samples, n_features) or None
        Unit of each column in each sequence; None means one.

    Returns
    -------
    tuple of (ndarray, ndarray) of shape (n_samples, n_outputs) or (n_outputs,)
        Anchors and units. Zeros and ones, the same for all sequences, where no column
        is copied.
    """
    if found is None or not len(sequences.rows):
        return np.zeros(n_outputs), np.ones(n_outputs)
    anchor = np.zeros((len(sequences), n_outputs))
    unit = np.ones((len(sequences), n_outputs))
    last = sequences.rows[np.maximum(sequences.stops - 1, 0)]
    for k in np.flatnonzero(found.columns >= 0):
        j = found.columns[k]
        anchor[:, k] = found.slopes[k] * last[:, j] + found.intercepts[k]
        if units is not None:
            unit[:, k] = abs(found.slopes[k]) * units[:, j]
    return anchor, unit
