"""CompiledGradient: what autograd finds, and left to autograd what it does not know."""

import copy
from pickle import dumps, loads

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from skorch.callbacks import Callback, EpochTimer

from sklearn_rnn import Sequences
from sklearn_rnn.modules import _compiled_encoder
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.training import _compiled_gradient, _net
from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._compiled_gradient import CompiledGradient, may_compile
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")

N_SAMPLES = 70
NETWORKS = {
    "one layer": {},
    "three layers": {"hidden_size": (4, 3, 5)},
    "dropout": {"hidden_size": (4, 3), "dropout": 0.3, "input_dropout": 0.3},
    "several outputs": {"output_size": 3},
    "mean": {"pooling": "mean", "dropout": 0.3},
    "max": {"pooling": "max", "num_layers": 2},
    "attention": {"pooling": "attention"},
    "each step": {"every_step": True, "num_layers": 2},
    "steps within the bound": {"bptt_steps": 6},
    "nothing to add to": {"residual": True},
}
SETTINGS = {
    "clipped": {"clip_grad_norm": 0.1, "record_gradients": True},
    "absolute": {"criterion": "absolute_error"},
    "l1": {"l1": 0.01, "optimizer": "adamw", "weight_decay": 0.1},
    "sgd": {"optimizer": "sgd"},
}
LEFT_TO_AUTOGRAD = {
    "bidirectional": {"bidirectional": True},
    "normalised": {"layer_norm": True},
    "residual": {"num_layers": 2, "residual": True},
    "zoneout": {"options": CellOptions(zoneout=0.1)},
    "dropped weights": {"options": CellOptions(recurrent_dropout=0.1)},
    "tokens": {"num_embeddings": 3, "embedding_dim": 2},
    "truncated": {"bptt_steps": 2},
}


@pytest.fixture
def calls(monkeypatch):
    """Note each use of the compiled gradient."""
    noted = []
    call = CompiledGradient.__call__

    def note(self, *arguments):
        noted.append(arguments)
        return call(self, *arguments)

    monkeypatch.setattr(CompiledGradient, "__call__", note)
    return noted


def make_batches(ragged=False, n_outputs=1, every_step=False, weighted=False):
    """Draw sequences of up to 6 steps of two tokens or numbers, and any targets."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(0, 7, size=N_SAMPLES) if ragged else [6] * N_SAMPLES
    sequences = Sequences.from_list(
        [rng.integers(0, 3, (n, 2)).astype(float) for n in lengths]
    )
    steps = (6,) if every_step else ()
    targets = rng.normal(size=(N_SAMPLES, *steps, n_outputs))
    scaler = SequenceScaler(False, None, None)
    scaler.fit(sequences, np.zeros((N_SAMPLES, 1)), np.ones(N_SAMPLES))
    weights = rng.uniform(0.5, 1.5, N_SAMPLES) if weighted else None
    tensors = SequenceTensors(sequences, scaler, None, weights)
    tensors.targets = torch.from_numpy(targets.astype(np.float32))
    order = torch.Generator().manual_seed(1)
    return BatchIterator(tensors, np.arange(N_SAMPLES), 32, order)


def train(make_net, batches, module, net):
    """Train two epochs; return the weights and what was recorded."""
    net = make_net(net={"lr": 0.01} | net, **module)
    for _ in range(2):
        net.run_epoch(batches, None)
    recorded = [epoch.get("gradient_norms", 0.0) for epoch in net.history]
    losses = net.history[:, "train_loss"]
    weights = {name: w.detach() for name, w in net.module_.named_parameters()}
    return weights, losses, recorded


def compare(make_net, monkeypatch, calls, batches, module, net):
    """Train in compiled code and by autograd, which are to agree."""
    ours = train(make_net, batches(), module, net)
    assert len(calls) == 2 * 3  # epochs, batches
    monkeypatch.setattr(_net, "may_compile", lambda *_: False)
    theirs = train(make_net, batches(), module, net)
    assert len(calls) == 2 * 3
    for name, weight in theirs[0].items():
        assert_allclose(ours[0][name], weight, rtol=2e-4, atol=2e-6, err_msg=name)
    assert_allclose(ours[1], theirs[1], rtol=1e-5)
    for a, b in zip(ours[2], theirs[2], strict=True):
        assert_allclose(a, b, rtol=1e-4)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
def test_same_as_autograd(make_net, monkeypatch, calls, cell, network, ragged):
    module = {"cell": cell, **NETWORKS[network]}
    shape = module.get("output_size", 1), module.get("every_step", False)

    def batches():
        return make_batches(ragged, *shape)

    compare(make_net, monkeypatch, calls, batches, module, {})


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("network", ["one layer", "dropout", "several outputs"])
def test_linear_layer_behind_the_last_states_needs_no_graph(
    make_net, monkeypatch, network, ragged
):
    shape = NETWORKS[network].get("output_size", 1), False
    monkeypatch.setattr(CompiledGradient, "_differentiate", None)
    train(make_net, make_batches(ragged, *shape), NETWORKS[network], {})


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("setting", SETTINGS)
def test_same_with_any_setting(make_net, monkeypatch, calls, setting, weighted):
    def batches():
        return make_batches(weighted=weighted)

    compare(make_net, monkeypatch, calls, batches, {}, SETTINGS[setting])


@pytest.mark.parametrize("network", LEFT_TO_AUTOGRAD)
def test_left_to_autograd(make_net, calls, network):
    train(make_net, make_batches(), LEFT_TO_AUTOGRAD[network], {})
    assert not calls


@pytest.mark.parametrize("part", ["encoder", "head"])
def test_hooks_are_called(make_net, calls, part):
    net, seen = make_net(), []
    hook = lambda *_: seen.append(part)  # noqa: E731
    handle = getattr(net.module_, part).register_forward_hook(hook)
    net.run_epoch(make_batches(), None)
    weight = net.module_.head.weight
    assert not calls
    assert part == "encoder" or len(seen) == 3  # `advance` is no call of the module
    handle.remove()
    weight.register_hook(lambda slope: seen.append("slope"))
    net.run_epoch(make_batches(), None)
    assert seen.count("slope") == 3
    assert not calls


@pytest.mark.parametrize("there", [torch.float64, torch.device("meta")], ids=str)
def test_other_weights_are_left_to_autograd(make_net, there):
    net = make_net()
    assert may_compile(net.module_, net.criterion_)
    assert not may_compile(net.module_.to(there), net.criterion_)


def freeze_bias(net):
    """Keep the bias of the cell as it is."""
    rnn = net.module_.encoder.layers[0].directions[0].rnn
    rnn.bias_ih_l0.requires_grad_(False)
    net.initialize_optimizer()


def normalise_head(net):
    """Compute the weights of the last layer from others."""
    torch.nn.utils.parametrizations.weight_norm(net.module_.head)
    net.initialize_optimizer()


def normalise_cell(net):
    """Compute the weights of the cell from others."""
    rnn = net.module_.encoder.layers[0].directions[0].rnn
    torch.nn.utils.parametrizations.weight_norm(rnn, "weight_hh_l0")
    net.initialize_optimizer()


@pytest.mark.parametrize("change", [freeze_bias, normalise_head, normalise_cell])
def test_changed_layers_learn_as_by_autograd(make_net, monkeypatch, change):
    weights = []
    for _ in range(2):
        net = make_net(net={"lr": 0.01})
        change(net)
        for _ in range(2):
            net.run_epoch(make_batches(), None)
        weights.append(dict(net.module_.named_parameters()))
        monkeypatch.setattr(_net, "may_compile", lambda *_: False)
    for name, weight in weights[0].items():
        assert_allclose(weight.detach(), weights[1][name].detach(), atol=1e-6)


def test_a_head_with_other_outputs_is_refused(make_net, calls):
    net = make_net()
    net.module_.head = torch.nn.Linear(4, 3)
    net.initialize_optimizer()
    with pytest.raises(ValueError, match="must be"):
        net.run_epoch(make_batches(), None)
    assert calls


def test_callbacks_of_ones_own_see_what_torch_does(make_net, calls):
    class Watch(Callback):
        def on_batch_end(self, net, loss, **kwargs):
            seen.append(loss.requires_grad)

    seen = []
    make_net(net={"callbacks": [Watch()]}).run_epoch(make_batches(), None)
    assert seen == [True] * 3
    assert not calls
    make_net(net={"callbacks": [EpochTimer()]}).run_epoch(make_batches(), None)
    assert calls


def test_another_default_dtype(make_net, calls):
    before = torch.get_default_dtype()
    net = make_net()
    try:
        torch.set_default_dtype(torch.float64)
        net.run_epoch(make_batches(), None)
    finally:
        torch.set_default_dtype(before)
    assert calls


def test_many_outputs_are_left_to_autograd(make_net, monkeypatch, calls):
    def batches():
        return make_batches(n_outputs=3)

    monkeypatch.setattr(_compiled_gradient, "FEW_PRODUCTS", 32 * 4 * 3 - 1)
    compare(make_net, monkeypatch, calls, batches, {"output_size": 3}, {})


@pytest.mark.parametrize("copy_of", [copy.deepcopy, lambda a: loads(dumps(a))])
def test_a_copy_between_two_epochs_goes_on_by_itself(make_net, calls, copy_of):
    net, batches = make_net(net={"lr": 0.01}), make_batches()
    net.run_epoch(batches, None)
    other = copy_of(net)
    before = [weight.detach().clone() for weight in net.module_.parameters()]
    state = batches.generator.get_state()
    other.run_epoch(batches, None)
    for weight, kept in zip(net.module_.parameters(), before, strict=True):
        assert_allclose(weight.detach(), kept, rtol=0)
    batches.generator.set_state(state)
    net.run_epoch(batches, None)
    pairs = zip(net.module_.parameters(), other.module_.parameters(), strict=True)
    for weight, same in pairs:
        assert_allclose(weight.detach(), same.detach(), rtol=1e-6)
    assert len(calls) == 3 * 3


def test_few_sequences_of_a_large_network_are_left_to_autograd(
    make_net, monkeypatch, calls
):
    monkeypatch.setattr(_compiled_encoder, "FEW_WEIGHTS", 4 * 4 * (4 + 2) - 1)
    make_net().run_epoch(make_batches(), None)
    assert [len(batch) for batch, _ in calls] == [32, 32]  # not the last six


def test_few_long_sequences_are_left_to_autograd(make_net, monkeypatch, calls):
    monkeypatch.setattr(_compiled_encoder, "FEW_STEPS", 5)
    make_net().run_epoch(make_batches(), None)
    assert [len(batch) for batch, _ in calls] == [32, 32]


def test_nothing_is_left_behind(make_net, calls):
    net = make_net()
    net.run_epoch(make_batches(), None)
    net.rest()
    assert calls
    assert net._compiled is net._update is net._flat is None
