"""Processes that train with checkpoint_path and are killed -> the bits of one fit."""

import multiprocessing
import random
import signal
import sys
import time
import warnings

import numpy as np
import pytest

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_adding_problem, make_battery_fade
from sklearn_rnn.training._checkpoint_file import read_checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="forks children"),
]

N_KILLS = 4  # of each training
LONGEST = 120  # seconds for what takes one or two
X, Y = make_adding_problem(n_samples=400, n_timesteps=12, random_state=0)
FADE = make_battery_fade(n_cycles=400, random_state=0)
WINDOWS = SequenceWindower(12).fit_transform(*FADE)
RAGGED = [steps[i % 9 :] for i, steps in enumerate(X)]

STOPPING = {"early_stopping": True, "patience": 6, "lr": 0.01}
TRAININGS = [
    (LSTMRegressor, X, {}),
    (GRURegressor, WINDOWS, {"stateful": True, "batch_size": 2, "max_epochs": 60}),
    (RNNRegressor, X, {"nonlinearity": "relu", "dropout": 0.3}),
    (LSTMRegressor, X, {"dropout": 0.2, "recurrent_dropout": 0.3, **STOPPING}),
    (GRURegressor, X, {"dropout": 0.2, "recurrent_dropout": 0.3, **STOPPING}),
    (RNNRegressor, RAGGED, {"dropout": 0.2, "recurrent_dropout": 0.3, **STOPPING}),
    (LSTMRegressor, RAGGED, {"num_layers": 2, "dropout": 0.2, "pooling": "mean"}),
    (GRURegressor, RAGGED, {"bidirectional": True, "zoneout": 0.2}),
    (
        LSTMRegressor,
        X,
        {"checkpoint_every": 2, "max_epochs": 30, "lr_schedule": "one_cycle"},
    ),
    (GRURegressor, X, {"optimizer": "rmsprop", "weight_decay": 0.01, **STOPPING}),
]


def make(cls, parameters, path):
    settings = {"hidden_size": 8, "max_epochs": 20, "random_state": 0, "n_threads": 1}
    return cls(**settings | parameters, checkpoint_path=path)


def train(cls, data, parameters, path, result):
    regressor = make(cls, parameters, path).fit(data, Y)
    weights = [w.detach().numpy() for w in regressor.net_.module_.parameters()]
    flat = np.concatenate([w.ravel() for w in weights])
    curves = regressor.history_.drop(columns="dur").to_numpy(dtype=np.float64)
    with result.open("wb") as file:
        np.savez(file, weights=flat, predictions=regressor.predict(data), curves=curves)


def start(*arguments):
    child = multiprocessing.get_context("fork").Process(target=train, args=arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child.start()
    return child


@pytest.fixture
def all_imported():
    """Let torch import here what it first needs in a fit, and not in each child."""
    for cls, data, parameters in TRAININGS:
        make(cls, parameters | {"max_epochs": 1}, None).fit(data, Y)


def seconds_of_a_whole_fit(arguments, result):
    begin = time.perf_counter()
    child = start(*arguments, None, result)
    child.join(LONGEST)
    assert child.exitcode == 0
    return time.perf_counter() - begin


def saved_epochs(path):
    return read_checkpoint(path)[1]["n_epochs"] if path.exists() else 0


def kill_and_start_again(arguments, path, result, moments, longest):
    """Give the number of epochs on the disk at each kill, and let the last end."""
    epochs = []
    while len(epochs) < N_KILLS:
        child = start(*arguments, path, result)
        child.join(moments.uniform(0.02, longest))
        child.kill()
        child.join()
        if child.exitcode == -signal.SIGKILL:
            epochs.append(saved_epochs(path))
        else:  # it was faster: kill another one
            path.unlink()
            path.with_name(f"{path.name}.previous").unlink()
    child = start(*arguments, path, result)
    child.join(LONGEST)
    assert child.exitcode == 0
    return epochs


@pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.NoSkillWarning")
def test_killed_trainings_end_with_the_bits_of_one_fit(tmp_path, all_imported):
    moments, kills = random.Random(0), []
    for number, arguments in enumerate(TRAININGS):
        expected, result = tmp_path / f"{number}.whole", tmp_path / f"{number}.parts"
        seconds = seconds_of_a_whole_fit(arguments, expected)
        path = tmp_path / f"{number}.checkpoint"
        epochs = kill_and_start_again(arguments, path, result, moments, seconds / 3)
        kills.append(epochs)
        with np.load(expected) as whole, np.load(result) as parts:
            for name in whole:
                np.testing.assert_array_equal(parts[name], whole[name])
        print(arguments[0].__name__, arguments[2], f"{seconds:.1f} s", epochs)
    assert sum(map(len, kills)) >= 30
    assert sum(len(set(epochs) - {0}) > 1 for epochs in kills) > len(TRAININGS) / 2
