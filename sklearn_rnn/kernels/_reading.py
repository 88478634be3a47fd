"""Weights, sequences (T, B, F), first states -> states, without what gradients need.

Numbers of one sequence lie side by side, and a vector holds units: no block of
sequences is to be filled, and one alone is fast too. Each sum adds up in the same order
however many sequences are read, so that a sequence has the same bits in any company.
"""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._compile import Array, compiled, compiled_for
from sklearn_rnn.kernels._gates import ZERO, sigmoid, tanh
from sklearn_rnn.kernels._layout import GRU, LSTM, RNN_RELU
from sklearn_rnn.kernels._vectors import make_unit_tile

LANES = 16  # units in a vector
SIDE = 4  # sequences that share what is loaded of the weights
GROUP = 32  # sequences that take a step together
tile_4_2, tile_4_1 = (make_unit_tile(SIDE, n, LANES) for n in (2, 1))
tile_1_8, tile_1_4 = (make_unit_tile(1, n, LANES) for n in (8, 4))
tile_1_2, tile_1_1 = (make_unit_tile(1, n, LANES) for n in (2, 1))


@compiled
def _lay_out(weight: Array, n_gates: int, shift: int) -> Array:
    """Copy weights (G*H, K) to (K, G, width), gates moved by `shift` around the end.

    Zeros fill the units of a gate up to whole vectors, which keeps their state zero.
    """
    n_rows, n_inputs = weight.shape
    n_units = n_rows // n_gates
    width = -(-n_units // LANES) * LANES
    laid = np.zeros((n_inputs, n_gates, width), np.float32)
    for gate in range(n_gates):
        rows = weight[gate * n_units : (gate + 1) * n_units]
        slot = (gate + shift) % n_gates
        for k in range(n_inputs):
            for unit in range(n_units):
                laid[k, slot, unit] = rows[unit, k]
    return laid


@compiled
def _copy(rows: Array, target: Array) -> None:
    """Copy as many numbers of each row as both have."""
    width = min(rows.shape[1], target.shape[1])
    for i in range(len(rows)):
        for k in range(width):
            target[i, k] = rows[i, k]


@compiled
def _begin(sums: Array, bias: Array) -> None:
    for b in range(len(sums)):
        for slot in range(sums.shape[1]):
            for k in range(sums.shape[2]):
                sums[b, slot, k] = bias[slot, k]


@compiled
def _add_alone(sums: Array, out: int, w: Array, x: Array, at: int) -> None:
    """Add w times the numbers at `at` of x to the sums at `out`, of one sequence.

    Sums side by side hide how long each addition waits for the one before.
    """
    n, columns, k = len(w), w.shape[1] * w.shape[2], 0
    while k + 8 * LANES <= columns:
        tile_1_8(sums, out + k, 0, w, k, columns, x, at, 0, n)
        k += 8 * LANES
    if k + 4 * LANES <= columns:
        tile_1_4(sums, out + k, 0, w, k, columns, x, at, 0, n)
        k += 4 * LANES
    if k + 2 * LANES <= columns:
        tile_1_2(sums, out + k, 0, w, k, columns, x, at, 0, n)
        k += 2 * LANES
    if k < columns:
        tile_1_1(sums, out + k, 0, w, k, columns, x, at, 0, n)


@compiled
def _add_product(
    sums: Array, slot: int, w: Array, x: Array, first: int, step: int
) -> None:
    """Add, from a slot on, w (K, G, width) times K numbers of each sequence.

    Sequence i has its numbers at first + i * step of x.
    """
    n_sequences, n_slots, width = sums.shape
    n, row, columns = len(w), n_slots * width, w.shape[1] * width
    n_side = n_sequences - n_sequences % SIDE
    for i in range(0, n_side, SIDE):
        out, at, k = i * row + slot * width, first + i * step, 0
        while k + 2 * LANES <= columns:
            tile_4_2(sums, out + k, row, w, k, columns, x, at, step, n)
            k += 2 * LANES
        if k < columns:
            tile_4_1(sums, out + k, row, w, k, columns, x, at, step, n)
    for i in range(n_side, n_sequences):
        _add_alone(sums, i * row + slot * width, w, x, first + i * step)


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


@compiled_for(
    "void(i8, f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,::1], f4[:,::1], "
    "f4[:,::1], f4[:,:,::1], f4[:,::1], f4[:,::1])"
)
def read(
    cell: int,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array,
    bias_hh: Array,
    x: Array,
    h_first: Array,
    c_first: Array,
    h: Array,
    h_last: Array,
    c_last: Array,
) -> None:
    """Fill in the last three: states after each step, and the final ones.

    Shapes: weights as in torch, x (T, B, F), h (T, B, H), states (B, H); those of c are
    (B, 0) for a cell that has none. The sums of a step stand in slots, one per gate. A
    GRU needs one slot more, since its third gate keeps the sums of the input, which
    stand first, and of the state, which stand last, apart.
    """
    (n_steps, n_sequences, n_features), n_units = x.shape, h.shape[2]
    n_gates, apart = len(weight_hh) // n_units, 1 if cell == GRU else 0
    w_x, w_h = _lay_out(weight_ih, n_gates, apart), _lay_out(weight_hh, n_gates, 0)
    bias = np.zeros((n_gates + apart, w_h.shape[2]), np.float32)
    bias[:n_gates] += _lay_out(bias_ih.reshape(-1, 1), n_gates, apart)[0]
    bias[apart:] += _lay_out(bias_hh.reshape(-1, 1), n_gates, 0)[0]
    for begin in range(0, n_sequences, GROUP):
        n = min(GROUP, n_sequences - begin)
        sums = np.empty((n, *bias.shape), np.float32)
        h_now = np.zeros((n, bias.shape[1]), np.float32)
        c_now = np.zeros((n, bias.shape[1]), np.float32)
        _copy(h_first[begin : begin + n], h_now)
        _copy(c_first[begin : begin + n], c_now)
        for t in range(n_steps):
            _begin(sums, bias)
            first = (t * n_sequences + begin) * n_features
            _add_product(sums, 0, w_x, x, first, n_features)
            _add_product(sums, apart, w_h, h_now, 0, h_now.shape[1])
            _open_gates(cell, sums, h_now, c_now)
            _copy(h_now, h[t, begin : begin + n])
        _copy(h_now, h_last[begin : begin + n])
        _copy(c_now, c_last[begin : begin + n])
