"""Weights, sequences (T, B, F), first states -> states, without what gradients need."""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._compile import Array, compiled_for
from sklearn_rnn.kernels._layout import GRU
from sklearn_rnn.kernels._unit_gates import GROUP, copy, take_step
from sklearn_rnn.kernels._unit_products import add_product, begin, lay_out_cell


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
    (B, 0) for a cell that has none.
    """
    (n_steps, n_sequences, n_features), n_units = x.shape, h.shape[2]
    n_gates, apart = len(weight_hh) // n_units, 1 if cell == GRU else 0
    weights = weight_ih, weight_hh, bias_ih, bias_hh
    w_x, w_h, bias = lay_out_cell(*weights, n_gates, apart)
    for start in range(0, n_sequences, GROUP):
        n = min(GROUP, n_sequences - start)
        group = slice(start, start + n)
        sums = np.empty((n, *bias.shape), np.float32)
        h_now = np.zeros((n, bias.shape[1]), np.float32)
        c_now = np.zeros((n, bias.shape[1]), np.float32)
        copy(h_first[group], h_now)
        copy(c_first[group], c_now)
        for t in range(n_steps):
            begin(sums, bias)
            at = (t * n_sequences + start) * n_features
            add_product(sums, 0, w_x, x, at, n_features)
            take_step(cell, apart, sums, w_h, h_now, c_now, h[t, group])
        copy(h_now, h_last[group])
        copy(c_now, c_last[group])
