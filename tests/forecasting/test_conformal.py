"""ConformalIntervals: coverage on held-out rows, and what it is measured on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.forecasting import (
    ConformalIntervals,
    PersistenceRegressor,
    make_targets,
)

RNG = np.random.default_rng(0)
FEW = pytest.mark.filterwarnings("ignore:ConformalIntervals has .* too few")


@FEW
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [ConformalIntervals(Ridge()), ConformalIntervals(Ridge(), refit=False)]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def ridge(**parameters):
    windower = SequenceWindower(**{"window_length": 4, "flatten": True} | parameters)
    return make_pipeline(windower, SimpleImputer(), Ridge())


def autoregression(n_rows, n_series=1):
    """Make series whose errors are skewed and alike at all times."""
    noise = RNG.gamma(1.0, size=(n_rows, n_series)) - 1
    values = np.zeros((n_rows, n_series))
    for row in range(1, n_rows):
        values[row] = 0.8 * values[row - 1] + noise[row]
    return values


def share_within(intervals, y):
    low, high = np.moveaxis(intervals, -1, 0)
    return ((low <= y) & (y <= high)).mean(axis=0)


class TestCoverage:
    """On held-out rows it is the nominal one, within 3 points."""

    @pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
    @pytest.mark.parametrize("refit", [True, False])
    def test_of_one_series(self, coverage, refit):
        X = pd.DataFrame(autoregression(8000), columns=["load"])
        early, late = slice(4000), slice(4000, None)
        model = ConformalIntervals(
            ridge(context=None),
            coverage=coverage,
            refit=refit,
            calibration_fraction=0.5,
        ).fit(X[early], X["load"][early])
        found = model.predict_interval(X[late])
        assert found.shape == (4000, 2)
        assert abs(share_within(found, X["load"][late]) - coverage) < 0.03

    def test_of_a_network_on_several_series(self):
        X = pd.DataFrame(
            autoregression(400, 10).T.ravel(),
            columns=["load"],
            index=pd.MultiIndex.from_product([range(10), range(400)], names=["p", "t"]),
        )
        early = X.index.get_level_values("t") < 200
        network = GRURegressor(4, max_epochs=2, batch_size=64, random_state=0)
        pipe = make_pipeline(SequenceWindower(3), network)
        model = ConformalIntervals(pipe, coverage=0.9, calibration_fraction=0.5)
        model.fit(X[early], X["load"][early])
        found = model.predict_interval(X[~early])
        assert abs(share_within(found, X["load"][~early]) - 0.9) < 0.03

    def test_of_each_output(self):
        X = pd.DataFrame(autoregression(6000), columns=["load"])
        y = make_targets(X["load"], 3)
        network = GRURegressor(3, max_epochs=1, batch_size=64, random_state=0)
        pipe = make_pipeline(SequenceWindower(3), network)
        model = ConformalIntervals(pipe, coverage=0.8, calibration_fraction=0.4)
        model.fit(X[:3000], y[:3000])
        found = model.predict_interval(X[3000:-2])
        assert found.shape == (2998, 3, 2)
        shares = share_within(found, y[3000:-2].to_numpy())
        np.testing.assert_allclose(shares, 0.8, atol=0.03)
        assert (np.diff(model.half_widths_) > 0).all()


class TestErrors:
    """They are those of the last rows of each group."""

    def test_of_a_constant(self):
        y = np.array([0.0] * 8 + [3.0, 1.0, 2.0, 4.0])
        model = ConformalIntervals(
            DummyRegressor(), coverage=0.6, calibration_fraction=1 / 3
        )
        model.fit(np.zeros((12, 1)), y)
        assert model.n_calibration_ == 4
        assert model.half_widths_.tolist() == [3.0]  # the third of 1, 2, 3, 4
        mean = y.mean()
        np.testing.assert_allclose(
            model.predict_interval([[0.0]]), [[mean - 3, mean + 3]]
        )
        model.set_params(refit=False).fit(np.zeros((12, 1)), y)
        np.testing.assert_allclose(model.predict_interval([[0.0]]), [[-3, 3]])

    @pytest.mark.parametrize("route", ["beside", "column", "index", "windows"])
    def test_of_each_group(self, route):
        ids = np.array([3, 1, 1] * 20 + [3] * 60)
        X = pd.DataFrame({"load": RNG.normal(size=120)})
        expected = np.concatenate(
            [np.flatnonzero(ids == name)[-n:] for name, n in [(3, 20), (1, 10)]]
        )
        errors = np.abs(X["load"].to_numpy()[expected] - last_loads(X, ids)[expected])
        y, groups = X["load"], None
        last = PersistenceRegressor()
        model = ConformalIntervals(
            make_pipeline(SequenceWindower(3), last), calibration_fraction=0.25
        )
        if route == "index":
            times = X.groupby(ids).cumcount()
            index = pd.MultiIndex.from_arrays([ids, times])
            X, y = X.set_axis(index), y.set_axis(index)
        else:
            X = X.assign(id=ids)
            model.estimator[0].set_params(group_by="id")
        if route == "beside":
            groups = ids
        if route == "windows":
            X = model.estimator[0].fit_transform(X, y)
            model.set_params(estimator=last)
        model.fit(X, y, groups)
        assert model.n_calibration_ == 30
        k = int(np.ceil(31 * 0.9))
        assert model.half_widths_[0] == pytest.approx(np.sort(errors)[k - 1], rel=1e-5)

    def test_of_unknown_targets_do_not_count(self):
        X = pd.DataFrame(autoregression(60), columns=["load"])
        y = make_targets(X["load"], 11)
        pipe = make_pipeline(SequenceWindower(3), PersistenceRegressor())
        model = ConformalIntervals(pipe, calibration_fraction=0.5, coverage=0.5)
        model.fit(X, y)
        errors = np.abs(y.to_numpy() - X["load"].shift(1).to_numpy()[:, None])[30:]
        expected = [np.sort(errors[:, 0])[15], np.sort(errors[:-10, 10])[10]]
        np.testing.assert_allclose(model.half_widths_[[0, 10]], expected, rtol=1e-5)

    def test_that_are_too_few_give_infinite_intervals(self):
        X, y = np.zeros((20, 1)), RNG.normal(size=20)
        message = "has 4 rows to measure errors on, too few for coverage=0.9"
        with pytest.warns(UserWarning, match=message):
            model = ConformalIntervals(Ridge()).fit(X, y)
        assert np.isinf(model.predict_interval(X)).all()
        assert np.isfinite(model.predict(X)).all()

    def test_of_short_groups_add_up(self):
        X, ids = np.zeros((40, 1)), np.repeat(np.arange(20), 2)
        model = ConformalIntervals(Ridge(), coverage=0.5).fit(X, X[:, 0], ids)
        assert model.n_calibration_ == 8
        with pytest.raises(ValueError, match="leaves none of these"):
            model.fit(X, X[:, 0], np.arange(40))  # each has but one row


class NumberOfRows(RegressorMixin, BaseEstimator):
    """Remember how many rows there were to learn from, and predict zeros."""

    def fit(self, X, y):
        self.n_learnt_, self.n_outputs_ = len(X), y.shape[1]
        return self

    def predict(self, X):
        return np.zeros((len(X), self.n_outputs_))


class TestTargetsAhead:
    """None of the targets that are learnt from lies in the rows held back."""

    @pytest.mark.parametrize("first_step", [0, 1])
    @pytest.mark.parametrize("route", ["index", "windows", "array"])
    def test_rows_learnt_from(self, route, first_step):
        index = pd.MultiIndex.from_product([["p", "q"], range(40)], names=["id", "t"])
        X = pd.DataFrame({"load": RNG.normal(size=80)}, index=index)
        y = make_targets(X["load"], 6, first_step=first_step)
        windower = SequenceWindower(3, horizon=1 - first_step)
        model = ConformalIntervals(
            NumberOfRows(), refit=False, calibration_fraction=0.25, coverage=0.5
        )
        if route == "index":
            model.set_params(estimator=make_pipeline(windower, NumberOfRows()))
            model.fit(X, y)
            learnt = model.estimator_[-1].n_learnt_
        else:
            table = X.to_numpy() if route == "array" else windower.fit_transform(X, y)
            groups = index.get_level_values(0) if route == "array" else None
            learnt = model.fit(table, y, groups).estimator_.n_learnt_
        assert learnt == 2 * (30 - 5 - first_step)  # whose targets end before row 30
        assert model.n_calibration_ == 20

    def test_errors_are_those_of_rows_with_their_whole_history(self):
        X = pd.DataFrame({"load": RNG.normal(size=60)})
        y = make_targets(X["load"], 4)
        pipe = make_pipeline(SequenceWindower(3), PersistenceRegressor())
        model = ConformalIntervals(pipe, calibration_fraction=0.5, coverage=0.5)
        model.fit(X, y)
        errors = np.abs(y[0] - X["load"].shift())[30:]
        assert model.half_widths_[0] == pytest.approx(np.sort(errors)[15], rel=1e-5)

    def test_a_network_that_knows_targets_by_heart_gains_nothing(self):
        """Noise has no pattern: who foresees it has been told."""
        X = pd.DataFrame({"load": RNG.normal(size=60)})
        y = make_targets(X["load"], 20)[:40]
        lags = SequenceWindower(1, flatten=True)
        pipe = make_pipeline(lags, SimpleImputer(), KNeighborsRegressor(1))
        model = ConformalIntervals(pipe, calibration_fraction=0.25, coverage=0.5)
        model.fit(X[:40], y)
        part = clone(pipe).fit(X[:11], y[:11])
        errors = np.abs(y[30:] - part.predict(X[:40])[30:])
        np.testing.assert_allclose(model.half_widths_, np.sort(errors, axis=0)[5])

    def test_that_leave_nothing_are_refused(self):
        X = pd.DataFrame({"load": RNG.normal(size=30)})
        pipe = make_pipeline(SequenceWindower(3), PersistenceRegressor())
        with pytest.raises(ValueError, match="whose targets look 24 rows ahead"):
            ConformalIntervals(pipe).fit(X, make_targets(X["load"], 25))


def last_loads(X, ids):
    return X["load"].groupby(ids).shift(1).to_numpy()


class TestComposition:
    X, Y = make_battery_fade(120, random_state=0)

    def test_rows_that_follow_have_their_history(self):
        model = ConformalIntervals(
            make_pipeline(SequenceWindower(3), PersistenceRegressor())
        )
        model.fit(self.X[:100], self.Y[:100])
        np.testing.assert_allclose(
            model.predict(self.X[100:]), self.Y[99:119], rtol=1e-6
        )

    def test_last_step_of_a_pipeline(self):
        network = GRURegressor(3, max_epochs=2, random_state=0)
        inner = make_pipeline(SequenceWindower(4), ConformalIntervals(network))
        inner.fit(self.X, self.Y)
        outer = make_pipeline(SequenceWindower(4), network).fit(self.X, self.Y)
        np.testing.assert_array_equal(inner.predict(self.X), outer.predict(self.X))
        windows = inner[:-1].transform(self.X)
        assert inner[-1].predict_interval(windows).shape == (120, 2)
        assert inner[-1].n_features_in_ == 1

    def test_searches_and_scores(self):
        model = ConformalIntervals(ridge())
        search = GridSearchCV(
            model,
            {"estimator__ridge__alpha": [1e-3, 1e3], "coverage": [0.5]},
            cv=TimeSeriesSplit(2),
        ).fit(self.X, self.Y)
        assert search.best_estimator_.coverage == 0.5
        plain = cross_val_score(ridge(), self.X, self.Y, cv=TimeSeriesSplit(2))
        scores = cross_val_score(
            model.set_params(coverage=0.5), self.X, self.Y, cv=TimeSeriesSplit(2)
        )
        np.testing.assert_array_equal(scores, plain)

    def test_clone_and_parameters(self):
        model = ConformalIntervals(ridge(), coverage=0.7, refit=False)
        copy = clone(model)
        assert copy.estimator is not model.estimator
        assert (copy.coverage, copy.refit) == (0.7, False)
        model.fit(self.X, self.Y)
        assert not hasattr(model.estimator[-1], "coef_")

    def test_step_in_front_sees_no_calibration_row(self):
        X = self.X.copy()
        pipe = make_pipeline(StandardScaler().set_output(transform="pandas"), ridge())
        model = ConformalIntervals(pipe, refit=False).fit(X, self.Y)
        assert model.estimator_[0].mean_[0] == pytest.approx(X["capacity"][:96].mean())

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"coverage": 1.0}, "The 'coverage' parameter"),
            ({"calibration_fraction": 0.0}, "The 'calibration_fraction' parameter"),
            ({"estimator": SequenceWindower()}, "The 'estimator' parameter"),
            ({"calibration_fraction": 1e-3}, "n_samples=120 leaves none of these"),
        ],
    )
    def test_bad_parameters_are_refused(self, parameters, message):
        with pytest.raises(ValueError, match=message):
            ConformalIntervals(**{"estimator": ridge()} | parameters).fit(
                self.X, self.Y
            )
