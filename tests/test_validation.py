"""check_sequences: each input form, each refusal, scikit-learn's own sentences."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator

from sklearn_rnn import Sequences, _validation
from sklearn_rnn._validation import check_sequences, is_ragged


class Net(BaseEstimator):
    """Stand in for a recurrent estimator."""


def check(X, estimator=None, reset=True, **options):
    return check_sequences(X, estimator=estimator or Net(), reset=reset, **options)


def as_objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


DENSE = np.arange(12, dtype=np.float32).reshape(2, 3, 2)


class TestForms:
    @pytest.mark.parametrize(
        "X",
        [DENSE, DENSE.tolist(), DENSE.astype(int), list(DENSE), tuple(DENSE.tolist())],
        ids=["array", "nested lists", "integers", "list of arrays", "tuple of lists"],
    )
    def test_equal_lengths(self, X):
        estimator = Net()
        assert_array_equal(check(X, estimator).to_array(), DENSE)
        assert estimator.n_features_in_ == 2

    @pytest.mark.parametrize(
        "X",
        [
            DENSE,
            DENSE.astype(float),
            DENSE.astype(">f8"),
            np.asfortranarray(DENSE),
            DENSE[:, ::2],
            np.where(DENSE == 0, np.nan, DENSE),
            np.where(DENSE < 2, np.nan, DENSE),
            np.where(DENSE == 3, np.inf, DENSE),
            DENSE[:0],
            DENSE[:, :0],
            DENSE[..., :0],
        ],
        ids=str,
    )
    def test_plain_arrays_are_spared_only_what_changes_nothing(self, X, monkeypatch):
        def found():
            try:
                sequences = check(X)
            except ValueError as error:
                return str(error)
            return sequences.rows.tolist(), sequences.lengths.tolist()

        shortened = found()
        monkeypatch.setattr(_validation, "_is_plain", lambda X: False)
        assert found() == shortened

    @pytest.mark.parametrize("as_list", [np.asarray, np.ndarray.tolist, pd.DataFrame])
    @pytest.mark.parametrize("gather", [list, as_objects, pd.Series])
    def test_unequal_lengths(self, as_list, gather):
        arrays = [DENSE[0], DENSE[1, :1]]
        X = gather([as_list(steps) for steps in arrays])
        for found, expected in zip(check(X), arrays, strict=True):
            assert_array_equal(found, expected)

    def test_a_list_of_tables_has_names(self):
        tables = [pd.DataFrame(steps, columns=["a", "b"]) for steps in DENSE]
        estimator = Net()
        check(tables, estimator)
        assert estimator.feature_names_in_.tolist() == ["a", "b"]
        turned = [table[["b", "a"]] for table in tables]
        with pytest.raises(ValueError, match="names must be in the same order"):
            check(turned, estimator, reset=False)
        with pytest.raises(ValueError, match=r"same columns .*Number 0 .* number 1"):
            check([tables[0], turned[1]])

    def test_two_axes(self):
        estimator = Net()
        flat = DENSE.reshape(2, 6)
        assert_array_equal(check(flat, estimator).to_array(), flat[:, :, None])
        assert estimator.n_features_in_ == 6

    def test_table(self):
        estimator = Net()
        table = pd.DataFrame(DENSE.reshape(2, 6), columns=list("abcdef"))
        assert check(table, estimator).shape == (2, 6, 1)
        assert_array_equal(estimator.feature_names_in_, list("abcdef"))

    def test_names_of_an_earlier_table_are_forgotten(self):
        estimator = Net()
        check(pd.DataFrame({"a": [1.0]}), estimator)
        check(DENSE, estimator)
        assert not hasattr(estimator, "feature_names_in_")

    def test_sequences_pass_through(self):
        sequences = Sequences.from_array(DENSE)
        assert check(sequences) is sequences

    def test_a_float32_array_is_not_copied(self):
        assert np.shares_memory(check(DENSE).rows, DENSE)

    def test_channels_stand_side_by_side_within_a_step(self):
        found = check(DENSE.reshape(2, 6), n_channels=2)
        assert_array_equal(found.to_array(), DENSE)

    def test_absent_steps_may_leave_nothing(self):
        assert check(np.full((2, 3, 1), np.nan)).shape == (2, 0, 1)

    @pytest.mark.parametrize(
        ("X", "ragged"),
        [
            ([np.ones((2, 1)), np.ones((2, 1))], True),
            ([[1.0, 2.0], [3.0]], True),
            ([[1.0, 2.0], [3.0, 4.0]], False),
            ([np.ones(2), np.ones(2)], True),
            ([1.0, 2.0], False),
            ([], False),
            (DENSE, False),
            (as_objects([np.ones((2, 1)), np.ones((3, 1))]), True),
            (as_objects([1.0, 2.0]), False),
        ],
    )
    def test_what_counts_as_ragged(self, X, ragged):
        assert is_ragged(X) == ragged


PARTLY_NAN = DENSE.copy()
PARTLY_NAN[1, 2, 0] = np.nan
INFINITE = DENSE.copy()
INFINITE[0, 1, 1] = np.inf
TOO_LARGE = DENSE.astype(float)
TOO_LARGE[1, 0, 1] = 1e300
NO_FEATURE = np.empty((3, 0), dtype=np.float32)


class TestTablesInAList:
    @pytest.mark.parametrize(
        ("bad", "held"),
        [
            (["n", "s"], "no numbers"),
            (pd.to_datetime(["2024", "2025"]), "times"),
        ],
    )
    def test_a_column_without_numbers_is_named(self, bad, held):
        good = pd.DataFrame({"load": [1.0, 2.0], "side": [0.0, 1.0]})
        message = rf"Column 'side' of sample 1 of X holds {held} .*pd\.concat\(X\)"
        with pytest.raises(ValueError, match=message):
            check([good, good.assign(side=bad)])

    @pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
    def test_a_bad_value_tells_its_column(self, value, word):
        good = pd.DataFrame({"load": [1.0, 2.0], "side": [0.0, 1.0]})
        bad = good.assign(side=[3.0, value])
        message = rf"{word}.* sample 1, step 1.* feature.* 'side'"
        with pytest.raises(ValueError, match=message):
            check([good[:1], bad, good])
        unnamed = [table.to_numpy() for table in (good[:1], bad)]
        with pytest.raises(ValueError, match=rf"{word}.* sample 1, step 1.* feature 1"):
            check(unnamed)


class TestRefusals:
    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (np.ones(3), "Expected 2D array, got 1D array instead"),
            ([1.0, 2.0], "Expected 2D array, got 1D array instead"),
            ([], "Expected 2D array, got 1D array instead"),
            (np.ones((1, 2, 3, 4)), r"Net expects X of shape .*Got shape \(1, 2, 3, 4"),
            (np.ones((0, 2)), r"Found array with 0 sample\(s\)"),
            (np.ones((0, 2, 2)), r"Found array with 0 sample\(s\)"),
            (Sequences.from_list([]), "Found 0 sequences while a minimum of 1"),
            (np.ones((2, 0)), r"Found array with 0 feature\(s\)"),
            (np.ones((2, 3, 0)), r"one time step and one feature. Got .*\(2, 3, 0\)"),
            (np.ones((2, 0, 3)), r"one time step and one feature. Got .*\(2, 0, 3\)"),
            ([NO_FEATURE], r"Found array with 0 feature\(s\)"),
            (
                Sequences(NO_FEATURE, np.array([0]), np.array([3])),
                "Found 0 features while a minimum of 1 is required by Net",
            ),
            (np.array([["a", "b"]]), "not compatible with arrays of bytes/strings"),
            (np.array([["a", 1]], dtype=object), "could not convert string to float"),
            ([np.array([["a"]])], "not compatible with arrays of bytes/strings"),
            (DENSE * 1j, "Complex data not supported"),
            ([DENSE[0] * 1j], "Complex data not supported"),
            ([DENSE, DENSE[0]], "Found array with dim 3"),
            ([DENSE[0], 3.0], r"Sequence 1 has shape \(\)"),
            ([DENSE[0], DENSE[1, :, :1]], r"same number of features.*Got \[1, 2\]"),
            (INFINITE, "sample 0, step 1, feature 1"),
            (list(INFINITE), "sample 0, step 1, feature 1"),
            (TOO_LARGE, "infinity .*float32.*sample 1, step 0, feature 1"),
            (list(TOO_LARGE), "infinity .*float32.*sample 1, step 0, feature 1"),
            (PARTLY_NAN, "sample 1, step 2 has NaN in feature 0 but not in all"),
            (list(PARTLY_NAN), "sample 1, step 2 has NaN in feature 0 but not in all"),
        ],
    )
    def test_bad_values(self, X, message):
        with pytest.raises(ValueError, match=message):
            check(X)

    @pytest.mark.parametrize("X", [csr_matrix(np.eye(3)), [csr_matrix(np.eye(3))]])
    def test_sparse(self, X):
        with pytest.raises(TypeError, match="Sparse data was passed for X"):
            check(X)

    def test_sequences_made_by_hand_are_checked(self):
        rows = np.array([[np.nan, 1.0]], dtype=np.float32)
        with pytest.raises(ValueError, match="sample 0, step 0 has NaN in feature 0"):
            check(Sequences(rows, np.array([0]), np.array([1])))

    def test_channels_that_do_not_divide(self):
        with pytest.raises(
            ValueError, match=r"6 columns are no multiple of n_chann.*4"
        ):
            check(DENSE.reshape(2, 6), n_channels=4)

    @pytest.mark.parametrize(
        "X",
        [
            np.ones((2, 3, 5)),
            list(np.ones((2, 3, 5))),
            Sequences.from_array(np.ones((2, 3, 5))),
        ],
    )
    def test_other_features_than_in_fit(self, X):
        estimator = Net()
        check(DENSE, estimator)
        sentence = "X has 5 features, but Net is expecting 2 features as input"
        with pytest.raises(ValueError, match=sentence):
            check(X, estimator, reset=False)

    def test_other_columns_than_in_fit(self):
        estimator = Net()
        check(pd.DataFrame({"a": [1.0], "b": [2.0]}), estimator)
        with pytest.raises(ValueError, match="feature names should match"):
            check(pd.DataFrame({"b": [1.0], "a": [2.0]}), estimator, reset=False)

    def test_other_number_of_columns_than_in_fit(self):
        estimator = Net()
        check(np.ones((1, 2)), estimator)
        sentence = "X has 3 features, but Net is expecting 2 features as input"
        with pytest.raises(ValueError, match=sentence):
            check(np.ones((1, 3)), estimator, reset=False)


@pytest.mark.parametrize(
    ("start", "stop"), [(-1, 2), (-(10**12), 1), (2, 6), (3, 2), (9, 9), (10**12, 5)]
)
def test_sequences_outside_their_rows_are_refused(start, stop):
    sequences = Sequences(
        np.zeros((5, 1), np.float32), np.array([0, start]), np.array([5, stop])
    )
    message = rf"0 <= start <= stop <= 5.*sequence 1 from {start} to {stop}"
    with pytest.raises(ValueError, match=message):
        check(sequences)
