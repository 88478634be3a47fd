"""Equal sequences in whatever form and company -> equal predictions, bit for bit."""

import threading
import time

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    Sequences,
    SequenceWindower,
)
from sklearn_rnn.kernels import _read_cell
from sklearn_rnn.training import _outputs

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 9, 2))
Y = X[:, -3:, 0].sum(axis=1)
LENGTHS = RNG.integers(1, 25, size=70)
RAGGED = [RNG.normal(size=(n, 2)) for n in LENGTHS]
FRAME = pd.DataFrame(RNG.normal(size=(90, 2)).cumsum(axis=0), columns=["a", "b"])

SETTINGS = [
    RNNRegressor(5),
    LSTMRegressor(5, num_layers=2, dropout=0.2),
    GRURegressor(5, bidirectional=True, num_layers=2),
    LSTMRegressor(5, bidirectional=True, pooling="mean"),
    GRURegressor(5, pooling="max"),
    LSTMRegressor(5, bidirectional=True, zoneout=0.2),
    GRURegressor(5, zoneout=0.2),
    RNNRegressor(5, num_layers=2, zoneout=0.2),
    LSTMRegressor(5, bidirectional=True, input_dropout=0.2, layer_norm=True),
    LSTMRegressor(5, criterion="quantile", quantiles=(0.1, 0.2, 0.5, 0.9)),
    GRURegressor(5, segment_length=4, bidirectional=True),
]

NOTHING_DROPPED = {"dropout": 0.0, "input_dropout": 0.0, "zoneout": 0.0}


@pytest.fixture(params=SETTINGS, ids=str)
def regressor(request):
    return clone(request.param).set_params(max_epochs=2, random_state=0)


def same_bits(first, second):
    np.testing.assert_array_equal(first, second)


def test_prediction_has_the_same_bits_in_any_company(regressor):
    predicted = regressor.fit(X, Y).predict(X)
    same_bits(
        np.concatenate([regressor.predict(X[i : i + 1]) for i in range(70)]), predicted
    )
    order = RNG.permutation(70)
    same_bits(regressor.predict(X[order]), predicted[order])
    same_bits(regressor.predict(X[:40]), predicted[:40])
    same_bits(regressor.predict(np.repeat(X, 3, axis=0)), np.repeat(predicted, 3))


def test_without_numba_predictions_are_the_same_to_rounding(regressor, monkeypatch):
    predicted = regressor.fit(X, Y).predict(X)
    monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
    in_torch = regressor.predict(X)
    np.testing.assert_allclose(in_torch, predicted, atol=1e-5)
    same_bits(
        np.concatenate([regressor.predict(X[i : i + 1]) for i in range(9)]),
        in_torch[:9],
    )


def test_ragged_prediction_has_the_same_bits_alone(regressor):
    """Padding of shorter neighbours must not reach the backward direction."""
    predicted = regressor.fit(RAGGED, Y).predict(RAGGED)
    same_bits(
        np.concatenate([regressor.predict([steps]) for steps in RAGGED]), predicted
    )
    for i in (0, 1):  # and an array of one sequence has no padding at all
        dense = regressor.predict(RAGGED[i][None])
        np.testing.assert_allclose(dense, predicted[i : i + 1], rtol=1e-12)


def test_ragged_fit_learns_from_real_steps_only(regressor):
    """In full batch, padding a list of equal sequences to any length is no change."""
    regressor.set_params(batch_size=128, **NOTHING_DROPPED)
    plain = regressor.fit(list(X), Y).predict(X)
    longer = [*X, RNG.normal(size=(30, 2))]
    weight = np.r_[np.ones(70), 1e-12]
    padded = regressor.fit(longer, np.r_[Y, 0.0], sample_weight=weight).predict(X)
    np.testing.assert_allclose(padded, plain, atol=1e-4)


def test_absent_steps_change_nothing(regressor):
    """All-NaN steps on the left, on the right and inside."""
    plain = regressor.fit(X, Y).predict(X)
    padded = np.full((70, 13, 2), np.nan)
    padded[:, [1, 2, 3, 5, 6, 7, 8, 10, 11]] = X
    same_bits(regressor.predict(padded), plain)
    weights = [w.detach().clone() for w in regressor.net_.module_.parameters()]
    regressor.fit(padded, Y)
    for before, after in zip(weights, regressor.net_.module_.parameters(), strict=True):
        same_bits(before.numpy(), after.detach().numpy())
    same_bits(regressor.predict(X), plain)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(np.float32, id="float32"),
        pytest.param(np.asfortranarray, id="Fortran order"),
        pytest.param(np.ndarray.tolist, id="nested lists"),
        pytest.param(list, id="list of arrays"),
        pytest.param(tuple, id="tuple of arrays"),
        pytest.param(Sequences.from_array, id="Sequences"),
        pytest.param(lambda X: Sequences.from_list(list(X)), id="Sequences of a list"),
        pytest.param(lambda X: [pd.DataFrame(steps) for steps in X], id="DataFrames"),
    ],
)
def test_input_forms_are_equal(form):
    expected = LSTMRegressor(4, max_epochs=2, random_state=0).fit(X, Y)
    other = LSTMRegressor(4, max_epochs=2, random_state=0).fit(form(X), Y)
    same_bits(other.predict(form(X)), expected.predict(X))
    same_bits(other.predict(X), expected.predict(form(X)))
    assert other.n_features_in_ == 2


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, list, np.ndarray.tolist])
def test_two_axes_are_one_feature(form):
    flat = X[:, :, 0]
    deep = RNNRegressor(4, max_epochs=2, random_state=0).fit(flat[:, :, None], Y)
    wide = RNNRegressor(4, max_epochs=2, random_state=0).fit(form(flat), Y)
    same_bits(wide.predict(form(flat)), deep.predict(flat[:, :, None]))


def test_rows_of_a_pipeline_one_at_a_time():
    """The history of a row is the training rows, and then the rows before it."""
    pipe = make_pipeline(
        SequenceWindower(6), GRURegressor(4, max_epochs=2, random_state=0)
    )
    pipe.fit(FRAME[:60], FRAME["a"][:60])
    batch = pipe.predict(FRAME[60:])
    same_bits(pipe.predict(FRAME[60:61]), batch[:1])
    for t in range(61, 90):
        pipe[0].fit(FRAME[:t], FRAME["a"][:t])
        same_bits(pipe.predict(FRAME[t : t + 1]), batch[t - 60 : t - 59])


@pytest.mark.parametrize("n_outputs", [None, 1, 3])
def test_predictions_have_the_shape_and_units_of_y(n_outputs):
    y = Y if n_outputs is None else np.stack([Y * 10**k for k in range(n_outputs)], 1)
    regressor = LSTMRegressor(8, max_epochs=10, lr=0.02, random_state=0).fit(X, y)
    predicted = regressor.predict(X)
    assert predicted.shape == y.shape
    assert predicted.dtype == np.float64
    assert regressor.score(X, y) > 0.3
    assert regressor.n_outputs_ == (n_outputs or 1)


def test_fit_leaves_its_input_alone():
    rows, y, weight = X.copy(), Y.copy(), np.linspace(0, 2, 70)
    for array in (rows, y, weight):
        array.flags.writeable = False
    RNNRegressor(4, max_epochs=1, early_stopping=True).fit(rows, y, weight)
    windows = SequenceWindower(4).fit_transform(FRAME, FRAME["a"])
    before = windows.rows.copy()
    RNNRegressor(4, max_epochs=1).fit(windows, FRAME["a"], np.linspace(1, 2, 90))
    same_bits(windows.rows, before)


def test_many_sequences_are_predicted_on_all_threads(monkeypatch):
    pytest.importorskip("numba")
    seen = []

    def spy(*args):
        seen.append(threading.current_thread())
        time.sleep(0.005)  # time for the others to take theirs
        return read_windows(*args)

    read_windows = _outputs._read_windows
    monkeypatch.setattr(_outputs, "_read_windows", spy)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    many = np.random.default_rng(0).normal(size=(3000, 4, 1))
    regressor = GRURegressor(4, max_epochs=1, random_state=0).fit(many[:50], Y[:50])
    predicted = {}
    for n_threads, n_readers in [("auto", 3), (2, 2), (1, 1)]:
        seen.clear()
        predicted[n_threads] = regressor.set_params(n_threads=n_threads).predict(many)
        assert len(set(seen)) == n_readers
    same_bits(predicted["auto"], predicted[1])
    same_bits(predicted[2], predicted[1])


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint64])
def test_places_of_any_integer_type(dtype):
    regressor = GRURegressor(4, max_epochs=1, random_state=0).fit(X, Y)
    sequences = Sequences.from_array(X)
    places = sequences.starts.astype(dtype), sequences.stops.astype(dtype)
    same = Sequences(sequences.rows, *places)
    same_bits(regressor.predict(same), regressor.predict(X))
