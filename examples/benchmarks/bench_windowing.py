"""Measure windows of a large table: time and memory of making them and of one epoch.

A million rows of ten features with windows of a hundred rows would fill 4 GB if the
windows were copied. Time is the median of several calls; memory is what a call holds at
its peak beyond what was held before it, in multiples of the table as float32. The epoch
runs in a process of its own, where the growth of the largest resident size shows what
torch takes too.

The same windows are then made in turns by copies in NumPy and, where it is installed,
by sktime: ``Lag`` gives a table of a thousand columns, ``make_reduction`` the windows
that its forecasters train on. All must hold the same numbers before anything is timed.
What would fill more than half of the memory runs on a table of a tenth of the rows.

    python examples/benchmarks/bench_windowing.py [--quick] [--no-epoch]
"""

import argparse
import os
import resource
import statistics
import sys
import time
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
from measuring import is_installed
from sklearn.base import BaseEstimator, RegressorMixin

from sklearn_rnn import LSTMRegressor, SequenceWindower

N_FEATURES, WINDOW = 10, 100
BYTES = {  # per number of a window, at the peak
    "copies in NumPy": 4,
    "sktime, Lag": 4.2,
    "sktime, make_reduction": 16.2,
}


def make_table(n_rows):
    values = np.random.default_rng(0).standard_normal((n_rows, N_FEATURES))
    names = [f"sensor_{i}" for i in range(N_FEATURES)]
    return pd.DataFrame(values.astype(np.float32), columns=names)


def make_inputs(n_rows):
    """The same rows in the forms in which they come."""
    table = make_table(n_rows)
    series = table.assign(series=np.arange(n_rows) // 1000)
    return {
        "array, float32": (SequenceWindower(WINDOW), table.to_numpy()),
        "DataFrame, float32": (SequenceWindower(WINDOW), table),
        "DataFrame, float64": (SequenceWindower(WINDOW), table.astype(np.float64)),
        "DataFrame, 1000 rows a group": (
            SequenceWindower(WINDOW, group_by="series"),
            series,
        ),
    }


def make_windows(table):
    """Make one window per row, of the rows before it."""
    return SequenceWindower(WINDOW).fit_transform(table)


def copy_windows(table):
    """Copy the full windows into one array."""
    rows = table.to_numpy()[:-1]
    shape = WINDOW, rows.shape[1]
    return np.lib.stride_tricks.sliding_window_view(rows, shape)[:, 0].copy()


def lag_with_sktime(table):
    """Make a table with a column per lag and feature, of the same rows."""
    from sktime.transformations.lag import Lag

    lags = list(range(1, WINDOW + 1))
    return Lag(lags, index_out="original").fit_transform(table)


class Keeper(RegressorMixin, BaseEstimator):
    """Keep what the reduction would train on."""

    def fit(self, X, y):
        self.X_ = X
        return self


def reduce_with_sktime(table):
    """Make the windows that a forecaster of the first column trains on."""
    from sktime.forecasting.compose import make_reduction

    first, others = table.columns[0], table.columns[1:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # a default of its 1.3
        forecaster = make_reduction(
            Keeper(),
            window_length=WINDOW,
            strategy="direct",
            scitype="tabular-regressor",
        )
        forecaster.fit(table[first], X=table[others], fh=[1])
    return forecaster.estimators_[0].X_


def stack_lags(columns):
    """Turn columns, lag by lag from the newest, into full windows from the oldest."""
    values = columns.to_numpy()[WINDOW:].reshape(-1, WINDOW, N_FEATURES)
    return values[:, ::-1]


PEERS = {  # how to make windows, and how to see them as one array
    "copies in NumPy": (copy_windows, np.asarray),
    "sktime, Lag": (lag_with_sktime, stack_lags),
    "sktime, make_reduction": (
        reduce_with_sktime,
        lambda X: X.reshape(-1, N_FEATURES, WINDOW).swapaxes(1, 2),
    ),
}


def check_same(peers):
    """Stop where a peer's windows of a small table hold other numbers than ours."""
    table = make_table(3 * WINDOW)
    ours = np.asarray(make_windows(table))[WINDOW:]
    for name in peers:
        make, see = PEERS[name]
        np.testing.assert_array_equal(see(make(table)), ours, err_msg=name)


def seconds(call, n_rounds=5):
    times = []
    for _ in range(n_rounds):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def peak_bytes(call):
    tracemalloc.start()
    kept = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return peak


def group_by_rows(peers, n_rows):
    """Return {rows of the table: peers}: a tenth for those that need too much."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    groups = {}
    for name in peers:
        needed = BYTES[name] * n_rows * WINDOW * N_FEATURES
        fits = needed < memory / 2
        groups.setdefault(n_rows if fits else n_rows // 10, []).append(name)
        if not fits:
            print(f"\n{name} would fill {needed / 1e9:.0f} GB: a tenth of the rows")
    return groups


def compare(peers, n_rows, n_rounds):
    """Let this package and peers make windows in turns; print time and peak."""
    table = make_table(n_rows)
    calls = {"this package": make_windows} | {name: PEERS[name][0] for name in peers}
    peaks = {name: peak_bytes(lambda f=f: f(table)) for name, f in calls.items()}
    times = {name: [] for name in calls}
    for _ in range(n_rounds):
        for name, make in calls.items():
            times[name].append(seconds(lambda make=make: make(table), 1))

    title = f"windows of {n_rows:,} rows"
    print(f"\n{title:30}{'seconds':>10}{'peak MB':>10}{'time':>10}{'memory':>10}")
    ours, least = np.array(times["this package"]), peaks["this package"]
    for name, peak in peaks.items():
        ratio = statistics.median(times[name] / ours)
        print(
            f"{name:30}{statistics.median(times[name]):10.3f}{peak / 1e6:10.1f}"
            f"{ratio:10.1f}{peak / least:10.1f}",
            flush=True,
        )


def compare_with_peers(n_rows, n_rounds):
    """Compare with those that are installed."""
    has_sktime = is_installed("sktime", "sktime")
    peers = [name for name in PEERS if has_sktime or not name.startswith("sktime")]
    check_same(peers)
    for rows, names in group_by_rows(peers, n_rows).items():
        compare(names, rows, n_rounds)


def largest_resident_bytes():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def one_epoch(n_rows):
    """Fit for one epoch and return its seconds and the growth of the resident size."""
    table = make_table(n_rows)
    windows = SequenceWindower(WINDOW).fit_transform(table)
    target = table["sensor_0"].to_numpy()
    regressor = LSTMRegressor(16, batch_size=1024, max_epochs=1, random_state=0)
    regressor.fit(windows[:2048], target[:2048])  # loads what torch loads late
    before = largest_resident_bytes()
    begin = time.perf_counter()
    regressor.fit(windows, target)
    return time.perf_counter() - begin, largest_resident_bytes() - before


def show_epoch(n_rows):
    """Print what one epoch takes, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        duration, growth = pool.submit(one_epoch, n_rows).result()
    print(f"\n{'one epoch of':30}{'seconds':>10}{'grown MB':>10}{'x table':>10}")
    print(
        f"{'LSTMRegressor(16)':30}{duration:10.1f}{growth / 1e6:10.1f}"
        f"{growth / (4 * n_rows * N_FEATURES):10.2f}"
    )


def show_inputs(n_rows):
    """Print what windows of each form of input take."""
    table_bytes = 4 * n_rows * N_FEATURES
    print(f"{n_rows:,} rows x {N_FEATURES} features, windows of {WINDOW} rows")
    print(f"table as float32, MB         {table_bytes / 1e6:10.1f}")
    print(f"windows if copied, MB        {WINDOW * table_bytes / 1e6:10.1f}")
    print(f"\n{'fit_transform of':30}{'seconds':>10}{'peak MB':>10}{'x table':>10}")
    for name, (windower, X) in make_inputs(n_rows).items():

        def call(windower=windower, X=X):
            return windower.fit_transform(X)

        peak = peak_bytes(call)
        print(
            f"{name:30}{seconds(call):10.3f}{peak / 1e6:10.1f}"
            f"{peak / table_bytes:10.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    parser.add_argument("--no-epoch", action="store_true", help="windows alone")
    arguments = parser.parse_args()
    n_rows, n_rounds = (20_000, 1) if arguments.quick else (1_000_000, 3)
    show_inputs(n_rows)
    compare_with_peers(n_rows, n_rounds)
    if not arguments.no_epoch:
        show_epoch(n_rows)


if __name__ == "__main__":
    main()
