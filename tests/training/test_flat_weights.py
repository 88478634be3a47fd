"""Weights as views of one tensor: the same updates, and ties that copies cannot cut."""

import copy
import pickle

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, Freezer
from torch import nn

from sklearn_rnn import LSTMRegressor
from sklearn_rnn.training._build import build_module
from sklearn_rnn.training._flat_weights import (
    flatten_weights,
    may_flatten,
    tie_weights,
)


def make_module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))


def shares(module, flat):
    weights = [w for w in module.parameters() if w.requires_grad]
    begin = flat.data_ptr()
    inside = [begin <= w.data_ptr() < begin + 4 * flat.numel() for w in weights]
    return all(inside) and all(w.grad is not None for w in weights)


def test_a_fitted_estimator_holds_each_weight_once_by_itself():
    X = np.random.default_rng(0).normal(size=(60, 4, 2))
    fitted = LSTMRegressor((64, 64), max_epochs=1).fit(X, X[:, 0, 0])
    weights = list(fitted.net_.module_.parameters())
    for weight in weights:
        assert weight.untyped_storage().nbytes() == 4 * weight.numel()
        assert weight.grad is None
    size = 4 * sum(weight.numel() for weight in weights)
    # once as module and once as module_ of skorch, then the optimizer and its moments
    assert len(pickle.dumps(fitted)) < 5.2 * size + 60_000


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_weights_frozen_between_two_fits(optimizer):
    X = np.random.default_rng(0).normal(size=(60, 4, 2))
    settings = {"max_epochs": 2, "warm_start": True, "optimizer": optimizer}
    fitted = LSTMRegressor(4, random_state=0, **settings).fit(X, X[:, 0, 0])
    head = fitted.net_.module_.head
    encoder = next(fitted.net_.module_.encoder.parameters())
    for learns in False, True:
        head.requires_grad_(learns)
        before = head.weight.detach().clone(), encoder.detach().clone()
        fitted.fit(X, X[:, 0, 0])
        assert torch.equal(before[0], head.weight) != learns
        assert not torch.equal(before[1], encoder)


def test_layers_that_cudnn_may_move_keep_their_own_memory():
    loss = nn.MSELoss()
    own = nn.Sequential(nn.LSTM(2, 3), nn.Linear(3, 1))
    assert may_flatten(own, loss, torch.optim.Adam)
    assert not may_flatten(own.to("meta"), loss, torch.optim.Adam)
    assert may_flatten(nn.Linear(2, 1).to("meta"), loss, torch.optim.Adam)
    ours = build_module(0, cell="lstm", input_size=1, hidden_size=2, output_size=1)
    assert may_flatten(ours.to("meta"), loss, torch.optim.Adam)
    assert not may_flatten(ours, loss, torch.optim.LBFGS)
    assert not may_flatten(ours, nn.Linear(1, 1), torch.optim.Adam)


def test_what_the_optimizer_changes_the_module_has():
    module, plain = make_module(), make_module()
    flat = flatten_weights(module)
    optimizers = [
        torch.optim.Adam([flat], lr=0.1, fused=True),
        torch.optim.Adam(plain.parameters(), lr=0.1, fused=True),
    ]
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    for _ in range(3):
        flat.grad.zero_()
        plain.zero_grad()
        for network in module, plain:
            network(x).square().sum().backward()
        for optimizer in optimizers:
            optimizer.step()
    for mine, expected in zip(module.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, expected)


def test_frozen_weights_stay_outside():
    module = make_module()
    module[0].bias.requires_grad_(False)
    assert flatten_weights(module).numel() == 6 + 3 + 1


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))]
)
def test_a_copy_is_tied_to_a_tensor_of_its_own(copied):
    module = make_module()
    flat = flatten_weights(module)
    module, flat = copied(module), copied(flat)
    expected = [w.detach().clone() for w in module.parameters()]
    tie_weights(module, flat)
    assert shares(module, flat)
    assert all(map(torch.equal, module.parameters(), expected))


def test_a_gradient_that_was_taken_away_comes_back():
    module = make_module()
    flat = flatten_weights(module)
    module.zero_grad(set_to_none=True)
    flat.grad = None
    tie_weights(module, flat)
    module(torch.ones(1, 2)).sum().backward()
    assert shares(module, flat)
    assert flat.grad.abs().sum() > 0


class Rotated(torch.optim.Adam):
    """A class of a user's own, which might look at the shapes of weights."""


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd", Rotated])
def test_an_estimator_goes_on_after_copies(optimizer):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 5, 2)), rng.normal(size=40)
    whole, cut = (
        LSTMRegressor(4, optimizer=optimizer, random_state=0).partial_fit(X, y)
        for _ in range(2)
    )
    groups = whole.net_.optimizer_.param_groups
    assert (len(groups[0]["params"]) == 1) == (optimizer is not Rotated)
    cut = pickle.loads(pickle.dumps(copy.deepcopy(cut)))
    for _ in range(2):
        whole.partial_fit(X, y)
        cut.partial_fit(X, y)
    np.testing.assert_array_equal(whole.predict(X), cut.predict(X))
    assert (whole.loss_curve_ != whole.loss_curve_[0]).any()


class NoGradient(Callback):
    """Give all weights another gradient, of zeros."""

    def on_grad_computed(self, net, named_parameters, **kwargs):
        for _, weight in named_parameters:
            weight.grad = torch.zeros_like(weight)


@pytest.mark.parametrize("callback", [NoGradient(), Freezer("encoder*")], ids=type)
def test_callbacks_may_stop_weights(callback):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 5, 2)), rng.normal(size=40)
    few, many = (
        LSTMRegressor(4, max_epochs=n, callbacks=[callback], random_state=0).fit(X, y)
        for n in (1, 3)
    )
    encoders = [one.net_.module_.encoder.parameters() for one in (few, many)]
    assert all(map(torch.equal, *encoders))
