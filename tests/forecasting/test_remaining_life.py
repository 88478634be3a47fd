"""rul_targets, last_row_per_group and the score of the PHM 2008 challenge."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_score

from sklearn_rnn.datasets import load_nasa_battery
from sklearn_rnn.forecasting import (
    last_row_per_group,
    rul_score,
    rul_scorer,
    rul_targets,
)

UNITS = ["b", "a", "b", "b", "a"]
TABLE = pd.DataFrame(
    {"sensor": range(5)},
    index=pd.MultiIndex.from_arrays(
        [[2, 2, 2, 7, 7], [1, 2, 3, 1, 2]], names=["unit", "cycle"]
    ),
)


class TestTargets:
    @given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 10))
    def test_count_the_rows_behind(self, units, cap):
        left = [units[row + 1 :].count(unit) for row, unit in enumerate(units)]
        np.testing.assert_array_equal(rul_targets(units, None), left)
        np.testing.assert_array_equal(rul_targets(units, cap), np.minimum(left, cap))

    def test_default_cap(self):
        assert rul_targets(np.zeros(200)).max() == 125

    def test_of_a_table_are_on_its_index(self):
        labels = rul_targets(TABLE)
        expected = pd.Series([2.0, 1, 0, 1, 0], index=TABLE.index, name="rul")
        pd.testing.assert_series_equal(labels, expected)
        np.testing.assert_array_equal(rul_targets(TABLE.index), expected)
        np.testing.assert_array_equal(rul_targets(TABLE["sensor"]), expected)

    def test_of_a_column_of_ids(self):
        labels = rul_targets(pd.Series(UNITS, index=range(10, 15)))
        assert labels.to_dict() == {10: 2, 11: 1, 12: 1, 13: 0, 14: 0}

    def test_of_parts_that_count_their_rows_each(self):
        parts = [pd.Series(["b"] * 3), pd.Series(["a"] * 2)]
        assert rul_targets(pd.concat(parts)).tolist() == [2, 1, 0, 1, 0]

    def test_an_index_that_is_no_time_is_not_asked_for_order(self):
        assert rul_targets(pd.Series(["a", "a"], index=["y", "x"])).tolist() == [1, 0]

    @pytest.mark.parametrize("at_end", [{7: 10, 2: 5}, pd.Series([5, 10], [2, 7])])
    def test_of_units_that_were_stopped_before(self, at_end):
        labels = rul_targets(TABLE, cap=8, at_end=at_end)
        np.testing.assert_array_equal(labels, [7, 6, 5, 8, 8])

    def test_one_number_for_all(self):
        np.testing.assert_array_equal(rul_targets(UNITS, at_end=3), [5, 4, 4, 3, 3])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"cap": 0}, "cap == 0, must be > 0"),
            ({"at_end": {"a": 3}}, "an at_end without the unit 'b'"),
            ({"groups": np.zeros((2, 2))}, "rul_targets expects one id per row, or a"),
            ({"groups": ["a", None]}, "rul_targets expects a group id for every row"),
            ({"groups": TABLE[::-1]}, "expects the index to increase within each"),
            ({"groups": pd.DataFrame({"a": [1]})}, "one id per row, or a table with a"),
            ({"groups": pd.DataFrame({"a": [1]})}, r"pass the column .* df\['unit'\]"),
            (
                {"groups": pd.Series(UNITS, index=[4, 0, 1, 2, 3])},
                "Index 1 comes after 4",
            ),
            ({"groups": pd.Series(UNITS, index=[0] * 5)}, "Index 0 comes after 0"),
        ],
    )
    def test_bad_input_is_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            rul_targets(**{"groups": UNITS} | arguments)


class TestLastRows:
    @given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
    def test_are_found_in_order_of_appearance(self, units):
        expected = [
            len(units) - 1 - units[::-1].index(unit) for unit in dict.fromkeys(units)
        ]
        assert last_row_per_group(units).tolist() == expected

    def test_out_of_order_are_refused(self):
        units = pd.Series(["a", "a", "a", "b", "b"], index=[2, 0, 1, 4, 3])
        with pytest.raises(ValueError, match=r"last_row_per_group .* Index 0 comes"):
            last_row_per_group(units)
        assert last_row_per_group(units.sort_index()).tolist() == [2, 4]

    def test_of_a_table(self):
        assert last_row_per_group(TABLE).tolist() == [2, 4]
        data = load_nasa_battery()
        lasts = data.iloc[last_row_per_group(data)]
        assert lasts.index.tolist() == [
            ("B0005", 168), ("B0006", 168), ("B0007", 168), ("B0018", 132)
        ]  # fmt: skip


class TestScore:
    def test_late_is_worse_than_early(self):
        assert rul_score([50], [63]) == pytest.approx(np.exp(1.3) - 1)
        assert rul_score([50], [37]) == pytest.approx(np.e - 1)
        assert rul_score([50, 20], [50, 20]) == 0

    def test_is_a_weighted_sum(self):
        true, predicted = [10.0, 20, 30], [12.0, 15, 30]
        parts = [rul_score([t], [p]) for t, p in zip(true, predicted, strict=True)]
        assert rul_score(true, predicted) == pytest.approx(sum(parts))
        weighted = rul_score(true, predicted, sample_weight=[1, 3, 1])
        assert weighted == pytest.approx(parts[0] + 3 * parts[1])

    def test_absurd_errors_are_infinite(self):
        assert rul_score([0], [1e6]) == np.inf

    def test_scorer_is_its_negative(self):
        y = np.arange(30.0)
        model = DummyRegressor().fit(y[:, None], y)
        assert rul_scorer(model, y[:, None], y) == -rul_score(y, np.full(30, 14.5))
        scores = cross_val_score(model, y[:, None], y, cv=3, scoring=rul_scorer)
        assert (scores < 0).all()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([1, np.nan], [1, 2]), "Input y_true contains NaN"),
            (([1, 2], [1]), "inconsistent numbers of samples"),
            (([[1, 2], [3]], [[1, 2], [3]]), r"rul_score expects a target for each sa"),
            ((np.ones((2, 3, 1)), [1, 2]), r"Got one for each step.*np\.concatenate"),
            (([[1, 2]], [[1, 2]]), r"rul_score expects y_true and y_pred of shape \(n"),
        ],
    )
    def test_bad_input_is_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            rul_score(*arguments)
