"""Unit of a window read relative to its last value -> test RMSE on several series.

`instance_norm="last"` divides the distance of each step from the last by WINDOW_UNITS
times its root mean square. This prints the error of a forecast one step ahead for
several units, so that the constant rests on no single data set. Beside them stand "same
as last step" and ridge regression on the same windows. Series that are not bundled are
read from the folder named by SKLEARN_RNN_DATA, and left out where it is absent.

    python examples/benchmarks/study_window_units.py [--quick]
"""

import argparse
import os
from pathlib import Path

import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery, make_battery_fade
from sklearn_rnn.training import _scaling

UNITS = (1.0, 3.0, 10.0)


def bundled():
    """Give name, X and y of the series that need no folder."""
    yield "made battery", *make_battery_fade(random_state=0)
    X, y = load_nasa_battery(return_X_y=True)
    for cell in ("B0005", "B0018"):
        yield f"NASA {cell}", X.loc[cell, ["capacity_ah"]], y[cell]


def from_folder(folder):
    """Give name, X and y of the univariate series in a folder."""
    for path in sorted(folder.glob("small_univariate/*.csv")):
        values = pd.to_numeric(pd.read_csv(path).iloc[:, -1], errors="coerce").dropna()
        table = values.reset_index(drop=True).to_frame("value")
        yield path.stem, table, table["value"]


def error(pipe, X, y, n_train):
    """Learn from the first rows, judge by the others."""
    predicted = pipe.fit(X[:n_train], y[:n_train]).predict(X[n_train:])
    return root_mean_squared_error(y[n_train:], predicted)


def main():
    """Print one line per series."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, two epochs")
    quick = parser.parse_args().quick
    epochs, seeds = (2, range(1)) if quick else (20, range(3))
    series = list(bundled())
    if "SKLEARN_RNN_DATA" in os.environ:
        series += from_folder(Path(os.environ["SKLEARN_RNN_DATA"]))
    rows = {}
    for name, X, y in series:
        n_train = int(0.75 * len(X))
        windows = SequenceWindower(20, flatten=True)
        ridge = make_pipeline(windows, SimpleImputer(), StandardScaler(), Ridge())
        rows[name] = {
            "last": root_mean_squared_error(y[n_train:], y.shift()[n_train:]),
            "ridge": error(ridge, X, y, n_train),
        }
        for unit in UNITS:
            _scaling.WINDOW_UNITS = unit
            errors = [
                error(
                    make_pipeline(
                        SequenceWindower(20),
                        LSTMRegressor(max_epochs=epochs, random_state=seed),
                    ),
                    X,
                    y,
                    n_train,
                )
                for seed in seeds
            ]
            rows[name][f"LSTM, unit {unit:g}"] = sum(errors) / len(errors)
    print(pd.DataFrame(rows).T.round(4).to_string())


if __name__ == "__main__":
    main()
