"""Weights and sequences -> states of an LSTM, and the slopes of all that went in.

Letters as in the equations: i, f, o = sigmoid and g = tanh of their sums,
c = f * c + i * g, h = o * tanh(c). A step of a block of 32 sequences is one array: rows
of the input, 1, the state before, then i, f, g, o, tanh(c), and the c before.
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

ROWS_PER_UNIT = 7  # h, i, f, g, o, tanh(c), c


@compiled
def _open_gates(z: Array, h: Array, c_after: Array) -> None:
    size = len(h)
    for k in range(size):
        i = sigmoid(z[k])
        f = sigmoid(z[k + size])
        g = tanh(z[k + 2 * size])
        o = sigmoid(z[k + 3 * size])
        c = f * z[k + 5 * size] + i * g
        squashed = tanh(c)
        z[k], z[k + size], z[k + 2 * size], z[k + 3 * size] = i, f, g, o
        z[k + 4 * size] = squashed
        c_after[k] = c
        h[k] = o * squashed


@compiled
def _close_gates(z: Array, outside: Array, back: Array, dc: Array, d: Array) -> None:
    size = len(dc)
    for k in range(size):
        i, f, g, o = z[k], z[k + size], z[k + 2 * size], z[k + 3 * size]
        squashed, c = z[k + 4 * size], z[k + 5 * size]
        dh = outside[k] + back[k]
        slope = dc[k] + dh * o * (ONE - squashed * squashed)
        d[k] = slope * g * i * (ONE - i)
        d[k + size] = slope * c * f * (ONE - f)
        d[k + 2 * size] = slope * i * (ONE - g * g)
        d[k + 3 * size] = dh * squashed * o * (ONE - o)
        dc[k] = slope * f


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,:], f4[:,:,:], f4[:,:,:], "
    "f4[:,:,:,::1], f4[:,:,::1], f4[:,:,::1], f4[:,:,::1])"
)
def forward(
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array,
    bias_hh: Array,
    x: Array,
    h_first: Array,
    c_first: Array,
    steps: Array,
    h: Array,
    h_last: Array,
    c_last: Array,
) -> None:
    """Fill in the last four: what each step holds, and the states.

    Shapes: weights as in torch, x (T, B, F), states (1, B, H), h (T, B, H),
    steps (N, T + 1, F + 1 + 7H, 32).
    """
    n_features, n_units = x.shape[2], h.shape[2]
    before, gates = n_features + 1, n_features + 1 + n_units
    c = gates + 5 * n_units
    w = join_weights(weight_ih, bias_ih, bias_hh, weight_hh)
    put(steps, 0, 0, x)
    put(steps, 0, before, h_first)
    put(steps, 0, c, c_first)
    for n in range(len(steps)):
        for t in range(len(x)):
            step, after = steps[n, t], steps[n, t + 1]
            multiply(step[gates : gates + 4 * n_units], w, step)
            _open_gates(
                step[gates:].ravel(), after[before:gates].ravel(), after[c:].ravel()
            )
    take(steps, 1, before, h)
    take(steps, len(x), before, h_last)
    take(steps, len(x), c, c_last)


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[:,:,:,::1], f4[:,:,:], f4[:,:,:], f4[:,:,:], "
    "f4[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,::1], f4[:,:,::1], f4[:,:,::1])"
)
def backward(
    weight_ih: Array,
    weight_hh: Array,
    steps: Array,
    dh: Array,
    dh_last: Array,
    dc_last: Array,
    d_ih: Array,
    d_hh: Array,
    d_bias_ih: Array,
    d_bias_hh: Array,
    dx: Array,
    dh_first: Array,
    dc_first: Array,
) -> None:
    """Fill in the slopes from d_ih on; empty ones are left out.

    Shapes: steps as `forward` left them, dh (T, B, H) and the slopes of
    states (1, B, H), each empty for none, the other slopes as what they belong to.
    """
    n_units, n_features = weight_hh.shape[1], weight_ih.shape[1]
    n_steps = steps.shape[1] - 1
    gates = n_features + 1 + n_units
    w = transpose(weight_hh, 0)
    d = np.empty((len(steps), n_steps, 4 * n_units, steps.shape[3]), np.float32)
    outside = np.empty((len(steps), n_steps, n_units, steps.shape[3]), np.float32)
    before = np.zeros((len(steps), 2, n_units, steps.shape[3]), np.float32)
    put_all(outside, dh)
    put(before, 0, 0, dh_last)
    put(before, 1, 0, dc_last)
    for n in range(len(steps)):
        back, dc = before[n, 0], before[n, 1].ravel()
        for t in range(n_steps - 1, -1, -1):
            z = steps[n, t, gates:].ravel()
            _close_gates(z, outside[n, t].ravel(), back.ravel(), dc, d[n, t].ravel())
            multiply(back, w, d[n, t])
    take(before, 0, 0, dh_first)
    take(before, 1, 0, dc_first)
    input_weight_slopes(d_ih, d_bias_ih, d, steps, 0)
    state_weight_slopes(d_hh, d_bias_hh, d, steps, 0, n_features)
    input_slopes(dx, transpose(weight_ih, 0), d)
