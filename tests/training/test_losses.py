"""Losses: NumPy and scikit-learn give the same; shapes must agree."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.metrics import mean_pinball_loss, mean_poisson_deviance

from sklearn_rnn.training._losses import (
    CRITERIA,
    PinballLoss,
    build_criterion,
    check_quantiles,
    learns_log_of_mean,
)

RNG = np.random.default_rng(0)
OUTPUT, TARGET = 2 * RNG.normal(size=(2, 6, 3))
WEIGHT = RNG.uniform(size=6)


def huber(error):
    size = np.abs(error)
    return np.where(size <= 1, error**2 / 2, size - 1 / 2)


NUMPY = {
    "squared_error": lambda output, target: (output - target) ** 2,
    "absolute_error": lambda output, target: np.abs(output - target),
    "huber": lambda output, target: huber(output - target),
    "poisson": lambda output, target: np.exp(output) - target * output,
}


def loss_of(criterion, output=OUTPUT, target=TARGET, weight=None, quantiles=None):
    tensors = map(torch.as_tensor, (output, target))
    weight = None if weight is None else torch.as_tensor(weight)
    return build_criterion(criterion, quantiles)(*tensors, weight)


@pytest.mark.parametrize("criterion", NUMPY)
class TestCriteria:
    def test_equals_numpy(self, criterion):
        expected = NUMPY[criterion](OUTPUT, TARGET).mean()
        assert_allclose(loss_of(criterion), expected)

    def test_weighted_equals_numpy(self, criterion):
        elementwise = NUMPY[criterion](OUTPUT, TARGET)
        expected = (elementwise * WEIGHT[:, None]).mean()
        assert_allclose(loss_of(criterion, weight=WEIGHT), expected)

    def test_equal_weights_of_one_change_nothing(self, criterion):
        assert_allclose(loss_of(criterion, weight=np.ones(6)), loss_of(criterion))

    def test_each_target_may_have_its_weight(self, criterion):
        weight = np.random.default_rng(1).uniform(size=(6, 3))
        expected = (NUMPY[criterion](OUTPUT, TARGET) * weight).sum() / 6
        assert_allclose(loss_of(criterion, weight=weight), expected)

    @pytest.mark.parametrize("target", [TARGET[:, 0], TARGET[:, :1], TARGET[:1]])
    def test_shapes_that_would_broadcast_are_refused(self, criterion, target):
        message = r"output has shape \(6, 3\)\. With targets of .*must be \([61]"
        with pytest.raises(ValueError, match=message):
            loss_of(criterion, target=target)


def test_all_criteria_are_tested_here():
    assert {*NUMPY, "quantile"} == CRITERIA.keys()


class TestQuantiles:
    levels = (0.05, 0.3, 0.5, 0.9)
    output = np.random.default_rng(2).normal(size=(6, 3, 4))

    def loss(self, **parameters):
        arguments = {"output": self.output, "quantiles": self.levels} | parameters
        return loss_of("quantile", **arguments)

    @pytest.mark.parametrize("weight", [None, WEIGHT / WEIGHT.mean()])
    def test_equals_scikit_learn(self, weight):
        expected = [
            mean_pinball_loss(
                TARGET, self.output[..., q], alpha=level, sample_weight=weight
            )
            for q, level in enumerate(self.levels)
        ]
        assert_allclose(self.loss(weight=weight), np.mean(expected), rtol=1e-6)

    def test_each_target_may_have_its_weight(self):
        weight = np.random.default_rng(1).uniform(size=(6, 3))
        parts = PinballLoss(self.levels, reduction="none")(
            torch.as_tensor(self.output), torch.as_tensor(TARGET)
        )
        assert parts.shape == (6, 3)
        assert_allclose(self.loss(weight=weight), (parts.numpy() * weight).sum() / 6)

    @pytest.mark.parametrize("level", levels)
    def test_is_least_at_the_quantile(self, level):
        y = torch.as_tensor(np.random.default_rng(0).exponential(size=(9999, 1)))
        guesses = torch.linspace(0, 4, 401, dtype=torch.double)
        criterion = build_criterion("quantile", [level])
        losses = [criterion(g.expand(9999, 1, 1), y, None) for g in guesses]
        best = guesses[torch.stack(losses).argmin()]
        assert_allclose(best, np.quantile(y, level), atol=0.011)

    @pytest.mark.parametrize("target", [TARGET[:, 0], TARGET[:, :1], TARGET[:1]])
    def test_shapes_that_would_broadcast_are_refused(self, target):
        with pytest.raises(ValueError, match=r"output has shape \(6, 3, 4\)\. With"):
            self.loss(target=target)
        with pytest.raises(ValueError, match=r"must be \(6, 3, 4\)"):
            self.loss(output=self.output[..., :3])


class TestLevels:
    @pytest.mark.parametrize("quantiles", [[0.5], (0.1, 0.5, 0.9), [0.25, 0.5]])
    def test_that_are_given(self, quantiles):
        assert check_quantiles("quantile", quantiles) == tuple(quantiles)

    def test_that_are_not_given(self):
        assert check_quantiles("quantile", None) == (0.1, 0.5, 0.9)
        assert check_quantiles("huber", None) is None
        assert check_quantiles(torch.nn.L1Loss, None) is None

    @pytest.mark.parametrize(
        "quantiles",
        [
            (0.0, 0.5),
            (0.5, 1.0),
            (0.5, 0.1),
            (0.5, 0.5),
            (0.5, np.nan),
            ("0.5",),
            (0.5, 1),
        ],
    )
    def test_that_are_none(self, quantiles):
        with pytest.raises(ValueError, match="quantiles expects numbers between 0 and"):
            check_quantiles("quantile", quantiles)

    @pytest.mark.parametrize("quantiles", [(0.1, 0.9), ()])
    def test_without_the_median(self, quantiles):
        with pytest.raises(ValueError, match=r"needs 0\.5 among .* returns the median"):
            check_quantiles("quantile", quantiles)

    @pytest.mark.parametrize("criterion", ["squared_error", torch.nn.L1Loss])
    def test_that_another_criterion_does_not_learn(self, criterion):
        with pytest.raises(ValueError, match=r"learnt with criterion='quantile'\. Got"):
            check_quantiles(criterion, (0.1, 0.5))


def test_poisson_orders_as_the_deviance_of_scikit_learn():
    """Two predictions differ by the same in both, but for the deviance's factor 2."""
    y = np.random.default_rng(0).poisson(2.0, size=(50, 1))
    logs = np.random.default_rng(1).normal(size=(8, 50, 1))
    ours = [float(loss_of("poisson", output, y)) for output in logs]
    theirs = [mean_poisson_deviance(y, np.exp(output)) for output in logs]
    assert_allclose(np.diff(theirs), 2 * np.diff(ours))


def test_what_learns_a_logarithm():
    assert learns_log_of_mean("poisson")
    assert learns_log_of_mean(torch.nn.PoissonNLLLoss)
    assert not any(map(learns_log_of_mean, ["quantile", torch.nn.MSELoss]))


def test_a_class_of_torch():
    expected = torch.nn.SmoothL1Loss()(torch.as_tensor(OUTPUT), torch.as_tensor(TARGET))
    assert_allclose(loss_of(torch.nn.SmoothL1Loss), expected)


@pytest.mark.parametrize("criterion", [torch.nn.Linear, object])
def test_a_class_that_is_no_loss(criterion):
    with pytest.raises(TypeError, match="must be a loss class of torch"):
        build_criterion(criterion)
