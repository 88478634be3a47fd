"""Batteries one cycle ahead -> tables of errors: a made curve, and four real cells.

Settings are chosen by rows that are no test rows: the last fifth of the training rows
of the made curve, and each of the three other cells hidden once. How the four cells go
on to the end of their lives is told by examples/plot_09_nasa_battery_rul.py.
"""

import argparse
import time

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery, make_battery_fade
from sklearn_rnn.forecasting import make_targets

N_CYCLES, N_TRAIN = 1000, 800
KNOWN = 0.3  # share of a cell that is learnt from, beside the other three
MADE = {  # name -> cell, length of the window, steps predicted at once
    "LSTM, 20 cycles": (LSTMRegressor, 20, 1),
    "GRU, 20 cycles": (GRURegressor, 20, 1),
    "GRU, 40 cycles": (GRURegressor, 40, 1),
    "LSTM, 40, 30 steps": (LSTMRegressor, 40, 30),
    "GRU, 40, 10 steps": (GRURegressor, 40, 10),
    "GRU, 40, 30 steps": (GRURegressor, 40, 30),
    "GRU, 40, 60 steps": (GRURegressor, 40, 60),
}
REAL = {  # name -> length of the window, epochs
    "GRU, 16 cycles": (16, 40),
    "GRU, 16, 15 epochs": (16, 15),
    "GRU, 5 cycles": (5, 40),
}


def network(cls, window_length, seed, epochs):
    """Build a small network whose step size falls to nothing."""
    settings = {"lr": 0.005, "lr_schedule": "cosine", "max_epochs": epochs}
    net = cls(16, **settings, random_state=seed)
    return make_pipeline(SequenceWindower(window_length), net)


def ridge(window_length, alpha):
    """Build the baseline."""
    lags = SequenceWindower(window_length, flatten=True)
    return make_pipeline(lags, SimpleImputer(), Ridge(alpha))


def next_cycle(pipe, X, y, n_train, n_rows, n_steps=1):
    """Learn from the first rows, so many steps at once; judge one step of the rest."""
    targets = make_targets(y[:n_train], n_steps) if n_steps > 1 else y[:n_train]
    predicted = pipe.fit(X[:n_train], targets).predict(X[n_train:n_rows])
    first = predicted.reshape(n_rows - n_train, -1)[:, 0]
    return root_mean_squared_error(y[n_train:n_rows], first)


def made_curve(seeds, epochs):
    """Give errors on the tail of the training rows and on the test rows."""
    curves = [make_battery_fade(N_CYCLES, random_state=seed) for seed in seeds]
    tail, truth = int(0.8 * N_TRAIN), make_battery_fade(N_CYCLES, noise=0.0)[1]

    def both(make, n_steps=1):
        parts = [(tail, N_TRAIN), (N_TRAIN, N_CYCLES)]
        return [
            np.mean(
                [
                    next_cycle(make(seed), *curves[i], *part, n_steps)
                    for i, seed in enumerate(seeds)
                ]
            )
            for part in parts
        ]

    def of(forecast):
        part = slice(N_TRAIN, None)
        errors = [
            root_mean_squared_error(y[part], forecast(y)[part]) for _, y in curves
        ]
        return [np.nan, np.mean(errors)]

    rows = {
        name: both(lambda seed, c=cls, w=window: network(c, w, seed, epochs), n_steps)
        for name, (cls, window, n_steps) in MADE.items()
    }
    rows["ridge, 20 cycles"] = both(lambda seed: ridge(20, 1.0))
    rows["same as last cycle"] = of(lambda y: y.shift())
    rows["true curve"] = of(lambda y: truth)
    return pd.DataFrame(rows, index=["tail", "test"]).T


def real_cells(with_rest):
    """Read the capacities, beside the hours of rest before the cycle to come."""
    data = load_nasa_battery()
    X = data[["capacity_ah"]].copy()
    if with_rest:  # known when the cycle begins: the row before it holds them
        hours = data["start"].groupby("battery").diff().dt.total_seconds() / 3600
        rest = np.log(hours).groupby("battery").shift(-1)
        X["rest"] = rest.groupby("battery").ffill()
    return X


def hidden_part(pipe, X, hidden, others):
    """Learn from others and the beginning of a cell, judge the rest of it."""
    cell = X.loc[[hidden]]
    n_known = int(KNOWN * len(cell))
    learnt = pd.concat([X.loc[others], cell[:n_known]])
    pipe.fit(learnt, learnt["capacity_ah"])
    predicted = pipe.predict(cell[n_known:])
    return root_mean_squared_error(cell["capacity_ah"][n_known:], predicted)


def four_cells(X, seeds, epochs):
    """Give errors on the hidden part of each cell, and what was chosen for it."""
    cells = list(X.index.unique("battery"))

    def gru(name, seed):
        window, own_epochs = REAL[name]
        return network(GRURegressor, window, seed, min(epochs, own_epochs))

    rows = {}
    for hidden in cells:
        others = [cell for cell in cells if cell != hidden]
        inner = {
            name: np.mean(
                [
                    hidden_part(gru(name, 0), X, cell, [c for c in others if c != cell])
                    for cell in others
                ]
            )
            for name in REAL
        }
        best = min(inner, key=inner.get)
        y = X["capacity_ah"][hidden]
        later = slice(int(KNOWN * len(y)), None)
        rows[hidden] = {
            "chosen": best.replace("GRU, ", ""),
            "same as last": root_mean_squared_error(y[later], y.shift()[later]),
            "ridge": hidden_part(ridge(16, 1e-3), X, hidden, others),
            "GRU": np.mean(
                [hidden_part(gru(best, seed), X, hidden, others) for seed in seeds]
            ),
        }
    table = pd.DataFrame(rows).T
    numbers = table.columns[1:]
    table.loc["mean", numbers] = table[numbers].mean()
    return table.fillna("-")


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, few epochs")
    quick = parser.parse_args().quick
    seeds, epochs = (range(1), 2) if quick else (range(5), 30)
    begin = time.perf_counter()
    print(f"Made curve, RMSE, mean of {len(seeds)} seeds")
    print(made_curve(seeds, epochs).round(5).to_string(na_rep="-"))
    for with_rest in (False, True):
        known = "capacity and rest" if with_rest else "capacity"
        table = four_cells(real_cells(with_rest), seeds[:3], 2 if quick else 40)
        print(f"\nFour cells, RMSE in Ah, {known} known")
        print(table.to_string(float_format=lambda value: f"{value:.4f}"))
    print(f"seconds {time.perf_counter() - begin:.1f}")


if __name__ == "__main__":
    main()
