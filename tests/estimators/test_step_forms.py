"""X in any form -> where its steps stand; what belongs to steps there and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_rnn import Sequences, SequenceWindower
from sklearn_rnn.estimators._step_forms import find_step_form, has_steps

NAN = np.nan


@st.composite
def dense(draw):
    """Draw an array (n, T, 2) of numbers, with absent steps anywhere."""
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    real = draw(st.lists(st.booleans(), min_size=shape[0] * shape[1], max_size=20))
    values = np.arange(2.0 * shape[0] * shape[1]).reshape(*shape, 2)
    values[~np.array(real[: shape[0] * shape[1]]).reshape(shape)] = NAN
    return values


@given(X=dense())
def test_packing_brings_real_steps_to_the_front_and_back(X):
    form = find_step_form(X, None, tokens=False)
    packed = form.pack(X)
    for steps, row in zip(X, packed, strict=True):
        real = steps[~np.isnan(steps[:, 0])]
        np.testing.assert_array_equal(row[: len(real)], real)
        assert np.isnan(row[len(real) :]).all()
    np.testing.assert_array_equal(form.unpack(packed), X)
    assert form.has_absent == np.isnan(X).any()


@given(X=dense())
def test_a_list_comes_back_as_a_list(X):
    parts = [steps[: i + 1] for i, steps in enumerate(X)]
    form = find_step_form(parts, None, tokens=False)
    back = form.unpack(form.pack(form.read_targets(parts)))
    assert [len(part) for part in back] == [len(part) for part in parts]
    for one, other in zip(back, parts, strict=True):
        np.testing.assert_array_equal(one, other)


@given(X=dense())
def test_sequences_stand_at_the_end_as_in_their_array(X):
    sequences = Sequences.from_array(X.astype(np.float32))
    form = find_step_form(sequences, None, tokens=False)
    expected = sequences.to_array()
    np.testing.assert_array_equal(form.real, ~np.isnan(expected[:, :, 0]))


def test_windows_over_absent_rows():
    table = pd.DataFrame({"a": [0.0, 1.0, NAN, 3.0, 4.0]})
    windows = SequenceWindower(3).fit_transform(table)
    form = find_step_form(windows, None, tokens=False)
    np.testing.assert_array_equal(
        form.real, ~np.isnan(np.asarray(windows)[:, -form.real.shape[1] :, 0])
    )


def test_padding_of_tokens_is_absent():
    form = find_step_form(np.array([[0, 3, 1], [2, 0, 0]]), None, tokens=True)
    np.testing.assert_array_equal(form.real, [[0, 1, 1], [1, 0, 0]])
    numbers = find_step_form(np.array([[0, 3, 1], [2, 0, 0]]), None, tokens=False)
    assert numbers.real.all()


def test_columns_of_several_channels_are_steps():
    flat = np.array([[1.0, 2.0, NAN, NAN, 5.0, 6.0]])
    form = find_step_form(flat, 2, tokens=False)
    np.testing.assert_array_equal(form.real, [[1, 0, 1]])


def test_labels_at_absent_steps_are_none():
    X = np.array([[1.0, NAN, 2.0]])[:, :, None]
    form = find_step_form(X, None, tokens=False)
    labels = np.array([["a", "b"]], dtype=object)
    assert form.unpack(labels).tolist() == [["a", None, "b"]]


def test_nothing_is_left_over_behind_short_arrays():
    """What stood in memory there may be infinite, or negative where counts are due."""
    X = [np.zeros((n, 1)) for n in (1, 9, 3)]
    form = find_step_form(X, None, tokens=False)
    targets = form.read_targets([np.ones(n) for n in (1, 9, 3)])
    np.testing.assert_array_equal(targets.sum(axis=1), [1, 9, 3])


@pytest.mark.parametrize(
    ("X", "y", "expected"),
    [
        (np.zeros((2, 3, 1)), np.zeros((2, 3, 1)), True),
        (np.zeros((2, 3, 1)), np.zeros((2, 3)), False),  # three outputs
        (np.zeros((2, 3, 1)), [[0, 0, 0], [0, 0, 0]], False),
        ([np.zeros(3), np.zeros(2)], [np.zeros(3), np.zeros(2)], True),
        ([np.zeros(3), np.zeros(3)], [np.zeros(3), np.zeros(3)], True),
        ([np.zeros(3), np.zeros(2)], [[0.0, 0.0], [0.0, 0.0]], False),
        ([np.zeros(3), np.zeros(2)], [np.zeros((3, 2)), np.zeros((2, 2))], True),
        ([np.zeros(3), np.zeros(2)], [0.0, 1.0], False),
        (np.zeros((2, 3)), [], False),
        ([np.zeros(3), np.zeros(2)], [pd.Series([0, 0, 0]), pd.Series([0, 0])], True),
        ([np.zeros(2), np.zeros(2)], [pd.DataFrame(np.zeros((2, 2)))] * 2, True),
        ([np.zeros(3), np.zeros(2)], pd.Series([np.zeros(3), np.zeros(2)]), True),
        ([np.zeros(3), np.zeros(2)], pd.Series(["a", "b"], dtype=object), False),
    ],
)
def test_a_y_with_steps_is_known_by_its_form(X, y, expected):
    assert has_steps(X, y) is expected
