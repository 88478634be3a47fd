"""Bad input -> an error that says what is wrong, and nothing lost."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.exceptions import ShortHistoryWarning, TrainingDivergedError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5, 2))
Y = X[:, :, 0].mean(axis=1)


def changed(array, where, value):
    array = array.copy()
    array[where] = value
    return array


def quick(cls=RNNRegressor, **parameters):
    return cls(4, **{"max_epochs": 2, "random_state": 0} | parameters)


@pytest.mark.parametrize(
    ("rows", "y", "message"),
    [
        pytest.param(Y, Y, "Expected 2D array, got 1D|shape", id="one axis"),
        pytest.param(X[None], Y, r"expects X of shape \(n_samples, n_t", id="4 axes"),
        pytest.param(X[:0], Y[:0], "0 sample", id="no samples"),
        pytest.param(X[:, :0], Y, "at least one time step", id="no steps"),
        pytest.param(X[:, :, :0], Y, "one feature", id="no features"),
        pytest.param([*X[:39], X[0][:, :1]], Y, "same number of features", id="ragged"),
        pytest.param(
            pd.DataFrame({"a": ["x"] * 40}), Y, "convert|numeric", id="strings"
        ),
        pytest.param(changed(X, (7, 3, 1), np.inf), Y, "7, step 3, feat", id="inf"),
        pytest.param(changed(X, (7, 3, 1), 1e300), Y, "too large", id="float32"),
        pytest.param(
            changed(X, (7, 3, 1), np.nan), Y, "sample 7, step 3 has NaN in f", id="NaN"
        ),
        pytest.param(X, changed(Y, 3, np.nan), "Input y contains NaN", id="NaN in y"),
        pytest.param(X, changed(Y, 3, np.inf), "Input y contains inf", id="inf in y"),
        pytest.param(X, Y[:-1], "inconsistent numbers of samples", id="short y"),
        pytest.param(X, [*"ab"] * 20, "could not convert string", id="strings in y"),
        pytest.param(
            X, [*"ab"] * 20, r"y holds texts .*take \w+Classifier", id="labels in y"
        ),
        pytest.param(X, None, "requires y to be passed", id="no y"),
        pytest.param(X, X[None], r"\(1, 40, 5, 2\)", id="y of four axes"),
    ],
)
@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_data_that_cannot_be_learnt_from(cls, rows, y, message):
    with pytest.raises(ValueError, match=message):
        quick(cls).fit(rows, y)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (changed(np.ones(40), 3, -1.0), "[Nn]egative"),
        (
            np.zeros(40),
            "must contain at least one non-zero number|is zero for all samples",
        ),
        (np.ones(39), "sample_weight.shape == "),
        (changed(np.ones(40), 3, np.nan), "sample_weight contains NaN"),
    ],
    ids=["negative", "all zero", "short", "NaN"],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_weights_that_weigh_nothing(method, weight, message):
    with pytest.raises(ValueError, match=message):
        getattr(quick(), method)(X, Y, sample_weight=weight)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", 0),
        ("num_layers", 1.5),
        ("bidirectional", "yes"),
        ("dropout", 1.0),
        ("recurrent_dropout", -0.1),
        ("input_dropout", 1.0),
        ("zoneout", 1.0),
        ("layer_norm", "all"),
        ("residual", "all"),
        ("pooling", "first"),
        ("num_embeddings", 1),
        ("embedding_dim", 0),
        ("module", "gru"),
        ("recurrent_init", "zeros"),
        ("input_init", "orthogonal"),
        ("nonlinearity", "sigmoid"),
        ("standardize", "minmax"),
        ("instance_norm", "first"),
        ("target_feature", 1.5),
        ("n_channels", 0),
        ("segment_length", 0),
        ("criterion", "hinge"),
        ("quantiles", 0.5),
        ("optimizer", "lbfgs"),
        ("lr", 0.0),
        ("lr_schedule", "linear"),
        ("lr_schedule_params", [0.5]),
        ("max_epochs", 0),
        ("batch_size", 0),
        ("bptt_steps", 0),
        ("stateful", "all"),
        ("weight_decay", -1.0),
        ("l1", -1.0),
        ("clip_grad_norm", 0.0),
        ("clip_grad_value", 0.0),
        ("record_gradients", "all"),
        ("early_stopping", 3),
        ("validation_fraction", 1.0),
        ("patience", 0),
        ("restore_best", "last"),
        ("warm_start", "yes"),
        ("checkpoint_path", 3),
        ("checkpoint_every", 0),
        ("callbacks", "progress"),
        ("random_state", "seed"),
        ("device", 0),
        ("n_threads", 0),
        ("verbose", "loud"),
    ],
)
def test_parameter_values_that_mean_nothing(name, value):
    assert name in RNNRegressor().get_params()
    with pytest.raises(
        ValueError, match=f"The '{name}' parameter of RNNRegressor must"
    ):
        quick().set_params(**{name: value}).fit(X, Y)


def test_forget_bias_is_a_number():
    with pytest.raises(ValueError, match="The 'forget_bias' parameter of LSTMRegre"):
        LSTMRegressor(forget_bias="open").fit(X, Y)


def test_every_parameter_has_such_a_test():
    (mark,) = test_parameter_values_that_mean_nothing.pytestmark
    assert {name for name, _ in mark.args[1]} == RNNRegressor().get_params().keys()


def test_columns_that_are_no_multiple_of_n_channels():
    with pytest.raises(ValueError, match="10 columns are no multiple of n_channels=3"):
        quick(n_channels=3).fit(X.reshape(40, 10), Y)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("criterion", torch.nn.Linear, TypeError, "takes reduction='none'"),
        ("device", "cuda:99", (RuntimeError, AssertionError), "CUDA|cuda"),
        ("device", "toaster", RuntimeError, "toaster"),
    ],
)
def test_what_torch_cannot_do(name, value, error, message):
    with pytest.raises(error, match=message):
        quick().set_params(**{name: value}).fit(X, Y)


def test_other_features_than_in_fit():
    regressor = quick().fit(X, Y)
    message = "X has 1 features, but RNNRegressor is expecting 2 features as input"
    for rows in (X[:, :, :1], list(X[:, :, :1])):
        with pytest.raises(ValueError, match=message):
            regressor.predict(rows)
    table = quick().fit(pd.DataFrame(X[:, :, 0]).add_prefix("lag"), Y)
    with pytest.raises(ValueError, match="feature names should match"):
        table.predict(pd.DataFrame(X[:, :, 0]).add_prefix("step"))


def test_predict_before_fit():
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        quick().predict(X)


def test_a_window_longer_than_the_series_is_legal():
    frame = pd.DataFrame({"a": RNG.normal(size=30).cumsum()})
    pipe = make_pipeline(SequenceWindower(100), quick())
    with pytest.warns(ShortHistoryWarning, match="window") as caught:
        pipe.fit(frame[:20], frame["a"][:20])
    assert len(caught) == 1
    assert np.isfinite(pipe.predict(frame[20:])).all()


class Fail(Callback):
    """Do something to the net in one epoch: in its second batch, or at its end."""

    def __init__(self, epoch, action):
        self.epoch, self.action, self.n_batches_ = epoch, action, 0

    def on_batch_begin(self, net, **kwargs):
        self.n_batches_ += 1
        if self.n_batches_ == 2 * self.epoch:  # two batches per epoch
            self.action(net)


def poison(net):
    with torch.no_grad():
        next(net.module_.parameters()).fill_(torch.nan)


def interrupt(net):
    raise KeyboardInterrupt


def failing(epoch, action, **parameters):
    settings = {"max_epochs": 9, "batch_size": 20, "lr": 0.05}
    return quick(callbacks=[Fail(epoch, action)], **settings | parameters)


@pytest.mark.parametrize("method", ["fit", "warm fit"])
def test_a_loss_that_becomes_nan_keeps_the_last_finished_epoch(method):
    regressor = failing(4, poison)
    if method == "warm fit":
        regressor.set_params(warm_start=True, max_epochs=2).fit(X, Y)
        regressor.set_params(max_epochs=9)
    message = r"became nan in epoch 4. Try a smaller lr \(now 0.05\)"
    with pytest.raises(TrainingDivergedError, match=message):
        regressor.fit(X, Y)
    kept = quick(max_epochs=3, batch_size=20, lr=0.05).fit(X, Y)
    assert regressor.n_epochs_ == regressor.best_epoch_ == 3
    assert len(regressor.history_) == len(regressor.loss_curve_) == 3
    # the callback left the gradients to autograd, which rounds otherwise
    assert_allclose(regressor.predict(X), kept.predict(X), rtol=1e-4)


def test_advice_names_clipping_where_there_is_none():
    with pytest.raises(FloatingPointError, match="or set clip_grad_norm"):
        failing(1, poison, clip_grad_norm=None).fit(X, Y)


def test_an_interrupt_leaves_the_best_finished_epoch():
    """The rate is so large that the second epoch is worse than the first."""
    regressor = failing(3, interrupt, lr=2.0)
    with pytest.raises(KeyboardInterrupt):
        regressor.fit(X, Y)
    losses = regressor.loss_curve_
    assert regressor.n_epochs_ == 2
    assert regressor.best_epoch_ == losses.argmin() + 1 == 1
    best = quick(max_epochs=regressor.best_epoch_, batch_size=20, lr=2.0).fit(X, Y)
    # the callback left the gradients to autograd, which rounds otherwise
    assert_allclose(regressor.predict(X), best.predict(X), rtol=1e-4)


@pytest.mark.parametrize("action", [interrupt, poison])
def test_without_a_finished_epoch_the_estimator_is_unfitted(action):
    regressor = failing(1, action)
    with pytest.raises((KeyboardInterrupt, TrainingDivergedError)):
        regressor.fit(X, Y)
    pipe = make_pipeline(regressor)
    with pytest.raises(NotFittedError):
        regressor.predict(X)
    with pytest.raises((NotFittedError, FutureWarning)):
        pipe.predict(X)


def test_an_interrupt_stops_a_grid_search():
    search = GridSearchCV(failing(2, interrupt), {"hidden_size": [2, 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert not hasattr(search, "best_estimator_")


def test_a_diverged_fit_is_one_failed_fit_of_a_grid_search():
    search = GridSearchCV(
        quick(batch_size=10, clip_grad_norm=None, optimizer="sgd"),
        {"lr": [0.01, 1e30]},
        cv=2,
    )
    with (
        pytest.warns(UserWarning, match="scores are non-finite"),
        pytest.warns(FitFailedWarning, match="The training loss became"),
    ):
        search.fit(X, Y)
    assert search.best_params_ == {"lr": 0.01}
