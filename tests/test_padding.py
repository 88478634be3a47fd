"""pad_sequences, unpad_sequences: round trips, types, sides, lengths, messages."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_rnn import LSTMRegressor, Sequences, pad_sequences, unpad_sequences

SIDE = st.sampled_from(["left", "right"])
FLOATS = [np.float32, np.float64]
INTEGERS = [np.int8, np.uint16, np.int32, np.int64, np.bool_]


@st.composite
def ragged_lists(draw, dtypes):
    """Draw arrays of any length, empty ones too, of one width and type."""
    lengths = draw(st.lists(st.integers(0, 5), max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    n_features = draw(st.integers(1, 3))
    dtype = draw(st.sampled_from(dtypes))
    return [(99 * rng.random((n, n_features))).astype(dtype) for n in lengths]


def assert_equal_lists(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert_array_equal(one, other, strict=True)


class TestRoundTrips:
    @given(ragged_lists(FLOATS), SIDE, st.integers(0, 3) | st.none())
    def test_nan_needs_no_lengths(self, arrays, side, extra):
        longest = max(map(len, arrays), default=0)
        length = None if extra is None else longest + extra
        padded = pad_sequences(arrays, side=side, length=length)
        width = arrays[0].shape[1] if arrays else 0
        assert padded.shape == (len(arrays), longest + (extra or 0), width)
        assert_equal_lists(unpad_sequences(padded), arrays)

    @given(ragged_lists(FLOATS + INTEGERS), SIDE, st.sampled_from([0, 1]))
    def test_another_value_needs_lengths(self, arrays, side, value):
        padded = pad_sequences(arrays, side=side, value=value)
        lengths = [len(steps) for steps in arrays]
        found = unpad_sequences(padded, lengths, side=side)
        assert len(found) == len(arrays)
        for one, other in zip(found, arrays, strict=True):
            assert_array_equal(one, other)
            assert one.dtype == padded.dtype
            assert not np.shares_memory(one, padded)

    @given(ragged_lists(FLOATS), SIDE)
    def test_real_steps_stand_on_the_other_side(self, arrays, side):
        for filled, steps in zip(
            pad_sequences(arrays, side=side, value=-1.5), arrays, strict=True
        ):
            n_added = len(filled) - len(steps)
            added = filled[:n_added] if side == "left" else filled[len(steps) :]
            real = filled[n_added:] if side == "left" else filled[: len(steps)]
            assert_array_equal(real, steps)
            assert_array_equal(added, np.full(added.shape, -1.5))

    @given(ragged_lists([np.float32]), SIDE)
    def test_read_as_the_list_is(self, arrays, side):
        padded = pad_sequences(arrays, side=side, length=6)
        if arrays:
            assert_equal_lists(Sequences.from_array(padded).to_list(), arrays)
        sequences = Sequences.from_list(arrays)
        assert_array_equal(pad_sequences(sequences, side="left"), sequences.to_array())
        assert_array_equal(
            pad_sequences(sequences, side=side), pad_sequences(arrays, side=side)
        )


def test_a_network_reads_it_without_more_ado():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in (3, 5, 1, 4)]
    net = LSTMRegressor(3, max_epochs=1, random_state=0).fit(pad_sequences(X), range(4))
    assert_array_equal(net.predict(pad_sequences(X, side="left")), net.predict(X))


class TestForms:
    def test_one_axis_is_one_feature(self):
        padded = pad_sequences([[1.0, 2.0], np.array([3.0])])
        assert_array_equal(padded, [[[1.0], [2.0]], [[3.0], [np.nan]]])

    @pytest.mark.parametrize(
        "form",
        [
            pytest.param(tuple, id="tuple"),
            pytest.param(iter, id="iterator"),
            pytest.param(pd.Series, id="Series of arrays"),
            pytest.param(lambda X: [pd.DataFrame(x) for x in X], id="DataFrames"),
            pytest.param(lambda X: [x.tolist() for x in X], id="nested lists"),
            pytest.param(lambda X: [torch.as_tensor(x) for x in X], id="tensors"),
            pytest.param(lambda X: pad_sequences(X, side="left"), id="padded already"),
        ],
    )
    def test_whatever_holds_arrays(self, form):
        X = [np.arange(6.0).reshape(3, 2), np.ones((1, 2))]
        assert_equal_lists(unpad_sequences(pad_sequences(form(X))), X)

    @pytest.mark.parametrize("form", [np.asarray, pd.DataFrame])
    def test_a_table_has_one_sequence_per_row(self, form):
        table = np.arange(6.0).reshape(2, 3)
        assert_array_equal(pad_sequences(form(table)), table[:, :, None])

    def test_a_sequence_keeps_its_axes_on_the_way_back(self):
        flat = pad_sequences([[1.0, 2.0], [3.0]])[:, :, 0]
        assert_equal_lists(
            unpad_sequences(flat), [np.array([1.0, 2.0]), np.array([3.0])]
        )

    def test_steps_inside_are_absent_too(self):
        gap = [[[1.0], [np.nan], [3.0]]]
        assert_array_equal(unpad_sequences(gap), [[[1.0], [3.0]]])
        assert_array_equal(unpad_sequences(gap, [3]), gap)

    def test_partly_nan_is_a_real_step(self):
        partly = np.array([[1.0, np.nan], [np.nan, np.nan]])
        assert_array_equal(unpad_sequences([partly]), [partly[:1]])

    def test_integers_have_no_absent_steps(self):
        X = np.zeros((2, 3, 1), dtype=int)
        assert_equal_lists(unpad_sequences(X), list(X))
        assert not np.shares_memory(unpad_sequences(X)[0], X)


class TestNothing:
    @pytest.mark.parametrize("length", [None, 3])
    def test_zero_sequences(self, length):
        padded = pad_sequences([], length=length)
        assert padded.shape == (0, length or 0, 0)
        assert padded.dtype == np.float64
        assert unpad_sequences(padded) == []
        assert unpad_sequences(padded, []) == []

    def test_a_sequence_without_steps_fits_to_any_width(self):
        padded = pad_sequences([np.ones((2, 3), dtype=np.float32), []])
        assert padded.shape == (2, 2, 3)
        assert padded.dtype == np.float32
        assert [len(steps) for steps in unpad_sequences(padded)] == [2, 0]
        assert Sequences.from_list([np.ones((2, 3)), []]).shape == (2, 2, 3)

    def test_only_sequences_without_steps(self):
        padded = pad_sequences([np.empty((0, 2))] * 3, length=4)
        assert padded.shape == (3, 4, 2)
        assert np.isnan(padded).all()


class TestTypes:
    @pytest.mark.parametrize("dtype", FLOATS)
    @pytest.mark.parametrize("value", [np.nan, 0, -1, 0.5, np.float64(2)])
    def test_floats_are_kept(self, dtype, value):
        assert pad_sequences([np.ones(2, dtype)], value=value).dtype == dtype

    @pytest.mark.parametrize("dtype", INTEGERS)
    @pytest.mark.parametrize("value", [np.nan, 0.0])
    def test_integers_become_floats(self, dtype, value):
        padded = pad_sequences([np.ones(2, dtype)], length=3, value=value)
        assert padded.dtype == np.float64
        assert_array_equal(padded[0, :, 0], [1, 1, value])

    @pytest.mark.parametrize("value", [0, -1, 300, np.int64(-1)])
    def test_integers_with_an_integer_stay(self, value):
        padded = pad_sequences([np.ones(2, np.uint8)], length=3, value=value)
        assert padded.dtype.kind in "iu"
        assert_array_equal(padded[0, :, 0], [1, 1, value])

    def test_the_widest_type_wins(self):
        mixed = [np.ones(1, np.float32), np.ones(2, np.int64), np.ones(1, np.int8)]
        assert pad_sequences(mixed).dtype == np.float64
        assert pad_sequences(mixed[::2]).dtype == np.float32


class TestMessages:
    @pytest.mark.parametrize(
        ("X", "options", "error", "message"),
        [
            (
                [[1, 2], [1, 2, 3]],
                {"length": 2},
                ValueError,
                r"Sequence 1 has 3 time steps, more than length=2\..*cuts nothing off\."
                r" Pass X=\[steps\[-length:\] for steps in X\]",
            ),
            ([[1]], {"length": -1}, ValueError, "more than length=-1"),
            ([[1]], {"length": 2.0}, TypeError, r"integer length\. Got 2\.0"),
            ([[1]], {"side": "pre"}, ValueError, "side 'left' or 'right'. Got 'pre'"),
            ([[1]], {"value": None}, TypeError, "real number as value. Got None"),
            ([[1]], {"value": "0"}, TypeError, "real number as value. Got '0'"),
            (
                [np.ones((2, 3)), np.ones((2, 3)), np.ones((1, 2))],
                {},
                ValueError,
                r"Got \[2, 3\]: sequence 0 has 3, sequence 2 has 2",
            ),
            ([[1.0], np.ones((1, 2, 2))], {}, ValueError, r"Sequence 1 has shape \(1,"),
            ([1, 2], {}, ValueError, r"Sequence 0 has shape \(\)"),
            ([[1.0], ["a"]], {}, TypeError, r"Sequence 1 has dtype <U1; convert it"),
            ([[1j]], {}, TypeError, "Sequence 0 has dtype complex128"),
        ],
    )
    def test_pad(self, X, options, error, message):
        with pytest.raises(error, match=message):
            pad_sequences(X, **options)

    @pytest.mark.parametrize(
        ("X", "options", "error", "message"),
        [
            (np.ones(3), {}, ValueError, r"X of shape .*Got shape \(3,\)"),
            ([["a"]], {}, TypeError, "expects real numbers. Got dtype <U1"),
            ([[1]], {"side": "post"}, ValueError, "unpad_sequences expects side"),
            ([[1]], {"lengths": [1, 1]}, ValueError, r"each of the 1 .*shape \(2,\)"),
            ([[1]], {"lengths": [1.0]}, TypeError, "integer lengths. Got dtype float"),
            ([[1], [1]], {"lengths": [1, 2]}, ValueError, "Sequence 1 has 1 time .* 2"),
            ([[1]], {"lengths": [-1]}, ValueError, "Got length -1"),
        ],
    )
    def test_unpad(self, X, options, error, message):
        with pytest.raises(error, match=message):
            unpad_sequences(X, **options)
