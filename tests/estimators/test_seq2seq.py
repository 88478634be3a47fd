"""Encoder and decoder as estimators: what both classes promise."""

import inspect
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_rnn import Seq2SeqClassifier, Seq2SeqRegressor, SequenceWindower
from sklearn_rnn.training._schedules import SCHEDULES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 7, 2)) * [1.0, 50.0] + [0.0, 200.0]
CURVES = 1000.0 * X[:, -3:, 0] + 5000.0
LABELS = np.array(["a", "b", "c"])[
    np.digitize(X[:, -3:, 0], [-0.5, 0.5])
]  # (60, 3), of the last three steps
RAGGED = [steps[-n:] for steps, n in zip(X, RNG.integers(3, 8, 60), strict=True)]
TOKENS = RNG.integers(1, 9, size=(60, 7))
FRAME = pd.DataFrame(RNG.normal(size=(90, 2)).cumsum(axis=0), columns=["a", "b"])
AHEAD = np.column_stack([FRAME["a"].shift(-k) for k in range(3)])  # (90, 3)
QUICK = {"hidden_size": 4, "max_epochs": 3, "random_state": 0, "lr": 0.01}
BOTH = [(Seq2SeqRegressor, CURVES), (Seq2SeqClassifier, LABELS)]
both = pytest.mark.parametrize(
    ("cls", "y"), BOTH, ids=lambda each: getattr(each, "__name__", "")
)


def answers(estimator, rows):
    """Return what `predict` is made of: numbers that any change of a weight changes."""
    return getattr(estimator, "predict_proba", estimator.predict)(rows)


def fitted(cls, y, rows=X, **parameters):
    return cls(**QUICK | parameters).fit(rows, y)


SETTINGS = [
    {"hidden_size": 5},
    {"hidden_size": (4, 3)},
    {"cell": "gru"},
    {"cell": "rnn_tanh"},
    {"cell": "rnn_relu"},
    {"num_layers": 2},
    {"bidirectional": True},
    {"dropout": 0.3},
    {"recurrent_dropout": 0.3},
    {"input_dropout": 0.3},
    {"zoneout": 0.3},
    {"layer_norm": True},
    {"attention": True},
    {"teacher_forcing_ratio": 0.5},
    {"teacher_forcing_ratio": 0.0},
    {"teacher_forcing_ratio": (0.9, 0.1)},
    {"recurrent_init": "identity"},
    {"input_init": "uniform"},
    {"standardize": False},
    {"optimizer": "rmsprop"},
    {"lr": 0.02},
    *({"lr_schedule": name} for name in SCHEDULES if name != "plateau"),
    {"max_epochs": 4},
    {"batch_size": 16},
    {"weight_decay": 0.1},
    {"l1": 0.1},
    {"early_stopping": True},
    {"random_state": 1},
]
BESIDE = [
    ({"residual": True}, {"num_layers": 2}),
    ({"clip_grad_norm": 1e-3}, {"optimizer": "sgd"}),
    ({"clip_grad_value": 1e-3}, {"optimizer": "sgd"}),
    ({"lr_schedule_params": {"gamma": 0.9}}, {"lr_schedule": "step"}),
    ({"validation_fraction": 0.4}, {"early_stopping": True}),
    (
        {"patience": 1},
        {"early_stopping": True, "max_epochs": 20, "lr": 0.3, "restore_best": False},
    ),
    (
        {"restore_best": False},
        {"early_stopping": True, "patience": 1, "max_epochs": 20, "lr": 0.3},
    ),
]
ROWS = [
    ({"n_channels": 2}, X.reshape(60, 14)),
    ({"embedding_dim": 3}, TOKENS),
    ({"embedding_dim": 3, "num_embeddings": 20}, TOKENS),
]
OF_ONE_CLASS = [
    (Seq2SeqRegressor, CURVES, {"criterion": "absolute_error"}),
    (Seq2SeqRegressor, CURVES, {"criterion": "huber"}),
    (Seq2SeqRegressor, CURVES, {"criterion": torch.nn.SmoothL1Loss}),
    (Seq2SeqRegressor, CURVES, {"target_feature": 0}),
    (Seq2SeqRegressor, CURVES, {"target_feature": 0, "instance_norm": "standard"}),
    (Seq2SeqClassifier, LABELS, {"class_weight": {"a": 1, "b": 5, "c": 1}}),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@both
def test_a_setting_changes_the_fit(cls, y, setting):
    plain = answers(fitted(cls, y), X)
    assert (answers(fitted(cls, y, **setting), X) != plain).any()


@pytest.mark.parametrize(("setting", "beside"), BESIDE, ids=str)
@both
def test_a_setting_changes_the_fit_beside_another(cls, y, setting, beside):
    plain = answers(fitted(cls, y, **beside), X)
    assert (answers(fitted(cls, y, **beside, **setting), X) != plain).any()


@pytest.mark.parametrize(
    ("setting", "rows"), ROWS, ids=["n_channels", "embedding_dim", "num_embeddings"]
)
@both
def test_a_setting_changes_the_fit_to_such_rows(cls, y, setting, rows):
    plain = answers(fitted(cls, y, rows), rows)
    assert (answers(fitted(cls, y, rows, **setting), rows) != plain).any()


@pytest.mark.parametrize(("cls", "y", "setting"), OF_ONE_CLASS)
def test_a_setting_of_one_class_changes_its_fit(cls, y, setting):
    assert (answers(fitted(cls, y, **setting), X) != answers(fitted(cls, y), X)).any()


ELSEWHERE = {  # where the test is of what changes no prediction of a first fit
    "warm_start": "test_seq2seq_training.py",
    "checkpoint_path": "test_seq2seq_training.py",
    "checkpoint_every": "test_checkpoint.py",
    "record_gradients": "test_gradient_norms.py",
    "callbacks": "test_callbacks.py",
    "device": "test_parameters.py",
    "n_threads": "test_reproducible.py",
    "verbose": "test_callbacks.py",
}


def test_every_parameter_has_such_a_test():
    alone = [*SETTINGS, *(row[0] for row in BESIDE + ROWS)]
    settings = [*alone, *(row[2] for row in OF_ONE_CLASS)]
    tested = {name for setting in settings for name in setting}
    parameters = {name for cls, _ in BOTH for name in cls().get_params()}
    assert tested | ELSEWHERE.keys() == parameters
    for name, file in ELSEWHERE.items():
        assert f"{name}=" in Path(__file__).with_name(file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"bidirectional": True, "num_layers": 2, "attention": True},
        {"cell": "gru", "hidden_size": (5, 3), "attention": True},
        {"cell": "rnn_tanh", "layer_norm": True, "zoneout": 0.1},
    ],
    ids=str,
)
@pytest.mark.parametrize("rows", [X, RAGGED], ids=["dense", "ragged"])
@both
def test_prediction_has_the_same_bits_in_any_company(cls, y, rows, setting):
    estimator = fitted(cls, y, rows, **{"hidden_size": 5} | setting)
    predicted = answers(estimator, rows)
    alone = [answers(estimator, rows[i : i + 1]) for i in range(60)]
    np.testing.assert_array_equal(np.concatenate(alone), predicted)
    order = RNG.permutation(60)
    shuffled = answers(estimator, [rows[i] for i in order])
    np.testing.assert_array_equal(shuffled, predicted[order])


@both
def test_absent_steps_change_nothing(cls, y):
    padded = np.full((60, 11, 2), np.nan)
    padded[:, [1, 2, 3, 5, 6, 8, 9]] = X
    plain = fitted(cls, y, attention=True)
    again = fitted(cls, y, padded, attention=True)
    np.testing.assert_array_equal(answers(again, padded), answers(plain, X))
    expected = np.zeros((60, 3, 11))
    expected[:, :, [1, 2, 3, 5, 6, 8, 9]] = plain.attention_weights(X)
    np.testing.assert_array_equal(again.attention_weights(padded), expected)


@both
def test_attention_sums_to_one_over_real_steps(cls, y):
    estimator = fitted(cls, y, RAGGED, attention=True, bidirectional=True)
    weights = estimator.attention_weights(RAGGED)
    assert weights.shape == (60, 3, 7)
    real = np.arange(7) < np.array([len(steps) for steps in RAGGED])[:, None]
    np.testing.assert_allclose(weights.sum(axis=2), 1.0, rtol=1e-5)
    assert (weights[~np.broadcast_to(real[:, None], weights.shape)] == 0).all()
    assert (weights[np.broadcast_to(real[:, None], weights.shape)] > 0).all()
    with pytest.raises(AttributeError) as error:
        cls().attention_weights(X)
    assert "needs attention=True" in str(error.value.__cause__)


@both
def test_a_network_fitted_without_attention_has_none(cls, y):
    estimator = fitted(cls, y).set_params(attention=True)
    with pytest.raises(ValueError, match="fitted with a network without attention"):
        estimator.attention_weights(X)


@both
def test_hidden_states_are_those_of_the_encoder(cls, y):
    estimator = fitted(cls, y, bidirectional=True)
    states = estimator.transform(X)
    assert states.shape == (60, 8)
    assert len(estimator.get_feature_names_out()) == 8
    assert not hasattr(estimator, "predict_next")


@both
def test_score_needs_a_fit(cls, y):
    with pytest.raises(NotFittedError):
        cls().score(X, y)


@both
def test_clone_and_pickle(cls, y):
    estimator = fitted(cls, y, attention=True, teacher_forcing_ratio=(0.8, 0.2))
    assert clone(estimator).get_params() == estimator.get_params()
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(answers(again, X), answers(estimator, X))


@both
def test_an_int_gives_the_same_fit_and_touches_no_other_generator(cls, y):
    dropping = {"dropout": 0.2, "teacher_forcing_ratio": 0.5, "early_stopping": True}
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = answers(fitted(cls, y, **dropping), X)
    np.testing.assert_array_equal(answers(fitted(cls, y, **dropping), X), first)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])


@both
def test_weight_two_is_a_sample_twice(cls, y):
    weight = RNG.integers(0, 3, 60)
    weighted = cls(**QUICK).fit(X, y, sample_weight=weight)
    repeated = cls(**QUICK).fit(X.repeat(weight, axis=0), y.repeat(weight, axis=0))
    np.testing.assert_allclose(answers(weighted, X), answers(repeated, X), rtol=1e-6)
    assert (answers(weighted, X) != answers(cls(**QUICK).fit(X, y), X)).any()
    scores = [
        weighted.score(X, y, weight),
        weighted.score(X.repeat(weight, axis=0), y.repeat(weight, axis=0)),
    ]
    assert scores[0] == pytest.approx(scores[1])


@both
def test_grid_search_over_a_pipeline_of_windows(cls, y):
    ahead = AHEAD[:-2]
    signs = np.where(np.sin(9 * ahead) > 0, "up", "down")
    targets = ahead if cls is Seq2SeqRegressor else signs
    rows = FRAME[:-2]
    pipe = make_pipeline(SequenceWindower(5), cls(**QUICK))
    name = f"{cls.__name__.lower()}__teacher_forcing_ratio"
    search = GridSearchCV(pipe, {name: [1.0, 0.0]}, cv=2, error_score="raise")
    assert search.fit(rows, targets).predict(rows).shape == targets.shape


@both
def test_parameters_of_both_classes_and_of_the_others_agree(cls, y):
    gone = {"pooling", "module", "segment_length", "bptt_steps", "stateful"}
    assert not gone & inspect.signature(cls).parameters.keys()
    assert not gone & cls._parameter_constraints.keys()
    assert cls._parameter_constraints.keys() == cls().get_params().keys()
