"""Clipping: the norms that are told are those of the gradient, before and after."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from sklearn_rnn.training._gradients import clip_gradients


@pytest.fixture
def weights():
    """Return weights whose gradients have a norm of 13, and one without."""
    layers = [nn.Parameter(torch.zeros(n)) for n in (2, 1, 1)]
    layers[0].grad = torch.tensor([3.0, -4.0])
    layers[1].grad = torch.tensor([12.0])
    return layers


@pytest.mark.parametrize(
    ("norm", "value", "after"),
    [
        (None, None, [3, -4, 12]),
        (20.0, None, [3, -4, 12]),
        (6.5, None, [1.5, -2, 6]),
        (None, 3.5, [3, -3.5, 3.5]),
        (6.5, 1.75, [1.5, -1.75, 1.75]),
    ],
)
def test_norms_before_and_after(weights, norm, value, after):
    norms = clip_gradients(weights, norm, value, record=True)
    assert_allclose(norms, [13.0, np.linalg.norm(after)], rtol=1e-5)
    assert_allclose(torch.cat([w.grad for w in weights[:2]]), after, rtol=1e-5)


@pytest.mark.parametrize(("norm", "value"), [(None, None), (1.0, 0.5)])
def test_nothing_is_measured_unasked(weights, norm, value):
    assert clip_gradients(weights, norm, value, record=False) is None
