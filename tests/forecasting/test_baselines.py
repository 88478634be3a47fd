"""Baselines: what they repeat, on which rows, and where they predict averages."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_rnn import SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery, make_battery_fade
from sklearn_rnn.exceptions import ShortHistoryWarning
from sklearn_rnn.forecasting import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
    make_targets,
)

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(60, 2)), columns=["a", "b"])
AVERAGES = pytest.mark.filterwarnings("ignore:.* knows no column that y copies")


@AVERAGES
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([PersistenceRegressor(), SeasonalNaiveRegressor(3)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def predictions(regressor, X, y, **parameters):
    windower = SequenceWindower(**{"window_length": 8} | parameters)
    return make_pipeline(windower, regressor).fit(X, y).predict(X)


def expected_values(values, lag, average):
    """Give the value so many rows before, or the average where there is none."""
    return pd.Series(values).shift(lag).fillna(average).to_numpy()


@pytest.mark.parametrize("horizon", [1, 2, 3])
def test_persistence_repeats_the_last_value(horizon):
    found = predictions(PersistenceRegressor(), FRAME, FRAME["b"], horizon=horizon)
    expected = expected_values(FRAME["b"], horizon, FRAME["b"].mean())
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("horizon", [1, 2, 3])
@pytest.mark.parametrize("period", [1, 2, 4])
def test_a_season_is_counted_from_the_target(horizon, period):
    found = predictions(
        SeasonalNaiveRegressor(period), FRAME, FRAME["a"], horizon=horizon
    )
    lag = period * -(-horizon // period)  # of the last season that is known
    expected = expected_values(FRAME["a"], lag, FRAME["a"].mean())
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("horizon", "first_step"), [(1, 0), (0, 1)])
def test_several_steps_ahead_repeat_the_last_known_season(horizon, first_step):
    y = make_targets(FRAME["a"], 6, first_step=first_step)
    found = predictions(SeasonalNaiveRegressor(4), FRAME, y, horizon=horizon)
    last = 20 - horizon
    season = FRAME["a"].to_numpy()[last - 3 : last + 1]
    np.testing.assert_allclose(found[20], [*season, *season[:2]], rtol=1e-6)
    found = predictions(PersistenceRegressor(), FRAME, y, horizon=horizon)
    np.testing.assert_allclose(found[20], np.repeat(season[-1], 6), rtol=1e-6)


def test_scales_in_front_are_undone():
    pipe = make_pipeline(StandardScaler(), SequenceWindower(4), PersistenceRegressor())
    pipe.fit(FRAME, 5 - 3 * FRAME["b"])
    assert pipe[-1].target_feature_ == "x1"
    expected = 5 - 3 * FRAME["b"].to_numpy()
    np.testing.assert_allclose(pipe.predict(FRAME)[1:], expected[:-1], atol=1e-5)


def test_groups_stay_apart():
    frame = FRAME.assign(cell=["x", "y", "y"] * 20)
    found = predictions(PersistenceRegressor(), frame, frame["a"], group_by="cell")
    expected = frame.groupby("cell")["a"].shift(1).fillna(frame["a"].mean())
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_test_fold_goes_on_from_the_training_rows():
    pipe = make_pipeline(SequenceWindower(3), PersistenceRegressor())
    pipe.fit(FRAME[:40], FRAME["a"][:40])
    expected = FRAME["a"].to_numpy()[39:59]
    np.testing.assert_allclose(pipe.predict(FRAME[40:]), expected, rtol=1e-6)


def test_a_row_that_has_not_happened_yet_is_predicted():
    pipe = make_pipeline(SequenceWindower(4), SeasonalNaiveRegressor(3))
    pipe.fit(FRAME, FRAME["a"])
    tomorrow = pd.DataFrame({"a": [np.nan], "b": [np.nan]}, index=[60])
    np.testing.assert_allclose(pipe.predict(tomorrow), FRAME["a"].iloc[-3:-2])


def test_published_errors_of_the_batteries():
    """SOURCE.md: 0.0138, 0.0243, 0.0129, 0.0239 Ah from cycle 18 on."""
    X, y = load_nasa_battery(return_X_y=True)
    error = predictions(PersistenceRegressor(), X, y) - y
    later = error[error.index.get_level_values("cycle") >= 18]
    rmse = np.sqrt((later**2).groupby("battery").mean())
    np.testing.assert_allclose(rmse, [0.0138, 0.0243, 0.0129, 0.0239], atol=5e-5)


class TestOtherInput:
    """Arrays and lists of sequences, whose column is named."""

    X = RNG.normal(size=(20, 5, 3))

    @pytest.mark.parametrize("form", ["array", "list", "left-padded"])
    def test_persistence(self, form):
        X = {
            "array": self.X,
            "list": [steps[i % 4 :] for i, steps in enumerate(self.X)],
            "left-padded": np.pad(
                self.X, ((0, 0), (2, 0), (0, 0)), constant_values=np.nan
            ),
        }[form]
        regressor = PersistenceRegressor(target_feature=2).fit(X, np.zeros(20))
        np.testing.assert_allclose(regressor.predict(X), self.X[:, -1, 2], rtol=1e-6)

    def test_a_season_before_the_value_that_follows(self):
        regressor = SeasonalNaiveRegressor(4, target_feature=1)
        found = regressor.fit(self.X, np.zeros(20)).predict(self.X)
        np.testing.assert_allclose(found, self.X[:, -4, 1], rtol=1e-6)

    def test_outputs_of_one_column_are_its_next_values(self):
        regressor = SeasonalNaiveRegressor(2, target_feature=[1, 1, 0, 1])
        found = regressor.fit(self.X, np.zeros((20, 4))).predict(self.X)
        expected = np.column_stack(
            [self.X[:, -2, 1], self.X[:, -1, 1], self.X[:, -2, 0], self.X[:, -2, 1]]
        )
        np.testing.assert_allclose(found, expected, rtol=1e-6)

    def test_a_sequence_that_is_too_short_gets_the_average(self):
        regressor = SeasonalNaiveRegressor(3, target_feature=0)
        regressor.fit(self.X, np.arange(20.0))
        found = regressor.predict([self.X[0, :2], self.X[1, :3], self.X[2, :0]])
        np.testing.assert_allclose(found, [9.5, self.X[1, 0, 0], 9.5], rtol=1e-6)

    def test_two_axes_are_time_steps_of_one_feature(self):
        regressor = PersistenceRegressor(target_feature=0).fit(
            self.X[:, :, 0], [0] * 20
        )
        np.testing.assert_allclose(
            regressor.predict(self.X[:, :, 0]), self.X[:, -1, 0], rtol=1e-6
        )


class TestAverages:
    @AVERAGES
    def test_are_weighted_and_leave_unknown_targets_out(self):
        X, y = (
            RNG.normal(size=(4, 3, 2)),
            np.array([[1.0, 2], [3, np.nan], [5, 6], [7, 8]]),
        )
        regressor = PersistenceRegressor().fit(X, y, sample_weight=[1, 1, 2, 0])
        np.testing.assert_allclose(regressor.predict(X[:1]), [[14 / 4, 14 / 3]])

    @pytest.mark.parametrize("target_feature", ["auto", None])
    def test_are_announced(self, target_feature):
        regressor = PersistenceRegressor(target_feature=target_feature)
        message = "PersistenceRegressor knows no column that y copies"
        with pytest.warns(UserWarning, match=message):
            predictions(regressor, FRAME, RNG.normal(size=60))
        if target_feature is None:
            with pytest.warns(UserWarning, match=message):
                predictions(regressor, FRAME, FRAME["a"])

    def test_of_a_season_no_window_reaches_are_announced(self):
        with pytest.warns(ShortHistoryWarning, match="repeats a value 9 time steps"):
            found = predictions(SeasonalNaiveRegressor(9), FRAME, FRAME["a"])
        np.testing.assert_allclose(found, FRAME["a"].mean())


class TestComposition:
    def test_cross_validation_and_search(self):
        X, y = make_battery_fade(80, noise=0)
        pipe = make_pipeline(SequenceWindower(8), SeasonalNaiveRegressor())
        search = GridSearchCV(
            pipe, {"seasonalnaiveregressor__period": [1, 8]}, cv=TimeSeriesSplit(3)
        ).fit(X, y)
        assert search.best_params_ == {"seasonalnaiveregressor__period": 1}
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()

    def test_clones_keep_their_parameters(self):
        regressor = SeasonalNaiveRegressor(7, target_feature="load")
        assert clone(regressor).get_params() == regressor.get_params()

    @pytest.mark.parametrize("period", [0, 1.5, "week"])
    def test_bad_period_is_refused(self, period):
        with pytest.raises(ValueError, match="The 'period' parameter"):
            SeasonalNaiveRegressor(period).fit(FRAME, FRAME["a"])

    def test_unknown_column_is_refused(self):
        with pytest.raises(ValueError, match="target_feature='c' is none of the 2"):
            predictions(PersistenceRegressor(target_feature="c"), FRAME, FRAME["a"])

    def test_missing_y_is_refused(self):
        with pytest.raises(ValueError, match="requires y to be passed"):
            PersistenceRegressor().fit(FRAME, None)


def test_predictions_of_a_cross_validation_line_up_with_rows():
    pipe = make_pipeline(SequenceWindower(3), PersistenceRegressor())
    cv = [(np.arange(k), np.arange(k, k + 10)) for k in (30, 40, 50)]
    with pytest.raises(ValueError, match="partitions"):
        cross_val_predict(pipe, FRAME, FRAME["a"], cv=cv)
    for train, test in cv:
        pipe.fit(FRAME.iloc[train], FRAME["a"].iloc[train])
        expected = FRAME["a"].to_numpy()[test - 1]
        found = pipe.predict(FRAME.iloc[test])
        np.testing.assert_allclose(found, expected, rtol=1e-6)
