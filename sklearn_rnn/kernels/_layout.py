"""Number of sequences -> number of blocks of 32 that hold them, and how full these are.

Needs no numba, so that it can be asked before compiled code is loaded.
"""

from __future__ import annotations

RNN_TANH, RNN_RELU, GRU, LSTM = range(4)  # names of cells in compiled code
COLUMNS = 32  # sequences in a block: the last axis of every matrix of compiled code


def count_blocks(n_sequences: int) -> int:
    """Count the blocks that hold so many sequences."""
    return -(-n_sequences // COLUMNS)


def filled_share(n_sequences: int) -> float:
    """Tell which share of their blocks so many sequences (at least one) fill."""
    return n_sequences / (COLUMNS * count_blocks(n_sequences))
