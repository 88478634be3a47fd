"""Sequences of any length, padded anyhow -> the same weights, the same predictions."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    Sequences,
    SequenceWindower,
    pad_sequences,
)

CELLS = [
    (RNNRegressor, {}),
    (RNNRegressor, {"nonlinearity": "relu"}),
    (LSTMRegressor, {}),
    (GRURegressor, {}),
]
CELL_NAMES = ["tanh", "relu", "LSTM", "GRU"]
DEPTHS = [(1, False), (2, False), (3, False), (1, True), (2, True), (3, True)]
ANY_CELL, ANY_DEPTH = st.sampled_from(CELLS), st.sampled_from(DEPTHS)
N_FEATURES = 2


@st.composite
def networks(draw, cells=ANY_CELL, depths=ANY_DEPTH):
    """Draw a small network of any cell, depth and direction, with any option."""
    cls, options = draw(cells)
    num_layers, bidirectional = draw(depths)
    instance_norm = draw(st.sampled_from([None, "last", "standard"]))
    return cls(
        draw(st.integers(3, 5)),
        num_layers=num_layers,
        bidirectional=bidirectional,
        pooling=draw(st.sampled_from(["last", "mean", "max"])),
        dropout=draw(st.sampled_from([0.0, 0.3])),
        recurrent_dropout=draw(st.sampled_from([0.0, 0.3])),
        standardize=draw(st.booleans()),
        instance_norm=instance_norm,
        target_feature=0,
        # relative to its last step, an empty sequence cannot validate
        early_stopping=draw(st.booleans()) and instance_norm is None,
        batch_size=draw(st.sampled_from([3, 64])),
        max_epochs=draw(st.integers(1, 2)),
        random_state=draw(st.integers(0, 99)),
        **options,
    )


@st.composite
def samples(draw, min_length=0):
    """Draw sequences of any length, a first one that is not empty, and targets."""
    length = st.integers(min_length, 7)
    lengths = [draw(st.integers(1, 7)) for _ in range(4)]
    lengths += draw(st.lists(length, max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    X = [rng.normal(size=(n, N_FEATURES)) for n in lengths]
    return X, rng.normal(size=len(X))


def longest(X):
    return max(map(len, X))


def left(X, rng):
    return pad_sequences(X, side="left", length=longest(X) + rng.integers(6))


def right(X, rng):
    return pad_sequences(X, side="right", length=longest(X) + rng.integers(6))


def scattered(X, rng):
    padded = np.full((len(X), longest(X) + rng.integers(6), N_FEATURES), np.nan)
    for row, steps in zip(padded, X, strict=True):
        row[np.sort(rng.permutation(len(row))[: len(steps)])] = steps
    return padded


def list_with_gaps(X, rng):
    places = [np.sort(rng.integers(len(x) + 1, size=rng.integers(5))) for x in X]
    return [np.insert(x, at, np.nan, axis=0) for x, at in zip(X, places, strict=True)]


def sequences_with_gaps(X, rng):
    holed = list_with_gaps(X, rng)
    stops = np.cumsum([len(x) for x in holed])
    starts = stops - [len(x) for x in holed]
    return Sequences(np.concatenate(holed).astype(np.float32), starts, stops)


PADDINGS = [left, right, scattered, list_with_gaps, sequences_with_gaps]


def weights_of(regressor):
    return [w.detach().numpy().copy() for w in regressor.net_.module_.parameters()]


def assert_same_fit(padded, plain):
    """Compare all that was learnt, bit for bit."""
    for one, other in zip(weights_of(padded), weights_of(plain), strict=True):
        assert_array_equal(one, other)
    for name, value in vars(plain.scaler_).items():
        assert_array_equal(getattr(padded.scaler_, name), value)
    assert_array_equal(padded.loss_curve_, plain.loss_curve_)
    assert padded.n_timesteps_ == plain.n_timesteps_


def check_padding(net, data, paddings, seed):
    """Fit and predict with and without padding: nothing may differ by one bit."""
    X, y = data
    rng = np.random.default_rng(seed)
    predicted = net.fit(X, y).predict(X)
    for padding in paddings:
        assert_array_equal(net.predict(padding(X, rng)), predicted)
        again = type(net)(**net.get_params()).fit(padding(X, rng), y)
        assert_same_fit(again, net)
        assert_array_equal(again.predict(X), predicted)


@settings(max_examples=8)
@given(networks(), samples(), st.sampled_from(PADDINGS), st.integers(0, 99))
def test_padding_changes_no_weight_and_no_prediction(net, data, padding, seed):
    check_padding(net, data, [padding], seed)


@pytest.mark.slow
@pytest.mark.parametrize("depth", DEPTHS, ids=str)
@pytest.mark.parametrize("cell", CELLS, ids=CELL_NAMES)
def test_padding_changes_nothing_in_any_network(cell, depth):
    @settings(max_examples=4)
    @given(networks(st.just(cell), st.just(depth)), samples(), st.integers(0, 99))
    def check(net, data, seed):
        check_padding(net, data, PADDINGS, seed)

    check()


def check_company(net, data, company):
    """Predict each sequence alone and beside others that are longer."""
    X, y = data
    predicted = net.fit(X, y).predict(X)
    assert np.isfinite(predicted).all()
    assert_array_equal([net.predict([steps])[0] for steps in X], predicted)
    assert_array_equal(net.predict([*company, *X])[len(company) :], predicted)


COMPANY = [np.full((n, N_FEATURES), 9.0 * n) for n in (40, 7, 1, 0)]


@settings(max_examples=8)
@given(networks(), samples())
def test_longer_neighbours_change_no_prediction(net, data):
    check_company(net, data, COMPANY)


@pytest.mark.slow
@pytest.mark.parametrize("depth", DEPTHS, ids=str)
@pytest.mark.parametrize("cell", CELLS, ids=CELL_NAMES)
def test_longer_neighbours_change_nothing_in_any_network(cell, depth):
    @settings(max_examples=4)
    @given(networks(st.just(cell), st.just(depth)), samples())
    def check(net, data):
        check_company(net, data, COMPANY)

    check()


def one_step_of_descent(cls, X, y, **parameters):
    """Return the change of all weights by one update of plain gradient descent."""
    net = cls(
        4,
        optimizer="sgd",
        lr=1.0,
        max_epochs=1,
        batch_size=len(X),
        clip_grad_norm=None,
        standardize=False,
        random_state=0,
        **parameters,
    )
    module = net.fit(X, y).net_.module_
    after = torch.nn.utils.parameters_to_vector(module.parameters()).detach()
    start = cls(**net.get_params()).set_params(lr=1e-30).fit(X[:1], y[:1])
    before = torch.nn.utils.parameters_to_vector(start.net_.module_.parameters())
    return (after - before.detach()).numpy()


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS, ids=CELL_NAMES)
def test_padding_of_a_batch_sends_back_no_gradient(cell, bidirectional, pooling):
    """The update of a ragged batch is the mean of those of its sequences alone."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, N_FEATURES)) for n in (6, 1, 3, 0)]
    y = rng.normal(size=len(X))
    cls, options = cell
    options = {"bidirectional": bidirectional, "pooling": pooling, **options}
    together = one_step_of_descent(cls, X, y, num_layers=2, **options)
    alone = [
        one_step_of_descent(cls, [steps], [target], num_layers=2, **options)
        for steps, target in zip(X, y, strict=True)
    ]
    assert np.abs(together).max() > 0.01
    assert_allclose(together, np.mean(alone, axis=0), atol=1e-6)


@st.composite
def tables(draw):
    """Draw series of any length below one another, and one with absent rows around."""
    sizes = [draw(st.integers(2, 9))]  # one window at least is not empty
    sizes += draw(st.lists(st.integers(1, 9), max_size=4))
    around = [draw(st.tuples(st.integers(0, 4), st.integers(0, 4))) for _ in sizes]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    plain, padded = [], []
    for i, (n, (before, after)) in enumerate(zip(sizes, around, strict=True)):
        series = pd.DataFrame({"cell": i, "a": rng.normal(size=n), "b": rng.random(n)})
        index = range(-before, n + after)
        plain.append(series)
        padded.append(series.reindex(index).assign(cell=i))
    return (
        pd.concat(plain, ignore_index=True),
        pd.concat(padded, ignore_index=True),
    )


@pytest.mark.filterwarnings(
    "ignore:No training window is full"  # some groups are all shorter than the window
)
@settings(max_examples=8)
@given(networks(), tables(), st.integers(0, 1), st.integers(1, 12))
def test_absent_rows_around_a_group_change_nothing(net, both, horizon, window_length):
    """Groups of any length, shorter than the window too."""
    windower = SequenceWindower(
        window_length, horizon=horizon, group_by="cell", context=None
    )
    net.set_params(early_stopping=False)  # one row cannot be split
    plain, padded = both
    real = padded["a"].notna().to_numpy()
    net.fit(windower.fit_transform(plain), plain["a"] + 1)
    windows = windower.fit_transform(padded)
    again = type(net)(**net.get_params())
    again.fit(windows, padded["a"].fillna(0.0) + 1, sample_weight=real.astype(float))
    for one, other in zip(weights_of(again), weights_of(net), strict=True):
        assert_array_equal(one, other)
    predicted = net.predict(windower.fit_transform(plain))
    assert_array_equal(net.predict(windows)[real], predicted)
    assert_array_equal(again.predict(windows)[real], predicted)
