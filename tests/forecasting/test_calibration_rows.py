"""Whole groups held out: errors are those on units that the copy has not seen."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.forecasting import ConformalIntervals, rul_targets


def engines(n_units, first=0, seed=0):
    """Make units whose sensor tells ever more of the rows they have left."""
    rng = np.random.default_rng(seed)
    parts = {}
    for unit in range(first, first + n_units):
        left = np.arange(rng.integers(40, 160))[::-1]
        sensor = np.log1p(left) + rng.normal(0, 0.3, size=len(left))
        parts[unit] = pd.DataFrame({"sensor": sensor})
    return pd.concat(parts, names=["unit", "cycle"])


def lives(**parameters):
    windower = SequenceWindower(3, horizon=0, flatten=True, context=None)
    pipe = make_pipeline(windower, SimpleImputer(), KNeighborsRegressor(20))
    return ConformalIntervals(pipe, coverage=0.9, **parameters)


def test_errors_are_those_of_the_groups_that_appear_last():
    groups = np.array(["c", "a", "c", "b", "a", "b", "b"])
    y = np.array([1.0, 3.0, 1.0, 4.0, 3.0, 9.0, 5.0])
    model = ConformalIntervals(
        DummyRegressor(), coverage=0.5, calibration_fraction=0.3, hold_out="groups"
    )
    X = np.zeros((7, 1))
    model.set_params(refit=False).fit(X, y, groups)
    assert model.estimator_.constant_.item() == 2.0  # the mean of "c" and "a"
    assert model.n_calibration_ == 3
    assert model.half_widths_.tolist() == [3.0]  # the second of 2, 3 and 7
    model.set_params(calibration_fraction=0.6).fit(X, y, groups)
    assert model.estimator_.constant_.item() == 1.0
    assert model.n_calibration_ == 5


def test_whole_lives_of_new_units_are_covered():
    X, X_test = engines(60), engines(60, first=60, seed=1)
    y, truth = rul_targets(X, cap=None), rul_targets(X_test, cap=None)
    shares = {}
    for hold_out in ("last_rows", "groups"):
        model = lives(hold_out=hold_out).fit(X, y)
        low, high = model.predict_interval(X_test).T
        shares[hold_out] = ((low <= truth) & (truth <= high)).mean()
    assert abs(shares["groups"] - 0.9) < 0.03
    assert shares["last_rows"] < 0.8


@pytest.mark.parametrize("route", ["column", "windows"])
def test_groups_are_found_where_fit_finds_them(route):
    X = engines(10)
    y = rul_targets(X)
    expected = lives(hold_out="groups").fit(X, y)
    model = lives(hold_out="groups")
    X = X.reset_index()
    X.index, X = X["cycle"], X[["unit", "sensor"]]
    windower = model.estimator[0].set_params(group_by="unit")
    if route == "windows":
        windower.set_params(flatten=False)
        network = GRURegressor(2, max_epochs=1, random_state=0)
        pipe = make_pipeline(windower, network)
        expected = ConformalIntervals(pipe, hold_out="groups").fit(X, y)
        model = ConformalIntervals(network, hold_out="groups")
        X = windower.fit_transform(X, y)
    model.fit(X, y)
    np.testing.assert_allclose(model.half_widths_, expected.half_widths_, rtol=1e-5)
    assert model.n_calibration_ == expected.n_calibration_


def test_that_leave_nothing_are_refused():
    X = engines(2)
    model = lives(hold_out="groups")
    with pytest.raises(ValueError, match="of 2 groups leaves none of these"):
        model.fit(X, rul_targets(X))
    with pytest.raises(ValueError, match="of 1 groups leaves none"):
        model.fit(X.loc[0], rul_targets(X.loc[0].index))
    with pytest.raises(ValueError, match="The 'hold_out' parameter"):
        lives(hold_out="rows").fit(X, rul_targets(X))
