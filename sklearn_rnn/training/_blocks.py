"""Length of each sequence -> blocks of one padded length that predict together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK_SIZE = 32  # sequences that predict together: full blocks give equal bits


def equal_blocks(
    lengths: NDArray[np.intp], longest: int
) -> Iterator[tuple[NDArray[np.intp], int]]:
    """Yield blocks of sequences that share a padded length, with that length.

    Parameters
    ----------
    lengths : ndarray of shape (n_samples,)
        Number of time steps of each sequence.

    longest : int
        Length of the longest training sequence; blocks are as long, or longer or
        shorter than it by powers of two.

    Yields
    ------
    tuple of (ndarray of int, int)
        At most `BLOCK_SIZE` sequences, and their padded length.
    """
    octave = np.ceil(np.log2(np.maximum(lengths, 1) / longest))
    padded = np.maximum(np.ceil(longest * 2.0**octave), 1).astype(int)
    for n_timesteps in np.unique(padded):
        members = np.flatnonzero(padded == n_timesteps)
        for begin in range(0, len(members), BLOCK_SIZE):
            yield members[begin : begin + BLOCK_SIZE], int(n_timesteps)
