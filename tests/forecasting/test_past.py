"""Rows to come: of each group, known beforehand or not, on an index that goes on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from waves import assert_same, interleaved, net, ridge, rows_to_come, waves

from sklearn_rnn import SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.forecasting import forecast

RNG = np.random.default_rng(0)
N_STEPS = 7

LATER = pytest.mark.filterwarnings("ignore:forecast goes on of group")

FRAME = waves()


class TestGroups:
    """Rows of groups may be interleaved; each goes on by itself."""

    def slow(self, slow_loop, pipe, frame):
        expected = {}
        for name, rows in frame.groupby("cell"):
            index = rows.index[-1] + np.arange(1, N_STEPS + 1)
            coming = rows_to_come(index, "a", cell=name)
            expected[name] = slow_loop(pipe, frame, coming, ["a"])[:, 0]
        return expected

    @pytest.mark.parametrize("flatten", [True, False])
    def test_named_by_a_column(self, slow_loop, flatten):
        frame = interleaved()
        frame.index = frame.groupby("cell").cumcount() + 100
        pipe = make_pipeline(SequenceWindower(4, group_by="cell"), net())
        if flatten:
            pipe = ridge(group_by="cell")
        pipe.fit(frame, frame["a"])
        found = forecast(pipe, frame, N_STEPS)
        assert found.index.names == ["cell", None]
        assert found.index.unique(0).tolist() == ["x", "y", "z"]
        for name, expected in self.slow(slow_loop, pipe, frame).items():
            assert_same(found.loc[name], expected)
            size = (frame["cell"] == name).sum()
            assert found.loc[name].index[0] == 100 + size

    def test_named_by_a_column_of_an_array(self):
        frame = interleaved()
        X = np.column_stack([frame["a"], frame["cell"].map({"x": 3, "y": 1, "z": 2})])
        pipe = ridge(group_by=1, context=None).fit(X, X[:, 0])
        found = forecast(pipe, X, N_STEPS)
        assert found.index.unique(0).tolist() == [3, 1, 2]
        by_name = ridge(group_by="cell", context=None).fit(frame, frame["a"])
        assert_same(found, forecast(by_name, frame, N_STEPS))

    @pytest.mark.parametrize("n_levels", [1, 2])
    def test_named_by_levels_of_the_index(self, n_levels, slow_loop):
        frame = interleaved()
        levels = [frame["cell"], frame["cell"] == "x"][:n_levels]
        times = frame.groupby("cell").cumcount()
        names = ["cell", "is x", "t"] if n_levels == 2 else ["cell", "t"]
        index = pd.MultiIndex.from_arrays([*levels, times], names=names)
        X = frame[["a"]].set_axis(index)
        scaler = StandardScaler().set_output(transform="pandas")
        pipe = make_pipeline(scaler, SequenceWindower(4), net()).fit(X, X["a"])
        found = forecast(pipe, X, N_STEPS)
        assert found.index.names == index.names
        for name, rows in frame.groupby("cell"):
            key = (name, name == "x")[:n_levels]
            coming = pd.MultiIndex.from_tuples(
                [(*key, len(rows) + k) for k in range(N_STEPS)], names=index.names
            )
            expected = slow_loop(pipe, X, rows_to_come(coming, "a"), ["a"])
            assert_same(found.loc[key], expected)

    @LATER
    def test_known_columns_of_each(self, slow_loop):
        frame = interleaved().assign(b=RNG.normal(size=72))
        frame.index = frame.groupby("cell").cumcount()
        pipe = ridge(group_by="cell").fit(frame, frame["a"])
        parts = [
            rows_to_come(range(90, 90 + N_STEPS), "b", cell=name).assign(
                b=RNG.normal(size=N_STEPS)
            )
            for name in "zxy"
        ]
        known = pd.concat(parts)
        found = forecast(pipe, frame, N_STEPS, X_future=known)
        assert found.index[0] == ("x", 90)
        for name, coming in known.groupby("cell"):
            rows = coming.assign(a=0.0)[["a", "cell", "b"]]
            assert_same(found.loc[name], slow_loop(pipe, frame, rows, ["a"]))

    @LATER
    @pytest.mark.parametrize("route", ["column", "index"])
    def test_known_columns_of_all(self, route):
        frame = interleaved().assign(b=RNG.normal(size=72))
        frame.index = frame.groupby("cell").cumcount()
        known = pd.DataFrame({"b": RNG.normal(size=3)}, index=[90, 91, 92])
        pipe = ridge(group_by="cell")
        if route == "index":
            frame = frame.set_index("cell", append=True).swaplevel()
            pipe = ridge()
        pipe.fit(frame, frame["a"])
        found = forecast(pipe, frame, 3, X_future=known)
        each = pd.concat(dict.fromkeys("xyz", known), names=["cell"])
        if route == "column":
            each = each.reset_index("cell")
        assert_same(found, forecast(pipe, frame, 3, X_future=each))
        assert found.index.get_level_values(1).tolist() == 3 * [90, 91, 92]

    def test_absent_rows_may_come_last(self, slow_loop):
        X = FRAME.copy()
        X.iloc[-2:] = np.nan
        pipe = make_pipeline(SequenceWindower(4), net()).fit(X, FRAME["a"])
        known = rows_to_come(range(60, 60 + N_STEPS), b=RNG.normal(size=N_STEPS))
        found = forecast(pipe, X, N_STEPS, X_future=known)
        assert_same(found, slow_loop(pipe, X, known, ["a"]))

    def test_rows_long_after_the_training_rows(self):
        """Groups of the paths are not taken for those that the windower was fitted on.

        It would warn of the gap between them.
        """
        X, y = make_battery_fade(60, n_cells=2, random_state=0)
        early = X.index.get_level_values("cycle") < 30
        pipe = ridge().fit(X[early], y[early])
        assert_same(forecast(pipe, X[~early], 3), forecast(pipe, X, 3))

    def test_stateful_network(self, slow_loop):
        X, y = make_battery_fade(30, n_cells=2, random_state=0)
        pipe = make_pipeline(SequenceWindower(4), net(stateful=True)).fit(X, y)
        found = forecast(pipe, X, 3)
        for cell in (0, 1):
            coming = pd.MultiIndex.from_product(
                [[cell], [30, 31, 32]], names=X.index.names
            )
            coming = rows_to_come(coming, ["capacity"])
            assert_same(found.loc[cell], slow_loop(pipe, X, coming, ["capacity"]))


class TestIndex:
    @pytest.mark.parametrize(
        ("index", "first"),
        [
            (pd.RangeIndex(5, 125, 2, name="cycle"), 125),
            (pd.Index([*range(40), *range(41, 61)]), 61),
            (pd.Index(np.arange(60) * 0.1), 6.0),
            (pd.date_range("2020-01-30", periods=60, freq="h", tz="UTC"), None),
            (pd.date_range("2020-01-31", periods=60, freq="ME", name="month"), None),
            (pd.date_range("2020-01-01", periods=60, freq="B"), None),
            (pd.period_range("2020-01", periods=60, freq="Q"), None),
            (pd.timedelta_range("1min", periods=60, freq="15min"), None),
        ],
        ids=str.split("range ints floats hours months weekdays quarters durations"),
    )
    @pytest.mark.parametrize("grouped", [False, True])
    def test_goes_on(self, index, first, grouped):
        X = FRAME[["a"]].set_axis(index)
        if grouped:
            X = pd.concat({"p": X, "q": X}, names=["cell"])
        pipe = ridge().fit(X, X["a"])
        found = forecast(pipe, X, 4)
        if grouped:
            assert found.index.names == ["cell", index.name]
            found = found.loc["q"]
        else:
            assert type(found.index) is type(index)
            assert found.index.name == index.name
        if first is None:
            longer = index.append(found.index)
            kind = pd.PeriodIndex if isinstance(index, pd.PeriodIndex) else type(index)
            if kind is pd.PeriodIndex:
                assert (np.diff(longer.astype("int64")) == 1).all()
            else:
                assert kind(longer, freq="infer").freq == index.freq
        else:
            assert found.index[0] == pytest.approx(first)
        assert len(found) == 4

    def test_freq_is_kept(self):
        index = pd.date_range("2020-01-01", periods=60, freq="12h")
        X = FRAME[["a"]].set_axis(index)
        found = forecast(ridge().fit(X, X["a"]), X[-9:], 3)
        assert found.index.freq == index.freq

    def test_dates_with_a_hole_go_on_by_the_usual_step(self):
        index = pd.date_range("2020-01-01", periods=61, freq="D").delete(30)
        X = FRAME[["a"]].set_axis(index)
        found = forecast(ridge().fit(X, X["a"]), X, 2)
        assert found.index.tolist() == [
            pd.Timestamp("2020-03-02"),
            pd.Timestamp("2020-03-03"),
        ]

    def test_array_counts_its_rows(self):
        X = FRAME.to_numpy()
        pipe = make_pipeline(StandardScaler(), SequenceWindower(4), net())
        pipe.fit(X, X)
        found = forecast(pipe, X, 3)
        assert found.index.tolist() == [60, 61, 62]
        assert found.columns.tolist() == [0, 1]
        assert_same(found, forecast(pipe.fit(FRAME, FRAME), FRAME, 3))

    def test_known_columns_of_an_array(self):
        X = FRAME.to_numpy()
        pipe = ridge(context=None).fit(X, X[:, 1])
        known = np.column_stack([RNG.normal(size=3), np.full(3, np.nan)])
        frame = pd.DataFrame({"a": known[:, 0]}, index=[60, 61, 62])
        named = ridge(context=None).fit(FRAME, FRAME["b"])
        assert_same(
            forecast(pipe, X, 3, X_future=known),
            forecast(named, FRAME, 3, X_future=frame),
        )

    @pytest.mark.parametrize(
        ("index", "message"),
        [
            (list("abcdef"), "neither numbers nor dates. Pass X_future"),
            ([9], "needs two rows of each group to go on"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:No window of these rows")
    def test_that_cannot_go_on_is_refused(self, index, message):
        X = FRAME[["a"]][: len(index)].set_axis(index)
        pipe = ridge(context=None).fit(FRAME[["a"]], FRAME["a"])
        with pytest.raises(ValueError, match=message):
            forecast(pipe, X, 3)
