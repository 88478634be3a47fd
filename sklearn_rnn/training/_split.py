"""Sequences -> indices of the training and of the validation samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences


def split_validation(
    sequences: Sequences, fraction: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Hold out the end of each series, or random samples where there is no time.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        With `groups` they are windows in the order of time within each group.

    fraction : float
        Share of the samples to hold out, in (0, 1).

    seed : int
        Seed of the random choice.

    Returns
    -------
    train, valid : ndarray of int
        Indices, each in ascending order.

    Raises
    ------
    ValueError
        If either part would be empty.
    """
    n_samples = len(sequences)
    if sequences.groups is None:
        order = np.random.default_rng(seed).permutation(n_samples)
        held_out = order[: max(1, round(fraction * n_samples))]
    else:
        order = np.argsort(sequences.groups, kind="stable")
        _, sizes = np.unique(sequences.groups, return_counts=True)
        n_valid = np.round(fraction * sizes).astype(np.intp)
        ends = np.cumsum(sizes)
        if not n_valid.any():  # short series: every so many of them gives a row
            n_valid = np.diff(np.round(fraction * ends), prepend=0).astype(np.intp)
        held_out = np.concatenate(
            [order[end - n : end] for end, n in zip(ends, n_valid, strict=True)]
        )
    is_valid = np.zeros(n_samples, dtype=bool)
    is_valid[held_out] = True
    if is_valid.all() or not is_valid.any():
        raise ValueError(
            f"early_stopping needs samples to train on and samples to validate on. "
            f"validation_fraction={fraction!r} of {n_samples} samples leaves "
            f"{n_samples - is_valid.sum()} and {is_valid.sum()}."
        )
    return np.flatnonzero(~is_valid), np.flatnonzero(is_valid)
