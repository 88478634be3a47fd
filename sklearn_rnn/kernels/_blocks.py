"""Time-major arrays (T, B, R) -> blocks (N, T, R, 32) of 32 sequences each, and back.

The last axis runs over sequences, so that each is one lane of a vector: no sum runs
across lanes, and what a sequence gives depends neither on its place nor on its company.
"""

from __future__ import annotations

from sklearn_rnn.kernels._compile import Array, compiled_for
from sklearn_rnn.kernels._vectors import COLUMNS


@compiled_for("void(f4[:,::1], f4[:,:], i8)")
def put_step(rows: Array, x: Array, width: int) -> None:
    """Copy the first `width` rows of x (B, R) to columns of rows (R or more, 32)."""
    for row in range(x.shape[1]):
        for b in range(width):
            rows[row, b] = x[b, row]
        for b in range(width, COLUMNS):
            rows[row, b] = 0


@compiled_for("void(f4[:,:,:,::1], i8, f4[:,:,:])")
def put(blocks: Array, first_row: int, x: Array) -> None:
    """Copy x (T, B, R) to rows of blocks (N, T or more, first_row + R or more, 32)."""
    n_steps, n_sequences, _ = x.shape
    for n in range(len(blocks)):
        width = min(COLUMNS, n_sequences - n * COLUMNS)
        for t in range(n_steps):
            put_step(blocks[n, t, first_row:], x[t, n * COLUMNS :], width)


@compiled_for("void(f4[:,:,:,::1], i8, i8, f4[:,:])")
def put_state(blocks: Array, step: int, first_row: int, h: Array) -> None:
    """Copy h (B, H) to one step of blocks (N, T, rows, 32)."""
    for n in range(len(blocks)):
        width = min(COLUMNS, len(h) - n * COLUMNS)
        put_step(blocks[n, step, first_row:], h[n * COLUMNS :], width)


@compiled_for("void(f4[:,:,:,::1], f4[:,:,:], f4[:,:])")
def put_start(steps: Array, x: Array, h: Array) -> None:
    """Fill steps (N, T + 1, ..., 32) with the input, 1, and the state before all."""
    n_features = x.shape[2]
    put(steps, 0, x)
    for n in range(len(steps)):
        for t in range(steps.shape[1]):
            for b in range(COLUMNS):
                steps[n, t, n_features, b] = 1
    put_state(steps, 0, n_features + 1, h)


@compiled_for("void(f4[:,::1], f4[:,::1], i8)")
def take_step(rows: Array, x: Array, width: int) -> None:
    """Copy columns of rows (R, 32) to the first `width` rows of x (B, R)."""
    for b in range(width):
        for row in range(len(rows)):
            x[b, row] = rows[row, b]


@compiled_for("void(f4[:,:,:,::1], i8, i8, f4[:,:,::1])")
def take(blocks: Array, first_step: int, first_row: int, x: Array) -> None:
    """Copy rows of blocks (N, T or more, R or more, 32) to x (T, B, R)."""
    n_steps, n_sequences, n_rows = x.shape
    for n in range(len(blocks)):
        width = min(COLUMNS, n_sequences - n * COLUMNS)
        for t in range(n_steps):
            rows = blocks[n, first_step + t, first_row : first_row + n_rows]
            take_step(rows, x[t, n * COLUMNS :], width)


@compiled_for("void(f4[:,:,:,::1], i8, f4[:,:])")
def put_slope(blocks: Array, step: int, dh: Array) -> None:
    """Copy dh (B, H) to one step of blocks (N, T, H, 32), zeros if it is empty."""
    if dh.size:
        put_state(blocks, step, 0, dh)
        return
    for n in range(len(blocks)):
        for row in range(blocks.shape[2]):
            for b in range(COLUMNS):
                blocks[n, step, row, b] = 0


@compiled_for("void(f4[:,:,:,::1], i8, i8, f4[:,::1])")
def take_state(blocks: Array, step: int, first_row: int, h: Array) -> None:
    """Copy one step of blocks (N, T, rows, 32) to h (B, H)."""
    for n in range(len(blocks)):
        width = min(COLUMNS, len(h) - n * COLUMNS)
        rows = blocks[n, step, first_row : first_row + h.shape[1]]
        take_step(rows, h[n * COLUMNS :], width)
