"""forecast: equal to a loop that appends a row and predicts the whole table anew."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from sklearn_rnn import GRURegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.forecasting import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
    forecast,
    make_targets,
)
from sklearn_rnn.forecasting import _roll_out as module

RNG = np.random.default_rng(0)
N_STEPS = 7


def waves(n_rows=60, n_columns=2, **index):
    phase = np.arange(n_rows)[:, None] / (3.0 + np.arange(n_columns))
    values = np.sin(phase) + RNG.normal(0, 0.1, size=(n_rows, n_columns))
    return pd.DataFrame(values, columns=list("abcd")[:n_columns], **index)


FRAME = waves()


def net(cls=RNNRegressor, **parameters):
    return cls(3, **{"max_epochs": 2, "random_state": 0} | parameters)


def ridge(**parameters):
    windower = SequenceWindower(**{"window_length": 4, "flatten": True} | parameters)
    return make_pipeline(windower, SimpleImputer(), Ridge())


def slow_loop(pipe, X, rows, fed):
    """Append row after row and predict everything; `rows` holds what is known of each.

    Each of `rows` belongs to a group of its own or follows the one before; `fed` are
    columns of X, one for each output.
    """
    predictions = []
    for i in range(len(rows)):
        row = rows.iloc[[i]].copy()
        row[fed] = 0.0  # not read: it is not known yet
        X = pd.concat([X, row])
        found = np.ravel(pipe.predict(X)[-1])
        X.iloc[-1, [X.columns.get_loc(name) for name in fed]] = found
        predictions.append(found)
    return np.array(predictions)


def rows_to_come(index, columns=("a", "b"), **known):
    return pd.DataFrame(0.0, index=index, columns=list(columns)).assign(**known)


def assert_same(found, expected):
    np.testing.assert_allclose(
        np.ravel(found), np.ravel(expected), rtol=1e-5, atol=1e-6
    )


COMING = pd.RangeIndex(60, 60 + N_STEPS)


class TestOneSeries:
    @pytest.mark.parametrize("horizon", [1, 2, 4])
    @pytest.mark.parametrize("last", ["ridge", "net", "stateful"])
    def test_one_column(self, last, horizon):
        X = FRAME[["a"]]
        pipe = ridge(horizon=horizon)
        if last != "ridge":
            network = net(GRURegressor, stateful=last == "stateful")
            pipe = make_pipeline(SequenceWindower(4, horizon=horizon), network)
        pipe.fit(X, X["a"])
        found = forecast(pipe, X, N_STEPS)
        assert_same(found, slow_loop(pipe, X, rows_to_come(COMING, "a"), ["a"]))
        assert found.name == "a"
        assert found.index.equals(COMING)

    def test_known_columns(self):
        pipe = ridge().fit(FRAME, FRAME["b"])
        known = pd.DataFrame({"a": RNG.normal(size=N_STEPS)}, index=COMING)
        found = forecast(pipe, FRAME, N_STEPS, X_future=known)
        assert_same(
            found, slow_loop(pipe, FRAME, known.assign(b=0.0)[["a", "b"]], ["b"])
        )
        other = forecast(pipe, FRAME, N_STEPS, X_future=known + 1)
        assert other.iloc[0] == found.iloc[0]
        assert other.iloc[1] != found.iloc[1]

    def test_several_columns(self):
        pipe = make_pipeline(SequenceWindower(4), net()).fit(FRAME, FRAME[["b", "a"]])
        found = forecast(pipe, FRAME, N_STEPS)
        assert found.columns.tolist() == ["b", "a"]
        assert_same(found, slow_loop(pipe, FRAME, rows_to_come(COMING), ["b", "a"]))

    def test_one_output_is_fed_back_and_one_is_not(self):
        y = np.column_stack([FRAME["a"], FRAME["a"] ** 2])
        pipe = ridge().fit(FRAME[["a"]], y)
        found = forecast(pipe, FRAME[["a"]], N_STEPS)
        assert found.columns.tolist() == ["a", 1]
        alone = ridge().fit(FRAME[["a"]], FRAME["a"])
        assert_same(found["a"], forecast(alone, FRAME[["a"]], N_STEPS))

    def test_nothing_is_fed_back(self):
        y = FRAME["a"].rolling(3, min_periods=1).sum() ** 2
        pipe = ridge(horizon=0).fit(FRAME, y)
        later = waves(N_STEPS).set_axis(COMING)
        found = forecast(pipe, FRAME, N_STEPS, X_future=later, feedback=[])
        assert_same(found, pipe.predict(pd.concat([FRAME, later]))[60:])

    @pytest.mark.parametrize("last", ["ridge", "net"])
    def test_window_that_includes_the_row_predicts_the_next(self, last):
        X, y = FRAME[["a"]], FRAME["a"].shift(-1)
        pipe = make_pipeline(SequenceWindower(4, horizon=0), net())
        if last == "ridge":
            pipe = ridge(horizon=0)
        pipe.fit(X[:-1], y[:-1])
        expected, table = [], X
        for time in COMING:
            expected.append(pipe.predict(table)[-1])
            table = pd.concat([table, pd.DataFrame({"a": expected[-1]}, index=[time])])
        assert_same(forecast(pipe, X, N_STEPS), expected)
        assert_same(forecast(pipe, X, N_STEPS, feedback="a"), expected)

    def test_window_that_includes_the_row_where_no_copy_was_found(self):
        X = FRAME[["a"]]
        y = X["a"].shift(-1) + RNG.normal(0, 0.1, size=60)
        pipe = ridge(horizon=0).fit(X[:-1], y[:-1])
        found = forecast(pipe, X, 2, feedback="a")
        assert_same(found[:1], pipe.predict(X)[-1:])
        table = pd.concat([X, found[:1].to_frame("a")])
        assert_same(found[1:], pipe.predict(table)[-1:])

    def test_rows_that_follow_the_training_rows(self):
        X = FRAME[["a"]]
        pipe = ridge().fit(X[:50], X["a"][:50])
        expected = slow_loop(pipe, X[50:52], rows_to_come(range(52, 59), "a"), ["a"])
        assert_same(forecast(pipe, X[50:52], N_STEPS), expected)
        assert_same(expected, forecast(pipe, X[:52], N_STEPS))

    @pytest.mark.parametrize("n_rows", [1, 3])
    @pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning")
    def test_past_shorter_than_a_window(self, n_rows):
        X = FRAME[["a"]]
        pipe = ridge(context=None).fit(X, X["a"])
        found = forecast(pipe, X[:n_rows], N_STEPS)
        coming = rows_to_come(range(n_rows, n_rows + N_STEPS), "a")
        assert_same(found, slow_loop(pipe, X[:n_rows], coming, ["a"]))

    def test_baselines_go_on_as_they_should(self):
        X, y = FRAME[["a"]], FRAME["a"]
        for regressor, period in [
            (PersistenceRegressor(), 1),
            (SeasonalNaiveRegressor(3), 3),
        ]:
            pipe = make_pipeline(SequenceWindower(4), regressor).fit(X, y)
            assert_same(forecast(pipe, X, 6), np.tile(y[-period:], 6 // period))


class TestStepsInFront:
    """Predictions are written where the user has the column."""

    @pytest.mark.parametrize("form", ["pandas", "default"])
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_scalers(self, form, dtype):
        X = FRAME.astype(dtype)
        scaler = MinMaxScaler().set_output(transform=form)
        windower = SequenceWindower(4, context=None)
        pipe = make_pipeline(StandardScaler(), scaler, windower, net())
        pipe.set_params(standardscaler=StandardScaler().set_output(transform=form))
        pipe.fit(X, X[["a", "b"]])
        expected = slow_loop(pipe, X, rows_to_come(COMING), ["a", "b"])
        found = forecast(pipe, X, N_STEPS)
        np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_units_of_y(self):
        X = FRAME[["a"]]
        pipe = ridge().fit(X, X["a"])
        other = ridge().fit(X, 5 - 3 * X["a"])
        found = forecast(other, X, N_STEPS)
        assert_same(found, 5 - 3 * forecast(pipe, X, N_STEPS))

    def test_columns_in_other_order(self):
        columns = ColumnTransformer(
            [("scale", StandardScaler(), ["b"]), ("same", "passthrough", ["a"])],
        ).set_output(transform="pandas")
        pipe = make_pipeline(columns, SequenceWindower(4), net()).fit(FRAME, FRAME["b"])
        known = pd.DataFrame({"a": RNG.normal(size=N_STEPS)}, index=COMING)
        expected = slow_loop(pipe, FRAME, known.assign(b=0.0)[["a", "b"]], ["b"])
        assert_same(forecast(pipe, FRAME, N_STEPS, X_future=known), expected)

    @pytest.mark.parametrize("reach", [1, 30])
    def test_steps_that_look_back(self, reach):
        def add_past(X):
            return X.assign(past=X["a"].shift(reach).fillna(0.0))

        X = FRAME[["a"]]
        pipe = make_pipeline(FunctionTransformer(add_past), *ridge()).fit(X, X["a"])
        expected = slow_loop(pipe, X, rows_to_come(COMING, "a"), ["a"])
        assert_same(forecast(pipe, X, N_STEPS), expected)
        paths = forecast(pipe, X, N_STEPS, n_samples=2, residuals=np.zeros((5, 1)))
        assert_same(paths[1], expected)

    def test_step_that_nobody_can_follow_back_needs_a_name(self):
        X = FRAME[["a"]]
        pipe = make_pipeline(FunctionTransformer(lambda X: X**3 + 1), *ridge())
        pipe.fit(X, (X["a"] ** 3 + 1) * 2)
        with pytest.raises(
            ValueError, match="forecast cannot tell which column of X y"
        ):
            forecast(pipe, X, N_STEPS)
        pipe.fit(X, X["a"])
        with pytest.raises(ValueError, match="knows no column of X that y copies"):
            forecast(pipe, X, N_STEPS)
        expected = slow_loop(pipe, X, rows_to_come(COMING, "a"), ["a"])
        assert_same(forecast(pipe, X, N_STEPS, feedback="a"), expected)

    def test_estimator_around_the_pipeline(self):
        X = FRAME[["a"]]
        model = TransformedTargetRegressor(ridge(), transformer=StandardScaler())
        model.fit(X, X["a"])
        with pytest.raises(ValueError, match="Name it in feedback="):
            forecast(model, X, N_STEPS)
        expected = slow_loop(model, X, rows_to_come(COMING, "a"), ["a"])
        assert_same(forecast(model, X, N_STEPS, feedback="a"), expected)

    def test_gaps_and_time_since(self):
        X = FRAME[["a"]].set_axis(np.r_[0:20, 25:45, 50:70])
        pipe = make_pipeline(SequenceWindower(4, max_gap=3, time_delta=True), net())
        pipe.fit(X, X["a"])
        coming = rows_to_come(range(70, 77), "a")
        assert_same(forecast(pipe, X, N_STEPS), slow_loop(pipe, X, coming, ["a"]))
        found = forecast(pipe, X, N_STEPS, X_future=coming.set_axis(coming.index + 9))
        other = slow_loop(pipe, X, coming.set_axis(coming.index + 9), ["a"])
        assert_same(found, other)

    def test_absent_rows(self):
        X = FRAME.copy()
        X.iloc[[20, 55, 58]] = np.nan
        pipe = make_pipeline(SequenceWindower(4), net()).fit(X, FRAME)
        expected = slow_loop(pipe, X, rows_to_come(COMING), ["a", "b"])
        assert_same(forecast(pipe, X, N_STEPS), expected)


class TestSeveralSteps:
    @pytest.mark.parametrize("first_step", [0, 1])
    @pytest.mark.parametrize("n_steps", [2, 3, 8])
    def test_go_on_by_as_many(self, n_steps, first_step):
        X = FRAME[["a"]]
        y = make_targets(X["a"], 3, first_step=first_step)
        windower = SequenceWindower(4, horizon=1 - first_step)
        pipe = make_pipeline(windower, net()).fit(X, y)
        values = X["a"].tolist()
        while len(values) < 60 + n_steps:
            table = pd.DataFrame(
                {"a": [*values, np.nan][: len(values) + 1 - first_step]}
            )
            values += pipe.predict(table)[-1].tolist()
        found = forecast(pipe, X, n_steps)
        assert isinstance(found, pd.Series)
        assert_same(found, values[60 : 60 + n_steps])
        assert_same(forecast(pipe, X, n_steps, feedback="a"), found)

    def test_of_several_columns(self):
        y = np.column_stack([make_targets(FRAME[name], 2) for name in ("a", "b")])
        pipe = make_pipeline(SequenceWindower(4), net()).fit(FRAME, y[:, [0, 2, 1, 3]])
        found = forecast(pipe, FRAME, 4, feedback=["a", "b", "a", "b"])
        assert found.columns.tolist() == ["a", "b"]
        first = pipe.predict(pd.concat([FRAME, rows_to_come([60])]))[-1]
        assert_same(found[:2], first.reshape(2, 2))
        table = pd.concat([FRAME, found[:2], rows_to_come([62])])
        assert_same(found[2:], pipe.predict(table)[-1].reshape(2, 2))

    def test_unequal_numbers_are_refused(self):
        pipe = make_pipeline(SequenceWindower(4), net()).fit(FRAME, FRAME.assign(c=1.0))
        with pytest.raises(ValueError, match="the same number of next values of each"):
            forecast(pipe, FRAME, 4, feedback=["a", "a", "b"])


def interleaved():
    cells = np.array(["x", "y", "x", "x", "z", "y"] * 12)
    frame = waves(len(cells), 1).assign(cell=cells)
    frame["a"] += frame["cell"].map({"x": 0.0, "y": 5.0, "z": 10.0})
    return frame


class TestGroups:
    """Rows of groups may be interleaved; each goes on by itself."""

    def slow(self, pipe, frame, step=1):
        expected = {}
        for name, rows in frame.groupby("cell"):
            index = rows.index[-1] + step * np.arange(1, N_STEPS + 1)
            coming = rows_to_come(index, "a", cell=name)
            expected[name] = slow_loop(pipe, frame, coming, ["a"])[:, 0]
        return expected

    @pytest.mark.parametrize("flatten", [True, False])
    def test_named_by_a_column(self, flatten):
        frame = interleaved()
        frame.index = frame.groupby("cell").cumcount() + 100
        pipe = make_pipeline(SequenceWindower(4, group_by="cell"), net())
        if flatten:
            pipe = ridge(group_by="cell")
        pipe.fit(frame, frame["a"])
        found = forecast(pipe, frame, N_STEPS)
        assert found.index.names == ["cell", None]
        assert found.index.unique(0).tolist() == ["x", "y", "z"]
        for name, expected in self.slow(pipe, frame).items():
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
    def test_named_by_levels_of_the_index(self, n_levels):
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

    def test_known_columns_of_each(self):
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

    def test_rows_long_after_the_training_rows(self):
        """Groups of the paths are not taken for those that the windower was fitted on.

        It would warn of the gap between them.
        """
        X, y = make_battery_fade(60, n_cells=2, random_state=0)
        early = X.index.get_level_values("cycle") < 30
        pipe = ridge().fit(X[early], y[early])
        assert_same(forecast(pipe, X[~early], 3), forecast(pipe, X, 3))

    def test_stateful_network(self):
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


class TestPaths:
    @pytest.mark.parametrize("quick", [True, False])
    def test_draw_past_errors(self, quick, monkeypatch):
        if not quick:
            monkeypatch.setattr(module, "_is_quick", lambda estimator: False)
        X = FRAME[["a"]]
        pipe = make_pipeline(SequenceWindower(4), PersistenceRegressor()).fit(X, X["a"])
        paths = forecast(pipe, X, 5, n_samples=40, random_state=0)
        assert paths.columns.name == "path"
        assert paths.shape == (5, 40)
        steps = np.diff(paths, axis=0, prepend=X["a"].iloc[-1])
        errors = X["a"].diff().to_numpy()[4:]  # of the rows whose windows are full
        distance = np.abs(steps.ravel()[:, None] - errors).min(axis=1)
        assert distance.max() < 1e-6
        assert len(np.unique(steps.round(6))) > 30

    def test_are_fed_back_in_windows_of_their_own(self):
        X = FRAME[["a"]]
        pipe = ridge().fit(X, X["a"])
        residuals = np.array([[0.3], [-0.2]])
        paths = forecast(pipe, X, 4, n_samples=6, residuals=residuals, random_state=1)
        draws = np.random.RandomState(1).randint(2, size=(6, 4, 1))
        for path in range(6):
            table = X
            for step in range(4):
                row = pd.DataFrame({"a": [0.0]}, index=[60 + step])
                table = pd.concat([table, row])
                value = pipe.predict(table)[-1] + residuals[draws[path, step, 0], 0]
                table.iloc[-1, 0] = value
                assert paths.iloc[step, path] == pytest.approx(value, rel=1e-5)

    def test_whole_and_quick_way_are_the_same(self, monkeypatch):
        frame = interleaved()
        pipe = ridge(group_by="cell", context=None).fit(frame, frame["a"])
        arguments = {"n_samples": 5, "random_state": 0}
        quick = forecast(pipe, frame, 4, **arguments)
        monkeypatch.setattr(module, "_is_quick", lambda estimator: False)
        pd.testing.assert_frame_equal(quick, forecast(pipe, frame, 4, **arguments))

    def test_quick_way_is_taken(self, monkeypatch):
        X = FRAME[["a"]]
        pipe = make_pipeline(StandardScaler(), SequenceWindower(4), net())
        pipe[0].set_output(transform="pandas")
        pipe.fit(X, X["a"])
        calls = []
        whole = module.WholePrediction.predict
        monkeypatch.setattr(
            module.WholePrediction,
            "predict",
            lambda *arguments: calls.append(1) or whole(*arguments),
        )
        forecast(pipe, X, 5, n_samples=3, random_state=0)
        assert len(calls) == 1

    def test_random_state_decides(self):
        X = FRAME[["a"]]
        pipe = ridge().fit(X, X["a"])
        first, again, other = (
            forecast(pipe, X, 3, n_samples=4, random_state=seed) for seed in (0, 0, 1)
        )
        pd.testing.assert_frame_equal(first, again)
        assert (first != other).all(axis=None)

    def test_of_several_outputs_keep_errors_together(self):
        pipe = ridge().fit(FRAME, FRAME)
        residuals = np.array([[1.0, 2.0], [3.0, 4.0]])
        paths = forecast(
            pipe, FRAME, 2, n_samples=9, residuals=residuals, random_state=0
        )
        assert paths.columns.names == ["output", "path"]
        plain = forecast(pipe, FRAME, 2)
        drawn = {
            (round(paths["a"].iloc[0, i] - plain["a"].iloc[0], 6),
             round(paths["b"].iloc[0, i] - plain["b"].iloc[0], 6))
            for i in range(9)
        }  # fmt: skip
        assert drawn == {(1.0, 2.0), (3.0, 4.0)}

    def test_without_errors_are_all_the_forecast(self):
        X = FRAME[["a"]]
        pipe = ridge().fit(X, X["a"])
        paths = forecast(pipe, X, 3, n_samples=2, residuals=[[0.0]])
        for path in (0, 1):
            assert_same(paths[path], forecast(pipe, X, 3))

    def test_unknown_errors_are_asked_for(self):
        y = FRAME["a"].abs()
        pipe = ridge().fit(FRAME, y)
        later = waves(3).set_axis([60, 61, 62])
        arguments = {"X_future": later, "feedback": [], "n_samples": 2}
        with pytest.raises(
            ValueError, match="does not know the past errors of outputs"
        ):
            forecast(pipe, FRAME, 3, **arguments)
        assert forecast(pipe, FRAME, 3, residuals=[[1.0]], **arguments).shape == (3, 2)
        with pytest.raises(ValueError, match=r"residuals of 1 outputs. Got 2"):
            forecast(pipe, FRAME, 3, residuals=[[1.0, 2.0]], **arguments)
        short = ridge(window_length=40, context=None).fit(FRAME[["a"]], FRAME["a"])
        with (
            pytest.warns(match="No window"),
            pytest.raises(ValueError, match="needs rows of X with 40 rows before them"),
        ):
            forecast(short, FRAME[["a"]][:20], 3, n_samples=2)


class TestBadInput:
    PIPE = ridge().fit(FRAME, FRAME["a"])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"n_steps": 0}, "n_steps == 0, must be >= 1"),
            ({"n_samples": 0}, "n_samples == 0, must be >= 1"),
            ({}, r"does not know the columns \['b'\] of the rows to come"),
            ({"feedback": "c"}, "feedback='c' is no column of X, whose columns are"),
            (
                {"feedback": ["a", "b"]},
                "feedback for 2 outputs, but the estimator has 1",
            ),
            ({"X_future": FRAME[["b"]][:2]}, "needs 3 rows of X_future. Got 2"),
            (
                {"X_future": FRAME[["b"]]},
                "X_future to come after X. Got index 0, and X",
            ),
            ({"X_future": FRAME[["a"]]}, r"does not know the columns \['b'\]"),
        ],
    )
    def test_is_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            forecast(self.PIPE, FRAME, **{"n_steps": 3} | arguments)

    def test_network_in_two_pipelines(self):
        network = net()
        pipe = make_pipeline(SequenceWindower(4), network).fit(FRAME, FRAME)
        make_pipeline(SequenceWindower(4), network).fit(FRAME, FRAME["a"])
        with pytest.raises(
            ValueError, match="fitted to 2 outputs and a regressor fitte"
        ):
            forecast(pipe, FRAME, 3)

    def test_kinds(self):
        with pytest.raises(TypeError, match="X_future to be a DataFrame, as X is"):
            forecast(self.PIPE, FRAME, 3, X_future=np.zeros((3, 2)))
        with pytest.raises(ValueError, match=r"X of shape \(n_rows, n_columns\)"):
            forecast(self.PIPE, np.zeros(3), 3)
        with pytest.raises(NotFittedError):
            forecast(ridge(), FRAME, 3)

    def test_data_stay_as_they_are(self):
        X = FRAME.copy()
        forecast(
            self.PIPE, X, 2, X_future=pd.DataFrame({"b": [0.0, 0]}, index=[60, 61])
        )
        pd.testing.assert_frame_equal(X, FRAME)
