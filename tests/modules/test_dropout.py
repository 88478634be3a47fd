"""Dropout: its rate, its own generator, its stream across a pickle, its locked mask."""

import copy
import pickle

import pytest
import torch

from sklearn_rnn.modules import SeededDropout
from sklearn_rnn.modules._dropout import LockedDropout

ONES = torch.ones(200, 100)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_rate_and_scale(p):
    dropped = SeededDropout(p, seed=0)(ONES)
    kept = dropped[dropped != 0]
    assert abs(1 - len(kept) / ONES.numel() - p) < 0.015
    scale = torch.full_like(kept, 1 / (1 - p))
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


class TestLockedDropout:
    x = 1 + torch.rand(7, 200, 50, generator=torch.Generator().manual_seed(0))

    def test_a_feature_is_dropped_at_all_steps_or_at_none(self):
        dropped = LockedDropout(0.25, seed=0)(self.x)
        mask = dropped == 0  # (T, B, F)
        assert (mask == mask[0]).all()
        assert abs(mask[0].float().mean() - 0.25) < 0.015
        torch.testing.assert_close(dropped[~mask], self.x[~mask] / 0.75)

    def test_sequences_and_calls_differ(self):
        dropout = LockedDropout(0.25, seed=0)
        mask = dropout(self.x)[0] == 0
        assert not (mask == mask[:1]).all()
        assert not torch.equal(dropout(self.x)[0] == 0, mask)

    def test_the_layout_of_memory_changes_nothing(self):
        batch_first = self.x.transpose(0, 1).contiguous().transpose(0, 1)
        one, other = (LockedDropout(0.25, seed=0)(x) for x in (self.x, batch_first))
        assert torch.equal(one, other)

    def test_evaluation_is_identity(self):
        assert LockedDropout(0.25, seed=0).eval()(self.x) is self.x
        assert LockedDropout(0.0, seed=0)(self.x) is self.x

    def test_seed_decides(self):
        one, same, other = (LockedDropout(0.25, seed)(self.x) for seed in (3, 3, 4))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)
