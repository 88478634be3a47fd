"""Merging: a weight is a repetition, the order depends on content, windows stay."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.training._merging import merge_equal_samples

KINDS = [np.ones((2, 1)), np.ones((3, 1)), np.zeros((2, 1)), np.empty((0, 1))]


def merge(kinds, targets, weights):
    """Merge samples that are one of `KINDS` each; give them as plain values."""
    sequences = Sequences.from_list([KINDS[kind] for kind in kinds])
    found, y, w = merge_equal_samples(
        sequences, np.array(targets, float)[:, None], np.array(weights, float)
    )
    return [steps.tolist() for steps in found], y[:, 0].tolist(), w


samples = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(1, 3)), min_size=1
)


@given(samples)
def test_a_weight_is_a_repetition(drawn):
    kinds, targets, weights = map(list, zip(*drawn, strict=True))
    repeated = [np.repeat(values, weights) for values in (kinds, targets)]
    by_weight = merge(kinds, targets, weights)
    by_repetition = merge(*repeated, np.ones(sum(weights)))
    assert by_weight[:2] == by_repetition[:2]
    assert_array_equal(by_weight[2], by_repetition[2])


@given(samples, st.randoms(use_true_random=False))
def test_the_order_that_came_in_does_not_matter(drawn, random):
    shuffled = random.sample(drawn, len(drawn))
    one, other = (merge(*map(list, zip(*d, strict=True))) for d in (drawn, shuffled))
    assert one[:2] == other[:2]
    assert_array_equal(one[2], other[2])


@given(samples)
def test_every_pair_stands_once_with_all_its_weight(drawn):
    steps, targets, weights = merge(*map(list, zip(*drawn, strict=True)))
    expected = {}
    for kind, target, weight in drawn:
        key = str(KINDS[kind].tolist()), float(target)
        expected[key] = expected.get(key, 0) + weight
    pairs = list(zip(map(str, steps), targets, strict=True))
    assert dict(zip(pairs, weights, strict=True)) == expected
    assert len(pairs) == len(expected)


def test_weight_zero_is_absence():
    with_zero = merge([0, 1, 2, 0], [5, 6, 7, 8], [1, 0, 2, 0])
    without = merge([0, 2], [5, 7], [1, 2])
    assert with_zero[:2] == without[:2]
    assert_array_equal(with_zero[2], without[2])


def windows():
    rows = np.ones((4, 1), dtype=np.float32)
    groups = np.array([0, 0, 1, 1])
    return Sequences(rows, np.zeros(4, int), np.full(4, 2), groups=groups)


def test_windows_are_neither_merged_nor_moved():
    targets, weights = np.array([[3.0], [1.0], [1.0], [2.0]]), np.ones(4)
    found, y, w = merge_equal_samples(windows(), targets, weights)
    assert_array_equal(y, targets)
    assert_array_equal(w, weights)
    assert_array_equal(found.groups, [0, 0, 1, 1])


def test_windows_of_weight_zero_are_left_out():
    targets, weights = np.arange(4.0)[:, None], np.array([1.0, 0.0, 2.0, 0.0])
    found, y, w = merge_equal_samples(windows(), targets, weights)
    assert_array_equal(y, [[0.0], [2.0]])
    assert_allclose(w, [1.0, 2.0])
    assert_array_equal(found.groups, [0, 1])
