"""Every parameter -> another fit where it is set: none is silently ignored."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.training._schedules import SCHEDULES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 7, 2)) * [1.0, 50.0] + [0.0, 200.0]
Y = 1000.0 * X[:, -1, 0] + 5000.0
WINDOWS = SequenceWindower(4).fit_transform(X[:, 0])
TOKENS = RNG.integers(1, 9, size=(60, 7))


class LastStep(torch.nn.Module):
    """Read the last step alone."""

    def __init__(self, input_size, output_size, hidden_size):
        super().__init__()
        self.head = torch.nn.Linear(input_size, output_size)

    def forward(self, x, lengths=None):
        return self.head(x[:, -1])


@pytest.fixture(params=[RNNRegressor, LSTMRegressor, GRURegressor])
def cls(request):
    return request.param


def predictions(cls, rows=X, **parameters):
    settings = {"hidden_size": 4, "max_epochs": 3, "random_state": 0}
    return cls(**settings | parameters).fit(rows, Y).predict(rows)


@pytest.mark.parametrize(
    "setting",
    [
        {"hidden_size": 5},
        {"hidden_size": (4, 3)},
        {"num_layers": 2},
        {"bidirectional": True},
        {"dropout": 0.3},
        {"recurrent_dropout": 0.3},
        {"input_dropout": 0.3},
        {"zoneout": 0.3},
        {"layer_norm": True},
        {"pooling": "mean"},
        {"pooling": "max"},
        {"pooling": "attention"},
        {"module": LastStep},
        {"recurrent_init": "identity"},
        {"recurrent_init": "uniform"},
        {"input_init": "kaiming_normal"},
        {"input_init": "uniform"},
        {"standardize": False},
        {"target_feature": 0},
        {"segment_length": 3},
        {"criterion": "absolute_error"},
        {"criterion": "huber"},
        {"criterion": "quantile"},
        {"criterion": torch.nn.SmoothL1Loss},
        {"optimizer": "rmsprop"},
        {"optimizer": "sgd"},
        {"optimizer": torch.optim.Adamax},
        {"lr": 0.01},
        *({"lr_schedule": name} for name in SCHEDULES if name != "plateau"),
        {
            "lr_schedule": "plateau",
            "lr_schedule_params": {"patience": 0, "threshold": 1},
        },
        {"max_epochs": 4},
        {"batch_size": 16},
        {"bptt_steps": 3},
        {"weight_decay": 0.1},
        {"l1": 0.1},
        {"early_stopping": True},
        {"random_state": 1},
    ],
    ids=str,
)
def test_a_setting_changes_the_fit(cls, setting):
    assert (predictions(cls, **setting) != predictions(cls)).any()


@pytest.mark.parametrize(
    ("setting", "beside"),
    [
        ({"residual": True}, {"num_layers": 2}),
        ({"instance_norm": None}, {"target_feature": 0}),
        ({"instance_norm": "standard"}, {"target_feature": 0}),
        ({"quantiles": (0.2, 0.5)}, {"criterion": "quantile"}),
        ({"optimizer": "adamw"}, {"weight_decay": 0.1}),
        ({"clip_grad_norm": 1e-3}, {"optimizer": "sgd"}),
        ({"clip_grad_value": 1e-3}, {"optimizer": "sgd"}),
        ({"lr_schedule_params": {"gamma": 0.9}}, {"lr_schedule": "step"}),
        ({"validation_fraction": 0.4}, {"early_stopping": True}),
        ({"patience": 1}, {"early_stopping": True, "max_epochs": 20, "lr": 0.3}),
        (
            {"restore_best": False},
            {"early_stopping": True, "patience": 1, "max_epochs": 20, "lr": 0.3},
        ),
    ],
    ids=str,
)
def test_a_setting_changes_the_fit_beside_another(cls, setting, beside):
    plain = predictions(cls, **beside)
    assert (predictions(cls, **beside, **setting) != plain).any()


@pytest.mark.parametrize(
    ("setting", "rows"),
    [
        ({"n_channels": 2}, X.reshape(60, 14)),
        ({"stateful": True}, WINDOWS),
        ({"embedding_dim": 3}, TOKENS),
        ({"embedding_dim": 3, "num_embeddings": 20}, TOKENS),
    ],
    ids=["n_channels", "stateful", "embedding_dim", "num_embeddings"],
)
def test_a_setting_changes_the_fit_to_such_rows(cls, setting, rows):
    assert (predictions(cls, rows, **setting) != predictions(cls, rows)).any()


@pytest.mark.parametrize(
    ("setting", "cls"),
    [
        ({"nonlinearity": "relu"}, RNNRegressor),
        ({"forget_bias": 2.0}, LSTMRegressor),
    ],
    ids=str,
)
def test_a_setting_of_one_class_changes_its_fit(cls, setting):
    assert (predictions(cls, **setting) != predictions(cls)).any()


ELSEWHERE = {  # where the test is of what changes no prediction of a first fit
    "warm_start": "test_training_on.py",
    "record_gradients": "test_gradient_norms.py",
    "checkpoint_path": "test_checkpoint.py",
    "checkpoint_every": "test_checkpoint.py",
    "callbacks": "test_callbacks.py",
    "device": "test_parameters.py",
    "n_threads": "test_reproducible.py",
    "verbose": "test_callbacks.py",
}


def test_every_parameter_has_such_a_test():
    tests = (
        test_a_setting_changes_the_fit,
        test_a_setting_changes_the_fit_beside_another,
        test_a_setting_changes_the_fit_to_such_rows,
        test_a_setting_of_one_class_changes_its_fit,
    )
    rows = [row for test in tests for row in test.pytestmark[0].args[1]]
    settings = [row if isinstance(row, dict) else row[0] for row in rows]
    tested = {name for setting in settings for name in setting}
    classes = RNNRegressor, LSTMRegressor, GRURegressor
    parameters = {name for cls in classes for name in cls().get_params()}
    assert tested | ELSEWHERE.keys() == parameters
    for name, file in ELSEWHERE.items():
        assert f"{name}=" in Path(__file__).with_name(file).read_text(encoding="utf-8")
