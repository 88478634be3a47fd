"""Clipping: the norms that are told are those of the gradient, before and after."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_rnn.training._gradients import clip_gradients


@pytest.fixture
def gradients():
    """Return gradients with a norm of 13."""
    return [torch.tensor([3.0, -4.0]), torch.tensor([12.0])]


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
def test_norms_before_and_after(gradients, norm, value, after):
    whole = [torch.cat(gradients)]
    for parts in gradients, whole:
        norms = clip_gradients(parts, norm, value, record=True)
        assert_allclose(norms, [13.0, np.linalg.norm(after)], rtol=1e-5)
        assert_allclose(torch.cat(parts), after, rtol=1e-5)


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_a_broken_gradient_stays_one(gradients, broken):
    gradients[0][0] = broken
    clip_gradients(gradients, 6.5, None, record=False)
    assert not torch.cat(gradients).isfinite().all()


@pytest.mark.parametrize(("norm", "value"), [(None, None), (1.0, 0.5)])
def test_nothing_is_measured_unasked(gradients, norm, value):
    assert clip_gradients(gradients, norm, value, record=False) is None
