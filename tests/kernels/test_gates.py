"""tanh and sigmoid of compiled loops against NumPy in float64."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")

from sklearn_rnn.kernels._gates import sigmoid, tanh

GATES = {tanh: np.tanh, sigmoid: lambda x: 1 / (1 + np.exp(-x))}
each_gate = pytest.mark.parametrize("gate", GATES, ids=["tanh", "sigmoid"])


def apply(gate, values):
    return np.array([gate(x) for x in values.astype(np.float32)])


@each_gate
def test_error_is_at_most_a_millionth(gate):
    x = np.concatenate([np.linspace(-20, 20, 40_001), np.linspace(-1e-3, 1e-3, 2001)])
    x = x.astype(np.float32)
    exact = GATES[gate](x.astype(np.float64))
    assert np.abs(apply(gate, x) - exact).max() <= 1e-6


@each_gate
def test_large_values_are_as_infinite_ones(gate):
    x = np.array([-np.inf, -1e30, -100, 100, 1e30, np.inf])
    assert np.abs(apply(gate, x) - GATES[gate](np.clip(x, -100, 100))).max() <= 1e-6


def test_saturated_gates_are_exact_so_that_their_slope_is_0():
    x = np.array([7.6, 16, 1000, 1e5, 1e30, np.inf])
    assert (apply(tanh, x) == 1).all()
    assert (apply(tanh, -x) == -1).all()
    assert (apply(sigmoid, 2 * x) == 1).all()
    assert (apply(sigmoid, -2 * x) == 0).all()


@each_gate
def test_nan_stays(gate):
    assert np.isnan(apply(gate, np.array([np.nan]))).all()
