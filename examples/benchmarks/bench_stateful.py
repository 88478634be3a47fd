"""Time a state that runs on against windows, and compare the errors of both.

One long series, windows of 50 rows: with windows the network reads each row 50 times in
an epoch and 50 times to predict; with ``stateful=True`` once. A fit with
``stateful=True`` also reads the rows once more at its end, for the state there, which
costs as much as to predict them; the time of an epoch is that of ``partial_fit``. Both
take turns in one process, so that whatever else the machine does hits them alike;
seconds are medians, and ratios are taken within a turn. With
``--cpu`` they are seconds of the processor.

Then the errors on rows that follow the training rows: of the made battery (800 cycles
to learn from, 200 to forecast) and of NASA's four (the first 80 % of each, the last
20 %). An epoch with windows has more updates than one of streams, so streams are shown
with as many epochs and with more.

    python examples/benchmarks/bench_stateful.py [--quick] [--cpu]
"""

import warnings
from functools import partial

import numpy as np
import pandas as pd
from measuring import CLOCKS, read_arguments, seconds
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery, make_battery_fade
from sklearn_rnn.exceptions import ShortHistoryWarning

NETS = [
    (LSTMRegressor, 32),
    (LSTMRegressor, 64),
    (GRURegressor, 32),
    (RNNRegressor, 32),
]


def race(cls, hidden_size, windows, y, n_rounds, clock):
    """Let both take turns; return seconds {(what, stateful): array of rounds}."""
    nets = {
        stateful: cls(hidden_size, stateful=stateful, random_state=0, n_threads=1)
        for stateful in (False, True)
    }
    times = {(what, on): [] for what in ("epoch", "predict") for on in nets}
    for net in nets.values():  # the first call pays for loading and compiling
        net.partial_fit(windows[:200], y[:200])
        net.partial_fit(windows[:200], y[:200]).predict(windows[:200])
    for _ in range(n_rounds):
        for on, net in nets.items():
            epoch = seconds(lambda net=net: net.partial_fit(windows, y), clock)
            times["epoch", on].append(epoch)
            predict = seconds(lambda net=net: net.predict(windows), clock)
            times["predict", on].append(predict)
    return {key: np.array(seen) for key, seen in times.items()}


def show_times(n_rows, n_rounds, nets, clock):
    """Print one line per network, and per epoch or prediction."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"level": rng.normal(size=n_rows).cumsum()})
    windows = SequenceWindower(50).fit_transform(table, table["level"])
    print(f"\n{n_rows} rows{'windows s':>21}{'stateful s':>12}{'ratio':>8}{'worst':>8}")
    for cls, hidden_size in nets:
        times = race(cls, hidden_size, windows, table["level"], n_rounds, clock)
        for what in ("epoch", "predict"):
            slow, fast = times[what, False], times[what, True]
            name = f"{cls.__name__.removesuffix('Regressor')} {hidden_size}"
            print(
                f"{name:8} {what:10}{np.median(slow):12.3f}{np.median(fast):12.4f}"
                f"{np.median(slow / fast):8.1f}{(slow / fast).min():8.1f}"
            )


def forecasts(n_epochs):
    """Name the pipelines to compare; more is what the time of windows allows for."""

    def lstm(seed, epochs, **parameters):
        regressor = LSTMRegressor(max_epochs=epochs, random_state=seed, **parameters)
        return make_pipeline(SequenceWindower(20), regressor)

    streams = {"stateful": True, "bptt_steps": 10}
    more = 4 * n_epochs
    return {
        f"windows, {n_epochs} epochs": lambda seed: lstm(seed, n_epochs),
        f"stateful, {n_epochs} epochs": lambda seed: lstm(seed, n_epochs, **streams),
        f"stateful, {more} epochs": lambda seed: lstm(seed, more, **streams),
        "ridge on windows": lambda seed: make_pipeline(
            SequenceWindower(20, flatten=True), SimpleImputer(), Ridge()
        ),
    }


def made_battery(seed):
    """Give X, y, the training rows and the last value before each row."""
    X, y = make_battery_fade(random_state=seed)
    return X, y, X.index < 800, y.shift()


def four_batteries(seed):
    """Give the same of the measured cells; the seed is that of the network."""
    X, y = load_nasa_battery(return_X_y=True)
    cycle = pd.Series(X.index.get_level_values("cycle"), X.index)
    train = cycle <= 0.8 * cycle.groupby("battery").transform("max")
    return X[["capacity_ah"]], y, train.to_numpy(), y.groupby("battery").shift()


def show_errors(title, load, seeds, n_epochs):
    """Print the test error of each forecast, mean and worst of the seeds."""
    print(f"\n{title:24}{'fit s':>8}{'worst seed':>12}{'test RMSE':>12}")
    for name, make in forecasts(n_epochs).items():
        spent, errors = [], []
        for seed in seeds:
            X, y, train, _ = load(seed)
            pipe = make(seed)
            fit = partial(pipe.fit, X[train], y[train])
            spent.append(seconds(fit))
            errors.append(root_mean_squared_error(y[~train], pipe.predict(X[~train])))
        print(
            f"{name:24}{np.median(spent):8.2f}{max(errors):12.4f}{np.mean(errors):12.4f}"
        )
    errors = []
    for seed in seeds:
        _, y, train, last = load(seed)
        errors.append(root_mean_squared_error(y[~train], last[~train]))
    print(f"{'same as last':24}{0.0:8.2f}{max(errors):12.4f}{np.mean(errors):12.4f}")


def main():
    """Print the times, then the errors."""
    arguments = read_arguments(__doc__)
    quick, clock = arguments.quick, CLOCKS["cpu" if arguments.cpu else "wall"]
    warnings.simplefilter("ignore", ShortHistoryWarning)
    n_rows, n_rounds = (2_000, 2) if quick else (20_000, 5)
    show_times(n_rows, n_rounds, NETS[:1] if quick else NETS, clock)
    seeds, n_epochs = (range(1), 2) if quick else (range(5), 50)
    show_errors("made battery, LSTM 32", made_battery, seeds, n_epochs)
    show_errors("four NASA batteries", four_batteries, seeds, n_epochs)


if __name__ == "__main__":
    main()
