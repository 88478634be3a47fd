"""Weights and sequences -> states of a GRU, and the slopes of all that went in.

Letters as in torch's equations: r, z = sigmoid of their sums, n = tanh(x + r * u) with
the sums x of the input and u of the state, h = (1 - z) * n + z * h. A step of a block
of 32 sequences is one array: rows of the input, 1, the state before, then r, z, n, u.
"""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._blocks import put, put_all, take
from sklearn_rnn.kernels._compile import Array, compiled, compiled_for
from sklearn_rnn.kernels._gates import ONE, sigmoid, tanh
from sklearn_rnn.kernels._products import (
    input_slopes,
    input_weight_slopes,
    join_weights,
    multiply,
    state_weight_slopes,
    transpose,
)

ROWS_PER_UNIT = 5  # h, r, z, n, u


@compiled
def _open_gates(sums: Array, h: Array, h_after: Array) -> None:
    size = len(h)
    for k in range(size):
        r = sigmoid(sums[k])
        z = sigmoid(sums[k + size])
        n = tanh(sums[k + 2 * size] + r * sums[k + 3 * size])
        sums[k], sums[k + size], sums[k + 2 * size] = r, z, n
        h_after[k] = n + z * (h[k] - n)


@compiled
def _close_gates(sums: Array, h: Array, dh: Array, past: Array, d: Array) -> None:
    size = len(past)
    for k in range(size):
        r, z, n, u = sums[k], sums[k + size], sums[k + 2 * size], sums[k + 3 * size]
        slope = dh[k] + past[k]
        dn = slope * (ONE - z) * (ONE - n * n)
        d[k] = dn
        d[k + size] = dn * u * r * (ONE - r)
        d[k + 2 * size] = slope * (h[k] - n) * z * (ONE - z)
        d[k + 3 * size] = dn * r
        past[k] = slope * z


@compiled
def _add(total: Array, more: Array) -> None:
    for k in range(len(total)):
        total[k] += more[k]


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,:], f4[:,:,:], "
    "f4[:,:,:,::1], f4[:,:,::1], f4[:,:,::1])"
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
) -> None:
    """Fill in the last three: what each step holds, and the states.

    Shapes: weights as in torch, x (T, B, F), states (1, B, H), h (T, B, H),
    steps (N, T + 1, F + 1 + 5H, 32).
    """
    n_features, n_units = x.shape[2], h.shape[2]
    before, gates, rz = n_features + 1, n_features + 1 + n_units, 2 * n_units
    w_rz = join_weights(weight_ih[:rz], bias_ih[:rz], bias_hh[:rz], weight_hh[:rz])
    nothing = np.empty((n_units, 0), np.float32)
    zeros = np.zeros(n_units, np.float32)
    w_x = join_weights(weight_ih[rz:], bias_ih[rz:], zeros, nothing)
    w_u = join_weights(nothing, zeros, bias_hh[rz:], weight_hh[rz:])
    put(steps, 0, 0, x)
    put(steps, 0, before, h_first)
    for n in range(len(steps)):
        for t in range(len(x)):
            step, after = steps[n, t], steps[n, t + 1]
            sums = step[gates:]
            multiply(sums[:rz], w_rz, step)
            multiply(sums[rz : rz + n_units], w_x, step)
            multiply(sums[rz + n_units :], w_u, step[n_features:])
            h_before, h_after = step[before:gates], after[before:gates]
            _open_gates(sums.ravel(), h_before.ravel(), h_after.ravel())
    take(steps, 1, before, h)
    take(steps, len(x), before, h_last)


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[:,:,:,::1], f4[:,:,:], f4[:,:,:], "
    "f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,::1], f4[:,:,::1])"
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
) -> None:
    """Fill in the slopes from d_ih on; empty ones are left out.

    Shapes: steps as `forward` left them, dh (T, B, H) and the slopes of
    states (1, B, H), each empty for none, the other slopes as what they belong to.
    """
    n_units, n_features = weight_hh.shape[1], weight_ih.shape[1]
    n_steps = steps.shape[1] - 1
    gates, rz = n_features + 1 + n_units, 2 * n_units
    w = transpose(weight_hh, 0)
    d = np.empty((len(steps), n_steps, 4 * n_units, steps.shape[3]), np.float32)
    outside = np.empty((len(steps), n_steps, n_units, steps.shape[3]), np.float32)
    before = np.zeros((len(steps), 1, n_units, steps.shape[3]), np.float32)
    past = np.empty(n_units * steps.shape[3], np.float32)  # slope that went past n
    put_all(outside, dh)
    put(before, 0, 0, dh_last)
    for n in range(len(steps)):
        back = before[n, 0]
        for k in range(len(past)):
            past[k] = 0
        for t in range(n_steps - 1, -1, -1):
            h, sums = steps[n, t, n_features + 1 : gates], steps[n, t, gates:]
            dh_t = outside[n, t].ravel()
            _add(dh_t, back.ravel())
            _close_gates(sums.ravel(), h.ravel(), dh_t, past, d[n, t].ravel())
            multiply(back, w, d[n, t, n_units:])
        _add(back.ravel(), past)
    take(before, 0, 0, dh_first)
    input_weight_slopes(d_ih[rz:], d_bias_ih[rz:], d, steps, 0)
    input_weight_slopes(d_ih[:rz], d_bias_ih[:rz], d, steps, n_units)
    state_weight_slopes(d_hh, d_bias_hh, d, steps, n_units, n_features)
    input_slopes(dx, transpose(weight_ih, n_units), d)
