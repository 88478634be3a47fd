"""Cell and length of the sequences -> test error of the adding problem.

The target is the sum of two marked numbers. The first stands in the first half of the
sequence, so it has to be remembered for half the sequence or more. Who forgets it does
no better than to answer the mean, an error of 1/6. All cells get networks of the same
size, the same data and the same number of updates, and the step size falls along half a
cosine. `rnn` begins with the weights that torch gives it, `rot` with a rotation, as
RNNRegressor does. `irnn` is a plain network with relu that begins with the identity; it
needs smaller steps than the others.

What is printed is a table for docs/studies.rst: seconds of the processor for one
training, then the error of each seed. All of it takes ten minutes on one core:

    python examples/benchmarks/study_adding_problem.py [--quick]
        [--cells rnn rot irnn lstm gru] [--steps 100 200 400 600] [--seeds 0 1 2]
"""

import argparse
import time

import numpy as np
from sklearn.metrics import mean_squared_error

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.datasets import make_adding_problem

NETWORKS = {
    "rnn": RNNRegressor(recurrent_init="uniform", input_init="uniform", lr=0.01),
    "rot": RNNRegressor(lr=0.01),
    "irnn": RNNRegressor(nonlinearity="relu", recurrent_init="identity", lr=0.001),
    "lstm": LSTMRegressor(lr=0.01),
    "gru": GRURegressor(lr=0.01),
}
STEPS = {
    "rnn": [200],
    "rot": [200],
    "irnn": [100],
    "lstm": [200, 400],
    "gru": [200, 400, 600],
}
SETTINGS = {"hidden_size": 32, "batch_size": 32, "lr_schedule": "cosine"}
N_SAMPLES = 20_000
TEST_SEED = 1000  # far from the seeds of the training data
WIDTHS = 4, 5, 7, 7


def epochs_for(n_timesteps):
    """Give the longer memories more time."""
    return 5 if n_timesteps <= 200 else 8


def train(network, n_timesteps, seed, n_samples, max_epochs):
    """Train one network; return its updates, seconds and test error."""
    X, y = make_adding_problem(n_samples, n_timesteps, random_state=seed)
    network.set_params(random_state=seed, max_epochs=max_epochs, n_threads=1)
    begin = time.process_time()
    network.fit(X, y)
    seconds = time.process_time() - begin
    X, y = make_adding_problem(2000, n_timesteps, random_state=TEST_SEED + seed)
    updates = network.history_["train_batch_count"].sum()
    return updates, seconds, mean_squared_error(y, network.predict(X))


def print_row(*cells):
    """Print a row of a table in reStructuredText."""
    widths = WIDTHS + (8,) * (len(cells) - len(WIDTHS))
    padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    print("  ".join([f"{cells[0]:4}", *padded[1:]]), flush=True)


def read_arguments():
    """Read the choices of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="20 steps, 2 epochs")
    parser.add_argument("--cells", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--steps", nargs="+", type=int)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    return parser.parse_args()


def main():
    """Print one line per cell and length."""
    chosen = read_arguments()
    seeds = [0] if chosen.quick else chosen.seeds
    names = ["cell", "steps", "updates", "seconds", *(f"seed {seed}" for seed in seeds)]
    rules = ["=" * width for width in WIDTHS + (8,) * len(seeds)]
    for row in (rules, names, rules):
        print_row(*row)
    for cell in chosen.cells:
        network = NETWORKS[cell].set_params(**SETTINGS)
        for n_timesteps in [20] if chosen.quick else chosen.steps or STEPS[cell]:
            size = (640, 2) if chosen.quick else (N_SAMPLES, epochs_for(n_timesteps))
            runs = [train(network, n_timesteps, seed, *size) for seed in seeds]
            updates, seconds, errors = zip(*runs, strict=True)
            errors = [f"{error:.6f}" for error in errors]
            mean = f"{np.mean(seconds):.0f}"
            print_row(cell, n_timesteps, updates[0], mean, *errors)
    print_row(*rules)


if __name__ == "__main__":
    main()
