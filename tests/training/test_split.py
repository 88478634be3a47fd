"""Validation samples: the end of each series, or a seeded choice; never nothing."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.training._split import split_validation


def make(n_samples, groups=None):
    rows = np.ones((n_samples, 1), dtype=np.float32)
    index = np.arange(n_samples)
    groups = None if groups is None else np.array(groups)
    return Sequences(rows, index, index + 1, groups=groups)


@given(
    st.lists(st.sampled_from([0, 1, 5]), min_size=4, max_size=30),
    st.floats(0.05, 0.95),
)
def test_the_end_of_each_group_is_held_out(groups, fraction):
    members = {g: np.flatnonzero(np.array(groups) == g) for g in set(groups)}
    held_out = [i[len(i) - round(fraction * len(i)) :] for i in members.values()]
    n_valid = sum(map(len, held_out))
    assume(0 < n_valid < len(groups))
    train, valid = split_validation(make(len(groups), groups), fraction, seed=0)
    assert_array_equal(valid, np.sort(np.concatenate(held_out)))
    assert_array_equal(np.union1d(train, valid), np.arange(len(groups)))
    assert len(train) + len(valid) == len(groups)


def test_interleaved_groups():
    groups = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    _, valid = split_validation(make(10, groups), 0.2, seed=0)
    assert_array_equal(valid, [8, 9])


@given(st.integers(10, 50), st.floats(0.1, 0.9), st.integers(0, 9))
def test_samples_without_time_are_chosen_by_the_seed(n_samples, fraction, seed):
    sequences = make(n_samples)
    train, valid = split_validation(sequences, fraction, seed)
    assert len(valid) == round(fraction * n_samples)
    assert_array_equal(np.sort(np.concatenate([train, valid])), np.arange(n_samples))
    assert (np.diff(train) > 0).all()
    assert (np.diff(valid) > 0).all()
    assert_array_equal(valid, split_validation(sequences, fraction, seed)[1])


def test_another_seed_chooses_others():
    one, other = (split_validation(make(50), 0.2, seed)[1] for seed in (0, 1))
    assert one.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("n_samples", "fraction", "left", "in_groups"),
    [(3, 0.1, "3 and 0", True), (3, 0.9, "0 and 3", True), (1, 0.1, "0 and 1", False)],
)
def test_neither_part_may_be_empty(n_samples, fraction, left, in_groups):
    sequences = make(n_samples, [0] * n_samples if in_groups else None)
    message = f"validation_fraction={fraction} of {n_samples} samples leaves {left}"
    with pytest.raises(ValueError, match=message):
        split_validation(sequences, fraction, seed=0)
