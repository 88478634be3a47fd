"""State of a training: restored into a new net, the next epochs have the same bits."""

import json

import numpy as np
import pytest
import torch

from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.training import _checkpoint_state
from sklearn_rnn.training._checkpoint_state import collect_state, restore_state
from sklearn_rnn.training._snapshots import WeightSnapshots

DROPPING = {
    "dropout": 0.4,
    "options": CellOptions(recurrent_dropout=0.3),
    "num_layers": 2,
}


class Halfway:
    """Train for three epochs, save, and train for two more."""

    def __init__(self, make_net, make_data, **net):
        self.make_net, self.make_data, self.settings = make_net, make_data, net
        self.net, self.batches, self.snapshots = self.start(0)
        for _ in range(3):
            self.run_epoch(self.net, self.batches, self.snapshots)
        arrays, facts = collect_state(self.net, self.snapshots, self.batches.generator)
        self.arrays = {name: array.copy() for name, array in arrays.items()}
        self.facts = json.loads(json.dumps(facts))

    def start(self, seed):
        net = self.make_net(seed, net=self.settings, **DROPPING)
        return net, self.make_data().batches(seed=seed), WeightSnapshots(net.module_)

    def run_epoch(self, net, batches, snapshots):
        net.run_epoch(batches, None)
        snapshots.keep(len(net.history), abs(len(net.history) - 2))

    def restored(self):
        net, batches, snapshots = self.start(1)
        restore_state(net, snapshots, batches.generator, self.arrays, self.facts)
        return net, batches, snapshots

    def ends(self):
        """Give weights, snapshots and history of both after two more epochs."""
        for net, batches, snapshots in (
            (self.net, self.batches, self.snapshots),
            self.restored(),
        ):
            for _ in range(2):
                self.run_epoch(net, batches, snapshots)
            weights = [*net.module_.parameters(), *snapshots.last, *snapshots.best]
            numbers = [snapshots.last_epoch, snapshots.best_epoch, snapshots.best_loss]
            losses = net.history[:, ("train_loss", "train_loss_best", "lr")]
            seconds = net.history[:3, "dur"]
            yield [w.detach().numpy() for w in weights], numbers, losses, seconds

    def is_resumed(self):
        (weights, *numbers), (others, *other_numbers) = self.ends()
        equal = [np.array_equal(*pair) for pair in zip(weights, others, strict=True)]
        return all(equal) and numbers == other_numbers


@pytest.fixture
def halfway(make_net, make_data):
    def make(**net):
        return Halfway(make_net, make_data, **net)

    return make


@pytest.mark.parametrize(
    "optimizer",
    ["adam", "adamw", "rmsprop", "sgd", torch.optim.Adamax, torch.optim.LBFGS],
)
def test_the_next_epochs_have_the_same_bits(halfway, optimizer):
    assert halfway(optimizer=optimizer).is_resumed()


def test_every_part_of_the_state_is_needed(halfway, monkeypatch):
    """So that a net that happens to be right shows nothing."""
    parts, generators = _checkpoint_state._parts, _checkpoint_state._generators
    for left_out in parts(*halfway().restored()[::2]):

        def others(*arguments, name=left_out):
            return {k: v for k, v in parts(*arguments).items() if k != name}

        with monkeypatch.context() as patch:
            patch.setattr(_checkpoint_state, "_parts", others)
            assert halfway().is_resumed() == (left_out == "criterion")  # has none
    whole = halfway()
    assert len(whole.facts["dict"][1][1]["dict"]) == 5  # order, and each dropout's
    for left_out, _ in generators(whole.net, whole.batches.generator):

        def others(*arguments, name=left_out):
            return ((k, v) for k, v in generators(*arguments) if k != name)

        with monkeypatch.context() as patch:
            patch.setattr(_checkpoint_state, "_generators", others)
            assert not halfway().is_resumed()


def test_a_net_before_its_first_epoch(make_net, make_data):
    net, batches = make_net(), make_data().batches()
    snapshots = WeightSnapshots(net.module_)
    arrays, facts = collect_state(net, snapshots, None)
    restore_state(net, snapshots, batches.generator, arrays, facts)
    assert not len(net.history)


def test_generators_and_parameters_of_a_loss_are_saved(halfway):
    """What a later part of the net holds is found without being named."""
    training = halfway()
    loss = training.net.criterion_
    loss.scale = torch.nn.Parameter(torch.tensor(3.0))
    loss.noise = torch.Generator().manual_seed(5)
    torch.rand(3, generator=loss.noise)
    arrays, facts = collect_state(training.net, training.snapshots, None)
    expected = torch.rand(3, generator=loss.noise)
    net, _, snapshots = training.start(1)
    net.criterion_.scale = torch.nn.Parameter(torch.tensor(0.0))
    restore_state(net, snapshots, None, arrays, facts)
    assert net.criterion_.scale == 3.0
    assert torch.equal(torch.rand(3, generator=net.criterion_.noise), expected)


def test_history_keeps_what_json_can_hold(make_net, make_data):
    net, batches = make_net(), make_data().batches()
    snapshots = WeightSnapshots(net.module_)
    net.run_epoch(batches, None)
    net.history.record("score", np.float32(0.1))
    net.history.record("none", None)
    net.history.record("outputs", np.zeros(3))
    arrays, facts = collect_state(net, snapshots, None)
    other = make_net()
    restore_state(other, snapshots, None, arrays, json.loads(json.dumps(facts)))
    [before], [after] = net.history, other.history
    assert after.pop("batches") == []
    assert after == {k: before[k] for k in before.keys() - {"outputs", "batches"}}


def test_an_optimizer_with_other_objects_is_refused(halfway):
    training = halfway()
    training.net.optimizer_.param_groups[0]["schedule"] = lambda epoch: 1.0
    with pytest.raises(TypeError, match=r"schedule' of the training is a function; pa"):
        collect_state(training.net, training.snapshots, None)
