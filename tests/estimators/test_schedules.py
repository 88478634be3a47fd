"""lr_schedule -> the step size of each epoch, in fit, partial_fit and warm starts."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.exceptions import TrainingDivergedError
from sklearn_rnn.training._schedules import SCHEDULES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
Y = X[:, :, 0].mean(axis=1)
COSINE = (1 + np.cos(np.pi * np.arange(4) / 4)) / 2


def make(cls=RNNRegressor, **parameters):
    settings = {"max_epochs": 4, "lr": 0.01, "random_state": 0}
    return cls(4, **settings | parameters)


def rates(regressor):
    return regressor.history_["lr"].to_numpy()


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_history_tells_the_step_size_of_each_epoch(cls):
    regressor = make(cls, lr_schedule="cosine").fit(X, Y)
    np.testing.assert_allclose(rates(regressor), 0.01 * COSINE)
    assert regressor.lr == 0.01


@pytest.mark.parametrize("name", SCHEDULES)
def test_fit_begins_anew(name):
    regressor = make(lr_schedule=name)
    first = rates(regressor.fit(X, Y))
    np.testing.assert_array_equal(rates(regressor.fit(X, Y)), first)
    warm = make(lr_schedule=name, warm_start=True).fit(X, Y).fit(X, Y)
    np.testing.assert_array_equal(rates(warm), np.tile(first, 2))
    warm.set_params(lr=0.02).fit(X, Y)
    np.testing.assert_allclose(rates(warm)[8:], 2 * first)


def test_each_fit_plans_for_its_own_epochs():
    warm = make(lr_schedule="cosine", warm_start=True, max_epochs=2).fit(X, Y)
    warm.set_params(max_epochs=4, lr=0.1).fit(X, Y)
    np.testing.assert_allclose(rates(warm), [0.01, 0.005, *(0.1 * COSINE)])


@pytest.mark.parametrize("name", SCHEDULES)
def test_partial_fit_goes_on(name):
    whole = make(lr_schedule=name, lr=0.3).fit(X, Y)
    parts = make(lr_schedule=name, lr=0.3)
    for _ in range(4):
        parts = pickle.loads(pickle.dumps(parts.partial_fit(X, Y)))
    np.testing.assert_array_equal(rates(parts), rates(whole))
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))


def test_partial_fit_goes_on_after_an_early_stop():
    stopped = make(
        lr_schedule="exponential",
        lr_schedule_params={"gamma": 0.5},
        early_stopping=True,
        patience=1,
        max_epochs=50,
    ).fit(X, RNG.normal(size=60))
    n_epochs = stopped.n_epochs_
    assert n_epochs < 50
    stopped.partial_fit(X, Y)
    np.testing.assert_allclose(rates(stopped), 0.01 * 0.5 ** np.arange(n_epochs + 1))


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"lr": 0.1}, [0.1, 0.05]),
        ({"lr_schedule_params": {"gamma": 0.1}}, [0.01, 0.001]),
        ({"lr_schedule": None, "lr_schedule_params": None}, [0.01, 0.01]),
        ({"lr_schedule": "cosine", "lr_schedule_params": None}, 0.01 * COSINE[:2]),
        ({"max_epochs": 9}, [0.0025, 0.00125]),
    ],
)
def test_a_new_step_size_or_schedule_begins_anew_in_partial_fit(change, after):
    regressor = make(lr_schedule="exponential", lr_schedule_params={"gamma": 0.5})
    regressor.partial_fit(X, Y).partial_fit(X, Y).set_params(**change)
    regressor.partial_fit(X, Y).partial_fit(X, Y)
    np.testing.assert_allclose(rates(regressor), [0.01, 0.005, *after])


def test_a_new_step_size_begins_a_new_plan_in_partial_fit():
    regressor = make(lr_schedule="cosine").partial_fit(X, Y).partial_fit(X, Y)
    regressor.set_params(lr=0.1).partial_fit(X, Y).partial_fit(X, Y)
    expected = np.r_[0.01 * COSINE[:2], 0.1 * COSINE[:2]]
    np.testing.assert_allclose(rates(regressor), expected)


def test_a_schedule_may_come_later():
    warm = make(warm_start=True).fit(X, Y).set_params(lr_schedule="cosine").fit(X, Y)
    np.testing.assert_allclose(rates(warm), [*[0.01] * 4, *(0.01 * COSINE)])


def test_a_diverged_training_goes_back_with_its_schedule():
    params = {"lr_schedule": "exponential", "lr_schedule_params": {"gamma": 0.5}}
    regressor = make(optimizer="sgd", clip_grad_norm=None, **params)
    regressor.partial_fit(X, Y).partial_fit(X, Y)
    with pytest.raises(TrainingDivergedError):
        regressor.partial_fit(X, Y * 1e35)
    regressor.partial_fit(X, Y)
    np.testing.assert_allclose(rates(regressor), 0.01 * 0.5 ** np.arange(3))


def test_plateau_falls_while_the_validation_loss_stays():
    regressor = make(lr=0.05, lr_schedule="plateau", patience=4, max_epochs=200)
    regressor.set_params(early_stopping=True).fit(X, RNG.normal(size=60))
    losses = regressor.validation_loss_curve_
    assert regressor.n_epochs_ - regressor.best_epoch_ == 4
    assert rates(regressor)[-1] <= 0.5 * rates(regressor)[regressor.best_epoch_ - 1]
    falls = np.flatnonzero(np.diff(rates(regressor)) < 0)
    assert all(losses[fall] > losses[: fall - 1].min() for fall in falls)


def test_schedules_in_a_grid_search():
    grid = {"lr_schedule": [None, *SCHEDULES]}
    search = GridSearchCV(make(max_epochs=2), grid, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_parameters_are_neither_changed_nor_shared():
    params = {"gamma": 0.5}
    regressor = make(lr_schedule="exponential", lr_schedule_params=params)
    regressor.partial_fit(X, Y)
    params["gamma"] = 0.1  # of the fitted one: it begins anew
    assert clone(regressor).lr_schedule_params == {"gamma": 0.1}
    regressor.partial_fit(X, Y).partial_fit(X, Y)
    np.testing.assert_allclose(rates(regressor), [0.01, 0.01, 0.001])
    assert params == {"gamma": 0.1}


def test_refusals_leave_the_fitted_network():
    regressor = make().fit(X, Y)
    expected = regressor.predict(X)
    regressor.set_params(lr_schedule="step", lr_schedule_params={"gama": 0.5})
    with pytest.raises(ValueError, match=r"does not know .*It takes .*'gamma'.*size"):
        regressor.fit(X, Y)
    regressor.set_params(lr_schedule="one_cycle", lr_schedule_params={"pct_start": 9})
    with pytest.raises(ValueError, match="cannot use lr_schedule_params"):
        regressor.fit(X, Y)
    regressor.set_params(lr_schedule=None)
    with pytest.raises(ValueError, match="belong to a schedule"):
        regressor.fit(X, Y)
    np.testing.assert_array_equal(regressor.predict(X), expected)


def test_unknown_schedule():
    with pytest.raises(
        ValueError, match="'lr_schedule' parameter of RNNRegressor must"
    ):
        make(lr_schedule="linear").fit(X, Y)
