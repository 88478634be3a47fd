"""Features of each charge, and the capacity after it -> error for unseen cells.

The 55 cells of the XJTU data set (Wang et al. 2024, doi 10.5281/zenodo.10963339) were
cycled in six ways, the batches. From 16 features of a charge, how much does the cell
still hold, as a part of 2 Ah? Each cell is left out once, and the network learns from
the others of its batch: windows of 5 charges, their features and the number of the
cycle. A second network reads as well how far these features are from the first 10 of
the cell. Whether one of the two answers or their mean, is decided by training cells
that are left out in their turn. Ridge regression reads the 16 features of the last
charge alone, `number` its cycle as well.

The table is read from the folder `xjtu_battery` in the one that SKLEARN_RNN_DATA names;
without it the four batteries of NASA that come with the package are one batch, whose
health is to be told from voltage and temperature. What is printed is a table for
docs/studies.rst, mean absolute errors over the cells of a batch and the seconds of the
processor, eight minutes in all on one core:

    python examples/benchmarks/study_battery_health.py [--quick] [--seeds 0 1 2]
        [--batches 2C 3C R2.5 R3 RW Sim_satellite]
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("SKLEARN_RNN_DATA", SHARED)) / "xjtu_battery"
WHEN_NEW = 2.0  # Ah, of the cells of both data sets
READINGS = 0, 10  # cycles whose median is subtracted; 0: none
WIDTHS = 13, 5, 7, 7, 7, 7, 7


def load_cells():
    """Return features and health, on the index (battery, cycle)."""
    path = FOLDER / "xjtu_percycle.csv.gz"
    if not path.is_file():
        print(f"No file {path}: NASA's batteries take the place of XJTU's cells.")
        X, y = load_nasa_battery(return_X_y=True)
        X = X[["v_mean_load", "temp_max_c", "t_to_3v8_s"]]
        X.index = X.index.map(lambda key: (f"NASA_{key[0]}", key[1]))
        return X, y.set_axis(X.index) / WHEN_NEW
    table = pd.read_csv(path).set_index(["battery", "cycle_index"])
    table = table.replace([np.inf, -np.inf], np.nan)  # 151 entropies
    return table.drop(columns="capacity"), table["capacity"] / WHEN_NEW


def describe(table, n_first):
    """Add the number of the cycle, and the distance from the first cycles of the cell.

    The distance, for `n_first` not 0, is from the median of at most `n_first` cycles,
    and never of one that is still to come.
    """
    numbers = table.groupby(level=0).cumcount().rename("number of the cycle")
    if n_first == 0:
        return table.join(numbers)
    distances = table - table.groupby(level=0).transform(first_median, n_first)
    return table.join([distances.add_prefix("distance of "), numbers])


def first_median(values, n_first):
    """Return, for each value, the median of the first ones that are known by then."""
    medians = values.expanding().median()
    return medians.where(
        np.arange(len(values)) < n_first, medians.iloc[:n_first].iloc[-1]
    )


def ridge():
    """Build the baseline."""
    return make_pipeline(SimpleImputer(), MinMaxScaler((-1, 1)), Ridge(0.01))


def ridge_with_number():
    """Build the baseline that reads the number of the cycle as well."""
    return make_pipeline(FunctionTransformer(describe, kw_args={"n_first": 0}), ridge())


def network(n_first, max_epochs, seed):
    """Build the network that reads the features alone, or their distances as well."""
    return make_pipeline(
        SimpleImputer().set_output(transform="pandas"),
        FunctionTransformer(describe, kw_args={"n_first": n_first}),
        MinMaxScaler((-1, 1), clip=True).set_output(transform="pandas"),
        SequenceWindower(5, horizon=0, context=None),
        GRURegressor(
            criterion="absolute_error",
            dropout=0.3,
            lr=0.005,
            lr_schedule="cosine",
            max_epochs=max_epochs,
            batch_size=64,
            random_state=seed,
            n_threads=1,
        ),
    )


def choose(X, y, max_epochs):
    """Choose what the networks read, by two folds of the training cells."""
    alone = [
        cross_val_predict(
            network(n_first, max_epochs, 0),
            X,
            y,
            groups=X.index.get_level_values(0),
            cv=GroupKFold(2),
        )
        for n_first in READINGS
    ]
    answers = {(n_first,): each for n_first, each in zip(READINGS, alone, strict=True)}
    answers[READINGS] = np.mean(alone, axis=0)
    return min(answers, key=lambda chosen: mean_absolute_error(y, answers[chosen]))


def judge_cell(train, test, max_epochs, seeds):
    """Return errors of both ridges, networks and their mean, and the seconds."""
    (X, y), (X_test, y_test) = train, test
    begin = time.process_time()
    chosen = choose(X, y, max_epochs)
    predicted = [
        np.mean(
            [
                network(n_first, max_epochs, seed).fit(X, y).predict(X_test)
                for n_first in chosen
            ],
            axis=0,
        )
        for seed in seeds
    ]
    seconds = time.process_time() - begin
    answers = [
        ridge().fit(X, y).predict(X_test),
        ridge_with_number().fit(X, y).predict(X_test),
        *predicted,
        np.mean(predicted, axis=0),
    ]
    errors = [mean_absolute_error(y_test, answer) for answer in answers]
    return *errors[:2], np.mean(errors[2:-1]), errors[-1], seconds


def judge_batch(X, y, max_epochs, seeds):
    """Leave out each cell once; return a row for each."""
    parts = LeaveOneGroupOut().split(X, groups=X.index.get_level_values(0))
    return np.array(
        [
            judge_cell(
                (X.iloc[train], y.iloc[train]),
                (X.iloc[test], y.iloc[test]),
                max_epochs,
                seeds,
            )
            for train, test in parts
        ]
    )


def print_row(name, n_cells, errors, seconds):
    """Print a row of a table in reStructuredText."""
    cells = [n_cells, *(f"{error:.4f}" for error in errors), f"{seconds:.1f}"]
    print_cells(name, *cells)


def print_cells(*cells):
    """Print cells in columns of fixed widths, the first to the left."""
    _, *others = (f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))
    print("  ".join([f"{cells[0]:{WIDTHS[0]}}", *others]), flush=True)


def main():
    """Print one line per batch."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="four cells, 2 epochs")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--batches", nargs="+")
    chosen = parser.parse_args()
    seeds, max_epochs = ([0], 2) if chosen.quick else (chosen.seeds, 20)
    X, y = load_cells()
    batch = X.index.get_level_values(0).str.rsplit("_", n=1).str[0]
    names = chosen.batches or batch.unique()
    rules = ["=" * width for width in WIDTHS]
    for row in (
        rules,
        ["batch", "cells", "ridge", "number", "GRU", "mean", "seconds"],
        rules,
    ):
        print_cells(*row)
    rows = []
    for name in names[:2] if chosen.quick else names:
        rows.append(judge_batch(X[batch == name], y[batch == name], max_epochs, seeds))
        print_row(
            name, len(rows[-1]), rows[-1].mean(axis=0)[:-1], rows[-1][:, -1].sum()
        )
    rows = np.concatenate(rows)
    print_row("all", len(rows), rows.mean(axis=0)[:-1], rows[:, -1].sum())
    print_cells(*rules)


if __name__ == "__main__":
    main()
