"""States (B, H), a linear layer, targets -> squared errors, and the slopes of all."""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._compile import Array, compiled_for


@compiled_for(
    "void(f4[:,::1], f4[:,::1], f4[::1], f4[:,:], f4[:,::1], f4[::1], f4[:,::1], "
    "f4[:,::1], f4[::1])",
    sums_in_any_order=True,
)
def differentiate(
    h: Array,
    weight: Array,
    bias: Array,
    target: Array,
    output: Array,
    loss: Array,
    dh: Array,
    d_weight: Array,
    d_bias: Array,
) -> None:
    """Fill in the last five: outputs (B, O), their mean squared error (1,), slopes.

    Shapes: h (B, H), weight (O, H), bias (O,), target (B, O); slopes as what they
    belong to.
    """
    (n_sequences, n_units), n_outputs = h.shape, len(bias)
    share = np.float32(1) / np.float32(n_sequences * n_outputs)
    loss[:] = 0
    dh[:] = 0
    d_weight[:] = 0
    d_bias[:] = 0
    for b in range(n_sequences):
        for o in range(n_outputs):
            total = bias[o]
            for k in range(n_units):
                total += h[b, k] * weight[o, k]
            output[b, o] = total
            error = total - target[b, o]
            loss[0] += share * error * error
            slope = (share + share) * error  # 2 * share would be of float64
            d_bias[o] += slope
            for k in range(n_units):
                d_weight[o, k] += slope * h[b, k]
                dh[b, k] += slope * weight[o, k]
