"""Weights and steps of a block of sequences -> products, the work of all cells."""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._blocks import take
from sklearn_rnn.kernels._compile import Array, compiled_for
from sklearn_rnn.kernels._layout import COLUMNS
from sklearn_rnn.kernels._vectors import make_outer_tile, make_product_tile

ROWS, SIDE = 8, 4
CACHED_ROWS = 4096  # rows of 32 numbers: 512 KB
product_rows = make_product_tile(ROWS)
product_row = make_product_tile(1)
outer_tile = make_outer_tile(SIDE, SIDE)
outer_one = make_outer_tile(1, 1)


@compiled_for("void(f4[:,::1], f4[:,::1], f4[:,::1])")
def multiply(out: Array, w: Array, x: Array) -> None:
    """Set out (M, 32) to w (M, K) @ x (K or more, 32)."""
    n_rows = len(out)
    if n_rows < ROWS:
        for row in range(n_rows):
            product_row(out, w, x, row)
        return
    for row in range(0, n_rows, ROWS):
        product_rows(out, w, x, min(row, n_rows - ROWS))  # the last overlap


@compiled_for("void(f4[:,::1], f4[:,:,:,::1], f4[:,:,:,::1], i8, i8, i8, i8, i8)")
def sum_part(
    out: Array,
    d: Array,
    x: Array,
    d_first: int,
    x_first: int,
    block: int,
    first: int,
    last: int,
) -> None:
    """Set out (M, N) to the sum over some steps of one block; else as `sum_outer`."""
    rest = (d_first, x_first, block, first, last)
    n_rows, n_columns = out.shape
    if n_rows < SIDE or n_columns < SIDE:
        for row in range(n_rows):
            for column in range(n_columns):
                outer_one(out, d, x, row, column, *rest)
        return
    for start in range(0, n_rows, SIDE):
        row = min(start, n_rows - SIDE)
        for column in range(0, n_columns, SIDE):
            outer_tile(out, d, x, row, min(column, n_columns - SIDE), *rest)


@compiled_for("void(f4[:,::1], f4[:,:,:,::1], f4[:,:,:,::1], i8, i8)")
def sum_outer(out: Array, d: Array, x: Array, d_first: int, x_first: int) -> None:
    """Set out (M, N) to the sum over blocks and steps of d @ x^T.

    d is (blocks, T, rows, 32), read from row `d_first` on; x is (blocks, T or more,
    rows, 32), read from row `x_first` on. Parts of so many steps are summed at once
    that those of x stay in the cache.
    """
    n_rows, n_columns = out.shape
    length = max(16, CACHED_ROWS // max(1, n_columns))
    part = np.empty((n_rows, n_columns), np.float32)
    for block in range(len(d)):
        for first in range(0, d.shape[1], length):
            last = min(first + length, d.shape[1])
            if block == first == 0:
                sum_part(out, d, x, d_first, x_first, block, first, last)
                continue
            sum_part(part, d, x, d_first, x_first, block, first, last)
            for row in range(n_rows):
                for column in range(n_columns):
                    out[row, column] += part[row, column]


@compiled_for("f4[:,::1](f4[:,::1], f4[::1], f4[::1], f4[:,::1])")
def join_weights(
    weight_ih: Array, bias_ih: Array, bias_hh: Array, weight_hh: Array
) -> Array:
    """Lay weights side by side (M, F + 1 + H), as input, 1 and state lie in a step."""
    (n_rows, n_features), n_units = weight_ih.shape, weight_hh.shape[1]
    joined = np.empty((n_rows, n_features + 1 + n_units), np.float32)
    for row in range(n_rows):
        for k in range(n_features):
            joined[row, k] = weight_ih[row, k]
        joined[row, n_features] = bias_ih[row] + bias_hh[row]
        for k in range(n_units):
            joined[row, n_features + 1 + k] = weight_hh[row, k]
    return joined


@compiled_for("f4[:,::1](f4[:,::1], i8)")
def transpose(w: Array, shift: int) -> Array:
    """Copy w (M, K) to (K, M), columns moved right by `shift` around the end."""
    n_rows, n_columns = w.shape
    turned = np.empty((n_columns, n_rows), np.float32)
    for row in range(n_rows):
        place = (row + shift) % n_rows
        for column in range(n_columns):
            turned[column, place] = w[row, column]
    return turned


@compiled_for("void(f4[:,::1], f4[::1], f4[:,:,:,::1], f4[:,:,:,::1], i8)")
def input_weight_slopes(
    d_weight: Array, d_bias: Array, d: Array, steps: Array, d_first: int
) -> None:
    """Set the slopes of weight_ih (M, F) and of the bias (M,); d begins at `d_first`.

    In a step of `steps`, 1 follows F features. Where the bias is empty, so are both.
    """
    n_rows, n_features = d_weight.shape
    # Read on behind the 1 where a tile is wider.
    width = max(n_features + 1, min(SIDE, steps.shape[2]))
    both = np.empty((n_rows, width), np.float32)
    sum_outer(both, d, steps, d_first, 0)
    for row in range(n_rows):
        for k in range(n_features):
            d_weight[row, k] = both[row, k]
        d_bias[row] = both[row, n_features]


@compiled_for("void(f4[:,::1], f4[::1], f4[:,:,:,::1], f4[:,:,:,::1], i8, i8)")
def state_weight_slopes(
    d_weight: Array, d_bias: Array, d: Array, steps: Array, d_first: int, one: int
) -> None:
    """Set the slopes of weight_hh (M, H) and of its bias (M,), empty or not.

    In a step of `steps`, the state follows the row `one`.
    """
    n_rows, n_units = d_weight.shape
    if len(d_bias) == 0:
        sum_outer(d_weight, d, steps, d_first, one + 1)
        return
    both = np.empty((n_rows, 1 + n_units), np.float32)
    sum_outer(both, d, steps, d_first, one)
    for row in range(n_rows):
        d_bias[row] = both[row, 0]
        for k in range(n_units):
            d_weight[row, k] = both[row, 1 + k]


@compiled_for("void(f4[:,:,::1], f4[:,::1], f4[:,:,:,::1])")
def input_slopes(dx: Array, w: Array, d: Array) -> None:
    """Set dx (T, B, F) to the slopes of the input; w is (F, M), d (N, T, M, 32)."""
    if dx.size == 0:
        return
    blocks = np.empty((len(d), len(dx), len(w), COLUMNS), np.float32)
    for n in range(len(d)):
        for t in range(len(dx)):
            multiply(blocks[n, t], w, d[n, t])
    take(blocks, 0, 0, dx)
