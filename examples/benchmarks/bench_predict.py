"""Time the prediction of 100,000 windows of 50 steps: this package, skorch, Keras.

All have the same weights, and their predictions must agree to 1e-3 of their spread, or
no ratio is printed. The peers get the windows cut in advance; this package gets rows
and cuts them itself. skorch predicts with its defaults, in batches of 128; Keras in
batches of 1024. At the end stands the time of a single row through `predict`, with its
checks and windows of 20 steps, and with ``stateful=True`` through `predict_next`.

    python examples/benchmarks/bench_predict.py [--quick] [--cpu]
"""

from copy import copy

import numpy as np
import pandas as pd
from measuring import CLOCKS, is_installed, read_arguments, show, take_turns
from peers import Network
from skorch import NeuralNetRegressor

from sklearn_rnn import GRURegressor, LSTMRegressor, SequenceWindower

WINDOW, TOLERANCE, N_SINGLE = 50, 1e-3, 200
NETS = [(LSTMRegressor, 32), (GRURegressor, 32), (LSTMRegressor, 16)]


def weights_of(regressor):
    """Give the weights of a fitted regressor by torch's own names."""
    state = regressor.net_.module_.state_dict()
    return {
        name.replace("encoder.layers.0.directions.0.", ""): value
        for name, value in state.items()
    }


def skorch_peer(cls, regressor):
    """Make a net of skorch with the weights of a regressor."""
    network = Network(cls.__name__.removesuffix("Regressor"), regressor.hidden_size)
    network.load_state_dict(weights_of(regressor))
    return NeuralNetRegressor(network).initialize()


def keras_peer(regressor):
    """Make a model of Keras with the weights of an LSTMRegressor."""
    import keras

    w = {name: value.numpy() for name, value in weights_of(regressor).items()}
    model = keras.Sequential(
        [
            keras.layers.Input((WINDOW, 1)),
            keras.layers.LSTM(regressor.hidden_size),
            keras.layers.Dense(1),
        ]
    )
    recurrent, dense = model.layers
    bias = w["rnn.bias_ih_l0"] + w["rnn.bias_hh_l0"]
    recurrent.set_weights([w["rnn.weight_ih_l0"].T, w["rnn.weight_hh_l0"].T, bias])
    dense.set_weights([w["head.weight"].T, w["head.bias"]])
    return model


def compare(cls, hidden_size, windows, y, n_rounds, clock, with_keras):
    """Let all take turns, if they agree."""
    plain = {"standardize": False, "instance_norm": None, "random_state": 0}
    ours = cls(hidden_size, **plain).partial_fit(windows[:1000], y[:1000])
    alone = copy(ours).set_params(n_threads=1)
    X = windows.to_array()
    skorch = skorch_peer(cls, ours)
    calls = {
        "this package": lambda: ours.predict(windows),
        "the same, one thread": lambda: alone.predict(windows),
        "skorch, batches of 128": lambda: skorch.predict(X)[:, 0],
    }
    if with_keras and cls is LSTMRegressor:
        model = keras_peer(ours)
        calls["Keras, batches of 1024"] = lambda: model.predict(
            X, batch_size=1024, verbose=0
        )[:, 0]
    expected = ours.predict(windows)
    for name, call in calls.items():
        difference = np.abs(call() - expected).max() / expected.std()
        if not difference < TOLERANCE:
            raise SystemExit(f"{name} differs by {difference:.1e}")
    title = f"{cls.__name__}({hidden_size}), {len(windows):,} windows"
    show(title, *take_turns(calls, n_rounds, clock))


def single_rows(cls, table, n_rounds, clock):
    """Time one row after the other, with windows of 20 rows."""
    windows = SequenceWindower(20).fit_transform(table[:1000])
    y = table["level"][:1000]
    net = cls(32, random_state=0).partial_fit(windows, y)
    stream = cls(32, random_state=0, stateful=True)
    stream.partial_fit(windows, y)
    one, array = windows[500:501], windows[500:501].to_array()

    def often(call):
        return lambda: [call() for _ in range(N_SINGLE)]

    calls = {
        "predict, a window of a table": often(lambda: net.predict(one)),
        "predict, an array": often(lambda: net.predict(array)),
        "predict_next": often(lambda: stream.predict_next([0.0])),
    }
    times, first = take_turns(calls, n_rounds, clock)
    show(f"{cls.__name__}(32), one row", times, first, 1e-3 * N_SINGLE, "ms")


def main():
    """Print a table per network."""
    arguments = read_arguments(__doc__)
    n_rows, n_rounds = (2_000, 3) if arguments.quick else (100_000, 7)
    with_keras = is_installed("keras", "Keras")
    clock = CLOCKS["cpu" if arguments.cpu else "wall"]
    series = np.random.default_rng(0).normal(size=n_rows + WINDOW).cumsum() / 100
    table = pd.DataFrame({"level": series.astype(np.float32)})
    windows = SequenceWindower(WINDOW).fit_transform(table)[WINDOW:]
    y = series[WINDOW:]
    for cls, hidden_size in NETS[:1] if arguments.quick else NETS:
        compare(cls, hidden_size, windows, y, n_rounds, clock, with_keras)
    for cls in (LSTMRegressor, GRURegressor):
        single_rows(cls, table, n_rounds, clock)


if __name__ == "__main__":
    main()
