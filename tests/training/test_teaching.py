"""TaughtBatches: the truth beside the batch, and a ratio that fades over a fit."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sklearn_rnn import Sequences
from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors
from sklearn_rnn.training._teaching import TaughtBatches, ratio_of_epoch

RNG = np.random.default_rng(0)
SEQUENCES = Sequences.from_list([RNG.normal(size=(n, 2)) for n in (1, 2, 2, 3)])
TARGETS = RNG.normal(size=(4, 5, 2)) * [3.0, 40.0] + [7.0, 0.0]  # five output steps


def batches(weights=None):
    scaler = SequenceScaler(True, None, None).fit(SEQUENCES, TARGETS, np.ones(4))
    tensors = SequenceTensors(SEQUENCES, scaler, TARGETS, weights, per_step=False)
    return BatchIterator(tensors, np.arange(4), 2)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.3, [0.3, 0.3, 0.3, 0.3, 0.3, 0.3]),
        ((1.0, 0.0), [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]),  # planned for five
        ([0.2, 0.6], [0.2, 0.3, 0.4, 0.5, 0.6, 0.6]),
    ],
)
def test_ratio_goes_evenly_from_start_to_end(ratio, expected):
    ratios = [ratio_of_epoch(ratio, epoch, 5) for epoch in range(1, 7)]
    assert ratios == pytest.approx(expected)


def test_ratio_of_a_single_epoch_is_the_first():
    assert ratio_of_epoch((0.8, 0.1), 1, 1) == 0.8


def test_epochs_count_from_the_beginning_of_the_fit():
    net = SimpleNamespace(history=[{}] * 7, epochs_before=4)
    taught = TaughtBatches(batches(), net, (1.0, 0.0), 5)
    assert [batch.ratio for batch, _ in taught] == [0.5, 0.5]
    assert len(taught) == 2
    assert taught.generator is None


def test_module_gets_the_scaled_targets_and_the_ratio():
    net = SimpleNamespace(history=[{}], epochs_before=0)
    heard = []

    def module(*given):
        heard.append(given)

    plain = list(batches())
    for (batch, target), (expected, same) in zip(
        TaughtBatches(batches(), net, 0.4, 1), plain, strict=True
    ):
        batch.outputs_of(module)
        x, lengths, truth, ratio = heard.pop()
        assert torch.equal(x, expected.x)
        assert torch.equal(lengths, expected.lengths)
        assert torch.equal(truth, same)
        assert target.shape == (2, 5, 2)  # not cut to the length of the input
        assert torch.equal(target, same)
        assert (len(batch), ratio) == (2, 0.4)


def test_unknown_targets_are_no_truth():
    weights = np.ones(TARGETS.shape)
    weights[1, 2, 0] = weights[3, 4] = 0.0
    net = SimpleNamespace(history=[{}], epochs_before=0)
    taught = list(TaughtBatches(batches(weights), net, 1.0, 1))
    truth = torch.cat([batch.truth for batch, _ in taught]).numpy()
    np.testing.assert_array_equal(np.isnan(truth), weights == 0)
    for batch, target in taught:
        assert target.isfinite().all()
        assert batch.weight.shape == target.shape
