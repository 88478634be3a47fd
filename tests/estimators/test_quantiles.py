"""criterion="quantile" -> quantiles in order, in the units of y, and the median."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
Y = X[:, :, 0].mean(axis=1)
LEVELS = (0.1, 0.25, 0.5, 0.9)


def quick(cls=RNNRegressor, quantiles=LEVELS, **parameters):
    settings = {"max_epochs": 3, "random_state": 0, "criterion": "quantile"}
    return cls(4, quantiles=quantiles, **settings | parameters)


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
@pytest.mark.parametrize(
    ("y", "shape"),
    [(Y, ()), (Y[:, None], (1,)), (np.column_stack([Y, -Y]), (2,))],
    ids=["flat", "column", "two"],
)
def test_shapes_order_and_median(cls, y, shape):
    regressor = quick(cls).fit(X, y)
    quantiles = regressor.predict_quantiles(X)
    assert quantiles.shape == (60, *shape, 4)
    assert quantiles.dtype == np.float64
    assert (np.diff(quantiles, axis=-1) > 0).all()
    np.testing.assert_array_equal(regressor.predict(X), quantiles[..., 2])
    assert regressor.quantiles_ == LEVELS
    assert regressor.n_outputs_ == (shape or (1,))[0]


def test_levels_that_nobody_named():
    assert quick(quantiles=None).fit(X, Y).predict_quantiles(X).shape == (60, 3)
    assert quick(quantiles=None).fit(X, Y).quantiles_ == (0.1, 0.5, 0.9)


def test_levels_in_an_array():
    levels = np.array(LEVELS)
    regressor = clone(quick(quantiles=levels, warm_start=True))
    np.testing.assert_array_equal(regressor.quantiles, levels)
    regressor.fit(X, Y)
    assert regressor.quantiles_ == LEVELS
    assert {type(level) for level in regressor.quantiles_} == {float}
    assert "quantiles=array(" in repr(regressor)
    expected = quick().fit(X, Y).predict_quantiles(X)
    np.testing.assert_array_equal(regressor.predict_quantiles(X), expected)
    regressor.set_params(quantiles=levels.copy()).fit(X, Y)  # equal: it may go on
    assert regressor.set_params(quantiles=list(LEVELS)).fit(X, Y).n_epochs_ == 9
    with pytest.raises(ValueError, match="and quantiles cannot change there"):
        regressor.set_params(quantiles=levels / 2 + 0.25).fit(X, Y)


def test_levels_in_an_array_are_known_to_a_checkpoint(tmp_path):
    settings = {"checkpoint_path": tmp_path / "training"}
    before = quick(**settings).fit(X, Y)
    levels = np.array(LEVELS)
    again = quick(quantiles=levels, **settings).set_params(max_epochs=4).fit(X, Y)
    np.testing.assert_array_equal(again.loss_curve_[:3], before.loss_curve_)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"quantiles": np.array([0.1, 0.9])}, "needs 0.5 among its levels"),
        ({"quantiles": np.array([[0.1, 0.5]])}, r"Got array\(\[\[0.1, 0.5\]\]\)"),
        ({"quantiles": np.array(0.5)}, r"one before. Got array\(0.5\)"),
        ({"quantiles": "0.5"}, "'quantiles' parameter of RNNRegressor must be"),
        ({"quantiles": (0.1, 0.9)}, "needs 0.5 among its levels"),
        ({"quantiles": (0.9, 0.5)}, "each larger than the one before"),
        ({"criterion": "huber"}, r"\(0.1, 0.25, 0.5, 0.9\) are learnt with criterion="),
    ],
)
def test_levels_that_do_not_fit(parameters, message):
    with pytest.raises(ValueError, match=message):
        quick(**parameters).fit(X, Y)


def test_others_have_no_quantiles():
    other = quick(criterion="huber", quantiles=None)
    for regressor in (other, other.fit(X, Y), other.set_params(criterion="quantile")):
        assert hasattr(regressor, "predict_quantiles") == (
            regressor.criterion == "quantile" and not hasattr(regressor, "net_")
        )
        with pytest.raises(
            AttributeError, match="no attribute 'predict_quantiles'"
        ) as e:
            regressor.predict_quantiles(X)
        assert "predicts quantiles with criterion='quantile'" in str(e.value.__cause__)
    with pytest.raises(NotFittedError):
        quick().predict_quantiles(X)


def test_a_fitted_one_keeps_its_levels():
    regressor = quick().fit(X, Y)
    expected = regressor.predict_quantiles(X)
    again = pickle.loads(pickle.dumps(regressor)).set_params(criterion="huber")
    np.testing.assert_array_equal(again.predict_quantiles(X), expected)


def test_equal_those_of_the_targets_where_the_input_tells_nothing():
    y = RNG.exponential(3.0, size=400) + 100
    weight = np.where(y > 103, 2.0, 1.0)
    regressor = quick(batch_size=50, max_epochs=60, lr=0.02)
    for w in (None, weight):
        regressor.fit(np.ones((400, 1, 1)), y, sample_weight=w)
        predicted = regressor.predict_quantiles(np.ones((1, 1, 1)))[0]
        expected = np.quantile(y, LEVELS, weights=w, method="inverted_cdf")
        np.testing.assert_allclose(predicted, expected, atol=0.25)


FRAME = pd.DataFrame({"a": RNG.normal(size=300).cumsum(), "b": RNG.normal(size=300)})


@pytest.mark.parametrize("norm", ["last", "standard"])
@pytest.mark.parametrize("slope", [-2.0, 3.0])
def test_a_falling_copy_does_not_turn_them_around(norm, slope):
    """y = slope * a + 50: its change has quantiles of its own, also where slope < 0."""
    y = slope * FRAME["a"] + 50
    pipe = make_pipeline(
        SequenceWindower(5), quick(max_epochs=30, lr=0.01, instance_norm=norm)
    )
    windows = pipe.fit(FRAME, y)[0].transform(FRAME)
    quantiles = pipe[-1].predict_quantiles(windows)
    assert pipe[-1].target_feature_ == "a"
    assert (np.diff(quantiles, axis=1) > 0).all()
    below = (y.to_numpy()[:, None] <= quantiles).mean(axis=0)
    np.testing.assert_allclose(below, LEVELS, atol=0.1)


def test_without_history_they_are_those_of_the_training_targets():
    pipe = make_pipeline(SequenceWindower(5), quick()).fit(FRAME, FRAME["a"])
    expected = np.quantile(FRAME["a"], LEVELS, method="inverted_cdf")
    windows = pipe[0].transform(FRAME)
    np.testing.assert_allclose(pipe[-1].predict_quantiles(windows)[0], expected)
    assert pipe.predict(FRAME)[0] == expected[2]


def test_can_be_searched():
    search = GridSearchCV(
        quick(quantiles=None, max_epochs=1), {"criterion": ["huber", "quantile"]}, cv=2
    ).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    levels = {"quantiles": [None, LEVELS]}
    assert np.isfinite(
        GridSearchCV(quick(max_epochs=1), levels, cv=2).fit(X, Y).best_score_
    )


@pytest.mark.slow
@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_cover_what_they_say_where_the_noise_varies(cls):
    """The noise of a sequence grows with its mean; so must the width of quantiles."""
    rng = np.random.default_rng(1)
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)

    def draw(n):
        X = rng.uniform(size=(n, 6, 1))
        size = X[:, :, 0].mean(axis=1) * 4 - 1.2
        return X, size, 10 + size * rng.normal(size=n)

    X, _, y = draw(3000)
    regressor = quick(cls, levels, max_epochs=40, lr=0.01, batch_size=64).fit(X, y)
    X, size, y = draw(3000)
    quantiles = regressor.predict_quantiles(X)
    covered = (y[:, None] <= quantiles).mean(axis=0)
    print(cls.__name__, covered.round(3))
    np.testing.assert_allclose(covered, levels, atol=0.04)
    width = quantiles[:, -1] - quantiles[:, 0]
    assert np.corrcoef(width, size)[0, 1] > 0.9
    for q, level in enumerate(levels):
        constant = np.full(3000, np.quantile(y, level))
        if level != 0.5:  # the median is the same everywhere
            assert mean_pinball_loss(y, quantiles[:, q], alpha=level) < (
                0.97 * mean_pinball_loss(y, constant, alpha=level)
            )
