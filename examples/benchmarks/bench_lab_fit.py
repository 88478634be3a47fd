"""Time one fit of the battery lab: this package, a plain torch loop, and skorch.

All train the same architecture for the same number of updates on the same rows,
in one process, taking turns, so that whatever else the machine does hits them alike:

a. ``make_pipeline(SequenceWindower(20), LSTMRegressor(...))``, as a user writes it;
b. a loop in plain torch: one thread, fused Adam, windows made and scaled in advance
   (neither is timed), batches taken by a random index;
c. ``skorch.NeuralNetRegressor`` on the same windows with its defaults: a fifth of the
   rows to validate on after each epoch, a line of log per epoch, a loader that fetches
   samples one by one. Only Adam, the batch size and shuffling are set, and it gets a
   quarter more epochs, so that the number of updates is the same;
d. the same with ``train_split=None``, no log and one thread: skorch at its leanest;
e. the program of the guide in Keras, where that is installed, on the same windows;
   it has LSTMs, so that it takes no part in the races of GRUs.

Threads: (b) and (d) set one; (a) chooses by itself; (c) leaves torch's setting as it
is. Seconds are medians. A ratio stands only where the final losses agree to a tenth.

    python examples/benchmarks/bench_lab_fit.py [--quick]
"""

import argparse
import os
import platform
import time
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import numpy as np
import torch
from measuring import is_installed
from peers import Network
from sklearn.pipeline import make_pipeline
from skorch import NeuralNetRegressor
from torch import nn

from sklearn_rnn import GRURegressor, LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade

WINDOW, BATCH, LR, DROPOUT, N_TRAIN = 20, 32, 0.002, 0.2, 800
TOLERANCE = 0.1  # of the final losses, which begin with other weights
LAB, SMALL = {"hidden_size": 50, "num_layers": 2}, {"hidden_size": 16, "num_layers": 1}
NETS = {
    "lab: 2 x LSTM(50)": {"cell": "LSTM", **LAB},
    "small: LSTM(16)": {"cell": "LSTM", **SMALL},
    "2 x GRU(50)": {"cell": "GRU", **LAB},
    "GRU(16)": {"cell": "GRU", **SMALL},
}
REGRESSORS = {"LSTM": LSTMRegressor, "GRU": GRURegressor}


@contextmanager
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def materialised_windows(capacity):
    """Full windows relative to their last value, and the next change, scaled."""
    windows = np.lib.stride_tricks.sliding_window_view(capacity[:-1], WINDOW)
    last = windows[:, -1:]
    X, y = windows - last, capacity[WINDOW:, None] - last
    X, y = X / np.sqrt((X**2).mean()), (y - y.mean()) / y.std()
    return X[:, :, None].astype(np.float32), y.astype(np.float32)


def fit_package(data, net, n_epochs):
    regressor = REGRESSORS[net["cell"]](
        net["hidden_size"],
        num_layers=net["num_layers"],
        dropout=DROPOUT,
        lr=LR,
        batch_size=BATCH,
        max_epochs=n_epochs,
        random_state=0,
    )
    pipe = make_pipeline(SequenceWindower(WINDOW), regressor)
    pipe.fit(data["table"], data["capacity"])
    return regressor.loss_curve_[-1]


def fit_plain(data, net, n_epochs):
    with one_thread():
        torch.manual_seed(0)
        X, y = torch.from_numpy(data["X"]), torch.from_numpy(data["y"])
        network = Network(**net, dropout=DROPOUT)
        loss_of = nn.MSELoss()
        optimizer = torch.optim.Adam(network.parameters(), lr=LR, fused=True)
        for _ in range(n_epochs):
            total = torch.zeros(())
            for index in torch.randperm(len(X)).split(BATCH):
                optimizer.zero_grad()
                loss = loss_of(network(X[index]), y[index])
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(index)
        return float(total) / len(X)


def fit_skorch(data, net, n_epochs, **changes):
    torch.manual_seed(0)
    regressor = NeuralNetRegressor(
        Network,
        module__dropout=DROPOUT,
        **{f"module__{name}": value for name, value in net.items()},
        optimizer=torch.optim.Adam,
        lr=LR,
        batch_size=BATCH,
        max_epochs=n_epochs,
        iterator_train__shuffle=True,
        **changes,
    )
    with redirect_stdout(StringIO()):
        regressor.fit(data["X"], data["y"])
    return regressor.history[-1, "train_loss"]


def fit_skorch_defaults(data, net, n_epochs):
    return fit_skorch(data, net, round(n_epochs * 5 / 4))


def fit_skorch_lean(data, net, n_epochs):
    with one_thread():
        return fit_skorch(data, net, n_epochs, train_split=None, verbose=0)


def fit_keras(data, net, n_epochs):
    import keras

    keras.utils.set_random_seed(0)
    n_layers = net["num_layers"]
    layers = [keras.layers.Input((WINDOW, 1))]
    for layer in range(n_layers):
        whole = layer + 1 < n_layers  # give all steps to the next layer
        layers.append(keras.layers.LSTM(net["hidden_size"], return_sequences=whole))
        layers.append(keras.layers.Dropout(DROPOUT))
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(LR), "mse")
    fitted = model.fit(
        data["X"], data["y"], batch_size=BATCH, epochs=n_epochs, verbose=0
    )
    return fitted.history["loss"][-1]


FITS = {
    "a  this package": fit_package,
    "b  plain torch": fit_plain,
    "c  skorch, defaults": fit_skorch_defaults,
    "d  skorch, leanest": fit_skorch_lean,
}


def race(data, net, n_epochs, n_rounds):
    """Let all take turns; return {name: (seconds, CPU seconds)} and final losses."""
    fits = {
        n: f for n, f in FITS.items() if f is not fit_keras or net["cell"] == "LSTM"
    }
    times, losses = {name: [] for name in fits}, {}
    for fit in fits.values():
        fit(data, net, 1)  # the first call pays for loading
    for _ in range(n_rounds):
        for name, fit in fits.items():
            wall, cpu = time.perf_counter(), time.process_time()
            losses[name] = fit(data, net, n_epochs)
            spent = time.perf_counter() - wall, time.process_time() - cpu
            times[name].append(spent)
    return {name: np.array(spent).T for name, spent in times.items()}, losses


def show(title, times, losses):
    ours, _ = np.median(times["a  this package"], axis=1)
    print(
        f"\n{title:24}{'seconds':>10}{'best':>8}{'worst':>8}{'CPU s':>8}"
        f"{'final loss':>12}{'seconds / a':>13}"
    )
    for name, (wall, cpu) in times.items():
        median = np.median(wall)
        agree = abs(losses[name] / losses["a  this package"] - 1) < TOLERANCE
        ratio = f"{median / ours:13.2f}" if agree else f"{'differ':>13}"
        print(
            f"{name:24}{median:10.3f}{wall.min():8.3f}{wall.max():8.3f}"
            f"{np.median(cpu):8.3f}{losses[name]:12.4f}{ratio}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2 rounds of 4 epochs")
    quick = parser.parse_args().quick
    n_rounds, n_epochs = (2, 4) if quick else (7, 50)

    table, capacity = make_battery_fade(random_state=0)
    table, capacity = table[:N_TRAIN], capacity[:N_TRAIN]
    X, y = materialised_windows(capacity.to_numpy())
    if is_installed("keras", "Keras"):
        FITS["e  Keras"] = fit_keras
    data = {"table": table, "capacity": capacity, "X": X, "y": y}

    print(
        f"{platform.platform()}, {os.cpu_count()} cores, "
        f"torch {torch.__version__} with {torch.get_num_threads()} threads, "
        f"{n_rounds} rounds, {n_epochs} epochs of 25 updates"
    )
    for title, net in NETS.items():
        show(title, *race(data, net, n_epochs, n_rounds))


if __name__ == "__main__":
    main()
