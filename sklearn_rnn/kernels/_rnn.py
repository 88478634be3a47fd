"""Weights and sequences -> states of a plain RNN, and the slopes of all that went in.

h = tanh or relu of its sum. A step of a block of 32 sequences is one array: rows of the
input, 1, and the state before.
"""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._blocks import put, put_all, take
from sklearn_rnn.kernels._compile import Array, compiled, compiled_for
from sklearn_rnn.kernels._gates import ONE, ZERO, tanh
from sklearn_rnn.kernels._products import (
    input_slopes,
    input_weight_slopes,
    join_weights,
    multiply,
    state_weight_slopes,
    transpose,
)

ROWS_PER_UNIT = 1  # h


@compiled
def _squash(h: Array, rectify: bool) -> None:
    if rectify:
        for k in range(len(h)):
            h[k] = ZERO if h[k] < ZERO else h[k]
    else:
        for k in range(len(h)):
            h[k] = tanh(h[k])


@compiled
def _unsquash(h: Array, back: Array, d: Array, rectify: bool) -> None:
    """Turn slopes d of the state, of which `back` is a part, into slopes of the sum."""
    if rectify:
        for k in range(len(h)):
            d[k] = ZERO if h[k] <= ZERO else d[k] + back[k]
    else:
        for k in range(len(h)):
            d[k] = (d[k] + back[k]) * (ONE - h[k] * h[k])


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,:], f4[:,:,:], "
    "f4[:,:,:,::1], f4[:,:,::1], f4[:,:,::1], b1)"
)
def forward(
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array,
    bias_hh: Array,
    x: Array,
    h_first: Array,
    steps: Array,
    h: Array,
    h_last: Array,
    rectify: bool,
) -> None:
    """Fill in steps, h and h_last; `rectify` takes relu in place of tanh.

    Shapes: weights as in torch, x (T, B, F), states (1, B, H), h (T, B, H),
    steps (N, T + 1, F + 1 + H, 32).
    """
    before = x.shape[2] + 1
    w = join_weights(weight_ih, bias_ih, bias_hh, weight_hh)
    put(steps, 0, 0, x)
    put(steps, 0, before, h_first)
    for n in range(len(steps)):
        for t in range(len(x)):
            after = steps[n, t + 1, before:]
            multiply(after, w, steps[n, t])
            _squash(after.ravel(), rectify)
    take(steps, 1, before, h)
    take(steps, len(x), before, h_last)


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[:,:,:,::1], f4[:,:,:], f4[:,:,:], "
    "f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,::1], f4[:,:,::1], b1)"
)
def backward(
    weight_ih: Array,
    weight_hh: Array,
    steps: Array,
    dh: Array,
    dh_last: Array,
    d_ih: Array,
    d_hh: Array,
    d_bias_ih: Array,
    d_bias_hh: Array,
    dx: Array,
    dh_first: Array,
    rectify: bool,
) -> None:
    """Fill in the slopes from d_ih on; empty ones are left out.

    Shapes: steps as `forward` left them, dh (T, B, H) and the slopes of
    states (1, B, H), each empty for none, the other slopes as what they belong to.
    """
    n_units, n_features = weight_hh.shape[1], weight_ih.shape[1]
    n_steps = steps.shape[1] - 1
    w = transpose(weight_hh, 0)
    d = np.empty((len(steps), n_steps, n_units, steps.shape[3]), np.float32)
    before = np.zeros((len(steps), 1, n_units, steps.shape[3]), np.float32)
    put_all(d, dh)
    put(before, 0, 0, dh_last)
    for n in range(len(steps)):
        back = before[n, 0]
        for t in range(n_steps - 1, -1, -1):
            h = steps[n, t + 1, n_features + 1 :]
            _unsquash(h.ravel(), back.ravel(), d[n, t].ravel(), rectify)
            multiply(back, w, d[n, t])
    take(before, 0, 0, dh_first)
    input_weight_slopes(d_ih, d_bias_ih, d, steps, 0)
    state_weight_slopes(d_hh, d_bias_hh, d, steps, 0, n_features)
    input_slopes(dx, transpose(weight_ih, 0), d)
