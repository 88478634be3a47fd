"""Update: the weights and the state that Optimizer.step leaves, by fewer calls."""

import warnings
from functools import wraps

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.testing import assert_close

from sklearn_rnn.training import _update
from sklearn_rnn.training._update import Update

OPTIMIZERS = {
    "adam": (torch.optim.Adam, {"fused": True, "betas": (0.8, 0.99), "eps": 1e-3}),
    "adam, not fused": (torch.optim.Adam, {"weight_decay": 0.1}),
    "adamw": (torch.optim.AdamW, {"fused": True, "weight_decay": 0.1}),
    "sgd": (torch.optim.SGD, {"momentum": 0.9}),
    "rmsprop": (torch.optim.RMSprop, {}),
}


def make(name):
    """Make weights with a gradient, and their optimizer."""
    weights = torch.nn.Parameter(torch.linspace(-1, 1, 7))
    weights.grad = torch.zeros(7)  # whose memory is kept, as that of a net's weights
    kind, options = OPTIMIZERS[name]
    return weights, kind([weights], lr=0.1, **options)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_same_as_step(name):
    (ours, optimizer), (theirs, other) = make(name), make(name)
    update = Update(optimizer)
    generator = torch.Generator().manual_seed(0)
    for number in range(5):
        slope = torch.randn(7, generator=generator)
        ours.grad.copy_(slope)
        theirs.grad = slope
        for each in optimizer, other:
            each.param_groups[0]["lr"] = 0.1 / (1 + number)  # as a schedule does
        update()
        other.step()
        assert_close(ours, theirs, rtol=0, atol=0)
    assert_close(optimizer.state_dict(), other.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("option", ["amsgrad", "maximize"])
def test_options_that_came_later_are_heeded(option):
    (ours, optimizer), (theirs, other) = make("adam"), make("adam")
    for each in optimizer, other:
        each.param_groups[0][option] = True
    update = Update(optimizer)
    for slope in (2.0, -1.0, 0.1):
        ours.grad, theirs.grad = torch.full((7,), slope), torch.full((7,), slope)
        update()
        other.step()
        assert_close(ours, theirs, rtol=0, atol=0)


def hook(optimizer, calls, monkeypatch):
    optimizer.register_step_post_hook(lambda *_: calls.append("hook"))


def replace(optimizer, calls, monkeypatch):
    step = optimizer.step
    monkeypatch.setattr(optimizer, "step", lambda: calls.append(step()))


def wrap(optimizer, calls, monkeypatch):
    step = type(optimizer).step

    @wraps(step)
    def wrapper(self, *arguments):
        calls.append("wrapper")
        return step(self, *arguments)

    monkeypatch.setattr(type(optimizer), "step", wrapper)


@pytest.mark.parametrize("name", ["adam", "sgd"])
@pytest.mark.parametrize("join_in", [hook, replace, wrap])
def test_whoever_has_a_part_in_the_steps_sees_each(name, join_in, monkeypatch):
    weights, optimizer = make(name)
    weights.grad = torch.ones(7)
    calls = []
    join_in(optimizer, calls, monkeypatch)
    update = Update(optimizer)
    for _ in range(3):
        update()
    assert len(calls) == 3


def test_hooks_around_every_optimizer():
    _, optimizer = make("adam")
    calls = []
    handle = register_optimizer_step_post_hook(lambda *_: calls.append("hook"))
    try:
        Update(optimizer)()
    finally:
        handle.remove()
    assert len(calls) == 1
    Update(optimizer)()
    assert len(calls) == 1


@pytest.mark.parametrize("why", ["another group", "asked", "old torch", "tensor"])
def test_what_one_operation_does_not_know_is_a_step(why, monkeypatch):
    monkeypatch.setattr(_update, "step_of_adam", None)
    weights, optimizer = make("adam")
    weights.grad = torch.ones(7)
    group = optimizer.param_groups[0]
    if why == "another group":
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
    if why == "tensor":
        group["lr"] = torch.tensor(0.1)
    update = Update(optimizer, directly=why != "asked")
    if why == "old torch":
        value = group.pop("decoupled_weight_decay")
        update = Update(optimizer)
        group["decoupled_weight_decay"] = value
    for number in range(3):
        update()
        assert optimizer.state[weights]["step"] == 1 + number


def test_schedulers_do_not_warn():
    weights, optimizer = make("adam")
    weights.grad = torch.ones(7)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    update = Update(optimizer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        update()
        scheduler.step()
        update()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.001)
