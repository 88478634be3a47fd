"""Batches: each sample once, as a slow gathering of single samples gives them."""

import warnings
from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.sequences import TargetColumns
from sklearn_rnn.training._batches import BUCKET, BatchIterator
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors


def make_tensors(lengths, norm=None, standardize=True, weights=None, w=1):
    """Make sequences whose target and weight tell which one each is."""
    rng = np.random.default_rng(0)
    sequences = Sequences.from_list([rng.normal(size=(n, 3)) for n in lengths])
    targets = np.arange(len(lengths), dtype=float)[:, None]
    copied = TargetColumns(np.array([1]), np.array([2.0]), np.array([0.5]))
    scaler = SequenceScaler(standardize, norm, copied if norm else None)
    scaler.fit(sequences, targets, np.ones(len(lengths)))
    tensors = SequenceTensors(sequences, scaler, targets, weights, segment_length=w)
    return tensors, sequences, scaler


def slow_sample(sequences, scaler, i):
    """Scale one sequence (T, F) as one would explain it."""
    steps = ((sequences[i] - scaler.mean_) / scaler.scale_).astype(float)
    spread = scaler.spread(sequences)
    for j in np.flatnonzero(scaler.shifted_):
        steps[:, j] -= steps[-1, j].copy() if len(steps) else 0.0
        if spread is not None:
            steps[:, j] /= spread[i, j]
    return steps


def numbers(tensors, batches):
    """Tell which samples stand in each batch."""
    order = [list(torch.round(y[:, 0] * 1000).int().tolist()) for _, y in batches]
    known = torch.round(tensors.targets[:, 0] * 1000).int().tolist()
    return [[known.index(value) for value in batch] for batch in order]


lengths_of_samples = st.lists(st.integers(0, 7), min_size=1, max_size=30)


@given(lengths_of_samples, st.integers(1, 40), st.none() | st.integers(0, 9))
def test_each_sample_comes_once_per_epoch(lengths, batch_size, seed):
    tensors, *_ = make_tensors(lengths)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    index = np.arange(len(lengths))[::2]
    batches = BatchIterator(tensors, index, batch_size, generator)
    for _ in range(2):
        epoch = numbers(tensors, batches)
        assert sorted(chain(*epoch)) == index.tolist()
        assert max(map(len, epoch)) <= batch_size


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("norm", [None, "last", "standard"])
@pytest.mark.parametrize("lengths", [[5, 0, 3, 1, 5, 7, 2], [4, 4, 4, 4]])
def test_equal_a_slow_gathering(lengths, norm, standardize):
    weights = np.linspace(0.5, 1.5, len(lengths))
    tensors, sequences, scaler = make_tensors(lengths, norm, standardize, weights)
    for batch, y in BatchIterator(tensors, np.arange(len(lengths)), 3):
        for x, target, weight, i in zip(
            batch.x,
            y,
            batch.weight,
            numbers(tensors, [(batch, y)])[0],
            strict=True,
        ):
            n = lengths[i]
            expected = slow_sample(sequences, scaler, i)
            assert_allclose(x[:n].numpy(), expected, rtol=1e-4, atol=1e-5)
            assert_array_equal(target, tensors.targets[i])
            assert weight == np.float32(weights[i])
        if batch.lengths is not None:
            chosen = numbers(tensors, [(batch, y)])[0]
            assert_array_equal(batch.lengths, np.array(lengths)[chosen])
        assert torch.isfinite(batch.x).all()


def is_time_major(x):
    """Tell whether the sequences of a step lie side by side in memory."""
    of_sample, of_step, of_feature = x.stride()
    return of_step >= len(x) * of_sample and of_sample >= x.shape[2] * of_feature > 0


def slow_segments(steps, w):
    """Lay w steps side by side (T/w, w*F), the oldest repeated to fill the first."""
    steps = list(steps)
    while len(steps) % w:
        steps.insert(0, steps[0])
    return [np.concatenate(steps[i : i + w]) for i in range(0, len(steps), w)]


@pytest.mark.parametrize("w", [2, 3, 10])
@pytest.mark.parametrize("norm", [None, "last", "standard"])
@pytest.mark.parametrize("lengths", [[5, 0, 3, 1, 6, 7, 2], [4, 4, 4], [0], [4, 5, 6]])
def test_segments_equal_a_slow_gathering(lengths, norm, w):
    tensors, sequences, scaler = make_tensors(lengths, norm, w=w)
    assert tensors.n_features == 3 * w
    for batch, y in BatchIterator(tensors, np.arange(len(lengths)), 3):
        chosen = numbers(tensors, [(batch, y)])[0]
        n_segments = [-(-lengths[i] // w) for i in chosen]
        assert batch.x.shape[1:] == (max(1, *n_segments, 0), 3 * w)
        assert is_time_major(batch.x)
        assert torch.isfinite(batch.x).all()
        for x, i, n in zip(batch.x, chosen, n_segments, strict=True):
            expected = slow_segments(slow_sample(sequences, scaler, i), w)
            if n:
                assert_allclose(x[:n], expected, rtol=1e-4, atol=1e-5)
        if batch.lengths is None:
            assert set(n_segments) == {batch.x.shape[1]}
        else:
            assert_array_equal(batch.lengths, n_segments)


def test_a_segment_is_filled_with_its_own_sequence():
    """The row in front of a window is another window's; it must not be read."""
    rows = np.arange(8, dtype=np.float32)[:, None]
    sequences = Sequences(rows, np.array([3]), np.array([8]))
    scaler = SequenceScaler(False, None, None)
    scaler.fit(sequences, np.zeros((1, 1)), np.ones(1))
    tensors = SequenceTensors(sequences, scaler, segment_length=4)
    batch = tensors.gather(torch.tensor([0]), 2, ragged=False)
    assert_array_equal(batch.x[0], [[3, 3, 3, 3], [4, 5, 6, 7]])


def test_unknown_targets_become_zeros_of_no_weight():
    sequences = Sequences.from_array(np.ones((3, 2, 1)))
    targets = np.array([[1.0, np.nan], [3.0, 4.0], [np.nan, 5.0]])
    scaler = SequenceScaler(True, None, None).fit(sequences, targets, np.ones(3))
    weights = 1.5 * ~np.isnan(targets)
    tensors = SequenceTensors(sequences, scaler, targets, weights)
    ((batch, y),) = BatchIterator(tensors, np.arange(3), 3)
    assert_allclose(y, [[-1, 0], [1, -1], [0, 1]], atol=1e-6)
    assert_array_equal(batch.weight, weights)


def test_sequences_of_one_length_need_no_lengths():
    tensors, *_ = make_tensors([4, 4, 4])
    for batch, _ in BatchIterator(tensors, np.arange(3), 2):
        assert batch.lengths is None
        assert batch.x.shape[1:] == (4, 3)
        assert is_time_major(batch.x)


def test_a_batch_is_as_long_as_its_longest():
    tensors, *_ = make_tensors([7, 1, 2, 7, 2, 1])
    shapes = {b.x.shape[1] for b, _ in BatchIterator(tensors, np.arange(6), 2)}
    assert shapes == {1, 2, 7}


def test_buckets_stand_in_the_order_of_the_samples():
    lengths = np.random.default_rng(0).integers(1, 9, 3 * 2 * BUCKET)
    tensors, *_ = make_tensors(lengths)
    epoch = numbers(tensors, BatchIterator(tensors, np.arange(len(lengths)), 2))
    for b in range(3):  # buckets
        bucket = list(chain(*epoch[b * BUCKET : (b + 1) * BUCKET]))
        assert sorted(bucket) == list(range(b * 2 * BUCKET, (b + 1) * 2 * BUCKET))
        assert (np.diff(lengths[bucket]) >= 0).all()


@pytest.mark.parametrize("lengths", [[3] * 12, [1, 5, 2, 4] * 3])
def test_the_generator_alone_decides_the_order(lengths):
    tensors, *_ = make_tensors(lengths)

    def epochs(seed):
        generator = torch.Generator().manual_seed(seed)
        batches = BatchIterator(tensors, np.arange(12), 5, generator)
        return [numbers(tensors, batches) for _ in range(2)]

    before = torch.get_rng_state()
    one, same, other = epochs(0), epochs(0), epochs(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert one == same != other
    assert one[0] != one[1]


def test_batches_do_not_go_from_short_to_long():
    lengths = np.arange(40) % 8
    tensors, *_ = make_tensors(lengths)
    generator = torch.Generator().manual_seed(0)
    epoch = BatchIterator(tensors, np.arange(40), 5, generator)
    longest = [batch.x.shape[1] for batch, _ in epoch]
    assert longest != sorted(longest)


def test_without_generator_the_order_is_kept():
    tensors, *_ = make_tensors([3] * 5)
    batches = BatchIterator(tensors, np.array([4, 0, 2]), 2)
    assert numbers(tensors, batches) == [[4, 0], [2]] == numbers(tensors, batches)


@pytest.mark.parametrize("n_steps", [0, 1, 4])
def test_single_sample(n_steps):
    tensors, *_ = make_tensors([n_steps])
    ((batch, y),) = BatchIterator(tensors, np.array([0]), 32)
    assert len(batch) == len(y) == 1
    assert batch.x.shape == (1, max(1, n_steps), 3)
    assert torch.isfinite(batch.x).all()


def test_arrays_mapped_read_only_are_copied():
    """As joblib hands large arrays to its workers."""
    *_, sequences, scaler = make_tensors([2, 3])
    sequences.starts.flags.writeable = sequences.stops.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensors = SequenceTensors(sequences, scaler)
    assert_array_equal(tensors.starts, sequences.starts)


def test_rows_before_and_behind_all_sequences_are_left_out():
    _, sequences, scaler = make_tensors([5, 0, 3, 1, 5, 7, 2], "last")
    some = sequences[2:6]
    tensors = SequenceTensors(some, scaler)
    assert len(tensors.rows) == 3 + 1 + 5 + 7
    batch = tensors.gather(torch.arange(4), 7, ragged=True)
    for i, x in enumerate(batch.x):
        expected = slow_sample(sequences, scaler, i + 2)
        assert_allclose(x[: len(expected)], expected, rtol=1e-5, atol=1e-6)
    assert len(SequenceTensors(sequences[:0], scaler).rows) == len(sequences.rows)
