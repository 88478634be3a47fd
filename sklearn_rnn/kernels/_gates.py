"""Sums before a gate -> what it lets through: tanh and sigmoid for compiled loops."""

from __future__ import annotations

import numpy as np

from sklearn_rnn.kernels._compile import compiled

F32 = np.float32
LIMIT = F32(7.5)  # 1 - tanh(7.5) = 6e-7

# tanh(x) = x * P(x * x) / Q(x * x), fitted so that the largest error on [-7.5, 7.5] is
# small (7e-8 before rounding).
P0, P1, P2 = F32(0.9999996423721313), F32(0.129582479596138), F32(2.986881649121642e-3)
P3 = F32(1.1837194506369997e-05)
Q1, Q2, Q3 = F32(0.462914407253265), F32(0.02395992912352085), F32(2.438584197079763e-4)
Q4 = F32(2.5944174808500975e-7)
ZERO, HALF, ONE = F32(0), F32(0.5), F32(1)


@compiled
def tanh(x: np.float32) -> np.float32:
    """Compute tanh(x) with an absolute error below 1e-6; +-1 beyond the limit."""
    s = x * x
    p = x * (P0 + s * (P1 + s * (P2 + s * P3)))
    q = ONE + s * (Q1 + s * (Q2 + s * (Q3 + s * Q4)))
    y = p / q
    y = ONE if x > LIMIT else y  # exactly, so that the slope 1 - y * y is 0
    return -ONE if x < -LIMIT else y


@compiled
def sigmoid(x: np.float32) -> np.float32:
    """Compute 1 / (1 + exp(-x)) with an absolute error below 1e-6; 0 or 1 far out."""
    return HALF + HALF * tanh(HALF * x)
