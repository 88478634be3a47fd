"""Nets, data and batches that the tests of training start from."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from sklearn_rnn import Sequences
from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._build import build_module, build_net
from sklearn_rnn.training._loop import train_net
from sklearn_rnn.training._losses import build_criterion
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors

MODULE = {"cell": "lstm", "input_size": 2, "hidden_size": 4, "output_size": 1}
NET = {
    "optimizer": "adam",
    "lr": 0.01,
    "weight_decay": 0.0,
    "l1": 0.0,
    "clip_grad_norm": None,
    "clip_grad_value": None,
    "callbacks": None,
    "device": "cpu",
    "verbose": 0,
}


class Data(NamedTuple):
    """Ragged sequences of two features, whose target is a mean over their steps."""

    sequences: Sequences
    targets: np.ndarray
    weights: np.ndarray

    def tensors(self, weights=None):
        scaler = SequenceScaler(True, None, None).fit(*self)
        return SequenceTensors(self.sequences, scaler, self.targets, weights)

    def batches(self, index=None, batch_size=8, seed=0, weights=None):
        index = np.arange(len(self.sequences)) if index is None else index
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return BatchIterator(self.tensors(weights), index, batch_size, generator)


class NoHooks:
    """Listen to nothing."""

    def begin(self):
        """Do nothing."""

    def end(self):
        """Ask for nothing."""
        return False


@pytest.fixture(autouse=True)
def one_thread():
    """Keep small products on one core, and a test's own setting to itself."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_data():
    def make(n_samples=20, seed=0, longest=6):
        rng = np.random.default_rng(seed)
        arrays = [
            rng.normal(size=(rng.integers(1, longest + 1), 2)) for _ in range(n_samples)
        ]
        targets = np.array([[steps[:, 0].mean() + 3.0] for steps in arrays])
        return Data(Sequences.from_list(arrays), targets, np.ones(n_samples))

    return make


@pytest.fixture
def make_net():
    def make(weight_seed=0, net=None, **module):
        options = {**NET, **(net or {})}
        criterion = build_criterion(options.pop("criterion", "squared_error"))
        module = build_module(weight_seed, **{**MODULE, **module})
        return build_net(module, criterion, **options)

    return make


@pytest.fixture
def train():
    def run(net, batches, valid=None, n_epochs=3, hooks=None, patience=1000, **options):
        hooks = hooks or NoHooks()
        train_net(net, batches, valid, n_epochs, hooks, patience, **options)
        return net

    return run


@pytest.fixture
def weights_of():
    def copy(net):
        return [w.detach().clone() for w in net.module_.parameters()]

    return copy
