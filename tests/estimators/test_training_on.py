"""partial_fit, warm_start and fit again -> training goes on, or starts anew."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.exceptions import TrainingDivergedError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6, 2))
Y = X[:, :, 0].mean(axis=1)


@pytest.fixture(params=[RNNRegressor, LSTMRegressor, GRURegressor])
def cls(request):
    return request.param


def make(cls, **parameters):
    return cls(4, dropout=0.2, recurrent_dropout=0.1, random_state=0, **parameters)


def test_partial_fit_is_one_epoch(cls):
    by_parts, at_once = make(cls), make(cls, max_epochs=3).fit(X, Y)
    for n_epochs in (1, 2, 3):
        by_parts.partial_fit(X, Y)
        assert by_parts.n_epochs_ == n_epochs
    np.testing.assert_array_equal(by_parts.predict(X), at_once.predict(X))
    np.testing.assert_array_equal(by_parts.loss_curve_, at_once.loss_curve_)


def test_partial_fit_takes_other_samples(cls):
    regressor = make(cls).partial_fit(X[:20], Y[:20])
    mean = regressor.scaler_.mean_.copy()
    regressor.partial_fit(X[20:, :4], Y[20:])
    np.testing.assert_array_equal(regressor.scaler_.mean_, mean)
    assert regressor.predict(X).shape == (50,)


def test_partial_fit_needs_no_validation_samples():
    regressor = make(LSTMRegressor, early_stopping=True).partial_fit(X[:2], Y[:2])
    regressor.partial_fit(X[:1], Y[:1])
    assert regressor.n_epochs_ == 2
    assert regressor.validation_loss_curve_ is None


def test_partial_fit_after_early_stopping():
    regressor = make(LSTMRegressor, early_stopping=True, max_epochs=2).fit(X, Y)
    regressor.partial_fit(X, Y)
    assert regressor.n_epochs_ == regressor.best_epoch_ == 3
    assert np.isnan(regressor.validation_loss_curve_[2])


def test_partial_fit_goes_on_after_fit(cls):
    regressor = make(cls, max_epochs=2).fit(X, Y).partial_fit(X, Y)
    expected = make(cls, max_epochs=3).fit(X, Y)
    np.testing.assert_array_equal(regressor.predict(X), expected.predict(X))


def test_warm_start_goes_on(cls):
    warm = make(cls, warm_start=True, max_epochs=2).fit(X, Y)
    warm.set_params(max_epochs=3).fit(X, Y)
    cold = make(cls, max_epochs=5).fit(X, Y)
    assert warm.n_epochs_ == len(warm.history_) == 5
    np.testing.assert_array_equal(warm.loss_curve_, cold.loss_curve_)
    np.testing.assert_array_equal(warm.predict(X), cold.predict(X))


def test_warm_start_can_begin_to_stop_early():
    warm = make(GRURegressor, warm_start=True, max_epochs=2).fit(X, Y)
    noise = RNG.normal(size=50)
    warm.set_params(early_stopping=True, patience=2, max_epochs=100, lr=0.05)
    warm.fit(X, noise)
    assert warm.n_epochs_ < 102
    assert warm.n_epochs_ - warm.best_epoch_ == 2


def test_without_warm_start_fit_begins_anew(cls):
    regressor = make(cls, max_epochs=2).fit(X * 3, -Y)
    again, fresh = regressor.fit(X, Y), make(cls, max_epochs=2).fit(X, Y)
    assert again.n_epochs_ == 2
    np.testing.assert_array_equal(again.predict(X), fresh.predict(X))


def test_refit_takes_other_features_and_outputs(cls):
    regressor = make(cls, max_epochs=1).fit(X, Y)
    regressor.fit(X[:, :, :1], np.stack([Y, Y], axis=1))
    assert regressor.n_features_in_ == 1
    assert regressor.predict(X[:, :, :1]).shape == (50, 2)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_going_on_demands_the_same_features(method):
    regressor = make(RNNRegressor, warm_start=True, max_epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="X has 1 features, but RNNRegressor is exp"):
        getattr(regressor, method)(X[:, :, :1], Y)
    with pytest.raises(ValueError, match=r"fitted with 1 outputs\. Got y with 2"):
        getattr(regressor, method)(X, np.stack([Y, Y], axis=1))


def test_failed_refit_leaves_the_fitted_network_whole():
    """A scale learnt for a network that could not be built must not be used."""
    regressor = make(RNNRegressor, max_epochs=1).fit(X, Y)
    before = regressor.predict(X)
    with pytest.raises(ValueError, match="has no weight decay"):
        regressor.set_params(optimizer=NoDecay, weight_decay=0.1).fit(X * 100, Y * 100)
    np.testing.assert_array_equal(regressor.predict(X), before)


def test_failed_first_fit_leaves_nothing():
    regressor = make(RNNRegressor, optimizer=NoDecay, weight_decay=0.1)
    with pytest.raises(ValueError, match="has no weight decay"):
        regressor.fit(X, Y)
    with pytest.raises(NotFittedError):
        regressor.predict(X)


class NoDecay:
    """Stand in for an optimizer without weight decay."""

    def __init__(self, params, lr):
        raise AssertionError("refused before it is made")


CHANGES = {
    "hidden_size": 5,
    "num_layers": 2,
    "bidirectional": True,
    "dropout": 0.3,
    "recurrent_dropout": 0.3,
    "input_dropout": 0.3,
    "zoneout": 0.3,
    "layer_norm": True,
    "pooling": "mean",
    "bptt_steps": 3,
    "stateful": True,
    "recurrent_init": "identity",
    "input_init": "uniform",
    "forget_bias": 0.0,
    "standardize": False,
    "instance_norm": None,
    "target_feature": None,
    "segment_length": 2,
    "criterion": "huber",
    "quantiles": (0.1, 0.5),
    "optimizer": "sgd",
    "device": "cuda",
}


@pytest.mark.parametrize("name", CHANGES)
def test_going_on_refuses_what_the_network_cannot_follow(name):
    regressor = make(LSTMRegressor, max_epochs=1, warm_start=True).fit(X, Y)
    regressor.set_params(**{name: CHANGES[name]})
    message = f"last fit, and {name} cannot change there. Set it back, or "
    with pytest.raises(ValueError, match=message + "call fit with warm_start=False"):
        regressor.fit(X, Y)
    with pytest.raises(ValueError, match=rf"{message}begin .* clone\(estimator\)\.par"):
        regressor.partial_fit(X, Y)


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 0.1},
        {"weight_decay": 10.0},
        {"l1": 10.0},
        {"clip_grad_norm": 1e-6, "optimizer": "sgd"},
    ],
    ids=["lr", "weight_decay", "l1", "clip_grad_norm"],
)
def test_going_on_follows_new_settings_of_the_training(change):
    optimizer = change.pop("optimizer", "adam")
    parameters = {"max_epochs": 1, "warm_start": True, "optimizer": optimizer}
    same = make(LSTMRegressor, **parameters).fit(X, Y).fit(X, Y)
    changed = make(LSTMRegressor, **parameters).fit(X, Y).set_params(**change)
    assert np.abs(changed.fit(X, Y).predict(X) - same.predict(X)).max() > 1e-6


def test_a_refit_that_diverges_at_once_leaves_the_earlier_fit():
    regressor = make(LSTMRegressor, max_epochs=2).fit(X, Y)
    before, expected = vars(regressor).copy(), regressor.predict(X)
    regressor.set_params(lr=1e38, clip_grad_norm=None, optimizer="sgd")
    with pytest.raises(TrainingDivergedError, match="so nothing has changed"):
        regressor.fit(X[:, :, :1], Y)
    regressor.set_params(lr=0.002, clip_grad_norm=1.0, optimizer="adam")
    np.testing.assert_array_equal(regressor.predict(X), expected)
    assert vars(regressor).keys() == before.keys()
    assert regressor.n_features_in_ == 2


def test_a_refit_with_bad_targets_leaves_the_earlier_fit():
    regressor = make(LSTMRegressor, max_epochs=2).fit(X, Y)
    expected = regressor.predict(X)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        regressor.fit(X[:, :, :1], np.ones((3, 2)))
    np.testing.assert_array_equal(regressor.predict(X), expected)


def test_a_failed_continuation_leaves_no_setting_behind():
    regressor = make(LSTMRegressor, max_epochs=1, warm_start=True, optimizer="sgd")
    regressor.fit(X, Y).set_params(lr=1e38, weight_decay=0.5, clip_grad_norm=None)
    with pytest.raises(TrainingDivergedError, match="last finished epoch are kept"):
        regressor.fit(X, Y)
    regressor.set_params(lr=0.002, weight_decay=0.0, clip_grad_norm=1.0).fit(X, Y)
    [group] = regressor.net_.optimizer_.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.002, 0.0)
    assert regressor.n_epochs_ == 2
