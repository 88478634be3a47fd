"""Measure windows of a large table: time and memory of making them and of one epoch.

A million rows of ten features with windows of a hundred rows would fill 4 GB if the
windows were copied. Time is the median of several calls; memory is what a call holds at
its peak beyond what was held before it, in multiples of the table as float32. The epoch
runs in a process of its own, where the growth of the largest resident size shows what
torch takes too.

    python examples/benchmarks/bench_windowing.py [--quick]
"""

import argparse
import resource
import statistics
import sys
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd

from sklearn_rnn import LSTMRegressor, SequenceWindower

N_FEATURES, WINDOW = 10, 100


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    n_rows = 20_000 if parser.parse_args().quick else 1_000_000

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

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        duration, growth = pool.submit(one_epoch, n_rows).result()
    print(f"\n{'one epoch of':30}{'seconds':>10}{'grown MB':>10}{'x table':>10}")
    print(
        f"{'LSTMRegressor(16)':30}{duration:10.1f}{growth / 1e6:10.1f}"
        f"{growth / table_bytes:10.2f}"
    )


if __name__ == "__main__":
    main()
