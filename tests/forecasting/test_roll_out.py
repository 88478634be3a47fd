"""Paths: which errors they draw, and the two ways to predict them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from waves import assert_same, interleaved, net, ridge, waves

from sklearn_rnn import SequenceWindower
from sklearn_rnn.forecasting import PersistenceRegressor, forecast
from sklearn_rnn.forecasting import _roll_out as module

RNG = np.random.default_rng(0)


FRAME = waves()


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
        with pytest.raises(
            ValueError, match=r"residuals of 1 outputs.* Got shape \(1, 2\)"
        ):
            forecast(pipe, FRAME, 3, residuals=[[1.0, 2.0]], **arguments)
        short = ridge(window_length=40, context=None).fit(FRAME[["a"]], FRAME["a"])
        with (
            pytest.warns(match="No window"),
            pytest.raises(ValueError, match="needs rows of X with 40 rows before them"),
        ):
            forecast(short, FRAME[["a"]][:20], 3, n_samples=2)
