"""Weights of gates, numbers of sequences -> sums of the gates, units side by side.

Numbers of one sequence lie side by side, and a vector holds units: no block of
sequences is to be filled, and one alone is fast too. Each sum adds up in the same order
however many sequences there are, so that one has the same bits in any company.
"""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._compile import Array, compiled
from sklearn_rnn.kernels._vectors import make_unit_tile

LANES = 16  # units in a vector
SIDE = 4  # sequences that share what is loaded of the weights
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
def _lay_out_biases(bias_ih: Array, bias_hh: Array, n_gates: int, shift: int) -> Array:
    """Add up both biases (G*H,) in slots (G + shift, width).

    With a slot more than gates, the one gate moved to the front has its biases apart.
    """
    first = _lay_out(bias_ih.reshape(-1, 1), n_gates, shift)[0]
    sums = np.zeros((n_gates + shift, first.shape[1]), np.float32)
    sums[:n_gates] += first
    sums[shift:] += _lay_out(bias_hh.reshape(-1, 1), n_gates, 0)[0]
    return sums


@compiled
def lay_out_cell(
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array,
    bias_hh: Array,
    n_gates: int,
    apart: int,
) -> tuple[Array, Array, Array]:
    """Lay out the weights of the input and of the state, and the sum of both biases."""
    w_x, w_h = _lay_out(weight_ih, n_gates, apart), _lay_out(weight_hh, n_gates, 0)
    return w_x, w_h, _lay_out_biases(bias_ih, bias_hh, n_gates, apart)


@compiled
def begin(sums: Array, bias: Array) -> None:
    """Begin the sums (B, slots, width) of each sequence with its biases."""
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
def add_product(
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
