"""Sequences -> indices of the training and of the validation samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences


def split_validation(
    sequences: Sequences,
    fraction: float,
    seed: int,
    classes: NDArray[Any] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Hold out the end of each series, or random samples where there is no time.

    The validation windows of a series begin before the rows that they predict. Samples
    whose target lies in or behind the first row that one of them reads are left out of
    the training, so that no validation window reads a row that was a training target.
    Targets of later rows count where they lie, if the windower found the column that
    they copy; other targets are taken to lie in the sample's own row.
    A series that would lose more than half of its training samples keeps them all.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        With `groups` they are windows in the order of time within each group.

    fraction : float
        Share of the samples to hold out, in (0, 1).

    seed : int
        Seed of the random choice.

    classes : ndarray of shape (n_samples,) or None, default=None
        Class of each sample. Samples without time are then held out in proportion to
        their classes, and each class keeps one to train on.

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
    if sequences.groups is not None:
        valid = _last_of_each_group(sequences.groups, fraction)
    elif classes is not None:
        valid = _some_of_each_class(classes, fraction, seed)
    else:
        order = np.random.default_rng(seed).permutation(n_samples)
        valid = order[: max(1, round(fraction * n_samples))]
    is_valid = np.zeros(n_samples, dtype=bool)
    is_valid[valid] = True
    if is_valid.all() or not is_valid.any():
        raise ValueError(
            f"early_stopping needs samples to train on and samples to validate on. "
            f"validation_fraction={fraction!r} of {n_samples} samples leaves "
            f"{n_samples - is_valid.sum()} and {is_valid.sum()}."
        )
    is_train = ~is_valid & ~_overlapping(sequences, is_valid)
    return np.flatnonzero(is_train), np.flatnonzero(is_valid)


def _last_of_each_group(groups: NDArray[np.intp], fraction: float) -> NDArray[np.intp]:
    order = np.argsort(groups, kind="stable")
    _, sizes = np.unique(groups, return_counts=True)
    n_valid = np.round(fraction * sizes).astype(np.intp)
    if not n_valid.any():  # short series: every so many of them gives a row
        n_valid = _shares(sizes, fraction)
    ends = np.cumsum(sizes)
    return np.concatenate(
        [order[end - n : end] for end, n in zip(ends, n_valid, strict=True)]
    )


def _some_of_each_class(
    classes: NDArray[Any], fraction: float, seed: int
) -> NDArray[np.intp]:
    shuffled = np.random.default_rng(seed).permutation(len(classes))
    _, codes, sizes = np.unique(classes, return_inverse=True, return_counts=True)
    order = shuffled[np.argsort(codes[shuffled], kind="stable")]
    n_valid = np.minimum(_shares(sizes, fraction), sizes - 1)
    if not n_valid.any():  # few samples: one of the largest class
        n_valid[sizes.argmax()] = min(1, sizes.max() - 1)
    begins = np.cumsum(sizes) - sizes
    return np.concatenate(
        [order[begin : begin + n] for begin, n in zip(begins, n_valid, strict=True)]
    )


def _shares(sizes: NDArray[np.intp], fraction: float) -> NDArray[np.intp]:
    """Round a fraction of each size so that the sum is rounded only once."""
    return np.diff(np.round(fraction * np.cumsum(sizes)), prepend=0).astype(np.intp)


def _overlapping(
    sequences: Sequences, is_valid: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find the training samples whose target a validation window may read."""
    overlapping = np.zeros(len(sequences), dtype=bool)
    if sequences.groups is None or sequences.own_rows is None:
        return overlapping
    _, groups = np.unique(sequences.groups, return_inverse=True)
    n_groups = groups.max() + 1
    reads = is_valid & (sequences.lengths > 0)
    first_read = np.full(n_groups, len(sequences.rows))
    np.minimum.at(first_read, groups[reads], sequences.starts[reads])
    reached = _last_target_rows(sequences.own_rows, groups, _largest_lead(sequences))
    overlapping = ~is_valid & (reached >= first_read[groups])
    n_lost = np.bincount(groups[overlapping], minlength=n_groups)
    n_train = np.bincount(groups[~is_valid], minlength=n_groups)
    return overlapping & (2 * n_lost <= n_train)[groups]


def _last_target_rows(
    own_rows: NDArray[np.intp], groups: NDArray[np.intp], lead: int
) -> NDArray[np.intp]:
    """Give the last row that the targets of each window lie in, -1 for none."""
    if lead == 0:
        return own_rows
    # An absent row has no place, but the rows that it looks ahead to are counted from
    # the last present one before it.
    order = np.argsort(groups, kind="stable")
    begins = np.diff(groups[order], prepend=-1) != 0
    known = begins | (own_rows[order] >= 0)
    latest = np.maximum.accumulate(np.where(known, np.arange(len(order)), 0))
    last_rows = np.empty_like(own_rows)
    last_rows[order] = own_rows[order[latest]] + lead
    return last_rows


def _largest_lead(sequences: Sequences) -> int:
    """Tell how many rows ahead of its own a target is known to look."""
    found = sequences.target_columns
    if found is None or found.leads is None:
        return 0
    return int(found.leads[found.columns >= 0].max(initial=0))
