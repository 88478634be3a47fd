"""Time a grid search from cold start to end: this package against nets of skorch.

12 candidates, 5 splits in time, two processes. Each search runs in a Python of its own,
in turns, so that its seconds hold the imports, those of the workers too. This package
searches over a pipeline from the rows of the table; skorch over nets on windows that
were cut and scaled before, with its lean settings: no validation, no log, one thread.
Both train the same networks for the same number of updates on the same targets. The
weights begin otherwise, so that a ratio is printed only where the best errors of both
agree to a tenth; they are printed beside it. The last column is what the same search
takes with one epoch: nearly all of that is three starts of Python with their imports,
in the program and then in two workers, and their ends.

    python examples/benchmarks/bench_grid.py [--quick] [--cpu] [--long]
"""

import json
import os
import subprocess
import sys
import time

import numpy as np

WINDOW, N_SPLITS, LR = 20, 5, [0.002, 0.005, 0.01]
TOLERANCE = 0.1


def grid(prefix_net, prefix_fit, quick):
    """Name the candidates: 12, or 2."""
    sizes = {f"{prefix_net}num_layers": [1, 2], f"{prefix_net}hidden_size": [16, 32]}
    if quick:
        sizes = {f"{prefix_net}num_layers": [1], f"{prefix_net}hidden_size": [8, 16]}
    return sizes | {f"{prefix_fit}lr": LR[:1] if quick else LR}


def search(estimator, candidates, X, y):
    """Search, and return the smallest error."""
    from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

    splits = TimeSeriesSplit(N_SPLITS)
    scoring = "neg_root_mean_squared_error"
    found = GridSearchCV(
        estimator, candidates, cv=splits, n_jobs=2, scoring=scoring, error_score="raise"
    )
    return -found.fit(X, y).best_score_


def load():
    """Give the table and its target, without the rows that have no full window."""
    from sklearn_rnn.datasets import make_battery_fade

    return make_battery_fade(random_state=0)


def search_with_package(cell, n_epochs, quick):
    """Search over a pipeline."""
    import warnings

    from sklearn.pipeline import make_pipeline

    import sklearn_rnn
    from sklearn_rnn.exceptions import ShortHistoryWarning

    warnings.simplefilter("ignore", ShortHistoryWarning)
    regressor = getattr(sklearn_rnn, f"{cell}Regressor")
    X, y = load()
    net = regressor(max_epochs=n_epochs, random_state=0)
    pipe = make_pipeline(sklearn_rnn.SequenceWindower(WINDOW), net)
    name = f"{cell.lower()}regressor__"
    return search(pipe, grid(name, name, quick), X, y)


def search_with_skorch(cell, n_epochs, quick):
    """Search over nets on windows relative to their last value."""
    import torch
    from peers import Network
    from skorch import NeuralNetRegressor

    _, y = load()
    capacity = y.to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(capacity[:-1], WINDOW)
    last = windows[:, -1:]
    X, change = windows - last, capacity[WINDOW:, None] - last
    X, unit = X / np.sqrt((X**2).mean()), change.std()
    net = NeuralNetRegressor(
        Network,
        module__cell=cell,
        optimizer=torch.optim.Adam,
        batch_size=32,
        max_epochs=n_epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    torch.set_num_threads(1)
    torch.manual_seed(0)
    y = ((change - change.mean()) / unit).astype(np.float32)
    X = X[:, :, None].astype(np.float32)
    return unit * search(net, grid("module__", "", quick), X, y)


SEARCHES = {"this package": search_with_package, "skorch": search_with_skorch}


def run(name, cell, n_epochs, quick):
    """Search in a process of its own; return seconds, processor seconds, error."""
    words = json.dumps([name, cell, n_epochs, quick])
    wall, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [sys.executable, __file__, words], check=True, capture_output=True, text=True
    )
    wall, after = time.perf_counter() - wall, os.times()
    error = float(done.stdout.split()[-2])
    workers = float(done.stdout.split()[-1])  # which have no other way to tell
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return wall, max(cpu, workers), error


def take_turns(cell, n_rounds, n_epochs, quick):
    """Let both take turns; return {name: seconds, processor seconds and errors}."""
    runs = {name: [] for name in SEARCHES}
    for _ in range(n_rounds):
        for name, seen in runs.items():
            seen.append(run(name, cell, n_epochs, quick))
    return {name: np.array(seen).T for name, seen in runs.items()}


def race(cell, n_rounds, n_epochs, quick, use_cpu):
    """Print the medians of both, beside those of a search of one epoch."""
    started = take_turns(cell, min(n_rounds, 3), 1, quick)
    runs = take_turns(cell, n_rounds, n_epochs, quick)
    ours, error = runs["this package"][int(use_cpu)], runs["this package"][2][0]
    print(f"\n{cell:16}{'seconds':>10}{'CPU s':>10}{'best RMSE':>12}", end="")
    print(f"{'ratio':>8}{'one epoch s':>13}")
    for name, (wall, cpu, errors) in runs.items():
        seen = cpu if use_cpu else wall
        agree = abs(errors[0] / error - 1) < TOLERANCE
        ratio = f"{np.median(seen / ours):8.2f}" if agree else "  differ"
        print(
            f"{name:16}{np.median(wall):10.2f}{np.median(cpu):10.2f}"
            f"{errors[0]:12.5f}{ratio}{np.median(started[name][0]):13.2f}",
            flush=True,
        )


def main():
    """Race once per cell."""
    from measuring import read_arguments

    long = "--long", "LSTM only, 50 epochs each, as many as the lab has; not 20"
    arguments = read_arguments(__doc__, long)
    n_rounds, n_epochs = (1, 1) if arguments.quick else (7, 20)
    if arguments.long:
        n_epochs = 50
    for cell in ("LSTM",) if arguments.long else ("LSTM", "GRU"):
        race(cell, n_rounds, n_epochs, arguments.quick, arguments.cpu)


def search_once(words):
    """Search, and print the error and the processor time of all workers."""
    from joblib.externals.loky import get_reusable_executor

    name, cell, n_epochs, quick = json.loads(words)
    error = SEARCHES[name](cell, n_epochs, quick)
    get_reusable_executor().shutdown(wait=True)
    times = os.times()
    print(error, sum(times[:4]))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].startswith("["):
        search_once(sys.argv[1])
    else:
        main()
