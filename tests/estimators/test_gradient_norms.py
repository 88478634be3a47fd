"""record_gradients -> one row per update, of all trainings and finished epochs."""

import pickle

import numpy as np
import pytest
import skorch.callbacks
import torch

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.exceptions import TrainingDivergedError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6, 2))
Y = X[:, :, 0].mean(axis=1)


def make(cls=LSTMRegressor, **parameters):
    settings = {"max_epochs": 3, "batch_size": 20, "random_state": 0}
    return cls(4, record_gradients=True, **settings | parameters)


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_one_row_per_update(cls):
    norms = make(cls, clip_grad_norm=0.1).fit(X, Y).gradient_norms_
    assert list(norms) == ["epoch", "update", "norm_before", "norm_after"]
    assert list(norms["epoch"]) == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert list(norms["update"]) == [1, 2, 3] * 3
    np.testing.assert_allclose(
        norms["norm_after"], norms["norm_before"].clip(upper=0.1), rtol=1e-4
    )
    assert (norms["norm_before"] > 0.1).any()


def test_they_are_the_norms_that_torch_computes():
    class Measure(skorch.callbacks.Callback):
        def on_train_begin(self, net, **kwargs):
            self.norms = []

        def on_grad_computed(self, net, named_parameters, **kwargs):
            gradients = [w.grad for _, w in named_parameters if w.grad is not None]
            self.norms.append(float(torch.cat([g.flatten() for g in gradients]).norm()))

    for clip in ({"clip_grad_norm": 0.2}, {"clip_grad_value": 0.05}):
        regressor = make(callbacks=[Measure()], **clip).fit(X, Y)
        [measure] = [c for _, c in regressor.net_.callbacks_ if isinstance(c, Measure)]
        told = regressor.gradient_norms_
        np.testing.assert_allclose(told["norm_after"], measure.norms, rtol=1e-4)
        free = make(clip_grad_norm=None, max_epochs=1).fit(X, Y).gradient_norms_
        first = told["norm_before"][0], free["norm_before"][0]
        assert first[0] == pytest.approx(first[1])
        assert (free["norm_before"] == free["norm_after"]).all()


def test_without_it_there_is_nothing():
    plain = make().set_params(record_gradients=False).fit(X, Y)
    assert plain.gradient_norms_ is None
    told = make().fit(X, Y)
    np.testing.assert_array_equal(plain.predict(X), told.predict(X))
    assert list(plain.history_) == list(told.history_)


def test_it_goes_on_with_the_training():
    at_once = make(max_epochs=5).fit(X, Y).gradient_norms_
    warm = make(max_epochs=2, warm_start=True).fit(X, Y)
    warm = pickle.loads(pickle.dumps(warm)).set_params(max_epochs=1).fit(X, Y)
    parts = warm.partial_fit(X, Y).partial_fit(X, Y)
    np.testing.assert_array_equal(parts.gradient_norms_, at_once)


def test_it_may_begin_and_end_in_between():
    parts = make().set_params(record_gradients=False).partial_fit(X, Y)
    parts.set_params(record_gradients=True).partial_fit(X, Y)
    parts.set_params(record_gradients=False).partial_fit(X, Y)
    assert list(parts.gradient_norms_["epoch"]) == [2, 2, 2]


class Interrupt(skorch.callbacks.Callback):
    """Press Ctrl-C in the middle of the third epoch."""

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == 3:
            raise KeyboardInterrupt


def test_an_interrupted_epoch_is_left_out():
    regressor = make(callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        regressor.fit(X, Y)
    assert list(regressor.gradient_norms_["epoch"]) == [1, 1, 1, 2, 2, 2]


def test_a_diverged_epoch_is_left_out():
    regressor = make(max_epochs=2, warm_start=True, optimizer="sgd").fit(X, Y)
    before = regressor.gradient_norms_
    regressor.set_params(lr=1e38, clip_grad_norm=None)
    with pytest.raises(TrainingDivergedError):
        regressor.fit(X, Y)
    assert regressor.gradient_norms_.equals(before)
    regressor.set_params(lr=0.002, clip_grad_norm=1.0).partial_fit(X, Y)
    assert list(regressor.gradient_norms_["epoch"].unique()) == [1, 2, 3]


def test_validation_has_no_gradients(capsys):
    regressor = make(early_stopping=True, verbose=1).fit(X, Y)
    assert len(regressor.gradient_norms_) == 3 * 3  # of 45 samples
    assert "gradient" not in capsys.readouterr().out
