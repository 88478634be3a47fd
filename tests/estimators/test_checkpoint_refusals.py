"""checkpoint_path with other parameters or data -> refused by name, or harmless."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sklearn_rnn import LSTMRegressor, RNNRegressor
from sklearn_rnn.exceptions import CheckpointError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6, 2))
TOKENS = RNG.integers(1, 9, size=(50, 6))
Y = X[:, :, 0].mean(axis=1)
SETTINGS = {"hidden_size": 4, "dropout": 0.3, "recurrent_dropout": 0.2, "max_epochs": 6}


class CountEpochs(Callback):
    """Count the epochs that are trained, in a list that survives copies."""

    seen = []

    def on_epoch_begin(self, net, **kwargs):
        self.seen.append(len(net.history))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.checkpoint"


def make(cls=LSTMRegressor, **parameters):
    return cls(**SETTINGS | {"random_state": 0} | parameters)


def trained_epochs(regressor, data=(X, Y)):
    """Fit, and give the numbers of the epochs that were trained for it."""
    CountEpochs.seen.clear()
    regressor.set_params(callbacks=[CountEpochs()]).fit(*data)
    return list(CountEpochs.seen)


def assert_same_fit(one, other):
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    np.testing.assert_array_equal(one.loss_curve_, other.loss_curve_)


CHANGES = {
    "hidden_size": (4, 5),
    "num_layers": (1, 2),
    "bidirectional": (False, True),
    "dropout": (0.3, 0.1),
    "recurrent_dropout": (0.2, 0.1),
    "pooling": ("last", "mean"),
    "residual": (False, True),
    "num_embeddings": (9, 10),
    "embedding_dim": (2, 3),
    "input_dropout": (0.0, 0.1),
    "zoneout": (0.0, 0.1),
    "layer_norm": (False, True),
    "recurrent_init": ("orthogonal", "identity"),
    "input_init": ("xavier_uniform", "uniform"),
    "forget_bias": (1.0, 0.5),
    "standardize": (True, False),
    "instance_norm": ("auto", None),
    "target_feature": ("auto", [0]),
    "n_channels": (None, 3),
    "segment_length": (1, 2),
    "quantiles": ([0.5], [0.4, 0.5]),
    "criterion": ("squared_error", torch.nn.SmoothL1Loss),
    "optimizer": ("adam", torch.optim.Adamax),
    "lr": (0.002, 0.003),
    "lr_schedule": (None, "plateau"),
    "lr_schedule_params": ({"patience": 2}, {"patience": 3}),
    "batch_size": (32, 16),
    "bptt_steps": (None, 3),
    "stateful": (False, True),
    "weight_decay": (0.0, 0.1),
    "l1": (0.0, 0.1),
    "clip_grad_norm": (1.0, None),
    "clip_grad_value": (None, 0.5),
    "early_stopping": (False, True),
    "validation_fraction": (0.1, 0.2),
    "patience": (10, 11),
    "random_state": (0, 1),
    "device": ("cpu", "cpu:0"),
}
NEEDED = {
    "num_embeddings": {"embedding_dim": 2},
    "quantiles": {"criterion": "quantile"},
    "lr_schedule_params": {"lr_schedule": "plateau"},
}
MAY_CHANGE = {
    "max_epochs": 7,
    "checkpoint_path": "elsewhere",
    "checkpoint_every": 3,
    "warm_start": False,  # refused when True, see below
    "restore_best": False,
    "record_gradients": True,
    "callbacks": [],
    "n_threads": 1,
    "verbose": 1,
}


def test_every_parameter_is_in_one_of_the_lists():
    known = CHANGES.keys() | MAY_CHANGE.keys() | {"module"}
    assert known == make().get_params().keys()


def test_a_module_of_the_user_keeps_its_random_numbers_to_itself(path):
    with pytest.raises(ValueError, match="random numbers of module=Linear"):
        make(module=torch.nn.Linear, checkpoint_path=path).fit(X, Y)


@pytest.mark.parametrize("name", CHANGES)
def test_other_parameters_are_refused_by_name(path, name):
    before, after = CHANGES[name]
    first = make(checkpoint_path=path, max_epochs=1, **NEEDED.get(name, {}))
    data = (TOKENS, Y) if "embedding" in name else (X, Y)
    first.set_params(**{name: before}).fit(*data)
    other = first.set_params(**{name: after})
    shown = repr(after)
    if isinstance(after, type):
        shown = repr(f"{after.__module__}.{after.__qualname__}")
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # looked at below
        other.fit(*data)
    message = str(refusal.value)
    assert f"belongs to another training: {name} was {before!r}, is {shown}" in message
    assert "Pass another path, or delete it and 'net.checkpoint.previous'" in message


@pytest.mark.parametrize("name", MAY_CHANGE)
def test_parameters_that_change_no_bit_may_change(path, name, capsys):
    make(checkpoint_path=path, max_epochs=3).fit(X, Y)
    value = MAY_CHANGE[name]
    if name == "checkpoint_path":
        value = path.rename(path.with_name(value))
    resumed = make(checkpoint_path=path).set_params(**{name: value}).fit(X, Y)
    assert_same_fit(resumed, make(max_epochs=resumed.max_epochs).fit(X, Y))


def test_another_estimator_is_refused(path):
    make(checkpoint_path=path, max_epochs=1).fit(X, Y)
    with pytest.raises(
        ValueError, match=r"estimator was 'LSTMRegressor', is 'RNNRegressor'.* was 'abs"
    ):
        make(RNNRegressor, checkpoint_path=path).fit(X, Y)


ONE_OTHER = np.where(np.arange(50) == 7, 2.0, 1.0)


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        ((X * ONE_OTHER[:, None, None], Y), "X has changed"),
        ((X[:, 1:], Y), "X has changed"),
        ((X, Y * ONE_OTHER), "y has changed"),
        ((X, Y[::-1]), "the order of X, y or sample_weight has changed"),
        ((X, Y, ONE_OTHER), "sample_weight has changed"),
        ((X[1:], Y[1:]), "X has changed; y has changed; sample_weight has changed"),
    ],
)
def test_other_data_are_refused_by_name(path, data, changed):
    make(checkpoint_path=path, max_epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match=rf"another training: {changed}\. Pass"):
        make(checkpoint_path=path).fit(*data)


def test_the_same_data_in_another_form_go_on(path):
    make(checkpoint_path=path, max_epochs=3).fit(X, Y)
    order = RNG.permutation(50)
    resumed = make(checkpoint_path=path)
    as_list = [steps.astype(np.float32) for steps in X[order]]
    assert trained_epochs(resumed, (as_list, Y[order])) == [4, 5, 6]
    assert_same_fit(resumed, make().fit(X, Y))


def test_a_refusal_leaves_file_and_estimator_as_they_were(path):
    regressor = make(checkpoint_path=path, max_epochs=2).fit(X, Y)
    expected, content = regressor.predict(X), path.read_bytes()
    with pytest.raises(ValueError, match="y has changed"):
        regressor.fit(X, -Y)
    np.testing.assert_array_equal(regressor.predict(X), expected)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "random_state",
    [None, np.random.RandomState(0), np.random.default_rng(0)],
    ids=["None", "RandomState", "Generator"],
)
def test_random_state_must_be_an_int(path, random_state):
    with pytest.raises(ValueError, match="needs an int as random_state"):
        make(checkpoint_path=path, random_state=random_state).fit(X, Y)
    make(checkpoint_path=path, random_state=np.int64(0)).fit(X, Y)
    assert trained_epochs(make(checkpoint_path=path)) == []


def test_warm_start_is_refused(path):
    with pytest.raises(ValueError, match=r"from the last fit .* or from a file"):
        make(checkpoint_path=path, warm_start=True).fit(X, Y)


def test_partial_fit_is_refused_and_goes_on_without_a_path(path):
    regressor = make(checkpoint_path=path).fit(X, Y)
    with pytest.raises(ValueError, match="partial_fit trains a single epoch and keeps"):
        regressor.partial_fit(X, Y)
    regressor.set_params(checkpoint_path=None).partial_fit(X, Y)
    assert_same_fit(regressor, make(max_epochs=7).fit(X, Y))


def test_a_file_of_something_else_is_left_alone(path):
    path.write_text("my notes")
    with pytest.raises(CheckpointError, match="it is no checkpoint of sklearn_rnn"):
        make(checkpoint_path=path).fit(X, Y)
    assert path.read_text() == "my notes"


def test_a_path_that_cannot_be_written_is_refused_before_training(tmp_path):
    for path in (tmp_path / "nowhere" / "net", f"{tmp_path}/folder/"):
        regressor = make(checkpoint_path=path)
        with pytest.raises(CheckpointError, match="must be a folder that exists, or a"):
            trained_epochs(regressor)
        assert CountEpochs.seen == []


def test_a_checkpoint_of_another_version_is_refused(path, monkeypatch):
    make(checkpoint_path=path, max_epochs=1).fit(X, Y)

    def missing(*arguments):
        raise KeyError("scheduler")

    monkeypatch.setattr("sklearn_rnn.training._checkpoint.restore_state", missing)
    with pytest.raises(CheckpointError, match=r"another version .* fit: 'scheduler'"):
        make(checkpoint_path=path).fit(X, Y)


def test_without_a_path_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(checkpoint_every=1).fit(X, Y)
    assert list(tmp_path.iterdir()) == []
