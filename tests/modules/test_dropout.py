"""SeededDropout: its rate, its own generator, its stream across a pickle."""

import copy
import pickle

import pytest
import torch

from sklearn_rnn.modules import SeededDropout

ONES = torch.ones(200, 100)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_rate_and_scale(p):
    dropped = SeededDropout(p, seed=0)(ONES)
    kept = dropped[dropped != 0]
    assert abs(1 - len(kept) / ONES.numel() - p) < 0.015
    scale = torch.full_like(kept, 1 / (1 - p))  # p is rounded to 1 / 65536
    torch.testing.assert_close(kept, scale, rtol=1e-4, atol=0)


def test_almost_everything_may_be_dropped():
    dropped = SeededDropout(1 - 1e-9, seed=0)(ONES)
    assert dropped.isfinite().all()
    assert (dropped == 0).float().mean() > 0.999


def test_evaluation_is_identity():
    assert SeededDropout(0.5, seed=0).eval()(ONES) is ONES
    assert SeededDropout(0.0, seed=0)(ONES) is ONES


def test_process_wide_generator_is_untouched():
    before = torch.get_rng_state()
    SeededDropout(0.5, seed=0)(ONES)
    assert torch.equal(torch.get_rng_state(), before)


def test_seed_decides():
    one, same, other = (SeededDropout(0.5, seed)(ONES) for seed in (3, 3, 4))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_each_call_drops_anew():
    dropout = SeededDropout(0.5, seed=0)
    assert not torch.equal(dropout(ONES), dropout(ONES))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_a_copy_goes_on_with_the_stream(copied):
    dropout = SeededDropout(0.5, seed=0)
    dropout(ONES)
    twin = copied(dropout)
    assert torch.equal(twin(ONES), dropout(ONES))
    assert torch.equal(twin(ONES), dropout(ONES))


def test_gradient_flows_through_what_is_kept():
    x = ONES.clone().requires_grad_()
    y = SeededDropout(0.5, seed=0)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
