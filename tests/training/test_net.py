"""SequenceNet: equal bits in any company, skorch's callbacks, history, clipping."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    GradientNormClipping,
    LRScheduler,
)

from sklearn_rnn import Sequences
from sklearn_rnn.training._outputs import compute_outputs
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
N_SAMPLES, LONGEST = 70, 11


def predict_subset(net, sequences, index):
    scaler = SequenceScaler(False, None, None)
    scaler.fit(sequences, np.zeros((len(sequences), 1)), np.ones(len(sequences)))
    return compute_outputs(net, SequenceTensors(sequences[index], scaler), LONGEST)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("hidden_size", [3, 7, 16, 33])
@pytest.mark.parametrize("cell", CELLS)
def test_a_row_has_the_same_bits_in_any_company(make_net, cell, hidden_size, n_threads):
    """Alone, in any subset, in any order: blocks have one shape and aligned rows."""
    rng = np.random.default_rng(hidden_size)
    arrays = [rng.normal(size=(rng.integers(0, LONGEST), 5)) for _ in range(N_SAMPLES)]
    sequences = Sequences.from_list(arrays)
    torch.set_num_threads(n_threads)
    for n_outputs, bidirectional, quantiles in [
        (1, False, None),
        (2, True, None),
        (5, False, None),
        (3, False, (0.2, 0.5)),
    ]:
        net = make_net(
            cell=cell,
            input_size=5,
            hidden_size=hidden_size,
            output_size=n_outputs,
            num_layers=1 + bidirectional,
            bidirectional=bidirectional,
            quantiles=quantiles,
        )
        outputs = predict_subset(net, sequences, np.arange(N_SAMPLES))
        for size in (1, 33, N_SAMPLES):
            index = rng.permutation(N_SAMPLES)[:size]
            assert_array_equal(predict_subset(net, sequences, index), outputs[index])


@pytest.mark.parametrize("longest", [1, 7, 30])
@pytest.mark.parametrize("cell", CELLS)
def test_outputs_equal_the_module_on_each_sequence(make_net, cell, longest):
    """However long the blocks are: shorter, longer or as long as the sequence."""
    net = make_net(cell=cell, bidirectional=True, output_size=3)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(n, 2)) for n in [*range(17), 29, 30, 31]]
    sequences = Sequences.from_list(arrays)
    scaler = SequenceScaler(False, None, None)
    scaler.fit(sequences, np.zeros((20, 1)), np.ones(20))
    outputs = compute_outputs(net, SequenceTensors(sequences, scaler), longest)
    with torch.no_grad():
        for steps, output in zip(sequences, outputs, strict=True):
            x = torch.zeros(1, max(1, len(steps)), 2)
            x[0, : len(steps)] = torch.from_numpy(steps.copy())
            alone = net.module_(x, torch.tensor([len(steps)]))[0]
            assert_allclose(output, alone, atol=1e-6)


class TestHistory:
    def test_records_of_an_epoch(self, make_net, make_data, train):
        net = train(make_net(), make_data().batches(), make_data(seed=1).batches())
        for epoch in net.history:
            assert {"epoch", "lr", "train_loss", "valid_loss", "dur"} <= set(epoch)
        assert [epoch["epoch"] for epoch in net.history] == [1, 2, 3]
        assert net.history[:, "lr"] == [0.01] * 3

    def test_losses_are_means_over_samples(self, make_net, make_data, train):
        """Without updates, uneven batches have the loss of all samples at once."""
        data = make_data(n_samples=21)
        weights = np.random.default_rng(0).uniform(size=21)
        weights /= weights.mean()
        batches = data.batches(weights=weights)
        frozen = make_net(net={"optimizer": "sgd", "lr": 1e-30})
        net = train(frozen, batches, batches, n_epochs=1)
        outputs = compute_outputs(net, batches.tensors, 6)
        error = (outputs - batches.tensors.targets.numpy()) ** 2
        expected = (error[:, 0] * weights).mean()
        assert_allclose(net.history[-1, "train_loss"], expected, rtol=1e-5)
        assert_allclose(net.history[-1, "valid_loss"], expected, rtol=1e-5)

    def test_best_epochs_are_marked(self, make_net, make_data, train):
        net = train(make_net(net={"lr": 0.5}), make_data().batches(), n_epochs=8)
        losses = np.array(net.history[:, "train_loss"])
        best = np.r_[True, losses[1:] < np.minimum.accumulate(losses)[:-1]]
        assert_array_equal(net.history[:, "train_loss_best"], best)


class Watcher(Callback):
    """Look at every batch and its gradients, and change nothing."""

    def __init__(self):
        self.calls = []

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        self.calls.append("begin")

    def on_grad_computed(self, net, named_parameters, **kwargs):
        self.calls.append("grad")
        assert any(w.grad is not None for _, w in named_parameters)

    def on_batch_end(self, net, batch=None, training=None, loss=None, **kwargs):
        self.calls.append("end" if training else "valid")


class TestCallbacks:
    def test_watching_changes_nothing(self, make_net, make_data, train, weights_of):
        options = {"dropout": 0.3, "num_layers": 2}

        def fit(callbacks):
            net = make_net(net={"callbacks": callbacks}, **options)
            return train(net, make_data().batches(), make_data(seed=1).batches())

        lean, watched = fit(None), fit([Watcher()])
        for one, other in zip(weights_of(lean), weights_of(watched), strict=True):
            assert_allclose(one, other, rtol=1e-4, atol=1e-6)
        for name in "train_loss", "valid_loss":
            assert_allclose(lean.history[:, name], watched.history[:, name], rtol=1e-5)

    def test_watchers_hear_of_every_batch(self, make_net, make_data, train):
        net = make_net(net={"callbacks": [Watcher()]})
        train(
            net, make_data(8).batches(batch_size=4), make_data(4).batches(), n_epochs=1
        )
        (watcher,) = [c for _, c in net.callbacks_ if isinstance(c, Watcher)]
        assert watcher.calls == ["begin", "grad", "end"] * 2 + ["begin", "valid"]
        assert len(net.history[-1, "batches"]) == 3

    def test_learning_rate_scheduler(self, make_net, make_data, train):
        scheduler = LRScheduler(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5)
        net = train(make_net(net={"callbacks": [scheduler]}), make_data().batches())
        assert_allclose(net.history[:, "lr"], [0.01, 0.005, 0.0025])

    def test_checkpoint(self, make_net, make_data, train, tmp_path, weights_of):
        checkpoint = Checkpoint(monitor="train_loss_best", dirname=str(tmp_path))
        net = train(make_net(net={"callbacks": [checkpoint]}), make_data().batches())
        again = make_net(weight_seed=1)
        again.load_params(tmp_path / "params.pt")
        for one, other in zip(weights_of(net), weights_of(again), strict=True):
            assert torch.equal(one, other)

    def test_early_stopping_of_skorch(self, make_net, make_data, train):
        stopping = EarlyStopping("train_loss", patience=2, threshold=1e9, sink=str)
        net = make_net(net={"callbacks": [stopping]})
        train(net, make_data().batches(), n_epochs=50)
        assert len(net.history) == 3

    def test_clipping_by_skorch_and_by_us_agree(
        self, make_net, make_data, train, weights_of
    ):
        callbacks = [GradientNormClipping(0.01)]
        theirs = make_net(net={"callbacks": callbacks, "optimizer": "sgd", "lr": 1.0})
        ours = make_net(net={"clip_grad_norm": 0.01, "optimizer": "sgd", "lr": 1.0})
        for net in (theirs, ours):
            train(net, make_data().batches())
        for one, other in zip(weights_of(theirs), weights_of(ours), strict=True):
            torch.testing.assert_close(one, other)


def test_l1_adds_its_sign_to_the_gradient_of_each_weight(make_net, make_data):
    """Not to biases and norms, and not to the loss."""
    gradients, losses = [], []
    for l1 in (0.0, 0.25):
        net = make_net(net={"l1": l1}, num_layers=2, layer_norm=True)
        net.module_.head.weight.data[0, 0] = 0.0
        step = net.train_step_single(next(iter(make_data().batches())))
        gradients.append([w.grad for w in net.module_.parameters()])
        losses.append(step["loss"])
    assert losses[0] == losses[1]
    named = net.module_.named_parameters()
    for (name, weights), free, penalised in zip(named, *gradients, strict=True):
        if free is not None:  # the redundant bias is frozen
            spared = "bias" in name or "norms" in name
            added = 0.0 if spared else 0.25 * weights.detach().sign()
            assert torch.equal(penalised, free + added)


class TestClipping:
    def change(self, make_net, make_data, train, weights_of, **clip):
        """Return the one step of gradient descent, which is the clipped gradient."""
        net = make_net(net={"optimizer": "sgd", "lr": 1.0, **clip})
        before = weights_of(net)
        train(net, make_data(8).batches(batch_size=8), n_epochs=1)
        steps = zip(weights_of(net), before, strict=True)
        return torch.cat([(after - w).flatten() for after, w in steps])

    def test_norm(self, make_net, make_data, train, weights_of):
        fixtures = make_net, make_data, train, weights_of
        free = self.change(*fixtures)
        clipped = self.change(*fixtures, clip_grad_norm=0.01)
        assert free.norm() > 0.01
        assert_allclose(clipped.norm(), 0.01, rtol=1e-3)
        assert_allclose(clipped, 0.01 * free / free.norm(), atol=1e-6)

    def test_l1_is_part_of_what_is_clipped(
        self, make_net, make_data, train, weights_of
    ):
        fixtures = make_net, make_data, train, weights_of
        clipped = self.change(*fixtures, l1=10.0, clip_grad_norm=0.01)
        assert_allclose(clipped.norm(), 0.01, rtol=1e-3)

    def test_value(self, make_net, make_data, train, weights_of):
        fixtures = make_net, make_data, train, weights_of
        free = self.change(*fixtures)
        clipped = self.change(*fixtures, clip_grad_value=0.01)
        assert free.abs().max() > 0.01
        assert_allclose(clipped, free.clamp(-0.01, 0.01), atol=1e-6)
