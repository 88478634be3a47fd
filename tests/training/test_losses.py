"""Losses: NumPy gives the same; shapes must agree; torch's classes fit."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_rnn.training._losses import CRITERIA, build_criterion

RNG = np.random.default_rng(0)
OUTPUT, TARGET = 2 * RNG.normal(size=(2, 6, 3))
WEIGHT = RNG.uniform(size=6)


def huber(error):
    size = np.abs(error)
    return np.where(size <= 1, error**2 / 2, size - 1 / 2)


NUMPY = {"squared_error": np.square, "absolute_error": np.abs, "huber": huber}


def loss_of(criterion, output=OUTPUT, target=TARGET, weight=None):
    tensors = map(torch.as_tensor, (output, target))
    weight = None if weight is None else torch.as_tensor(weight)
    return build_criterion(criterion)(*tensors, weight)


@pytest.mark.parametrize("criterion", CRITERIA)
class TestCriteria:
    def test_equals_numpy(self, criterion):
        expected = NUMPY[criterion](OUTPUT - TARGET).mean()
        assert_allclose(loss_of(criterion), expected)

    def test_weighted_equals_numpy(self, criterion):
        elementwise = NUMPY[criterion](OUTPUT - TARGET)
        expected = (elementwise * WEIGHT[:, None]).mean()
        assert_allclose(loss_of(criterion, weight=WEIGHT), expected)

    def test_equal_weights_of_one_change_nothing(self, criterion):
        assert_allclose(loss_of(criterion, weight=np.ones(6)), loss_of(criterion))

    @pytest.mark.parametrize("target", [TARGET[:, 0], TARGET[:, :1], TARGET[:1]])
    def test_shapes_that_would_broadcast_are_refused(self, criterion, target):
        message = r"output has shape \(6, 3\) and the target \([61].*needs them equal"
        with pytest.raises(ValueError, match=message):
            loss_of(criterion, target=target)


def test_a_class_of_torch():
    expected = torch.nn.SmoothL1Loss()(torch.as_tensor(OUTPUT), torch.as_tensor(TARGET))
    assert_allclose(loss_of(torch.nn.SmoothL1Loss), expected)


@pytest.mark.parametrize("criterion", [torch.nn.Linear, object])
def test_a_class_that_is_no_loss(criterion):
    with pytest.raises(TypeError, match="must be a loss class of torch"):
        build_criterion(criterion)
