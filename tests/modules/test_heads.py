"""Quantiles: in order whatever the weights, standard normal to begin with."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import norm

from sklearn_rnn.modules import SequenceModel
from sklearn_rnn.modules._heads import OrderedQuantiles

LEVELS = [[0.5], [0.1, 0.5, 0.9], [0.5, 0.9], [0.01, 0.2, 0.5], [0.1, 0.2, 0.5, 0.95]]


def slow_reference(numbers, levels):
    """Walk outward from the median, one softplus step after the other."""
    m, z = levels.index(0.5), norm.ppf(levels)
    quantiles = np.array(numbers, dtype=float)
    for q in range(m + 1, len(levels)):
        step = np.log1p(np.exp(numbers[q])) / np.log(2) * (z[q] - z[q - 1])
        quantiles[q] = quantiles[q - 1] + step
    for q in reversed(range(m)):
        step = np.log1p(np.exp(numbers[q])) / np.log(2) * (z[q + 1] - z[q])
        quantiles[q] = quantiles[q + 1] - step
    return quantiles


@pytest.mark.parametrize("levels", LEVELS)
def test_equal_a_slow_reference(levels):
    numbers = np.random.default_rng(0).normal(size=(4, 2 * len(levels)))
    quantiles = OrderedQuantiles(levels)(torch.as_tensor(numbers))
    assert quantiles.shape == (4, 2, len(levels))
    for i in range(4):
        for k in range(2):
            part = numbers[i, k * len(levels) : (k + 1) * len(levels)]
            expected = slow_reference(part, levels)
            assert_allclose(quantiles[i, k], expected, rtol=1e-6)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=5, max_size=5))
def test_never_cross(numbers):
    quantiles = OrderedQuantiles([0.05, 0.25, 0.5, 0.75, 0.95])(torch.tensor([numbers]))
    assert (quantiles.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("levels", [*LEVELS, [q / 100 for q in range(1, 100)]])
def test_begin_with_those_of_the_normal_distribution(levels):
    quantiles = OrderedQuantiles(levels)(torch.zeros(1, len(levels)))
    assert_allclose(quantiles[0, 0], norm.ppf(levels), rtol=1e-5, atol=1e-6)


def test_gradients():
    head = OrderedQuantiles([0.1, 0.2, 0.5, 0.95]).double()
    numbers = torch.randn(
        3, 8, dtype=torch.double, generator=torch.Generator().manual_seed(0)
    )
    assert torch.autograd.gradcheck(head, numbers.requires_grad_())


def test_a_model_gives_them_in_training_and_after():
    model = SequenceModel("gru", 2, 3, 2, quantiles=[0.1, 0.5, 0.9])
    model.reset_parameters(torch.Generator().manual_seed(0))
    x = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(1))
    trained = model.train()(x).detach()
    assert trained.shape == (4, 2, 3)
    assert_allclose(model.eval()(x).detach(), trained, rtol=1e-5, atol=1e-6)
    assert (trained.diff(dim=-1) > 0).all()
    single = SequenceModel("gru", 2, 3, 2)
    assert model.n_parameters - single.n_parameters == 4 * (3 + 1)


def test_units_do_not_stay_as_memory_had_them():
    head = OrderedQuantiles([0.1, 0.5])
    expected = head.unit.clone()
    head.unit.fill_(torch.nan)
    head.reset_parameters()
    assert_allclose(head.unit, expected)
