"""Merging: a weight is a repetition, the order depends on content, windows stay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.training._merging import average_one, merge_equal_samples

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


class TestUnknownTargets:
    """NaN in targets of shape (n_samples, n_outputs)."""

    def test_samples_without_a_known_target_are_left_out(self):
        sequences = Sequences.from_list([KINDS[0], KINDS[1], KINDS[2]])
        y = np.array([[np.nan, 1.0], [np.nan, np.nan], [2.0, np.nan]])
        found, kept, w = merge_equal_samples(sequences, y, np.array([1.0, 2.0, 3.0]))
        assert sorted(found.lengths) == [2, 2]
        assert sorted(w) == [1.0, 3.0]
        assert np.isnan(kept).sum() == 2

    def test_windows_without_a_known_target_are_left_out(self):
        y = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, 4.0], [np.nan, np.nan]])
        found, kept, w = merge_equal_samples(windows(), y, np.ones(4))
        assert_array_equal(kept, [[1.0, np.nan], [3.0, 4.0]])
        assert_array_equal(found.groups, [0, 1])
        assert_array_equal(w, [1.0, 1.0])

    def test_equal_gaps_are_equal_whatever_their_bits(self):
        other_nan = np.array([0x7FF8000000000001]).view(np.float64)[0]
        sequences = Sequences.from_list([KINDS[0]] * 3)
        y = np.array([[1.0, np.nan], [1.0, other_nan], [1.0, -np.nan]])
        assert len({row.tobytes() for row in y}) == 3
        _, kept, w = merge_equal_samples(sequences, y, np.ones(3))
        assert_array_equal(kept, [[1.0, np.nan]])
        assert_array_equal(w, [3.0])

    def test_a_gap_is_not_a_value(self):
        sequences = Sequences.from_list([KINDS[0]] * 2)
        y = np.array([[1.0, np.nan], [1.0, 0.0]])
        assert len(merge_equal_samples(sequences, y, np.ones(2))[0]) == 2

    def test_nothing_to_learn_from(self):
        y = np.array([[np.nan], [1.0], [np.nan], [np.nan]])
        with pytest.raises(
            ValueError, match=r"No sample has a known target.* 3 of 4 t"
        ):
            merge_equal_samples(windows(), y, np.array([1.0, 0.0, 1.0, 1.0]))


class TestAverage:
    parts = [np.array([0, 1, 3]), np.array([2])]

    def test_equal_weights_are_none(self):
        assert average_one(np.full(4, 7.0), np.ones((4, 2)), self.parts) is None

    def test_each_part_averages_one(self):
        w = average_one(np.array([1.0, 2.0, 5.0, 6.0]), np.ones((4, 2)), self.parts)
        assert_allclose(w, [1 / 3, 2 / 3, 1, 2])

    def test_the_mean_of_weighted_losses_is_their_mean_over_known_targets(self):
        rng = np.random.default_rng(0)
        loss, weight = rng.normal(size=(4, 2)), rng.uniform(size=4)
        y = np.array([[1.0, np.nan], [3.0, 4.0], [np.nan, 5.0], [6.0, 7.0]])
        w = average_one(weight, y, self.parts)
        for part in self.parts:
            known = ~np.isnan(y[part])
            expected = np.average(
                loss[part][known], weights=np.repeat(weight[part], known.sum(axis=1))
            )
            assert_allclose((loss * w)[part].sum() / len(part), expected)
        assert_array_equal(w[np.isnan(y)], 0.0)
