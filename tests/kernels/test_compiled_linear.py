"""CompiledLinear: outputs, squared errors and slopes by their equations in NumPy."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_rnn.kernels._compiled_linear import CompiledLinear

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 1), (32, 16, 4), (70, 130, 9)])
def test_equations(shape):
    n_sequences, n_units, n_outputs = shape
    rng = np.random.default_rng(0)
    layer = torch.nn.Linear(n_units, n_outputs)
    for weight in layer.parameters():
        weight.grad = torch.full_like(weight, torch.nan)  # what was there is not added
    h = rng.normal(size=(n_sequences, n_units)).astype(np.float32)
    target = rng.normal(size=(n_sequences, n_outputs)).astype(np.float32)
    output = np.empty_like(target)
    dh, loss = CompiledLinear(layer).differentiate(h, target, output)

    weight = layer.weight.detach().numpy().astype(float)
    expected = h.astype(float) @ weight.T + layer.bias.detach().numpy()
    error = expected - target
    slope = 2 * error / error.size
    assert_allclose(output, expected, rtol=1e-4, atol=1e-5)
    assert_allclose(loss, (error**2).mean(), rtol=1e-5)
    assert_allclose(dh, slope @ weight, rtol=1e-4, atol=1e-6)
    assert_allclose(layer.weight.grad, slope.T @ h, rtol=1e-4, atol=1e-6)
    assert_allclose(layer.bias.grad, slope.sum(0), rtol=1e-4, atol=1e-6)


def test_targets_may_be_columns_of_a_table():
    layer = torch.nn.Linear(2, 1)
    for weight in layer.parameters():
        weight.grad = torch.zeros_like(weight)
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    h, outputs = np.ones((4, 2), np.float32), np.empty((2, 4, 1), np.float32)
    linear = CompiledLinear(layer)
    _, loss = linear.differentiate(h, table[:, 1:2], outputs[0])
    _, same = linear.differentiate(h, table[:, 1:2].copy(), outputs[1])
    assert loss == same


def test_a_nan_stays_one():
    layer = torch.nn.Linear(2, 1)
    for weight in layer.parameters():
        weight.grad = torch.zeros_like(weight)
    h, target = np.ones((3, 2), np.float32), np.zeros((3, 1), np.float32)
    h[1, 1] = np.nan
    dh, loss = CompiledLinear(layer).differentiate(h, target, np.empty_like(target))
    assert np.isnan(loss)
    assert np.isnan(dh[1]).all()
    assert not np.isnan(dh[0]).any()
