"""Sequences, targets, weights -> the same with equal samples merged, in fixed order."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences


def merge_equal_samples(
    sequences: Sequences, targets: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[Sequences, NDArray[np.float64], NDArray[np.float64]]:
    """Leave out samples of weight zero and merge equal ones into one weighted sample.

    Rounding is chaotic over many updates, so a weight of two equals a repeated sample
    only if both reach the network as the same batch. The order that results depends on
    the content of the samples alone. Windows of a table keep their order in time and
    are not merged, since a repeated row changes the windows behind it.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        Inputs.

    targets : ndarray of shape (n_samples, n_outputs)
        Targets.

    weights : ndarray of shape (n_samples,)
        Sample weights.

    Returns
    -------
    tuple of (Sequences, ndarray, ndarray)
        Inputs, targets and weights of the merged samples.
    """
    if (weights == 0).any():
        kept = np.flatnonzero(weights)
        sequences, targets, weights = sequences[kept], targets[kept], weights[kept]
    if sequences.groups is not None:
        return sequences, targets, weights
    digests = b"".join(
        blake2b(steps.tobytes() + target.tobytes(), digest_size=16).digest()
        for steps, target in zip(sequences, targets, strict=True)
    )
    _, first, inverse = np.unique(
        np.frombuffer(digests, dtype="V16"), return_index=True, return_inverse=True
    )
    merged_weights = np.bincount(inverse, weights=weights).astype(np.float64)
    return sequences[first].compact(), targets[first], merged_weights


def average_one(
    weights: NDArray[np.float64], parts: list[NDArray[np.intp]]
) -> NDArray[np.float64] | None:
    """Scale weights so that those of each part average one.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    parts : list of ndarray of int
        Training samples, and validation samples if there are any.

    Returns
    -------
    ndarray of shape (n_samples,) or None
        None where all weights are equal.
    """
    if (weights == weights[0]).all():
        return None
    scaled = weights.copy()
    for part in parts:
        scaled[part] /= weights[part].mean()
    return scaled
