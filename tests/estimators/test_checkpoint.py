"""checkpoint_path -> an interrupted fit ends with the bits of one that was not."""

import os
from copy import deepcopy

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.exceptions import (
    CheckpointError,
    CheckpointWarning,
    TrainingDivergedError,
)
from sklearn_rnn.training._checkpoint_file import read_checkpoint
from sklearn_rnn.training._schedules import SCHEDULES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6, 2))
Y = X[:, :, 0].mean(axis=1)
SETTINGS = {"hidden_size": 4, "dropout": 0.3, "recurrent_dropout": 0.2, "max_epochs": 6}


class Interrupt(Callback):
    """Press Ctrl-C when an epoch begins."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


class CountEpochs(Callback):
    """Count the epochs that are trained, in a list that survives copies."""

    seen = []

    def on_epoch_begin(self, net, **kwargs):
        self.seen.append(len(net.history))


@pytest.fixture(params=[RNNRegressor, LSTMRegressor, GRURegressor])
def cls(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.checkpoint"


def make(cls=LSTMRegressor, **parameters):
    return cls(**SETTINGS | {"random_state": 0} | parameters)


def interrupted(path, cls=LSTMRegressor, epoch=4, data=(X, Y), **parameters):
    stop = [Interrupt(epoch)]
    regressor = make(cls, checkpoint_path=path, callbacks=stop, **parameters)
    with pytest.raises(KeyboardInterrupt):
        regressor.fit(*data)
    return regressor


def trained_epochs(regressor, data=(X, Y)):
    """Fit, and give the numbers of the epochs that were trained for it."""
    CountEpochs.seen.clear()
    regressor.set_params(callbacks=[CountEpochs()]).fit(*data)
    return list(CountEpochs.seen)


def assert_same_fit(one, other):
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    np.testing.assert_array_equal(one.loss_curve_, other.loss_curve_)
    assert (one.n_epochs_, one.best_epoch_) == (other.n_epochs_, other.best_epoch_)
    columns = [c for c in one.history_ if c != "dur"]
    assert one.history_[columns].equals(other.history_[columns])


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"early_stopping": True, "patience": 2, "lr": 0.05},
        {"num_layers": 2, "bidirectional": True, "optimizer": "rmsprop"},
        {"zoneout": 0.2, "input_dropout": 0.3, "layer_norm": True, "bptt_steps": 2},
    ],
    ids=["plain", "early stopping", "stacked", "random"],
)
def test_an_interrupted_fit_goes_on(cls, path, parameters):
    whole = make(cls, max_epochs=12, **parameters).fit(X, Y)
    epoch = min(5, whole.n_epochs_)
    interrupted(path, cls, epoch, max_epochs=12, **parameters)
    resumed = make(cls, checkpoint_path=path, max_epochs=12, **parameters)
    assert trained_epochs(resumed) == list(range(epoch, whole.n_epochs_ + 1))
    assert_same_fit(resumed, whole)


def test_best_weights_of_an_earlier_process_come_back(path):
    """The best epoch lies before the interrupt, and no later one beats it."""
    noise = RNG.normal(size=50)
    settings = {"early_stopping": True, "patience": 8, "max_epochs": 40, "lr": 0.05}
    whole = make(**settings).fit(X, noise)
    assert 1 < whole.n_epochs_ - whole.best_epoch_ == 8
    interrupted(path, epoch=whole.best_epoch_ + 4, data=(X, noise), **settings)
    resumed = make(checkpoint_path=path, **settings).fit(X, noise)
    assert_same_fit(resumed, whole)


def test_it_can_be_interrupted_again_and_again(path):
    for epoch in range(2, 7):
        interrupted(path, epoch=epoch)
    assert_same_fit(make(checkpoint_path=str(path)).fit(X, Y), make().fit(X, Y))


def test_windows_of_a_table_go_on(path):
    table, y = make_battery_fade(60, random_state=0)
    whole = make_pipeline(SequenceWindower(5), make()).fit(table, y)
    assert whole[-1].target_feature_ == "capacity"
    stop = [Interrupt(3)]
    pipe = make_pipeline(SequenceWindower(5), make(checkpoint_path=path))
    with pytest.raises(KeyboardInterrupt):
        clone(pipe).set_params(lstmregressor__callbacks=stop).fit(table, y)
    np.testing.assert_array_equal(
        pipe.fit(table, y).predict(table), whole.predict(table)
    )
    with pytest.raises(ValueError, match=r"training: y has changed\. Pass"):
        pipe.fit(table, y + 1e-9)
    with pytest.raises(ValueError, match=r"training: X has changed\. Pass"):
        pipe.fit(table * 1.001, y)
    with pytest.raises(ValueError, match=r"target_feature_ was \[\d\], is None; y has"):
        pipe.fit(table, y**2)


def test_a_stateful_fit_goes_on_and_knows_its_ends(path):
    table, y = make_battery_fade(60, random_state=0)
    windows = SequenceWindower(5).fit_transform(table, y)
    settings = {"stateful": True, "bptt_steps": 3, "early_stopping": True}
    whole = make(**settings).fit(windows, y)
    interrupted(path, data=(windows, y), **settings)
    resumed = make(checkpoint_path=path, **settings)
    assert trained_epochs(resumed, (windows, y)) == [4, 5, 6]
    again = make(checkpoint_path=path, **settings).fit(windows, y)  # only restored
    row = table.iloc[-1] + 0.01
    for one in (resumed, again):
        np.testing.assert_array_equal(one.predict(windows), whole.predict(windows))
        assert one.predict_next(row) == deepcopy(whole).predict_next(row)


def test_a_finished_one_is_restored_without_training(path):
    first = make(checkpoint_path=path).fit(X, Y)
    again = make(checkpoint_path=path)
    assert trained_epochs(again) == []
    assert_same_fit(again, first)
    assert_same_fit(first.fit(X, Y), again)  # by the same object too


def test_max_epochs_may_grow(path):
    make(checkpoint_path=path, max_epochs=3).fit(X, Y)
    longer = make(checkpoint_path=path)
    assert trained_epochs(longer) == [4, 5, 6]
    assert_same_fit(longer, make().fit(X, Y))


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_goes_on(path, name):
    settings = {"lr_schedule": name, "early_stopping": True, "patience": 50, "lr": 0.1}
    if name == "plateau":
        settings["lr_schedule_params"] = {"patience": 1, "threshold": 1.0}
    whole = make(max_epochs=12, **settings).fit(X, Y)
    assert len(set(whole.history_["lr"])) > 2
    interrupted(path, epoch=8, max_epochs=12, **settings)
    resumed = make(checkpoint_path=path, max_epochs=12, **settings)
    assert trained_epochs(resumed) == [8, 9, 10, 11, 12]
    assert_same_fit(resumed, whole)


@pytest.mark.parametrize(
    ("name", "params"),
    [("plateau", {}), ("step", {"step_size": 2}), ("cosine", {"T_max": 4})],
)
def test_max_epochs_may_grow_if_the_schedule_stays(path, name, params):
    settings = {"lr_schedule": name, "lr_schedule_params": params, "lr": 0.1}
    make(checkpoint_path=path, max_epochs=3, **settings).fit(X, Y)
    longer = make(checkpoint_path=path, **settings)
    assert trained_epochs(longer) == [4, 5, 6]
    assert_same_fit(longer, make(**settings).fit(X, Y))


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"plateau"}))
def test_max_epochs_may_not_grow_if_the_schedule_follows_it(path, name):
    make(checkpoint_path=path, lr_schedule=name, max_epochs=2).fit(X, Y)
    with pytest.raises(ValueError, match=r"training: plan of lr_schedule was {.*is {"):
        make(checkpoint_path=path, lr_schedule=name, max_epochs=30).fit(X, Y)


def test_norms_of_the_gradients_are_saved(path):
    interrupted(path, record_gradients=True)
    resumed = make(checkpoint_path=path, record_gradients=True).fit(X, Y)
    whole = make(record_gradients=True).fit(X, Y)
    assert resumed.gradient_norms_.equals(whole.gradient_norms_)


def test_the_last_weights_of_a_finished_training_can_be_had_too(path):
    settings = {"early_stopping": True, "patience": 2, "lr": 0.2, "max_epochs": 50}
    best = make(checkpoint_path=path, **settings).fit(X, Y)
    last = make(checkpoint_path=path, restore_best=False, **settings)
    assert trained_epochs(last) == []
    assert_same_fit(last, make(restore_best=False, **settings).fit(X, Y))
    assert (last.predict(X) != best.predict(X)).any()


def test_max_epochs_may_not_shrink_below_what_is_done(path):
    make(checkpoint_path=path).fit(X, Y)
    with pytest.raises(ValueError, match="it has 6 epochs, max_epochs is 5"):
        make(checkpoint_path=path, max_epochs=5).fit(X, Y)


def test_a_longer_training_that_would_have_stopped_early_does_not_go_on(path):
    settings = {"early_stopping": True, "patience": 1, "lr": 0.2, "max_epochs": 50}
    first = make(checkpoint_path=path, **settings).fit(X, Y)
    assert first.n_epochs_ < 50
    longer = make(checkpoint_path=path, **settings | {"max_epochs": 60})
    assert trained_epochs(longer) == []
    assert_same_fit(longer, first)


def test_what_a_callback_has_stopped_stays_stopped(path):
    stop = EarlyStopping("train_loss", patience=1, threshold=10.0)
    first = make(checkpoint_path=path, callbacks=[stop]).fit(X, Y)
    assert first.n_epochs_ == 2
    again = make(checkpoint_path=path)
    assert trained_epochs(again) == []
    assert_same_fit(again, first)


@pytest.mark.parametrize(("every", "saved"), [(1, 5), (2, 4), (3, 3), (4, 4)])
def test_checkpoint_every(path, every, saved):
    interrupted(path, epoch=6, checkpoint_every=every)
    _, facts = read_checkpoint(path)
    assert facts["n_epochs"] == saved
    resumed = make(checkpoint_path=path, checkpoint_every=5)
    assert trained_epochs(resumed) == list(range(saved + 1, 7))
    assert_same_fit(resumed, make().fit(X, Y))
    _, facts = read_checkpoint(path)
    assert facts["n_epochs"] == 6  # the last epoch is always saved


def test_saving_changes_nothing(cls, path):
    saved, plain = make(cls, checkpoint_path=path).fit(X, Y), make(cls).fit(X, Y)
    assert_same_fit(saved, plain)


def test_a_damaged_file_falls_back_to_the_one_before(path):
    interrupted(path)
    path.write_bytes(path.read_bytes()[:-1])
    resumed = make(checkpoint_path=path)
    with pytest.warns(CheckpointWarning, match="truncated or altered"):
        assert trained_epochs(resumed) == [3, 4, 5, 6]
    assert_same_fit(resumed, make().fit(X, Y))


def test_a_full_disk_ends_the_training_and_keeps_what_there_is(path, monkeypatch):
    regressor = make(checkpoint_path=path)
    interrupted(path)
    content = path.read_bytes()

    def full(descriptor):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(CheckpointError, match="No space left on device"):
            regressor.fit(X, Y)
    assert regressor.n_epochs_ == 4  # finished, though not saved
    assert path.read_bytes() == content
    assert_same_fit(regressor.fit(X, Y), make().fit(X, Y))


def test_an_interrupted_resumed_fit_leaves_a_fitted_estimator(path):
    interrupted(path, epoch=3)
    regressor = interrupted(path, epoch=3)  # before it has trained any epoch itself
    assert regressor.n_epochs_ == 2
    assert_same_fit(regressor, interrupted(path.with_name("other"), epoch=3))


def test_a_diverged_training_is_not_saved(path):
    settings = {"optimizer": "sgd", "lr": 1e30, "clip_grad_norm": None}
    with pytest.raises(TrainingDivergedError):
        make(checkpoint_path=path, **settings).fit(X, Y)
    assert not path.exists()
