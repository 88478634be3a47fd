"""Weights and steps of a block of sequences -> products, the work of all cells."""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._blocks import take
from sklearn_rnn.kernels._compile import Array, compiled
from sklearn_rnn.kernels._vectors import COLUMNS, make_outer_tile, make_product_tile

ROWS, SIDE = 8, 4
product_rows = make_product_tile(ROWS)
product_row = make_product_tile(1)
outer_tile = make_outer_tile(SIDE, SIDE)
outer_one = make_outer_tile(1, 1)


@compiled
def multiply(out: Array, w: Array, x: Array) -> None:
    """Set out (M, 32) to w (M, K) @ x (K or more, 32)."""
    n_rows = len(out)
    if n_rows < ROWS:
        for row in range(n_rows):
            product_row(out, w, x, row)
        return
    for row in range(0, n_rows, ROWS):
        product_rows(out, w, x, min(row, n_rows - ROWS))  # the last overlap


@compiled
def sum_outer(out: Array, d: Array, x: Array, d_first: int, x_first: int) -> None:
    """Set out (M, N) to the sum over blocks and steps of d @ x^T.

    d is (blocks, T, rows, 32), read from row `d_first` on; x is (blocks, T or more,
    rows, 32), read from row `x_first` on.
    """
    n_rows, n_columns = out.shape
    if n_rows < SIDE or n_columns < SIDE:
        for row in range(n_rows):
            for column in range(n_columns):
                outer_one(out, d, x, row, column, d_first, x_first)
        return
    for start in range(0, n_rows, SIDE):
        row = min(start, n_rows - SIDE)
        for column in range(0, n_columns, SIDE):
            outer_tile(out, d, x, row, min(column, n_columns - SIDE), d_first, x_first)


@compiled
def join_weights(weight_ih: Array, bias: Array, weight_hh: Array) -> Array:
    """Lay weights side by side (M, F + 1 + H), as input, 1 and state lie in a step."""
    n_rows, n_features = weight_ih.shape
    joined = np.empty((n_rows, n_features + 1 + weight_hh.shape[1]), np.float32)
    for row in range(n_rows):
        joined[row, :n_features] = weight_ih[row]
        joined[row, n_features] = bias[row]
        joined[row, n_features + 1 :] = weight_hh[row]
    return joined


@compiled
def transpose(w: Array) -> Array:
    """Copy w (M, K) to (K, M)."""
    turned = np.empty((w.shape[1], w.shape[0]), np.float32)
    for row in range(w.shape[0]):
        for column in range(w.shape[1]):
            turned[column, row] = w[row, column]
    return turned


@compiled
def input_slopes(dx: Array, w: Array, d: Array) -> None:
    """Set dx (T, B, F) to the slopes of the input; w is (F, M), d (N, T, M, 32)."""
    if dx.size == 0:
        return
    blocks = np.empty((len(d), len(dx), len(w), COLUMNS), np.float32)
    for n in range(len(d)):
        for t in range(len(dx)):
            multiply(blocks[n, t], w, d[n, t])
    take(blocks, 0, 0, dx)
