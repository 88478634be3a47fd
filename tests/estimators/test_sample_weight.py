"""Sample weights -> the fit, the validation loss and the score that they ask for."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.training._seeds import draw_seeds
from sklearn_rnn.training._split import split_validation

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
Y = X[:, :, 0].mean(axis=1) + RNG.normal(scale=0.1, size=60)
COUNTS = RNG.integers(0, 4, size=60)


@pytest.fixture(params=[RNNRegressor, LSTMRegressor, GRURegressor])
def regressor(request):
    return request.param(6, dropout=0.2, max_epochs=8, random_state=0)


def test_weight_equals_repetition(regressor):
    weighted = regressor.fit(X, Y, sample_weight=COUNTS).predict(X)
    X_long, y_long = np.repeat(X, COUNTS, axis=0), np.repeat(Y, COUNTS)
    order = RNG.permutation(len(y_long))
    repeated = regressor.fit(X_long[order], y_long[order]).predict(X)
    np.testing.assert_allclose(repeated, weighted, rtol=1e-7)


def test_weight_zero_equals_removal(regressor):
    weight = np.where(np.arange(60) % 3, 1.0, 0.0)
    weighted = regressor.fit(X, Y, sample_weight=weight).predict(X)
    removed = regressor.fit(X[weight > 0], Y[weight > 0]).predict(X)
    np.testing.assert_array_equal(removed, weighted)


@pytest.mark.parametrize("weight", [7.0, np.full(60, 0.001)], ids=["scalar", "equal"])
def test_equal_weights_are_no_weights(regressor, weight):
    plain = regressor.fit(X, Y).predict(X)
    weighted = regressor.fit(X, Y, sample_weight=weight).predict(X)
    np.testing.assert_allclose(weighted, plain, rtol=1e-12)


def test_unit_of_the_weights_does_not_matter(regressor):
    weight = np.where(np.arange(60) % 3, 1.0, 4.0)
    first = regressor.fit(X, Y, sample_weight=weight).predict(X)
    second = regressor.fit(X, Y, sample_weight=weight * 1024).predict(X)
    np.testing.assert_allclose(second, first, rtol=1e-6)


def test_heavy_samples_win():
    """Two opposite answers to one input: the prediction is their weighted mean."""
    same, y = np.ones((40, 3, 1)), np.repeat([-1.0, 1.0], 20)
    weight = np.repeat([1.0, 3.0], 20)
    regressor = RNNRegressor(4, max_epochs=60, lr=0.05, random_state=0)
    regressor.fit(same, y, sample_weight=weight)
    np.testing.assert_allclose(regressor.predict(same[:1]), 0.5, atol=0.02)


def test_windows_of_weight_zero_are_history_still():
    frame = pd.DataFrame({"a": RNG.normal(size=60).cumsum()})
    windows = SequenceWindower(5).fit_transform(frame, frame["a"])
    weight = np.where(np.arange(60) % 2, 1.0, 0.0)
    regressor = GRURegressor(4, max_epochs=3, random_state=0)
    weighted = regressor.fit(windows, frame["a"], sample_weight=weight).predict(windows)
    kept = np.flatnonzero(weight)
    fewer = regressor.fit(windows[kept], frame["a"].iloc[kept]).predict(windows)
    np.testing.assert_array_equal(fewer, weighted)


def test_partial_fit_weighs():
    weight = np.where(np.arange(60) % 3, 1.0, 4.0)
    by_parts = LSTMRegressor(4, random_state=0).partial_fit(X, Y, sample_weight=weight)
    at_once = LSTMRegressor(4, max_epochs=1, random_state=0).fit(X, Y, weight)
    np.testing.assert_array_equal(by_parts.predict(X), at_once.predict(X))
    plain = LSTMRegressor(4, random_state=0).partial_fit(X, Y)
    assert (plain.predict(X) != by_parts.predict(X)).any()


def test_validation_loss_is_the_weighted_mean():
    frame = pd.DataFrame(X[:, 0], columns=["a", "b"])
    windows = SequenceWindower(5).fit_transform(frame)
    weight = np.linspace(0.5, 3.0, 60)
    regressor = GRURegressor(
        4, early_stopping=True, validation_fraction=0.25, max_epochs=1, random_state=0
    )
    regressor.fit(windows, Y, sample_weight=weight)
    train, valid = split_validation(windows, 0.25, draw_seeds(0).split)
    scale = np.sqrt(
        np.average(  # the network sees y standardised
            (Y[train] - np.average(Y[train], weights=weight[train])) ** 2,
            weights=weight[train],
        )
    )
    error = (regressor.predict(windows[valid]) - Y[valid]) / scale
    expected = np.average(error**2, weights=weight[valid])
    np.testing.assert_allclose(regressor.validation_loss_curve_, expected, rtol=1e-5)


def test_score_weighs(regressor):
    regressor.fit(X, Y)
    expected = r2_score(Y, regressor.predict(X), sample_weight=COUNTS)
    assert regressor.score(X, Y, sample_weight=COUNTS) == expected
    assert regressor.score(X, Y) != expected
