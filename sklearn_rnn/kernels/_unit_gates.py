"""Sums of the gates (B, slots, width), states -> the states after a step.

The sums of a step stand in slots, one per gate. A GRU needs one slot more, since its
third gate keeps the sums of the input, which stand first, and of the state, which stand
last, apart: `apart` is 1 for a GRU, 0 for the others.
"""

from __future__ import annotations

from sklearn_rnn.kernels._compile import Array, compiled
from sklearn_rnn.kernels._gates import ZERO, sigmoid, tanh
from sklearn_rnn.kernels._layout import GRU, LSTM, RNN_RELU
from sklearn_rnn.kernels._unit_products import add_product

GROUP = 32  # sequences that take a step together


@compiled
def take_step(
    cell: int, apart: int, sums: Array, w_h: Array, h: Array, c: Array, shown: Array
) -> None:
    """Add what the weights make of the state, renew it, and show its units (B, H)."""
    add_product(sums, apart, w_h, h, 0, h.shape[1])
    _open_gates(cell, sums, h, c)
    copy(h, shown)


@compiled
def copy(rows: Array, target: Array) -> None:
    """Copy as many numbers of each row as both have."""
    width = min(rows.shape[1], target.shape[1])
    for i in range(len(rows)):
        for k in range(width):
            target[i, k] = rows[i, k]


@compiled
def _open_gates(cell: int, sums: Array, h: Array, c: Array) -> None:
    if cell == GRU:
        _open_gru(sums, h)
    elif cell == LSTM:
        _open_lstm(sums, h, c)
    elif cell == RNN_RELU:
        _open_relu(sums, h)
    else:
        _open_tanh(sums, h)


@compiled
def _open_tanh(sums: Array, h: Array) -> None:
    for b in range(len(h)):
        for k in range(sums.shape[2]):
            h[b, k] = tanh(sums[b, 0, k])


@compiled
def _open_relu(sums: Array, h: Array) -> None:
    for b in range(len(h)):
        for k in range(sums.shape[2]):
            h[b, k] = ZERO if sums[b, 0, k] < ZERO else sums[b, 0, k]


@compiled
def _open_gru(sums: Array, h: Array) -> None:
    for b in range(len(h)):
        for k in range(sums.shape[2]):
            r = sigmoid(sums[b, 1, k])
            z = sigmoid(sums[b, 2, k])
            n = tanh(sums[b, 0, k] + r * sums[b, 3, k])
            h[b, k] = n + z * (h[b, k] - n)


@compiled
def _open_lstm(sums: Array, h: Array, c: Array) -> None:
    for b in range(len(h)):
        for k in range(sums.shape[2]):
            i, f = sigmoid(sums[b, 0, k]), sigmoid(sums[b, 1, k])
            g, o = tanh(sums[b, 2, k]), sigmoid(sums[b, 3, k])
            c[b, k] = f * c[b, k] + i * g
            h[b, k] = o * tanh(c[b, k])
