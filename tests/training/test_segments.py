"""SegmentIterator -> batches in pieces of some steps, read one after the other."""

import numpy as np
import pytest
import torch

from sklearn_rnn import GRUClassifier, GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.estimators._batching import make_batches
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._segments import SegmentBatch
from sklearn_rnn.training._streams import Lanes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 12, 2))
Y = np.cumsum(X, axis=1)
RAGGED = [
    steps[:length] for steps, length in zip(X, RNG.integers(1, 13, 40), strict=True)
]
RAGGED_Y = [sums[: len(steps)] for sums, steps in zip(Y, RAGGED, strict=True)]


def quick(cls=GRURegressor, **parameters):
    settings = {"hidden_size": 8, "max_epochs": 3, "random_state": 0}
    return cls(**settings | parameters)


@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
def test_outputs_are_those_of_the_whole_and_the_gradient_ends_at_the_cut(cell):
    model = SequenceModel(cell, 2, 4, 1, num_layers=2, every_step=True).double()
    model.reset_parameters(torch.Generator().manual_seed(0))
    x = torch.randn(3, 10, 2, dtype=torch.double, requires_grad=True)
    lanes, outputs, reached = Lanes(), [], []
    for number, piece in enumerate(torch.split(x, 4, dim=1)):
        output = SegmentBatch(piece, None, lanes, number).outputs_of(model)
        outputs.append(output)
        (gradient,) = torch.autograd.grad(output[:, -1].sum(), x)
        reached.append(gradient.abs().sum((0, 2)).nonzero().ravel().tolist())
    torch.testing.assert_close(torch.cat(outputs, dim=1), model(x))
    assert reached == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.mark.parametrize("data", [(X, Y), (RAGGED, RAGGED_Y)], ids=["dense", "ragged"])
@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_as_many_steps_as_there_are_change_no_bit(cls, data):
    whole, cut = quick(cls).fit(*data), quick(cls, bptt_steps=12).fit(*data)
    for one, other in zip(whole.predict(X), cut.predict(X), strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_segment_is_an_update():
    fitted = quick(bptt_steps=5, batch_size=10).fit(X, Y)
    assert fitted.history_["train_batch_count"].tolist() == [4 * 3] * 3
    assert (fitted.predict(X) != quick(batch_size=10).fit(X, Y).predict(X)).any()


@pytest.mark.parametrize("data", [(X, Y), (RAGGED, RAGGED_Y)], ids=["dense", "ragged"])
def test_it_learns_what_lies_in_earlier_segments(data):
    """Sums go on over the cuts: who began anew at each would miss by far."""
    settings = {"max_epochs": 150, "lr": 0.02, "batch_size": 8, "hidden_size": 16}
    assert quick(bptt_steps=4, **settings).fit(*data).score(*data) > 0.9


def test_a_known_target_weighs_the_same_in_any_segment():
    """So much that those of a full segment average one."""
    fitted = quick(bptt_steps=4).fit(RAGGED, RAGGED_Y)
    lengths = np.array([len(steps) for steps in RAGGED])
    targets = np.full((40, 12, 2), np.nan)
    for target, sums in zip(targets, RAGGED_Y, strict=True):
        target[: len(sums)] = sums
    everything = np.arange(40)
    batches, _ = make_batches(
        fitted, Sequences.from_list(RAGGED), targets, np.ones(40), everything, None
    )
    for batch, target in batches:
        n_steps = target.shape[1]
        weight = batch.weight[batch.weight > 0]
        expected = 1 / (2 * n_steps) if isinstance(batch, SegmentBatch) else None
        expected = expected or 1 / (2 * lengths.mean())
        torch.testing.assert_close(weight, torch.full_like(weight, expected))


def test_classes_too():
    labels = np.where(Y[..., 0] > 0, "up", "down")
    classifier = quick(GRUClassifier, bptt_steps=4, max_epochs=60, lr=0.02)
    assert classifier.fit(X, labels).score(X, labels) > 0.95
