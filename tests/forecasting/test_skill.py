"""skill_score: one minus the quotient of two mean squared errors."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.metrics import make_scorer, mean_squared_error, r2_score
from sklearn.model_selection import TimeSeriesSplit, cross_validate

from sklearn_rnn.forecasting import skill_score

RNG = np.random.default_rng(0)
TRUE, PREDICTED, BASELINE = RNG.normal(size=(3, 30, 2))
WEIGHT = RNG.uniform(size=30)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_is_one_minus_the_quotient_of_the_errors(weight):
    errors = [
        mean_squared_error(TRUE, values, sample_weight=weight)
        for values in (PREDICTED, BASELINE)
    ]
    found = skill_score(TRUE, PREDICTED, BASELINE, sample_weight=weight)
    assert found == pytest.approx(1 - errors[0] / errors[1])


def test_against_the_mean_it_is_r2():
    y, mean = TRUE[:, 0], np.full(30, TRUE[:, 0].mean())
    assert skill_score(y, PREDICTED[:, 0], mean) == pytest.approx(
        r2_score(y, PREDICTED[:, 0])
    )


def test_unknown_targets_weigh_nothing():
    true = TRUE.copy()
    true[::3, 1] = true[5, 0] = np.nan
    known = ~np.isnan(true)
    found = skill_score(true, PREDICTED, BASELINE)
    expected = skill_score(true[known], PREDICTED[known], BASELINE[known])
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("error", "skill"), [(0.0, 0.0), (0.1, -np.inf)])
def test_a_perfect_baseline(error, skill):
    assert skill_score([1.0, 2.0], [1.0 + error, 2.0], [1.0, 2.0]) == skill


def test_each_fold_is_compared_with_its_own_rows():
    y = pd.Series(RNG.normal(size=40).cumsum(), index=range(100, 140))
    X, baseline = y.to_frame(), y.shift(1).bfill()
    scorer = make_scorer(skill_score, y_baseline=baseline.sample(frac=1))
    cv = TimeSeriesSplit(3)
    found = cross_validate(DummyRegressor(), X, y, cv=cv, scoring=scorer)
    for score, (train, test) in zip(found["test_score"], cv.split(X), strict=True):
        mean = np.full(len(test), y.iloc[train].mean())
        assert score == pytest.approx(
            skill_score(y.iloc[test], mean, baseline.iloc[test])
        )


def test_equal_indices_may_hold_an_entry_twice():
    y = pd.Series([1.0, 2.0], index=[0, 0])
    assert skill_score(y, [1.0, 1.0], y + 1) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TRUE, PREDICTED, BASELINE[:, 0]), "of one shape"),
        ((TRUE, PREDICTED[:-1], BASELINE), "inconsistent numbers"),
        ((TRUE, TRUE * np.nan, BASELINE), "Input y_pred contains NaN"),
        ((TRUE * np.nan, TRUE, BASELINE), "no known target"),
        (
            (pd.Series([1.0], [3]), [1.0], pd.Series([1.0], [4])),
            "y_baseline without the row 3",
        ),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        skill_score(*arguments)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "steps", [np.ones((3, 2, 1)), [np.ones(2), np.ones(3), np.ones(1)]]
)
def test_targets_for_each_step_are_refused(steps, place):
    arguments = [np.arange(3.0)] * 3
    arguments[place] = steps
    message = r"skill_score expects a target for each sample.*np\.concatenate"
    with pytest.raises(ValueError, match=message):
        skill_score(*arguments)


def test_a_list_of_rows_has_no_steps():
    assert skill_score(list(TRUE), list(TRUE), list(BASELINE)) == 1
