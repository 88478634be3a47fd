"""Weights, rows (R, F), the row each window begins at -> states, from zeros.

Windows of one series share rows. What the weights make of a row is computed once for
all windows of a group that have it; where few do, it is computed for each. Sums add up
in the same order either way, so that a window has the same bits in any company.
"""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._compile import Array, compiled, compiled_for
from sklearn_rnn.kernels._layout import GRU
from sklearn_rnn.kernels._unit_gates import GROUP, copy, take_step
from sklearn_rnn.kernels._unit_products import add_product, begin, lay_out_cell


@compiled
def _pick(w: Array, columns: Array) -> Array:
    """Copy the weights (K, G, width) of some columns."""
    picked = np.empty((len(columns), *w.shape[1:]), np.float32)
    for i in range(len(columns)):
        picked[i] = w[columns[i]]
    return picked


@compiled
def _find_rows(first: Array, t: int, n_rows: int, places: Array) -> None:
    """Find the row of each window at step t; behind the last one comes the last."""
    for i in range(len(first)):
        places[i] = max(0, min(first[i] + t, n_rows - 1))


@compiled
def _take_rows(rows: Array, places: Array, columns: Array, taken: Array) -> None:
    """Copy columns of the rows at some places."""
    for i in range(len(taken)):
        place = places[i]
        if len(columns) == rows.shape[1]:  # then they are all, in order
            for k in range(taken.shape[1]):
                taken[i, k] = rows[place, k]
        else:
            for k in range(taken.shape[1]):
                taken[i, k] = rows[place, columns[k]]


@compiled
def _add_rows(
    sums: Array,
    rows: Array,
    places: Array,
    columns: Array,
    w: Array,
    bias: Array,
    taken: Array,
) -> None:
    """Fill in the sums of the rows at some places."""
    begin(sums, bias)
    if taken.size:
        _take_rows(rows, places, columns, taken)
        add_product(sums, 0, w, taken, 0, taken.shape[1])


@compiled
def _count_shared(first: Array, n_steps: int, n_rows: int) -> tuple[int, int]:
    """Find the first row of all windows, and count theirs up to the last.

    None are counted where windows share less than half of their steps.
    """
    low, high = first[0], first[0]
    for row in first:
        low, high = min(low, row), max(high, row)
    n = min(high + n_steps, n_rows) - low
    return low, n if low >= 0 and 0 < 2 * n <= len(first) * n_steps else 0


@compiled
def _sum_shared(
    rows: Array, first: Array, n_steps: int, columns: Array, w: Array, bias: Array
) -> tuple[int, Array]:
    """Compute the sums (N, slots * width) of the rows that windows share, and where.

    N = 0 where they share few, or no column that they read as it is.
    """
    low, n = _count_shared(first, n_steps, len(rows))
    n = n if len(columns) else 0
    sums = np.empty((n, *bias.shape), np.float32)
    taken = np.empty((n, len(columns)), np.float32)
    places = np.empty(n, np.int64)
    for i in range(n):
        places[i] = low + i
    _add_rows(sums, rows, places, columns, w, bias, taken)
    return low, sums.reshape(n, bias.size)


@compiled
def _look_up(sums: Array, known: Array, low: int, places: Array) -> None:
    """Copy the sums (B, slots * width) of the rows at some places."""
    for i in range(len(sums)):
        place = places[i] - low
        for k in range(sums.shape[1]):
            sums[i, k] = known[place, k]


@compiled
def _add_relative(
    sums: Array,
    rows: Array,
    places: Array,
    columns: Array,
    anchor: Array,
    spread: Array,
    w: Array,
    taken: Array,
) -> None:
    """Add what the weights make of columns that each window has in its own scale."""
    if taken.size:
        _take_rows(rows, places, columns, taken)
        for i in range(len(taken)):
            for k in range(taken.shape[1]):
                taken[i, k] = (taken[i, k] - anchor[i, k]) / spread[i, k]
        add_product(sums, 0, w, taken, 0, taken.shape[1])


@compiled_for(
    "void(i8, f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,::1], i8[::1], i8[::1], "
    "i8[::1], f4[:,::1], f4[:,::1], f4[:,:,::1], f4[:,::1], f4[:,::1])"
)
def read_rows(
    cell: int,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array,
    bias_hh: Array,
    rows: Array,
    first: Array,
    columns: Array,
    relative: Array,
    anchor: Array,
    spread: Array,
    h: Array,
    h_last: Array,
    c_last: Array,
) -> None:
    """Fill in the last three: states after each step, and the final ones.

    Shapes: weights as in torch, rows (R, F), the row `first` (B,) of each window, h
    (T, B, H), states (B, H); that of c is (B, 0) for a cell that has none. Features are
    in `columns`, or in `relative` (A,): those less their anchor (B, A), by their spread
    (B, A).
    """
    n_steps, n_windows, n_units = h.shape
    n_gates, apart = len(weight_hh) // n_units, 1 if cell == GRU else 0
    weights = weight_ih, weight_hh, bias_ih, bias_hh
    w_x, w_h, bias = lay_out_cell(*weights, n_gates, apart)
    w_own, w_relative = _pick(w_x, columns), _pick(w_x, relative)
    for start in range(0, n_windows, GROUP):
        n = min(GROUP, n_windows - start)
        group = slice(start, start + n)
        sums = np.empty((n, *bias.shape), np.float32)
        h_now = np.zeros((n, bias.shape[1]), np.float32)
        c_now = np.zeros((n, bias.shape[1]), np.float32)
        places, begins = np.empty(n, np.int64), first[group]
        own = np.empty((n, len(columns)), np.float32)
        others = np.empty((n, len(relative)), np.float32)
        low, known = _sum_shared(rows, begins, n_steps, columns, w_own, bias)
        for t in range(n_steps):
            _find_rows(begins, t, len(rows), places)
            if len(known):
                _look_up(sums.reshape(n, bias.size), known, low, places)
            else:
                _add_rows(sums, rows, places, columns, w_own, bias, own)
            _add_relative(
                sums,
                rows,
                places,
                relative,
                anchor[group],
                spread[group],
                w_relative,
                others,
            )
            take_step(cell, apart, sums, w_h, h_now, c_now, h[t, group])
        copy(h_now, h_last[group])
        copy(c_now, c_last[group])
