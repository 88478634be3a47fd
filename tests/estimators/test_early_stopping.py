"""early_stopping and the history -> what was held out, what was kept, what was seen."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.estimators import _base

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 5, 2))
NOISE = RNG.normal(size=80)
FRAME = pd.DataFrame(
    {"a": RNG.normal(size=90).cumsum(), "cell": np.tile(["p", "q", "q"], 30)}
)


@pytest.fixture
def splits(monkeypatch):
    """Record every split into training and validation samples."""
    seen = []

    def spy(*args):
        seen.append(split(*args))
        return seen[-1]

    split = _base.split_validation
    monkeypatch.setattr(_base, "split_validation", spy)
    return seen


def stopping(cls=GRURegressor, **parameters):
    settings = {"max_epochs": 300, "patience": 3, "lr": 0.02, "random_state": 0}
    return cls(8, early_stopping=True, **settings | parameters)


@pytest.mark.parametrize(("fraction", "n_p", "n_q"), [(0.1, 3, 6), (0.2, 6, 12)])
def test_the_end_of_each_group_is_held_out(splits, fraction, n_p, n_q):
    regressor = stopping(max_epochs=1, validation_fraction=fraction)
    pipe = make_pipeline(SequenceWindower(5, group_by="cell"), regressor)
    pipe.fit(FRAME, FRAME["a"])
    train, valid = splits[0]
    is_p = (FRAME["cell"] == "p").to_numpy()
    last = np.r_[np.flatnonzero(is_p)[-n_p:], np.flatnonzero(~is_p)[-n_q:]]
    np.testing.assert_array_equal(valid, np.sort(last))
    # windows of five rows, which end before the first held out row, were no targets
    first = [
        np.flatnonzero(is_p)[: 30 - n_p - 5],
        np.flatnonzero(~is_p)[: 60 - n_q - 5],
    ]
    np.testing.assert_array_equal(train, np.sort(np.concatenate(first)))


def test_independent_samples_are_held_out_at_random(splits):
    stopping(max_epochs=1).fit(X, NOISE)
    stopping(max_epochs=1, random_state=1).fit(X, NOISE)
    (_, first), (_, second) = splits
    assert len(first) == len(second) == 8
    assert set(first) != set(second)


def test_scales_are_learnt_without_the_held_out_samples():
    y = np.r_[NOISE[:72], np.full(8, 1e6)]
    windows = SequenceWindower(5).fit_transform(X[:, 0])
    regressor = stopping(max_epochs=1).fit(windows, y)
    assert abs(regressor.scaler_.target_mean_[0]) < 1


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_training_ends_and_the_best_weights_are_kept(cls, splits):
    regressor = stopping(cls).fit(X, NOISE)
    losses = regressor.validation_loss_curve_
    assert regressor.n_epochs_ < 300
    assert regressor.best_epoch_ == losses.argmin() + 1 == regressor.n_epochs_ - 3
    again = stopping(cls, max_epochs=regressor.best_epoch_).fit(X, NOISE)
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))


def test_the_last_weights_are_kept_on_request():
    last = stopping(restore_best=False).fit(X, NOISE)
    best = stopping().fit(X, NOISE)
    assert last.n_epochs_ == best.n_epochs_
    assert last.best_epoch_ == best.best_epoch_ == last.n_epochs_ - 3
    np.testing.assert_array_equal(last.loss_curve_, best.loss_curve_)
    longer = stopping(max_epochs=last.n_epochs_, patience=99).fit(X, NOISE)
    assert (last.predict(X) != best.predict(X)).any()
    np.testing.assert_array_equal(longer.predict(X), best.predict(X))
    longer.set_params(restore_best=False).fit(X, NOISE)
    np.testing.assert_array_equal(longer.predict(X), last.predict(X))


def test_patience_is_the_number_of_epochs_waited():
    waited = {}
    for patience in (1, 5):
        regressor = stopping(patience=patience).fit(X, NOISE)
        waited[patience] = regressor.n_epochs_ - regressor.best_epoch_
    assert waited == {1: 1, 5: 5}


def test_max_epochs_is_a_bound():
    regressor = stopping(max_epochs=2).fit(X, X[:, :, 0].sum(axis=1))
    assert regressor.n_epochs_ == 2


def test_a_single_sample_cannot_be_held_out():
    with pytest.raises(ValueError, match="samples to train on and samples to validate"):
        stopping().fit(X[:1], NOISE[:1])


def test_at_least_one_sample_is_held_out(splits):
    stopping(max_epochs=1).fit(X[:4], NOISE[:4])
    assert [len(part) for part in splits[0]] == [3, 1]


def test_history_with_and_without_validation():
    regressor = stopping(max_epochs=2).fit(X, NOISE)
    columns = ["epoch", "lr", "train_loss", "valid_loss", "dur"]
    assert set(columns) <= set(regressor.history_)
    assert regressor.history_.shape[0] == regressor.n_epochs_ == 2
    assert list(regressor.history_["epoch"]) == [1, 2]
    assert (regressor.history_["lr"] == 0.02).all()
    assert (regressor.history_["dur"] > 0).all()
    np.testing.assert_array_equal(
        regressor.loss_curve_, regressor.history_["train_loss"]
    )
    np.testing.assert_array_equal(
        regressor.validation_loss_curve_, regressor.history_["valid_loss"]
    )
    plain = stopping(max_epochs=2).set_params(early_stopping=False).fit(X, NOISE)
    assert plain.validation_loss_curve_ is None
    assert "valid_loss" not in plain.history_
    assert plain.best_epoch_ == 2


def test_loss_curve_falls():
    regressor = LSTMRegressor(8, max_epochs=20, lr=0.02, random_state=0)
    losses = regressor.fit(X, X[:, :, 0].sum(axis=1)).loss_curve_
    assert losses[-1] < 0.5 * losses[0]
    assert losses[0] == pytest.approx(1.0, abs=0.5)  # the variance of a standardised y


def test_number_of_parameters_in_the_books():
    """A layer of 50 features and 128 units has 22,912; the head one per unit and 1."""
    rows = RNG.normal(size=(10, 3, 50))
    regressor = RNNRegressor(128, max_epochs=1).fit(rows, np.arange(10.0))
    assert regressor.n_parameters_ == 22_912 + 129
    lstm = LSTMRegressor(128, max_epochs=1).fit(rows, np.arange(10.0))
    assert lstm.n_parameters_ == 4 * 22_912 + 129
