"""Sequences: round trips, sharing of rows, indexing, absent steps, messages."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.model_selection import KFold, train_test_split
from sklearn.utils import _safe_indexing

from sklearn_rnn import Sequences
from sklearn_rnn.sequences import TargetColumns


@st.composite
def ragged_lists(draw, min_size=0):
    """Draw arrays of any length, empty ones too, of one width."""
    lengths = draw(st.lists(st.integers(0, 5), min_size=min_size, max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    n_features = draw(st.integers(1, 3))
    return [rng.normal(size=(n, n_features)).astype(np.float32) for n in lengths]


def assert_equal_lists(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert_array_equal(one, other)


def windows():
    """Return four overlapping windows with all that may belong to them."""
    return Sequences(
        np.arange(12, dtype=np.float32).reshape(6, 2),
        np.array([0, 0, 1, 2]),
        np.array([0, 2, 4, 5]),
        feature_names=("a", "b"),
        groups=np.array([0, 0, 1, 1]),
        own_rows=np.array([0, 2, 4, 5]),
        target_columns=TargetColumns(np.array([1]), np.array([2.0]), np.array([0.5])),
    )


class TestRoundTrips:
    @given(ragged_lists())
    def test_list(self, arrays):
        assert_equal_lists(Sequences.from_list(arrays).to_list(), arrays)

    @given(ragged_lists(min_size=1))
    def test_array(self, arrays):
        dense = Sequences.from_list(arrays).to_array()
        again = Sequences.from_array(dense)
        assert_equal_lists(again.to_list(), arrays)
        assert_array_equal(again.to_array(), dense)

    @given(ragged_lists(min_size=1))
    def test_short_sequences_stand_at_the_end(self, arrays):
        dense = Sequences.from_list(arrays).to_array()
        for steps, filled in zip(arrays, dense, strict=True):
            n_absent = len(filled) - len(steps)
            assert np.isnan(filled[:n_absent]).all()
            assert_array_equal(filled[n_absent:], steps)

    @given(ragged_lists(min_size=1), st.randoms(use_true_random=False))
    def test_absent_steps_are_dropped_wherever_they_stand(self, arrays, random):
        holed = []
        for steps in arrays:
            at = [random.randint(0, len(steps)) for _ in range(random.randint(0, 3))]
            holed.append(np.insert(steps, sorted(at), np.nan, axis=0))
        assert_equal_lists(Sequences.from_list(holed).to_list(), arrays)

    @pytest.mark.parametrize("at", [[0], [1], [2], [0, 2], [0, 1, 2]])
    def test_absent_steps_in_an_array(self, at):
        dense = np.arange(12.0).reshape(2, 3, 2)
        dense[1, at] = np.nan
        first, second = Sequences.from_array(dense)
        assert_array_equal(first, dense[0])
        assert_array_equal(second, np.delete(dense[1], at, axis=0))

    def test_the_vocabulary_is_kept(self):
        tokens = np.array([[1], [np.nan], [3]], dtype=np.float32)
        sequences = Sequences(tokens, np.array([0]), np.array([3]), n_tokens=9)
        present = sequences.drop_absent_steps()
        for kept in (present, present[[0]], present.compact(), copy.copy(present)):
            assert pickle.loads(pickle.dumps(kept)).n_tokens == 9

    @given(ragged_lists(), st.data())
    def test_compact(self, arrays, data):
        everything = Sequences.from_list(arrays)
        index = data.draw(
            st.lists(st.integers(0, len(arrays) - 1)) if arrays else st.just([])
        )
        chosen = everything[index].compact()
        assert_equal_lists(chosen.to_list(), [arrays[i] for i in index])
        assert len(chosen.rows) == sum(len(arrays[i]) for i in index)
        assert not np.shares_memory(chosen.rows, everything.rows)


class TestForms:
    def test_three_axes(self):
        X = np.arange(12.0).reshape(2, 3, 2)
        assert_equal_lists(Sequences.from_array(X).to_list(), list(X))

    def test_two_axes_are_one_feature(self):
        X = np.arange(6.0).reshape(2, 3)
        assert_array_equal(Sequences.from_array(X).to_array(), X[:, :, None])

    def test_lists_of_one_axis_are_one_feature(self):
        assert_equal_lists(
            Sequences.from_list([[1, 2], [3]]).to_list(), [[[1], [2]], [[3]]]
        )

    def test_rows_with_starts_and_stops_overlap(self):
        rows = windows().rows
        expected = [rows[0:0], rows[0:2], rows[1:4], rows[2:5]]
        assert_equal_lists(windows().to_list(), expected)

    @pytest.mark.parametrize("shape", [(3, 4, 2), (3, 4)])
    def test_an_array_is_not_copied(self, shape):
        X = np.ones(shape, dtype=np.float32)
        assert np.shares_memory(Sequences.from_array(X).rows, X)

    def test_sequences_are_views(self):
        sequences = windows()
        for steps in sequences.to_list()[1:]:
            assert np.shares_memory(steps, sequences.rows)


class TestDuckArray:
    def test_shape_and_type(self):
        sequences = windows()
        assert sequences.shape == (4, 3, 2)
        assert len(sequences) == 4
        assert sequences.ndim == 3
        assert sequences.dtype == np.float32
        assert_array_equal(sequences.lengths, [0, 2, 3, 3])
        assert repr(sequences) == (
            "Sequences(4 sequences of up to 3 time steps, 2 features, over 6 rows)"
        )

    def test_becomes_an_array(self):
        sequences = windows()
        assert_array_equal(np.asarray(sequences), sequences.to_array())
        assert np.asarray(sequences, dtype=np.float64).dtype == np.float64
        with pytest.raises(ValueError, match="become an array only by copying"):
            np.array(sequences, copy=False)

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, None])
    def test_copies_and_pickles(self, copied):
        copied = copied or (lambda one: pickle.loads(pickle.dumps(one)))
        one, other = windows(), copied(windows())
        assert_equal_lists(one.to_list(), other.to_list())
        assert_array_equal(one.own_rows, other.own_rows)
        assert_array_equal(one.groups, other.groups)
        assert one.feature_names == other.feature_names
        assert_array_equal(one.target_columns.slopes, other.target_columns.slopes)


class TestIndexing:
    @pytest.mark.parametrize(
        ("key", "chosen"),
        [
            (slice(1, 3), [1, 2]),
            (slice(None, None, -1), [3, 2, 1, 0]),
            (np.array([False, True, False, True]), [1, 3]),
            ([False, True, False, True], [1, 3]),
            (np.array([3, 0, 3]), [3, 0, 3]),
            ([2, -1], [2, 3]),
            ([], []),
            (slice(0, 0), []),
            ((np.array([1]), ...), [1]),
        ],
    )
    def test_selects_sequences_and_what_belongs_to_them(self, key, chosen):
        everything = windows()
        some = everything[key]
        assert_equal_lists(some.to_list(), [everything.to_list()[i] for i in chosen])
        assert_array_equal(some.groups, everything.groups[chosen])
        assert_array_equal(some.own_rows, everything.own_rows[chosen])
        assert some.target_columns is everything.target_columns
        assert some.feature_names == ("a", "b")
        assert some.rows is everything.rows

    def test_an_integer_gives_the_steps(self):
        assert_array_equal(windows()[1], windows().rows[0:2])
        assert_array_equal(windows()[np.int64(-1)], windows().rows[2:5])

    @pytest.mark.parametrize("key", [(0, 1), (slice(None), slice(None)), (0, 1, 2)])
    def test_other_axes_are_refused(self, key):
        with pytest.raises(IndexError, match=r"first axis only. Use to_array\(\)"):
            windows()[key]

    @pytest.mark.parametrize("key", [[1, 3], slice(1, 3), [False, True, True, False]])
    def test_safe_indexing(self, key):
        assert_equal_lists(
            _safe_indexing(windows(), key).to_list(), windows()[key].to_list()
        )

    def test_train_test_split(self):
        train, test = train_test_split(windows(), shuffle=False, test_size=2)
        assert_equal_lists(train.to_list(), windows()[:2].to_list())
        assert_equal_lists(test.to_list(), windows()[2:].to_list())

    def test_k_fold(self):
        parts = [windows()[test] for _, test in KFold(2).split(windows())]
        assert_equal_lists([s for part in parts for s in part], windows().to_list())


class TestAbsentRows:
    def test_what_belongs_to_windows_is_renumbered(self):
        holed = windows()
        holed.rows[[1, 4]] = np.nan
        holed.own_rows[3] = -1
        kept = holed.drop_absent_steps()
        assert_equal_lists(
            kept.to_list(),
            [steps[~np.isnan(steps[:, 0])] for steps in holed.to_list()],
        )
        # Row 0 stays row 0, row 2 becomes row 1, row 4 is gone, none stays none.
        assert_array_equal(kept.own_rows, [0, 1, -1, -1])
        assert_array_equal(kept.groups, holed.groups)
        assert kept.target_columns is holed.target_columns
        assert kept.feature_names == ("a", "b")

    def test_nothing_to_drop_copies_nothing(self):
        sequences = windows()
        assert sequences.drop_absent_steps() is sequences


class TestNothing:
    def test_zero_sequences(self):
        none = Sequences.from_list([])
        assert none.shape == (0, 0, 0)
        assert none.to_list() == []
        assert none.to_array().shape == (0, 0, 0)
        assert none.compact().shape == (0, 0, 0)
        assert Sequences.from_array(np.ones((0, 3, 2))).shape == (0, 0, 2)

    def test_empty_sequences(self):
        empty = Sequences.from_list([np.empty((0, 2)), np.full((3, 2), np.nan)])
        assert empty.shape == (2, 0, 2)
        assert empty.to_array().shape == (2, 0, 2)
        assert_array_equal(empty.compact().lengths, [0, 0])


PARTLY_NAN = np.ones((2, 3, 2))
PARTLY_NAN[1, 2, 0] = np.nan
INFINITE = np.ones((2, 3, 2))
INFINITE[0, 1, 1] = np.inf
INFINITE[0, 2, 1] = -np.inf
TOO_LARGE = np.ones((2, 3, 2))
TOO_LARGE[1, 0, 1] = 1e300


class TestMessages:
    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (PARTLY_NAN, "NaN: sample 1, step 2 has NaN in feature 0 but not in all"),
            (INFINITE, "infinity or a value too large .*: sample 0, step 1, feature 1"),
            (
                TOO_LARGE,
                "infinity or a value too large .*: sample 1, step 0, feature 1",
            ),
        ],
    )
    def test_bad_values(self, X, message):
        with pytest.raises(ValueError, match=message):
            Sequences.from_array(X)
        with pytest.raises(ValueError, match=message):
            Sequences.from_list(list(X))

    def test_a_feature_with_a_name(self):
        sequences = windows()
        sequences.rows[1, 1] = np.nan
        with pytest.raises(ValueError, match="sample 1, step 1 has NaN in feature 'b'"):
            sequences.drop_absent_steps()

    @pytest.mark.parametrize("shape", [(3,), (1, 2, 3, 4)])
    def test_axes_of_an_array(self, shape):
        with pytest.raises(ValueError, match=rf"Got shape \({shape[0]},"):
            Sequences.from_array(np.ones(shape))

    def test_axes_in_a_list(self):
        with pytest.raises(ValueError, match=r"Sequence 1 has shape \(2, 2, 2\)"):
            Sequences.from_list([np.ones((1, 2)), np.ones((2, 2, 2))])

    def test_widths_in_a_list(self):
        with pytest.raises(ValueError, match=r"same number of features.*Got \[2, 3\]"):
            Sequences.from_list([np.ones((1, 3)), np.ones((1, 2))])
