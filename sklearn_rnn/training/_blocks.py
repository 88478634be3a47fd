"""Length of each sequence -> blocks that predict together; their outputs, in order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK_SIZE = 32  # sequences that predict together: full blocks give equal bits
LARGE_BLOCK_SIZE = 256  # the same, where a sequence is computed as if it were alone
LARGE_BLOCK = 2_000_000  # states in it, at most: larger ones would gain nothing


def equal_blocks(
    lengths: NDArray[np.intp], longest: int, n_units: int | None = None
) -> Iterator[tuple[NDArray[np.intp], int]]:
    """Yield blocks of sequences that share a padded length, with that length.

    Parameters
    ----------
    lengths : ndarray of shape (n_samples,)
        Number of time steps of each sequence.

    longest : int
        Length of the longest training sequence; blocks are as long, or longer or
        shorter than it by powers of two.

    n_units : int or None, default=None
        Numbers in the state of a sequence, if it may be computed in large blocks too.

    Yields
    ------
    tuple of (ndarray of int, int)
        `LARGE_BLOCK_SIZE` sequences, or at most `BLOCK_SIZE`, and their padded length.
    """
    octave = np.ceil(np.log2(np.maximum(lengths, 1) / longest))
    padded = np.maximum(np.ceil(longest * 2.0**octave), 1).astype(int)
    for n_timesteps in np.unique(padded):
        members, begin = np.flatnonzero(padded == n_timesteps), 0
        n_large = _count_large(len(members), int(n_timesteps), n_units)
        while begin < len(members):
            size = LARGE_BLOCK_SIZE if begin < n_large else BLOCK_SIZE
            yield members[begin : begin + size], int(n_timesteps)
            begin += size


def place_blocks(
    parts: list[NDArray[np.float32]],
    order: list[NDArray[np.intp]],
    lengths: NDArray[np.intp] | None,
) -> NDArray[np.float32]:
    """Put the outputs of all blocks where their sequences stand.

    Parameters
    ----------
    parts : list of ndarray of shape (n_samples_i, ...)
        Outputs of each block.

    order : list of ndarray of int
        Sequences of each block.

    lengths : ndarray of shape (n_samples,) or None
        Number of time steps of each sequence, where the second axis of the outputs is
        that of the steps.

    Returns
    -------
    ndarray of shape (n_samples, ...)
        All of them. Of each step as many as the longest sequence has, NaN behind the
        last one of shorter sequences.
    """
    place = np.concatenate(order)
    if lengths is None:
        outputs = np.empty((len(place), *parts[0].shape[1:]), dtype=np.float32)
        outputs[place] = np.concatenate(parts)
        return outputs
    longest = int(lengths.max())
    shape = len(place), longest, *parts[0].shape[2:]
    outputs = np.full(shape, np.nan, dtype=np.float32)
    for part, block in zip(parts, order, strict=True):
        outputs[block, : part.shape[1]] = part[:, :longest]
    outputs[np.arange(longest) >= lengths[:, None]] = np.nan
    return outputs


def _count_large(n_members: int, n_timesteps: int, n_units: int | None) -> int:
    """Count the sequences of one length that fill large blocks."""
    if n_units is None or LARGE_BLOCK_SIZE * n_timesteps * n_units > LARGE_BLOCK:
        return 0
    return n_members - n_members % LARGE_BLOCK_SIZE
