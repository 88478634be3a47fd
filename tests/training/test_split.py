"""Validation samples: the end of each series, apart from the rest; a seeded choice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_rnn import Sequences, SequenceWindower
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


def windows_of(groups, window_length, horizon, max_gap=None, index=None):
    """Give the windows of a table, and the place of each row within its group."""
    groups = np.array(groups)
    table = pd.DataFrame({"cell": groups, "a": np.arange(len(groups)) + 1.0}, index)
    windower = SequenceWindower(
        window_length, horizon=horizon, group_by="cell", max_gap=max_gap
    )
    place = table.groupby("cell").cumcount().to_numpy()
    return windower.fit_transform(table), place


def reads(sequences, i):
    """Name the table's rows in a window: the feature holds the number of each."""
    return set(sequences[int(i)].ravel().astype(int) - 1)


CELLS = st.lists(st.sampled_from([0, 0, 0, 1, 5]), min_size=20, max_size=60)


@pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning")
@pytest.mark.parametrize("horizon", [0, 1, 5])
@given(CELLS, st.integers(1, 6), st.floats(0.05, 0.4), st.data())
def test_no_validation_window_reads_a_training_target(
    horizon, groups, window_length, fraction, data
):
    steps = data.draw(st.lists(st.integers(1, 4), min_size=60, max_size=60))
    index = np.cumsum(steps)[: len(groups)]
    sequences, place = windows_of(groups, window_length, horizon, 3, index)
    train, valid = split_validation(sequences, fraction, seed=0)
    groups = np.array(groups)
    for group in set(groups):
        targets = train[groups[train] == group]
        held_out = valid[groups[valid] == group]
        read = set().union(*(reads(sequences, i) for i in held_out))
        others = np.setdiff1d(np.flatnonzero(groups == group), held_out)
        if set(targets) == set(others):  # whole: nothing to lose, or too much
            lost = [i for i in others if read and i >= min(read)]
            assert not lost or 2 * len(lost) > len(others)
            continue
        assert not read & set(targets)
        assert place[targets].tolist() == list(range(len(targets)))  # the first ones
        assert len(others) - len(targets) <= window_length + max(horizon - 1, 0)
        assert 2 * len(targets) >= len(others)


@pytest.mark.parametrize(("horizon", "n_lost"), [(0, 3), (1, 4), (5, 8)])
@pytest.mark.parametrize("n_groups", [1, 3])
def test_number_of_samples_left_out(horizon, n_lost, n_groups):
    sequences, place = windows_of(list(range(n_groups)) * 40, 4, horizon)
    train, valid = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(valid, np.flatnonzero(place >= 36))
    assert_array_equal(train, np.flatnonzero(place < 36 - n_lost))


def test_a_group_that_would_lose_too_much_loses_nothing():
    """Of the 18 and 27 rows before the last tenth, windows of 12 read the last 12."""
    sequences, _ = windows_of([0] * 20 + [1] * 30, 12, 1)
    train, valid = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(valid, [18, 19, 47, 48, 49])
    assert_array_equal(train, np.r_[0:18, 20:35])


def test_a_gap_in_time_parts_what_an_overlap_would_join():
    """Validation begins where the windows start anew, so nothing is left out."""
    sequences, _ = windows_of([0] * 20, 4, 1, 5, np.r_[0:18, 100:102])
    train, valid = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(np.r_[train, valid], np.arange(20))


def test_the_target_of_an_absent_row_lies_in_no_window():
    table = pd.DataFrame({"a": np.r_[np.arange(15.0), np.nan, np.arange(4.0)]})
    sequences = SequenceWindower(4).fit_transform(table).drop_absent_steps()
    assert sequences.own_rows[15] == -1
    train, valid = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(valid, [18, 19])
    assert_array_equal(train, [*range(14), 15])  # the first reads 14, 16 and 17


def forecast_of(groups, window_length, horizon, leads, known=True, absent=()):
    """Give windows of a table whose targets are the rows ahead, and its places."""
    table = pd.DataFrame({"cell": groups, "a": np.arange(len(groups)) ** 1.5})
    later = [table.groupby("cell")["a"].shift(-k).to_numpy() for k in leads]
    y = np.column_stack(later)  # NaN at the end of each group
    table.iloc[list(absent), 1] = np.nan
    if not known:
        y = np.random.default_rng(0).normal(size=y.shape)
    windower = SequenceWindower(window_length, horizon=horizon, group_by="cell")
    place = table.groupby("cell").cumcount().to_numpy()
    return windower.fit_transform(table, y), place


@pytest.mark.parametrize(
    ("horizon", "leads", "n_lost"),
    [
        (0, [1, 2, 3], 3 + 3),
        (1, [0, 1, 2], 4 + 2),
        (1, [1, 2, 3], 4 + 3),
        (1, [1], 4 + 1),
        (5, [0, 1, 2], 8 + 2),
    ],
)
@pytest.mark.parametrize("n_groups", [1, 3])
def test_targets_of_later_rows_lie_in_no_validation_window(
    horizon, leads, n_lost, n_groups
):
    groups = list(range(n_groups)) * 40
    sequences, place = forecast_of(groups, 4, horizon, leads)
    assert_array_equal(sequences.target_columns.leads, leads)
    train, valid = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(valid, np.flatnonzero(place >= 36))
    assert_array_equal(train, np.flatnonzero(place < 36 - n_lost))
    read = min(sequences.starts[valid[place[valid] == 36]])  # of the first group
    assert read == 36 - horizon - 3
    assert max(place[train]) + max(leads) == read - 1


def test_targets_that_copy_no_column_count_as_those_of_their_own_row():
    sequences, _ = forecast_of([0] * 40, 4, 1, [0, 1, 2], known=False)
    assert sequences.target_columns is None
    train, _ = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(train, np.arange(32))


def test_a_lead_that_was_not_found_counts_for_nothing():
    table = pd.DataFrame({"a": np.arange(40) ** 1.5})
    y = np.column_stack([table["a"], np.random.default_rng(0).normal(size=40)])
    sequences = SequenceWindower(4).fit_transform(table, y)
    assert_array_equal(sequences.target_columns.columns, [0, -1])
    train, _ = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(train, np.arange(32))


def test_an_absent_row_looks_ahead_too():
    """Row 30 has no values, but targets in rows 31 and 32; validation reads from 32.

    How far ahead row 29 looks is counted as if no row were absent: it is left out too.
    """
    sequences, _ = forecast_of([0] * 40, 4, 1, [0, 1, 2], absent=[30])
    assert sequences.own_rows[30] == -1
    train, valid = split_validation(sequences, 0.1, seed=0)
    assert_array_equal(valid, [36, 37, 38, 39])
    assert_array_equal(train, np.arange(29))


class TestClasses:
    @given(
        st.lists(st.sampled_from("abc"), min_size=12, max_size=60),
        st.floats(0.1, 0.5),
        st.integers(0, 9),
    )
    def test_each_has_its_share(self, classes, fraction, seed):
        classes = np.array(classes)
        sequences = make(len(classes))
        assume(len(set(classes)) < 3 or fraction * len(classes) > 3)
        train, valid = split_validation(sequences, fraction, seed, classes)
        assert_array_equal(np.sort(np.r_[train, valid]), np.arange(len(classes)))
        for label in set(classes):
            n_valid, n_all = sum(classes[valid] == label), sum(classes == label)
            assert label in classes[train]
            if n_all > 1:
                assert abs(n_valid - fraction * n_all) <= 1.001
        again = split_validation(sequences, fraction, seed, classes)
        assert_array_equal(valid, again[1])

    def test_unequal_classes(self):
        """Random samples would hold out 5 of the 10 one time in four."""
        classes = np.repeat(["rare", "common"], [10, 90])
        for seed in range(20):
            _, valid = split_validation(make(100), 0.4, seed, classes)
            assert (len(valid), sum(classes[valid] == "rare")) == (40, 4)

    def test_the_seed_chooses(self):
        classes = np.repeat([0, 1], 25)
        one, other = (split_validation(make(50), 0.2, s, classes)[1] for s in (0, 1))
        assert one.tolist() != other.tolist()

    def test_series_are_split_by_time_all_the_same(self):
        classes = np.tile([0, 1], 10)
        _, valid = split_validation(make(20, [0] * 20), 0.1, 0, classes)
        assert_array_equal(valid, [18, 19])

    def test_classes_of_one_sample_cannot_be_held_out(self):
        with pytest.raises(ValueError, match="of 3 samples leaves 3 and 0"):
            split_validation(make(3), 0.5, 0, np.array([0, 1, 2]))
