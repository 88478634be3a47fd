"""Snapshots: the last and the best weights come back, and nothing else changes them."""

import math

import pytest
import torch
from torch import nn

from sklearn_rnn.training._snapshots import WeightSnapshots


@pytest.fixture
def module():
    return nn.Linear(2, 2)


def fill(module, value):
    for weights in module.parameters():
        nn.init.constant_(weights, value)


def values(module):
    return {
        float(w) for weights in module.parameters() for w in weights.detach().flatten()
    }


def test_before_the_first_epoch(module):
    snapshots = WeightSnapshots(module)
    assert snapshots.last is snapshots.best is None
    assert snapshots.last_epoch == snapshots.best_epoch == 0


def test_best_and_last_come_back(module):
    snapshots = WeightSnapshots(module)
    for epoch, loss in enumerate([3.0, 1.0, 2.0], start=1):
        fill(module, epoch)
        snapshots.keep(epoch, loss)
    fill(module, -1)
    assert (snapshots.best_epoch, snapshots.last_epoch) == (2, 3)
    snapshots.restore(snapshots.best)
    assert values(module) == {2.0}
    snapshots.restore(snapshots.last)
    assert values(module) == {3.0}


def test_an_interrupt_while_copying_leaves_the_epoch_before(module, monkeypatch):
    snapshots = WeightSnapshots(module)
    snapshots.keep(1, 3.0)
    before = snapshots.last

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshots, "_values", interrupt)
    with pytest.raises(KeyboardInterrupt):
        snapshots.keep(2, 1.0)
    assert (snapshots.last_epoch, snapshots.best_epoch) == (1, 1)
    assert snapshots.last is snapshots.best is before


@pytest.mark.parametrize("loss", [1.0, 2.0, math.nan])
def test_only_a_smaller_loss_is_better(module, loss):
    snapshots = WeightSnapshots(module)
    snapshots.keep(1, 1.0)
    snapshots.keep(2, loss)
    assert snapshots.best_epoch == 1


def test_a_first_epoch_without_number_is_kept(module):
    snapshots = WeightSnapshots(module)
    snapshots.keep(1, math.nan)
    assert snapshots.best_epoch == 1


def test_restoring_keeps_the_parameters_themselves(module):
    """An optimizer holds them."""
    snapshots, held = WeightSnapshots(module), list(module.parameters())
    snapshots.keep(1, 0.0)
    snapshots.restore(snapshots.best)
    for parameter, same in zip(module.parameters(), held, strict=True):
        assert parameter is same
        assert parameter.requires_grad
        assert not torch.equal(parameter, torch.full_like(parameter, torch.nan))


def test_running_means_are_kept_beside_the_weights():
    module = nn.BatchNorm1d(2)
    snapshots = WeightSnapshots(module)
    snapshots.keep(1, 0.5)
    module.train()(torch.randn(8, 2, generator=torch.Generator().manual_seed(0)) + 3)
    assert module.running_mean.abs().min() > 0
    snapshots.keep(2, 0.7)
    snapshots.restore(snapshots.best)
    assert (module.running_mean == 0).all()
    assert module.num_batches_tracked == 0
