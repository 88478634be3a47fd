"""Which outputs are fed into which column, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from waves import assert_same, net, ridge, rows_to_come, waves

from sklearn_rnn import Seq2SeqRegressor, SequenceWindower
from sklearn_rnn.forecasting import ConformalIntervals, forecast, make_targets

RNG = np.random.default_rng(0)


FRAME = waves()


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

    def test_of_several_columns_by_a_decoder(self):
        y = make_targets(FRAME.to_numpy(), 3)
        decoder = Seq2SeqRegressor(4, max_epochs=1, random_state=0)
        pipe = make_pipeline(SequenceWindower(4), decoder).fit(FRAME, y)
        known = pipe.predict(FRAME)
        assert known.shape == (60, 3, 2)
        found = forecast(pipe, FRAME, 6, feedback=["a", "b"] * 3)
        assert found.columns.tolist() == ["a", "b"]
        first = pipe.predict(pd.concat([FRAME, rows_to_come([60])]))[-1]
        assert_same(found[:3], first)
        table = pd.concat([FRAME, found[:3], rows_to_come([63])])
        assert_same(found[3:], pipe.predict(table)[-1])
        paths = forecast(
            pipe, FRAME, 3, feedback=["a", "b"] * 3, n_samples=2, residuals=0 * known
        )
        assert_same(paths["b"][1], found["b"][:3])

    @pytest.mark.parametrize("feedback", [None, "a"])
    def test_of_time_steps_that_were_read_are_refused(self, feedback):
        y = np.repeat(FRAME.to_numpy()[:, None, :1], 4, axis=1)
        pipe = make_pipeline(SequenceWindower(4), net()).fit(FRAME[["a"]], y)
        with pytest.raises(ValueError, match=r"read, of shape \(60, 4, 1\)"):
            forecast(pipe, FRAME[["a"]], 2, feedback=feedback)

    def test_unequal_numbers_are_refused(self):
        pipe = make_pipeline(SequenceWindower(4), net()).fit(FRAME, FRAME.assign(c=1.0))
        with pytest.raises(ValueError, match="the same number of next values of each"):
            forecast(pipe, FRAME, 4, feedback=["a", "a", "b"])


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

    def test_pipeline_in_a_pipeline(self):
        X = FRAME[["a"]]
        scaler = StandardScaler().set_output(transform="pandas")
        pipe = make_pipeline(scaler, ridge()).fit(X, X["a"])
        message = "expects the windower to be a step of the pipeline itself"
        with pytest.raises(ValueError, match=message):
            forecast(pipe, X, 3)
        flat = make_pipeline(scaler, *ridge()).fit(X, X["a"])
        assert_same(forecast(pipe, X, 3, feedback="a"), forecast(flat, X, 3))

    def test_column_of_an_array_is_named_by_its_place(self):
        X = FRAME.to_numpy()
        pipe = ridge(context=None).fit(X, X[:, 1])
        known = np.zeros((3, 2))
        found = forecast(pipe, X, 3, X_future=known, feedback=1)
        assert found.name == 1
        assert_same(found, forecast(pipe, X, 3, X_future=known))

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


def search(model, **grid):
    return GridSearchCV(model, grid, cv=TimeSeriesSplit(2))


class TestAround:
    """What is around a pipeline and predicts the same forecasts the same."""

    @pytest.mark.parametrize("scaled", [False, True])
    @pytest.mark.parametrize(
        ("around", "window_length"),
        [
            (ConformalIntervals, 4),
            (lambda pipe: search(pipe, sequencewindower__window_length=[7]), 7),
            (lambda pipe: ConformalIntervals(search(pipe, memory=[None])), 4),
            (lambda pipe: search(ConformalIntervals(pipe), coverage=[0.5]), 4),
        ],
        ids=["intervals", "search", "search in intervals", "intervals in search"],
    )
    def test_it_is_looked_into(self, around, window_length, scaled):
        X, y = FRAME[["a"]], 2 * FRAME["a"] + 1
        front = [StandardScaler().set_output(transform="pandas")] if scaled else []
        pipe = make_pipeline(*front, SequenceWindower(4), net())
        model = around(clone(pipe)).fit(X, y)
        pipe.set_params(sequencewindower__window_length=window_length).fit(X, y)
        assert_same(forecast(model, X, 3), forecast(pipe, X, 3))
        paths = forecast(model, X, 3, n_samples=4, random_state=0)
        expected = forecast(pipe, X, 3, n_samples=4, random_state=0)
        np.testing.assert_array_equal(paths, expected)

    def test_a_transformed_target_is_not_that_of_the_table(self):
        pipe = make_pipeline(SequenceWindower(4), net())
        model = TransformedTargetRegressor(pipe, func=np.exp, inverse_func=np.log)
        model.fit(FRAME[["a"]], FRAME["a"])
        with pytest.raises(ValueError, match="knows no column of X that y copies"):
            forecast(model, FRAME[["a"]], 3)
