"""Time-major arrays (T, B, R) -> blocks (N, T, R, 32) of 32 sequences each, and back.

The last axis runs over sequences, so that each is one lane of a vector: no sum runs
across lanes, and what a sequence gives depends neither on its place nor on its company.
"""

from __future__ import annotations

from sklearn_rnn.kernels._compile import Array, compiled_for
from sklearn_rnn.kernels._layout import COLUMNS


@compiled_for("void(f4[:,:,:,::1], i8, i8, f4[:,:,:])")
def put(blocks: Array, first_step: int, first_row: int, x: Array) -> None:
    """Copy x (T, B, R) to steps and rows of blocks, with zeros in lanes left over."""
    n_steps, n_sequences, n_rows = x.shape
    for n in range(len(blocks)):
        start = n * COLUMNS
        width = min(COLUMNS, n_sequences - start)
        for t in range(n_steps):
            step = blocks[n, first_step + t]
            for row in range(n_rows):
                for b in range(width):
                    step[first_row + row, b] = x[t, start + b, row]
                for b in range(width, COLUMNS):
                    step[first_row + row, b] = 0


@compiled_for("void(f4[:,:,:,::1], f4[:,:,:])")
def put_all(blocks: Array, x: Array) -> None:
    """Copy x (T, B, R) to blocks of as many steps and rows; zeros for an empty x."""
    if x.size == 0:
        blocks[:] = 0
    else:
        put(blocks, 0, 0, x)


@compiled_for("void(f4[:,:,:,::1], i8, i8, f4[:,:,::1])")
def take(blocks: Array, first_step: int, first_row: int, x: Array) -> None:
    """Copy steps and rows of blocks to x (T, B, R)."""
    n_steps, n_sequences, n_rows = x.shape
    for n in range(len(blocks)):
        start = n * COLUMNS
        for t in range(n_steps):
            step = blocks[n, first_step + t]
            for b in range(min(COLUMNS, n_sequences - start)):
                for row in range(n_rows):
                    x[t, start + b, row] = step[first_row + row, b]
