"""Training: what is kept after the end, an early stop, an interrupt, a divergence."""

import itertools
import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from skorch.callbacks import Callback

from sklearn_rnn.exceptions import TrainingDivergedError
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.training._outputs import compute_outputs


class KeepWeights(Callback):
    """Copy the weights at the end of each epoch, as snapshots do."""

    def on_train_begin(self, net, **kwargs):
        self.kept = getattr(self, "kept", [])

    def on_epoch_end(self, net, **kwargs):
        self.kept.append([w.detach().clone() for w in net.module_.parameters()])


class InterruptBatch(Callback):
    """Press Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


class SetLosses(Callback):
    """Write validation losses into the history as if they had been measured."""

    def __init__(self, losses):
        self.losses = losses

    def on_epoch_end(self, net, **kwargs):
        net.history.record("valid_loss", self.losses[len(net.history) - 1])


def callback_of(net, kind):
    (found,) = [c for _, c in net.callbacks_ if isinstance(c, kind)]
    return found


def assert_weights(net, expected):
    for one, other in zip(net.module_.parameters(), expected, strict=True):
        assert torch.equal(one, other)


def same_weights(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_training_lowers_the_loss(make_net, make_data, train):
    net = train(make_net(), make_data().batches(), n_epochs=40)
    losses = net.history[:, "train_loss"]
    assert losses[-1] < 0.2 * losses[0]
    assert not net.module_.training


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_redundant_biases_stay_zero(make_net, make_data, train, cell):
    net = make_net(
        cell=cell, bidirectional=True, num_layers=2, net={"weight_decay": 0.1}
    )
    train(net, make_data().batches())
    for name, bias in net.module_.named_parameters():
        if "bias_hh" in name:
            n_redundant = 2 * 4 if cell == "gru" else len(bias)
            assert not bias[:n_redundant].any()
            assert bias[n_redundant:].all()


def test_equal_seeds_give_equal_bits(make_net, make_data, train, weights_of):
    nets = [train(make_net(dropout=0.5), make_data().batches()) for _ in range(2)]
    assert same_weights(*map(weights_of, nets))


def test_process_wide_generators_are_untouched(make_net, make_data, train):
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()[1].copy()
    train(
        make_net(dropout=0.5, options=CellOptions(recurrent_dropout=0.5)),
        make_data().batches(),
    )
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert (np.random.get_state()[1] == numpy_state).all()


def test_without_validation_the_last_epoch_is_kept(make_net, make_data, train):
    net = make_net(net={"callbacks": [KeepWeights()], "lr": 0.5})
    train(net, make_data().batches(), n_epochs=6)
    assert net.kept_epoch == 6
    assert_weights(net, callback_of(net, KeepWeights).kept[-1])


class TestEarlyStopping:
    @pytest.mark.parametrize(
        ("losses", "patience", "n_epochs", "best"),
        [
            ([5, 4, 3, 4, 4, 2, 1], 2, 5, 3),
            ([5, 4, 3, 4, 2, 4, 1], 2, 7, 7),
            ([1, 2, 3, 4, 5, 6, 7], 3, 4, 1),
            ([1, 1, 1, 1, 1, 1, 1], 1, 2, 1),
        ],
    )
    def test_stops_and_restores_the_best(
        self, make_net, make_data, train, losses, patience, n_epochs, best
    ):
        callbacks = [SetLosses(losses), KeepWeights()]
        net = make_net(net={"callbacks": callbacks})
        train(
            net, make_data().batches(), make_data(seed=1).batches(), 7, None, patience
        )
        assert len(net.history) == n_epochs
        assert net.kept_epoch == net.best_epoch == best
        assert_weights(net, callback_of(net, KeepWeights).kept[best - 1])

    def test_the_last_epoch_on_request(self, make_net, make_data, train):
        net = make_net(net={"callbacks": [SetLosses([3, 1, 2, 2]), KeepWeights()]})
        both = make_data().batches(), make_data(seed=1).batches()
        train(net, *both, 4, patience=2, restore_best=False)
        assert (len(net.history), net.kept_epoch, net.best_epoch) == (4, 4, 2)
        assert_weights(net, callback_of(net, KeepWeights).kept[3])

    def test_measures_the_kept_weights(self, make_net, make_data, train):
        """The smallest recorded loss is the loss of the weights that are left."""
        valid = make_data(seed=1).batches(seed=None)
        net = make_net(net={"lr": 0.3})
        train(net, make_data().batches(), valid, 12)
        outputs = compute_outputs(net, valid.tensors, 6)
        error = (outputs - valid.tensors.targets.numpy()) ** 2
        best = min(net.history[:, "valid_loss"])
        assert_allclose(error.mean(), best, rtol=1e-5)
        assert net.history[net.kept_epoch - 1, "valid_loss"] == best

    def test_validation_changes_no_training(self, make_net, make_data, train):
        with_it = train(
            make_net(dropout=0.5), make_data().batches(), make_data().batches()
        )
        without = train(make_net(dropout=0.5), make_data().batches())
        losses = (net.history[:, "train_loss"] for net in (with_it, without))
        assert next(losses) == next(losses)


class TestInterrupt:
    def test_in_an_epoch_leaves_the_best_finished_one(self, make_net, make_data, train):
        callbacks = [SetLosses([3, 1, 2, 0]), KeepWeights(), InterruptBatch(epoch=4)]
        net = make_net(net={"callbacks": callbacks})
        with pytest.raises(KeyboardInterrupt):
            train(net, make_data().batches(), make_data(seed=1).batches(), 9)
        assert len(net.history) == 3
        assert net.kept_epoch == 2
        assert_weights(net, callback_of(net, KeepWeights).kept[1])
        assert not net.module_.training

    def test_in_an_epoch_leaves_the_last_finished_one_on_request(
        self, make_net, make_data, train
    ):
        callbacks = [SetLosses([3, 1, 2, 0]), KeepWeights(), InterruptBatch(epoch=4)]
        net = make_net(net={"callbacks": callbacks})
        both = make_data().batches(), make_data(seed=1).batches()
        with pytest.raises(KeyboardInterrupt):
            train(net, *both, 9, restore_best=False)
        assert (len(net.history), net.kept_epoch, net.best_epoch) == (3, 3, 2)
        assert_weights(net, callback_of(net, KeepWeights).kept[2])

    def test_in_the_first_epoch_leaves_no_history(self, make_net, make_data, train):
        net = make_net(net={"callbacks": [InterruptBatch(epoch=1)]})
        with pytest.raises(KeyboardInterrupt):
            train(net, make_data().batches())
        assert len(net.history) == 0

    def test_in_a_later_training_leaves_the_earlier_one(
        self, make_net, make_data, train, weights_of
    ):
        net = make_net(net={"callbacks": [InterruptBatch(epoch=4)]})
        before = weights_of(train(net, make_data().batches(), n_epochs=3))
        with pytest.raises(KeyboardInterrupt):
            train(net, make_data().batches())
        assert len(net.history) == net.kept_epoch == 3
        assert_weights(net, before)

    def test_any_error_of_a_callback_reaches_the_caller(
        self, make_net, make_data, train
    ):
        class Fail(Callback):
            def on_epoch_end(self, net, **kwargs):
                raise OSError("no space")

        net = make_net(net={"callbacks": [Fail()]})
        with pytest.raises(OSError, match="no space"):
            train(net, make_data().batches())

    @pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
    def test_at_the_end_leaves_the_best_epoch(self, make_net, make_data, train, error):
        class Fail(Callback):
            def on_train_end(self, net, **kwargs):
                raise error("disk full")

        losses = SetLosses([3.0, 1.0, 2.0])
        net = make_net(net={"callbacks": [losses, KeepWeights(), Fail()]})
        data = make_data()
        with pytest.raises(error):
            train(net, data.batches(), data.batches(), n_epochs=3)
        assert net.best_epoch == net.kept_epoch == 2
        assert_weights(net, callback_of(net, KeepWeights).kept[1])


class TestDivergence:
    def test_names_epoch_and_lr(self, make_net, make_data, train):
        net = make_net(net={"lr": 1e20, "optimizer": "sgd"})
        message = (
            r"became (inf|nan) in epoch 1\. Try a smaller lr \(now 1e\+20\) or set "
            r"clip_grad_norm\. No epoch was finished, so nothing has changed\."
        )
        with pytest.raises(TrainingDivergedError, match=message):
            train(net, make_data().batches(), n_epochs=9)

    def test_clipping_is_not_advised_where_it_is_set(self, make_net, make_data, train):
        net = make_net(net={"lr": 1e30, "optimizer": "sgd", "clip_grad_norm": 1.0})
        with pytest.raises(TrainingDivergedError, match=r"\(now 1e\+30\)\. No epoch"):
            train(net, make_data().batches(), n_epochs=9)

    def test_is_a_floating_point_error(self):
        assert issubclass(TrainingDivergedError, FloatingPointError)

    @pytest.mark.parametrize("with_validation", [True, False])
    def test_leaves_the_last_finished_epoch(
        self, make_net, make_data, train, with_validation
    ):
        """The last, not the best: the third is kept though the second was better."""

        class Explode(Callback):
            def on_epoch_begin(self, net, **kwargs):
                if len(net.history) == 4:
                    net.optimizer_.param_groups[0]["lr"] = 1e30

        callbacks = [Explode(), KeepWeights(), SetLosses([3, 1, 2, 0])]
        net = make_net(net={"callbacks": callbacks, "optimizer": "sgd"})
        valid = make_data(seed=1).batches() if with_validation else None
        with pytest.raises(TrainingDivergedError, match="epoch 4"):
            train(net, make_data().batches(), valid, 9)
        assert len(net.history) == net.kept_epoch == 3
        assert_weights(net, callback_of(net, KeepWeights).kept[2])

    def test_weights_that_the_last_update_broke(self, make_net, make_data, train):
        """The loss is measured before the update, so it alone would notice too late."""

        class Break(Callback):
            def on_grad_computed(self, net, named_parameters, **kwargs):
                if len(net.history) == 2:
                    named_parameters[0][1].grad.fill_(math.nan)

        net = make_net(net={"callbacks": [Break(), KeepWeights()]})
        one_batch = make_data(8).batches(batch_size=8)
        message = "weights became infinite or nan in epoch 2"
        with pytest.raises(TrainingDivergedError, match=message):
            train(net, one_batch, n_epochs=2)
        assert math.isfinite(net.history[-1, "train_loss"])
        assert_weights(net, callback_of(net, KeepWeights).kept[0])

    def test_weights_that_are_no_floating_point_numbers(
        self, make_net, make_data, train
    ):
        net = make_net(net={"optimizer": torch.optim.Adafactor})
        whole = torch.nn.Parameter(torch.tensor([3, 4]), requires_grad=False)
        net.module_.register_parameter("whole", whole)
        net.initialize_optimizer()
        train(net, make_data().batches(), n_epochs=1)
        assert math.isfinite(net.history[-1, "train_loss"])

    def test_training_can_go_on(self, make_net, make_data, train):
        net = make_net(net={"lr": 1e30, "optimizer": "sgd"})
        with pytest.raises(TrainingDivergedError):
            train(net, make_data().batches())
        net = make_net()
        train(net, make_data().batches(), n_epochs=2)
        train(net, make_data().batches(), n_epochs=2)
        assert net.history[:, "epoch"] == [1, 2, 3, 4]


class TestHooks:
    def test_hear_of_every_epoch_and_may_end_it(self, make_net, make_data, train):
        class Hooks:
            calls = []

            def begin(self):
                self.calls.append("begin")

            def end(self):
                self.calls.append("end")
                return len(self.calls) == 4

        hooks = Hooks()
        net = train(make_net(), make_data().batches(), None, 9, hooks)
        assert hooks.calls == ["begin", "end"] * 2
        assert len(net.history) == net.kept_epoch == 2

    def test_an_interrupt_between_epochs_keeps_the_epoch(
        self, make_net, make_data, train
    ):
        class Hooks:
            number = itertools.count(1)

            def begin(self):
                if next(self.number) == 3:
                    raise KeyboardInterrupt

            def end(self):
                return False

        net = make_net()
        with pytest.raises(KeyboardInterrupt):
            train(net, make_data().batches(), None, 9, Hooks())
        assert len(net.history) == 2
