"""Sequences, targets, weights -> the same with equal samples merged, in fixed order."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences


def merge_equal_samples(
    sequences: Sequences, targets: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[Sequences, NDArray[np.float64], NDArray[np.float64]]:
    """Leave out unused samples, and merge equal ones into one weighted sample.

    Unused is what has a weight of zero, or no known target.

    Rounding is chaotic over many updates, so a weight of two equals a repeated sample
    only if both reach the network as the same batch. The order that results depends on
    the content of the samples alone. Windows of a table keep their order in time and
    are not merged, since a repeated row changes the windows behind it.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        Inputs.

    targets : ndarray of shape (n_samples, n_outputs) or \
            (n_samples, n_timesteps, n_outputs)
        Targets, NaN where unknown.

    weights : ndarray of shape (n_samples,)
        Sample weights.

    Returns
    -------
    tuple of (Sequences, ndarray, ndarray)
        Inputs, targets and weights of the merged samples.

    Raises
    ------
    ValueError
        If all samples are unused.
    """
    unknown = np.isnan(targets)
    if unknown.any():
        targets = np.where(unknown, np.nan, targets)  # one pattern of bits for all
    unused = (weights == 0) | unknown.reshape(len(targets), -1).all(axis=1)
    if unused.all():
        raise ValueError(
            "No sample has a known target and a sample_weight above zero. Got NaN in "
            f"{np.count_nonzero(unknown)} of {unknown.size} targets."
        )
    if unused.any():
        kept = np.flatnonzero(~unused)
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
    weights: NDArray[np.float64],
    targets: NDArray[np.float64],
    parts: list[NDArray[np.intp]],
) -> NDArray[np.float64] | None:
    """Scale weights so that those of each part average one; unknown targets get zero.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    targets : ndarray of shape (n_samples, n_outputs) or \
            (n_samples, n_timesteps, n_outputs)
        Targets, NaN where unknown.

    parts : list of ndarray of int
        Training samples, and validation samples if there are any.

    Returns
    -------
    ndarray of shape (n_samples,) or that of `targets`, or None
        One weight per target where some are unknown, so that the sum of weighted losses
        of a sample averages to their mean over the known targets. None where all
        weights are equal.
    """
    known = ~np.isnan(targets)
    if not known.all():
        scaled = (weights * known.T).T
    elif (weights == weights[0]).all():
        return None
    else:
        scaled = weights.copy()
    for part in parts:
        scaled[part] *= len(part) / scaled[part].sum()
    return scaled
