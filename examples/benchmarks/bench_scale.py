"""Size of the work -> time and memory of windows, an epoch and a prediction.

One size changes at a time: rows, window, hidden units, series. Each setting runs in a
process of its own, where the growth of the largest resident size shows what numpy and
torch take, beyond the table itself and what was loaded before. Below each group stands
the exponent of the time of an epoch and of the memory, fitted on a log-log scale.

    python examples/benchmarks/bench_scale.py [--quick] [--cpu] [--full]
"""

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd

BASE = {"rows": 10_000, "window": 20, "hidden": 16, "series": 1}
SWEEPS = {
    "quick": {"rows": [1_000, 4_000], "window": [20, 40]},
    "default": {
        "rows": [10_000, 30_000, 100_000],
        "window": [20, 100, 500],
        "hidden": [16, 64, 256],
        "series": [1, 100, 1_000],
    },
    "full": {
        "rows": [10_000, 100_000, 1_000_000, 10_000_000],
        "window": [20, 50, 100, 200, 500],
        "hidden": [16, 32, 64, 128, 256],
        "series": [1, 100, 10_000],
    },
}
COLUMNS = "windows", "epoch", "predict"


def resident_megabytes():
    """Return the largest resident size so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure(size, use_cpu):
    """Return seconds of windows, epoch and prediction, and megabytes grown."""
    import torch

    from sklearn_rnn import LSTMRegressor, SequenceWindower

    clock = time.process_time if use_cpu else time.perf_counter
    if use_cpu:
        torch.set_num_threads(1)  # a second would be counted while it waits
    values = np.random.default_rng(0).standard_normal((size["rows"], 1))
    table = pd.DataFrame(values.astype(np.float32), columns=["level"])
    table["series"] = np.arange(len(table)) * size["series"] // len(table)
    net = LSTMRegressor(size["hidden"], max_epochs=1, batch_size=256, random_state=0)
    full = np.zeros((256, size["window"], 1))
    net.fit(full, full[:, 0, 0]).predict(full)  # loads what is loaded late
    before, times = resident_megabytes(), [clock()]
    windower = SequenceWindower(size["window"], group_by="series")
    windows = windower.fit_transform(table)
    times.append(clock())
    net.fit(windows, table["level"])
    times.append(clock())
    net.predict(windows)
    times.append(clock())
    return *np.diff(times), resident_megabytes() - before


def exponent(sizes, values):
    """Fit the power of the size by which values grow."""
    return np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0]


def main():
    """Print a group of lines per size that changes."""
    from measuring import read_arguments

    full = "--full", "up to ten million rows; some minutes"
    arguments = read_arguments(__doc__, full)
    chosen = "full" if arguments.full else "default"
    spawn = get_context("spawn")
    for name, sizes in SWEEPS["quick" if arguments.quick else chosen].items():
        heads = "".join(f"{column + ' s':>12}" for column in COLUMNS)
        print(f"\n{name:12}{heads}{'grown MB':>12}")
        rows = []
        for value in sizes:
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                size = BASE | {name: value}
                if name == "series":  # the shortest have a hundred rows
                    size["rows"] = 100 * max(sizes)
                rows.append(pool.submit(measure, size, arguments.cpu).result())
            print(f"{value:<12,}" + "".join(f"{x:12.3f}" for x in rows[-1]), flush=True)
        found = [exponent(sizes, column) for column in np.array(rows).T]
        print(f"{'exponent':12}" + "".join(f"{x:12.2f}" for x in found))


if __name__ == "__main__":
    main()
