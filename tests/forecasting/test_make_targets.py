"""make_targets: next values of the same series, NaN where it has ended."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.forecasting import make_targets

NAN = np.nan
HOURS = pd.date_range("2024-01-01", periods=2, freq="h")


def test_columns_are_the_next_values():
    np.testing.assert_array_equal(
        make_targets([1.0, 2.0, 3.0], 2), [[1, 2], [2, 3], [3, NAN]]
    )


def test_first_step_moves_all_columns():
    np.testing.assert_array_equal(
        make_targets([1.0, 2.0, 3.0, 4.0], 2, first_step=1),
        [[2, 3], [3, 4], [4, NAN], [NAN, NAN]],
    )


@given(
    codes=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    horizon=st.integers(1, 6),
    first_step=st.integers(0, 3),
)
def test_equal_to_a_loop_over_interleaved_groups(codes, horizon, first_step):
    y = np.arange(len(codes), dtype=float)
    expected = np.full((len(codes), horizon), NAN)
    for row, code in enumerate(codes):
        own = [later for later in range(row, len(codes)) if codes[later] == code]
        for k in range(horizon):
            if first_step + k < len(own):
                expected[row, k] = y[own[first_step + k]]
    found = make_targets(y, horizon, codes, first_step=first_step)
    np.testing.assert_array_equal(found, expected)


def test_several_outputs_have_an_axis_of_their_own():
    y = np.arange(12.0).reshape(6, 2)
    groups = [0, 1, 0, 1, 0, 1]
    targets = make_targets(y, 3, groups)
    assert targets.shape == (6, 3, 2)
    for k in range(2):
        np.testing.assert_array_equal(
            targets[:, :, k], make_targets(y[:, k], 3, groups)
        )


def test_a_series_keeps_its_index_and_names_its_groups_by_it():
    _, y = make_battery_fade(5, n_cells=2, random_state=0)
    targets = make_targets(y, 3)
    assert targets.index is y.index
    assert targets.columns.tolist() == [0, 1, 2]
    for cell, rows in y.groupby("cell"):
        expected = pd.concat([rows.shift(-k) for k in range(3)], axis=1)
        np.testing.assert_array_equal(targets.loc[[cell]], expected)


def test_groups_given_beside_a_series_count():
    y = pd.Series([1, 2, 3, 4], name="load")
    targets = make_targets(y, 2, groups=["a", "b", "a", "b"])
    np.testing.assert_array_equal(targets[1], [3, 4, NAN, NAN])
    assert targets.dtypes.tolist() == [np.float64, np.float64]


def test_the_windower_finds_the_column_and_a_network_learns_from_it():
    X, y = make_battery_fade(40, n_cells=2, random_state=0)
    windower = SequenceWindower(5)
    pipe = make_pipeline(windower, RNNRegressor(4, max_epochs=2, random_state=0))
    targets = make_targets(y, 4)
    pipe.fit(X, targets)
    assert pipe[-1].target_feature_ == ["capacity"] * 4
    assert windower.target_columns_.leads.tolist() == [0, 1, 2, 3]
    windower = SequenceWindower(5, horizon=0).fit(X, make_targets(y, 4, first_step=1))
    assert windower.target_columns_.leads.tolist() == [1, 2, 3, 4]


def test_unknown_values_stay_unknown():
    np.testing.assert_array_equal(
        make_targets([1.0, NAN, 3.0], 2), [[1, NAN], [NAN, 3], [3, NAN]]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], 0), "horizon == 0, must be >= 1"),
        (([1.0, np.inf], 1), "Input y contains infinity"),
        (([1.0, 2.0], 1, ["a"]), r"make_targets expects groups of shape \(n_rows,\)"),
        (([1.0, 2.0], 1, ["a", None]), "Row 1 has none"),
        ((pd.Series([1.0, 2.0], [3, 1]), 1), "Index 1 comes after 3"),
        ((pd.Series([1.0, 2.0], [3, 3]), 1), "Index 3 comes after 3"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_targets(*arguments)


class TestGaps:
    """With max_gap they end a series, where they begin a new window."""

    TIMES = pd.Series([0, 1, 2, 9, 10, 11])

    @pytest.mark.parametrize(
        ("index", "max_gap"),
        [(TIMES, 1), (pd.to_timedelta(TIMES, unit="h"), "1h")],
    )
    def test_no_value_is_taken_from_behind_one(self, index, max_gap):
        y = pd.Series(np.arange(6.0), index)
        targets = make_targets(y, 3, max_gap=max_gap)
        expected = [[0, 1, 2], [1, 2, NAN], [2, NAN, NAN]]
        expected += [[3, 4, 5], [4, 5, NAN], [5, NAN, NAN]]
        np.testing.assert_array_equal(targets, expected)
        runs = (self.TIMES.diff() > 1).cumsum()
        np.testing.assert_array_equal(targets, make_targets(y, 3, runs))
        assert make_targets(y, 3).notna().sum().sum() == 15  # counts rows

    def test_of_interleaved_groups_are_their_own(self):
        y = pd.Series(np.arange(6.0), [0, 0, 1, 5, 2, 6])
        targets = make_targets(y, 2, list("ababab"), max_gap=1)
        np.testing.assert_array_equal(targets[1], [2, NAN, 4, 5, NAN, NAN])

    def test_rows_without_a_window_are_those_without_a_target_before(self):
        X, _ = make_battery_fade(30, n_cells=2, random_state=0)
        X = X.drop(index=[(0, 4), (1, 17), (1, 18)])
        ahead = make_targets(X["capacity"], 1, first_step=1, max_gap=1)
        windower = SequenceWindower(3, max_gap=1).fit(X, make_targets(X["capacity"], 2))
        n_empty = (windower.transform(X).lengths == 0).sum()
        assert n_empty == ahead[1].isna().sum() == 4

    @pytest.mark.parametrize(
        ("y", "max_gap", "message"),
        [
            (pd.Series([1.0, 2.0]), "1h", "make_targets expects max_gap to be a numb"),
            (pd.Series([1.0, 2.0], HOURS), 1, "make_targets expects max_gap to be a d"),
            (pd.Series([1.0, 2.0], HOURS), "-1h", "make_targets .* a positive duratio"),
            ([1.0, 2.0], 1, "with max_gap expects a Series with an index"),
            (pd.Series([1.0, 2.0], ["a", "b"]), 1, "with max_gap expects a Series"),
        ],
    )
    def test_that_do_not_fit_the_index_are_refused(self, y, max_gap, message):
        with pytest.raises(ValueError, match=message):
            make_targets(y, 1, max_gap=max_gap)


def test_a_missing_id_in_the_index_is_refused():
    index = pd.MultiIndex.from_arrays([["a", None], [0, 1]])
    with pytest.raises(ValueError, match="make_targets expects a group id for every"):
        make_targets(pd.Series([1.0, 2.0], index), 1)


def test_an_index_that_is_no_time_is_not_asked_for_order():
    y = pd.Series([1.0, 2.0], ["b", "a"])
    assert make_targets(y, 2).iloc[0].tolist() == [1.0, 2.0]
