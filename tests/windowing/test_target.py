"""X and y -> which feature y is an affine copy of."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.exceptions import TargetLeakWarning
from sklearn_rnn.windowing import SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(500, 4))
FRAME = pd.DataFrame(X, columns=["a", "b", "c", "d"])


def target_of(X, y, **parameters):
    return SequenceWindower(3, **parameters).fit(X, y).target_columns_


@pytest.mark.parametrize(
    "table", [X, FRAME, X.tolist()], ids=["array", "frame", "list"]
)
def test_affine_copy_is_found(table):
    found = target_of(table, 5 - 2 * X[:, 2])
    assert list(found.columns) == [2]
    np.testing.assert_allclose([*found.slopes, *found.intercepts], [-2, 5])


def test_windows_carry_it():
    windower = SequenceWindower(3)
    windows = windower.fit_transform(FRAME, FRAME["b"])
    assert windows.target_columns is windower.target_columns_
    assert windower.transform(FRAME).target_columns is windower.target_columns_


def test_each_output_is_looked_for():
    y = np.column_stack([X[:, 3], RNG.normal(size=500), X[:, 0] * 10])
    found = target_of(X, pd.DataFrame(y))
    assert list(found.columns) == [3, -1, 0]
    np.testing.assert_allclose(found.slopes, [1, 0, 10])


def test_columns_are_counted_among_the_features():
    frame = FRAME.assign(cell="x")[["cell", "a", "b", "c", "d"]]
    assert target_of(frame, FRAME["a"], group_by="cell").columns == [0]
    assert target_of(frame, FRAME["a"], group_by="cell", time_delta=True).columns == [0]


def test_absent_rows_are_left_out():
    frame = FRAME.copy()
    frame.iloc[[0, 7, 499]] = np.nan
    assert target_of(frame, FRAME["d"]).columns == [3]


def test_rows_of_interleaved_groups_are_compared_in_place():
    frame = FRAME.assign(cell=["x", "y"] * 250)
    frame.iloc[3, :4] = np.nan
    assert target_of(frame, FRAME["b"], group_by="cell").columns == [1]


def test_single_precision_copy_of_a_double_target_is_found():
    assert target_of(X.astype(np.float32), X[:, 1]).columns == [1]


@pytest.mark.parametrize(
    "y",
    [
        None,
        RNG.normal(size=500),
        X[:, 0] + 1e-4 * RNG.normal(size=500),
        np.where(np.arange(500) == 77, 9.0, X[:, 0]),  # not among the screened rows
        np.full(500, 3.0),
        np.full(500, np.nan),
        np.array(["yes", "no"] * 250),
        np.ones((500, 2, 2)),
        [[1.0] * (1 + i % 2) for i in range(500)],
    ],
    ids=[
        "none", "noise", "nearly", "one row off", "constant", "nan", "words", "3-D",
        "ragged",
    ],
)  # fmt: skip
def test_anything_else_matches_nothing(y):
    assert target_of(X, y) is None


def test_constant_feature_matches_nothing():
    assert target_of(np.ones((50, 2)), np.arange(50.0)) is None


@pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning")
def test_two_rows_prove_nothing():
    assert target_of(X[:2], X[:2, 0]) is None


def test_leak_is_named_where_the_window_includes_the_row():
    with pytest.warns(TargetLeakWarning, match="Feature 'c' is an exact affine copy"):
        found = target_of(FRAME, 1 + FRAME["c"], horizon=0)
    assert found is None


def test_y_of_another_length_is_refused():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        target_of(X, X[:-1, 0])


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e5])
def test_single_precision_rows_are_found_out_at_any_level(offset):
    """Rows in float32 and targets in float64 differ by rounding alone."""
    walk = np.random.default_rng(0).normal(size=300).cumsum() + offset
    X = np.column_stack([walk, np.roll(walk, 1)]).astype(np.float32)
    found = SequenceWindower(5).fit(X, walk).target_columns_
    assert found.columns.tolist() == [0]


def steps_ahead(values, leads):
    """Make y (n_rows, n_leads) of the values so many rows later, NaN at the end."""
    return np.column_stack([pd.Series(values).shift(-lead) for lead in leads])


class TestLaterSteps:
    """The columns of y may be the next values of one column of X."""

    @pytest.mark.parametrize("leads", [[0, 1, 2, 3], [1, 2, 3]])
    @pytest.mark.parametrize("table", [X, FRAME], ids=["array", "frame"])
    def test_are_found(self, table, leads):
        found = target_of(table, 5 - 2 * steps_ahead(X[:, 2], leads))
        assert found.columns.tolist() == [2] * len(leads)
        assert found.leads.tolist() == leads
        np.testing.assert_allclose(found.slopes, -2)
        np.testing.assert_allclose(found.intercepts, 5)

    def test_of_interleaved_groups_stay_in_their_group(self):
        frame = FRAME.assign(cell=["x", "y", "y", "x", "z"] * 100)
        y = frame.groupby("cell")[["b"]].shift([0, -1, -2])
        found = target_of(frame, y, group_by="cell")
        assert found.columns.tolist() == [1, 1, 1]
        assert found.leads.tolist() == [0, 1, 2]
        assert target_of(frame[["a", "b"]], y).columns.tolist() == [1, -1, -1]

    @pytest.mark.parametrize("first", [0, 1])
    def test_of_a_series_that_repeats_itself(self, first):
        """Half a day later a sine of 24 hours is a negated copy of itself."""
        sine = np.sin(2 * np.pi * np.arange(200) / 24)
        leads = list(range(first, first + 24))
        found = target_of(sine[:, None], steps_ahead(sine, leads))
        assert found.leads.tolist() == leads
        np.testing.assert_allclose(found.slopes, 1)

    def test_that_are_known_beyond_the_table_are_found(self):
        y = steps_ahead(X[:, 0], [0, 1, 2])
        assert target_of(X[:300], y[:300]).leads.tolist() == [0, 1, 2]

    def test_that_are_known_beyond_the_end_of_each_group_are_found(self):
        frame = FRAME.assign(cell=np.repeat(["x", "y"], 250))
        y = frame.groupby("cell")[["b"]].shift([0, -1, -2])
        early = np.arange(500) % 250 < 200
        found = target_of(frame[early], y[early], group_by="cell")
        assert found.leads.tolist() == [0, 1, 2]

    def test_behind_absent_rows_are_found(self):
        frame = FRAME.copy()
        frame.iloc[[3, 7, 8, 499]] = np.nan
        found = target_of(frame, steps_ahead(frame["d"], [0, 1, 2]))
        assert found.columns.tolist() == [3, 3, 3]

    def test_one_step_off_is_no_copy(self):
        y = steps_ahead(X[:, 0], [0, 1, 2])
        y[77, 2] += 1e-3
        assert target_of(X, y).columns.tolist() == [0, 0, -1]

    def test_are_no_leak_where_the_window_includes_the_row(self):
        found = target_of(FRAME, steps_ahead(X[:, 1], [1, 2]), horizon=0)
        assert found.columns.tolist() == [1, 1]
        with pytest.warns(TargetLeakWarning, match="Feature 'b' is an exact affine"):
            assert target_of(FRAME, steps_ahead(X[:, 1], [0, 1]), horizon=0) is None

    def test_a_single_target_may_be_the_next_value(self):
        found = target_of(X[:-1], X[1:, 3], horizon=0)
        assert (found.columns.tolist(), found.leads.tolist()) == ([3], [1])


def test_unknown_targets_are_left_out():
    y = np.column_stack([X[:, 1], X[:, 2]])
    y[::3, 0] = y[1::3, 1] = np.nan
    assert target_of(X, y).columns.tolist() == [1, 2]
    y[:] = np.nan
    assert target_of(X, y) is None


class TestOrderOfLabels:
    """Targets belong to rows by position; a y in another order is told so."""

    DAYS = FRAME[:50].set_index(pd.date_range("2020", periods=50))

    @pytest.mark.parametrize("columns", ["a", ["a", "b"]])
    def test_another_order(self, columns):
        y = self.DAYS[columns].iloc[::-1]
        with pytest.warns(
            UserWarning, match=r"another order.*y\.loc\[X\.index\]"
        ) as got:
            SequenceWindower(3).fit(self.DAYS, y)
        assert [warning.filename for warning in got] == [__file__]
        found = target_of(self.DAYS, y.loc[self.DAYS.index])
        assert found.columns[0] == 0

    def test_of_several_levels(self):
        index = pd.MultiIndex.from_product([["x", "y"], range(25)])
        table = FRAME[:50].set_index(index)
        with pytest.warns(UserWarning, match="another order"):
            SequenceWindower(3).fit(table, table["a"].sort_values())

    @pytest.mark.parametrize(
        "y",
        [
            DAYS["a"],
            DAYS["a"].to_numpy()[::-1],
            DAYS["a"].reset_index(drop=True),
            DAYS["a"].set_axis(DAYS.index + pd.Timedelta("1h")),
            DAYS["a"].set_axis(DAYS.index[[0] * 50]),
        ],
        ids=["the same", "array", "new index", "other labels", "one label"],
    )
    def test_no_alarm(self, y):
        SequenceWindower(3).fit(self.DAYS, y)

    def test_no_alarm_where_only_the_table_is_numbered_anew(self):
        in_order = FRAME[:50].sort_values("a")
        SequenceWindower(3).fit(in_order.reset_index(drop=True), in_order["a"])

    def test_no_alarm_where_the_levels_differ(self):
        index = pd.MultiIndex.from_product([["x", "y"], range(25)])
        y = self.DAYS["a"].set_axis(np.arange(50) + 7)
        SequenceWindower(3).fit(self.DAYS.set_axis(index), y)
