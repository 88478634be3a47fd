"""Rows of several series -> scaled; the copied column as changes within a series."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.sequences import TargetColumns
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._stream_scaling import scale_next_row, scale_stream

COPIED = TargetColumns(np.array([1]), np.array([1.0]), np.array([0.0]))
FIRSTS = np.array([0, 7, 8])


@pytest.fixture
def rows():
    walk = np.random.default_rng(0).normal(size=(20, 3)).cumsum(axis=0)
    return (walk * [1, 3, 0.2] + [0, 7, -4]).astype(np.float32)


def fitted(rows, norm):
    windows = Sequences(rows, np.arange(20), np.arange(20) + 1)
    targets = rows[:, [1]].astype(np.float64)
    scaler = SequenceScaler(True, norm, COPIED, stream=True)
    return scaler.fit(windows, targets, np.ones(20))


def test_equals_a_loop_over_the_rows(rows):
    scaler = fitted(rows, "last")
    scaled = scale_stream(scaler, rows, FIRSTS)
    for i, row in enumerate(rows):
        before = row if i in FIRSTS else rows[i - 1]
        expected = (row - scaler.mean_) / scaler.scale_
        expected[1] = (row[1] - before[1]) / scaler.scale_[1]
        assert_allclose(scaled[i], expected, rtol=1e-4, atol=1e-5)


def test_leaves_the_rows_as_they_were(rows):
    before = rows.copy()
    scale_stream(fitted(rows, "last"), rows, FIRSTS)
    assert_array_equal(rows, before)


def test_nothing_is_a_change_where_no_column_is_copied(rows):
    scaler = fitted(rows, None)
    assert_array_equal(scale_stream(scaler, rows, FIRSTS), scaler.scale_rows(rows))


@pytest.mark.parametrize("norm", ["last", None])
def test_one_row_has_the_same_bits_as_among_others(rows, norm):
    scaler = fitted(rows, norm)
    scaled = scale_stream(scaler, rows, FIRSTS)
    for i, row in enumerate(rows):
        last = row if i in FIRSTS else rows[i - 1]
        assert_array_equal(scale_next_row(scaler, last, row), scaled[i])


def test_a_last_series_without_rows_changes_nothing(rows):
    scaler, more = fitted(rows, "last"), np.append(FIRSTS, len(rows))
    assert_array_equal(
        scale_stream(scaler, rows, more), scale_stream(scaler, rows, FIRSTS)
    )


def test_no_rows(rows):
    nothing = scale_stream(fitted(rows, "last"), rows[:0], np.empty(0, dtype=int))
    assert nothing.shape == (0, 3)


def test_other_features_than_in_training(rows):
    with pytest.raises(ValueError, match="has 2 features per time step, but was fitt"):
        scale_stream(fitted(rows, "last"), rows[:, :2], FIRSTS)
