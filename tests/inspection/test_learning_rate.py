"""find_lr -> a curve that falls and rises, and a step size that trains well."""

import pickle

import numpy as np
import pytest
import skorch.callbacks
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import (
    GRUClassifier,
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SequenceWindower,
)
from sklearn_rnn.datasets import make_adding_problem, make_battery_fade
from sklearn_rnn.inspection import find_lr
from sklearn_rnn.inspection._learning_rate import _EndOfTest, _RangeTest

X, Y = make_adding_problem(n_samples=300, n_timesteps=8, random_state=0)


def make(cls=GRURegressor, **parameters):
    return cls(8, **{"random_state": 0, **parameters})


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_curve(cls):
    found = find_lr(make(cls), X, Y, lr_min=1e-4, lr_max=3.0, n_steps=80)
    curve = found.curve
    assert list(curve) == ["lr", "loss", "smooth_loss"]
    assert_allclose(curve["lr"], np.geomspace(1e-4, 3.0, 80)[: len(curve)])
    fading = 0.9 ** np.arange(len(curve))[::-1]
    last = np.average(curve["loss"], weights=fading)
    assert curve["smooth_loss"].iloc[-1] == pytest.approx(last)
    lowest = curve["smooth_loss"][10:].idxmin()
    assert found.suggestion == pytest.approx(curve["lr"][lowest] / 10)
    assert curve["smooth_loss"].min() < 0.8 * curve["smooth_loss"][0]
    assert curve["smooth_loss"].iloc[-1] > 1.2 * curve["smooth_loss"].min()


def test_balanced_classes_are_counted_in_the_data():
    """Though `partial_fit` refuses them."""
    labels = np.quantile(Y, 0.8) < Y
    balanced = find_lr(make(GRUClassifier, class_weight="balanced"), X, labels)
    by_hand = {False: 1 / 0.8, True: 1 / 0.2}
    same = find_lr(make(GRUClassifier, class_weight=by_hand), X, labels)
    assert_allclose(balanced.curve["loss"], same.curve["loss"], rtol=1e-5)


def test_each_update_has_its_own_step_size():
    """With plain gradient descent the first updates are those of a training by hand."""
    settings = {"optimizer": "sgd", "batch_size": 300, "clip_grad_norm": None}
    curve = find_lr(make(**settings), X, Y, lr_min=0.01, n_steps=20).curve
    by_hand = make(**settings)
    for lr in curve["lr"]:
        by_hand.set_params(lr=lr).partial_fit(X, Y)
    assert_allclose(curve["loss"], by_hand.loss_curve_, rtol=1e-5)
    assert len(curve) == 20


def test_a_lucky_first_batch_is_not_the_best():
    """Its running mean is its own loss: here the smallest of all by chance."""
    found = find_lr(make(RNNRegressor, optimizer="sgd"), X, Y, lr_max=10.0)
    assert found.curve["smooth_loss"].idxmin() < 10
    assert 0.01 < found.suggestion < 0.1


def final_loss(estimator, **parameters):
    return estimator.set_params(**parameters).fit(X, Y).loss_curve_[-1]


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_the_suggestion_trains_about_as_well_as_the_best_of_a_grid(cls, optimizer):
    estimator = make(cls, optimizer=optimizer, max_epochs=20)
    found = find_lr(estimator, X, Y, lr_max=10.0 if optimizer == "sgd" else 1.0)
    grid = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    losses = [final_loss(estimator, lr=lr, max_epochs=20) for lr in grid]
    suggested = final_loss(estimator, lr=found.suggestion)
    print(cls.__name__, optimizer, found.suggestion, suggested, losses)
    assert suggested < 2 * min(losses)
    assert suggested < 0.5 * losses[0]


def test_the_estimator_plays_no_part_but_for_its_network(capsys):
    expected = find_lr(make(), X, Y, n_steps=20).curve
    other = make(
        lr=7.0,
        lr_schedule="one_cycle",
        early_stopping=True,
        warm_start=True,
        verbose=1,
        max_epochs=1,
        callbacks=[skorch.callbacks.EarlyStopping("train_loss", patience=1)],
    )
    assert find_lr(other, X, Y, n_steps=20).curve.equals(expected)
    assert capsys.readouterr() == ("", "")


def test_the_estimator_is_left_as_it_is(capsys):
    fitted = make(max_epochs=1, verbose=0).fit(X, Y)
    before = pickle.dumps(fitted.get_params()), fitted.predict(X)
    found = find_lr(fitted, X, Y, n_steps=20)
    assert pickle.dumps(fitted.get_params()) == before[0]
    np.testing.assert_array_equal(fitted.predict(X), before[1])
    assert fitted.n_epochs_ == 1
    assert not hasattr(make(), "net_")
    assert found.curve.equals(find_lr(make(max_epochs=1), X, Y, n_steps=20).curve)
    assert capsys.readouterr() == ("", "")


def test_random_state_decides():
    one, same = (find_lr(make(), X, Y, n_steps=20).curve for _ in range(2))
    assert one.equals(same)
    assert not one.equals(find_lr(make(random_state=1), X, Y, n_steps=20).curve)
    generator = np.random.RandomState(0)
    state = generator.get_state()[1].copy()
    find_lr(make(random_state=generator), X, Y, n_steps=20)
    np.testing.assert_array_equal(generator.get_state()[1], state)


def test_pipelines():
    table, capacity = make_battery_fade(200, random_state=0)
    pipe = make_pipeline(StandardScaler(), SequenceWindower(10), make(LSTMRegressor))
    found = find_lr(pipe, table, capacity, n_steps=30)
    assert not hasattr(pipe[0], "mean_")
    front = make_pipeline(StandardScaler(), SequenceWindower(10))
    windows = front.fit_transform(table, capacity)
    alone = find_lr(make(LSTMRegressor), windows, capacity, n_steps=30)
    assert found.curve.equals(alone.curve)
    only = find_lr(make_pipeline(make()), X, Y, n_steps=30)
    assert only.curve.equals(find_lr(make(), X, Y, n_steps=30).curve)


def test_a_loss_that_explodes_ends_it():
    settings = {"optimizer": "sgd", "clip_grad_norm": None}
    found = find_lr(make(RNNRegressor, **settings), X, Y, lr_max=1e30, n_steps=100)
    smooth = found.curve["smooth_loss"].to_numpy()
    first_losses = found.curve["loss"][:10].max()

    def explodes(end):
        low = smooth[:end].min()
        return smooth[end - 1] - low > max(4 * (smooth[0] - low), first_losses)

    assert explodes(len(smooth))
    assert not explodes(len(smooth) - 1)
    assert len(smooth) < 100
    assert found.suggestion < 10


def test_a_loss_below_zero_is_no_explosion():
    """The Poisson loss of large counts falls from one to far below zero."""
    counts = np.random.default_rng(0).poisson(50 * np.exp(Y))
    network = make(criterion="poisson", standardize=False)
    curve = find_lr(network, X, counts).curve
    assert curve["smooth_loss"].min() < 0 < curve["smooth_loss"][0]
    assert len(curve) == 100


@pytest.mark.parametrize("shift", [-100.0, 0.0, 100.0])
def test_an_explosion_is_a_rise_against_the_fall(shift):
    """From one down to a half and up to four: at any level, if it is far from zero."""
    test = _RangeTest(np.ones(1000))
    fall = np.r_[np.linspace(1, 0.5, 60), np.full(40, 0.5)] + shift
    for loss in fall:
        test.on_batch_end(None, loss=loss)
    with pytest.raises(_EndOfTest):
        test.on_batch_end(None, loss=np.float64(1e4))


def test_nothing_but_noise_is_no_explosion():
    test = _RangeTest(np.ones(1000))
    for loss in np.random.default_rng(0).normal(1, 0.3, size=900):
        test.on_batch_end(None, loss=loss)
    for loss in np.full(90, 1.0):  # the first of them is the smallest
        test.on_batch_end(None, loss=loss)
    assert len(test.losses) == 990  # none of them ended it


def test_a_loss_that_never_falls_says_nothing():
    with pytest.warns(UserWarning, match="saw no loss that fell, so its suggestion"):
        found = find_lr(make(), X, Y, lr_min=5.0, lr_max=100.0, n_steps=20)
    assert found.suggestion >= 5.0


def test_a_suggestion_at_the_lower_bound_says_nothing():
    message = r"the smallest loss at a step size of .*smaller lr_min \(now 0.2\), more"
    with pytest.warns(UserWarning, match=message):
        found = find_lr(make(), X, Y, lr_min=0.2, n_steps=50)
    assert found.suggestion == 0.2
    assert found.curve["smooth_loss"].min() < 0.9 * found.curve["smooth_loss"][0]


@pytest.mark.parametrize("rates", [(0.0, 1.0), (1.0, 1.0), (0.1, 0.01), (1.0, np.inf)])
def test_step_sizes_must_grow(rates):
    with pytest.raises(ValueError, match=r"expects 0 < lr_min < lr_max. Got lr_min="):
        find_lr(make(), X, Y, lr_min=rates[0], lr_max=rates[1])


@pytest.mark.parametrize("n_steps", [19, 50.0, "all"])
def test_number_of_steps(n_steps):
    with pytest.raises(ValueError, match=f"at least 20. Got {n_steps!r}"):
        find_lr(make(), X, Y, n_steps=n_steps)


@pytest.mark.parametrize("estimator", [Ridge(), make_pipeline(make(), Ridge())])
def test_other_estimators(estimator):
    with pytest.raises(TypeError, match=r"a Pipeline that ends in one\. Got Ridge\."):
        find_lr(estimator, X, Y)


def test_targets_that_no_loss_can_hold():
    with pytest.raises(ValueError, match="a loss that is not finite before any update"):
        find_lr(make(standardize=False), X, 1e30 * Y)
