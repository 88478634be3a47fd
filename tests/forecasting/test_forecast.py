"""forecast: equal to a loop that appends a row and predicts the whole table anew."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from waves import assert_same, net, ridge, rows_to_come, waves

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.forecasting import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
    forecast,
    make_targets,
)

RNG = np.random.default_rng(0)
N_STEPS = 7


FRAME = waves()
COMING = pd.RangeIndex(60, 60 + N_STEPS)


class TestOneSeries:
    @pytest.mark.parametrize("horizon", [1, 2, 4])
    @pytest.mark.parametrize("last", ["ridge", "net", "stateful"])
    def test_one_column(self, last, horizon, slow_loop):
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

    def test_known_columns(self, slow_loop):
        pipe = ridge().fit(FRAME, FRAME["b"])
        known = pd.DataFrame({"a": RNG.normal(size=N_STEPS)}, index=COMING)
        found = forecast(pipe, FRAME, N_STEPS, X_future=known)
        assert_same(
            found, slow_loop(pipe, FRAME, known.assign(b=0.0)[["a", "b"]], ["b"])
        )
        other = forecast(pipe, FRAME, N_STEPS, X_future=known + 1)
        assert other.iloc[0] == found.iloc[0]
        assert other.iloc[1] != found.iloc[1]

    @pytest.mark.parametrize("horizon", [0, 1])
    def test_steps_predicted_at_once_need_no_known_columns(self, horizon):
        y = make_targets(FRAME["b"], 3, first_step=int(horizon == 0))
        pipe = make_pipeline(SequenceWindower(4, horizon=horizon), net()).fit(FRAME, y)
        known = pd.DataFrame({"a": RNG.normal(size=4)}, index=COMING[:4])
        for n_steps in (1, 3):
            found = forecast(pipe, FRAME, n_steps)
            other = forecast(pipe, FRAME, n_steps, X_future=known)
            assert_same(found, other)
        with pytest.raises(ValueError, match="does not know the columns"):
            forecast(pipe, FRAME, 4)
        forecast(pipe, FRAME, 4, X_future=known)

    def test_rows_that_predict_themselves_must_be_known(self):
        pipe = ridge(horizon=0).fit(FRAME, FRAME["a"] ** 2)
        with pytest.raises(ValueError, match="does not know the columns"):
            forecast(pipe, FRAME, 1, feedback=[None])

    def test_several_columns(self, slow_loop):
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

    def test_rows_that_follow_the_training_rows(self, slow_loop):
        X = FRAME[["a"]]
        pipe = ridge().fit(X[:50], X["a"][:50])
        expected = slow_loop(pipe, X[50:52], rows_to_come(range(52, 59), "a"), ["a"])
        assert_same(forecast(pipe, X[50:52], N_STEPS), expected)
        assert_same(expected, forecast(pipe, X[:52], N_STEPS))

    @pytest.mark.parametrize("n_rows", [1, 3])
    @pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning")
    def test_past_shorter_than_a_window(self, n_rows, slow_loop):
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
    def test_scalers(self, form, dtype, slow_loop):
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

    def test_columns_in_other_order(self, slow_loop):
        columns = ColumnTransformer(
            [("scale", StandardScaler(), ["b"]), ("same", "passthrough", ["a"])],
        ).set_output(transform="pandas")
        pipe = make_pipeline(columns, SequenceWindower(4), net()).fit(FRAME, FRAME["b"])
        known = pd.DataFrame({"a": RNG.normal(size=N_STEPS)}, index=COMING)
        expected = slow_loop(pipe, FRAME, known.assign(b=0.0)[["a", "b"]], ["b"])
        assert_same(forecast(pipe, FRAME, N_STEPS, X_future=known), expected)

    @pytest.mark.parametrize("reach", [1, 30])
    def test_steps_that_look_back(self, reach, slow_loop):
        def add_past(X):
            return X.assign(past=X["a"].shift(reach).fillna(0.0))

        X = FRAME[["a"]]
        pipe = make_pipeline(FunctionTransformer(add_past), *ridge()).fit(X, X["a"])
        expected = slow_loop(pipe, X, rows_to_come(COMING, "a"), ["a"])
        assert_same(forecast(pipe, X, N_STEPS), expected)
        paths = forecast(pipe, X, N_STEPS, n_samples=2, residuals=np.zeros((5, 1)))
        assert_same(paths[1], expected)

    def test_step_that_nobody_can_follow_back_needs_a_name(self, slow_loop):
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

    def test_estimator_around_the_pipeline(self, slow_loop):
        X = FRAME[["a"]]
        model = TransformedTargetRegressor(ridge(), transformer=StandardScaler())
        model.fit(X, X["a"])
        with pytest.raises(ValueError, match="Name it in feedback="):
            forecast(model, X, N_STEPS)
        expected = slow_loop(model, X, rows_to_come(COMING, "a"), ["a"])
        assert_same(forecast(model, X, N_STEPS, feedback="a"), expected)

    @pytest.mark.filterwarnings("ignore:forecast goes on from index 69")
    def test_gaps_and_time_since(self, slow_loop):
        X = FRAME[["a"]].set_axis(np.r_[0:20, 25:45, 50:70])
        pipe = make_pipeline(SequenceWindower(4, max_gap=3, time_delta=True), net())
        pipe.fit(X, X["a"])
        coming = rows_to_come(range(70, 77), "a")
        assert_same(forecast(pipe, X, N_STEPS), slow_loop(pipe, X, coming, ["a"]))
        found = forecast(pipe, X, N_STEPS, X_future=coming.set_axis(coming.index + 9))
        other = slow_loop(pipe, X, coming.set_axis(coming.index + 9), ["a"])
        assert_same(found, other)

    def test_absent_rows(self, slow_loop):
        X = FRAME.copy()
        X.iloc[[20, 55, 58]] = np.nan
        pipe = make_pipeline(SequenceWindower(4), net()).fit(X, FRAME)
        expected = slow_loop(pipe, X, rows_to_come(COMING), ["a", "b"])
        assert_same(forecast(pipe, X, N_STEPS), expected)
