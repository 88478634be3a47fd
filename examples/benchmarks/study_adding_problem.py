"""Cell and length of the sequences -> test error of the adding problem.

The target is the sum of two marked numbers. The first stands in the first half of the
sequence, so it has to be remembered for half the sequence or more. Who forgets it does
no better than to answer the mean, an error of 1/6. All cells get the same network, data
and number of updates. The step size falls along a cosine, and the weights of the epoch
with the smallest validation error are kept. A row at 200 steps takes minutes, at 600 a
quarter of an hour; choose some:

    python examples/benchmarks/study_adding_problem.py [--quick]
        [--cells rnn lstm gru] [--steps 200 400 600] [--seeds 0 1 2]
"""

import argparse
import time

from sklearn.metrics import mean_squared_error
from skorch.callbacks import LRScheduler

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.datasets import make_adding_problem

CELLS = {"rnn": RNNRegressor, "lstm": LSTMRegressor, "gru": GRURegressor}
HIDDEN_SIZE, BATCH_SIZE, LR = 64, 64, 0.003
TEST_SEED = 1000  # far from the seeds of the training data


def epochs_for(n_timesteps):
    """Give a longer memory more time: 8 epochs at 200 steps, 16 at 600."""
    return 4 + n_timesteps // 50


def study(cell, n_timesteps, seed, n_samples, max_epochs):
    """Train one network; return its updates, seconds and test error."""
    regressor = CELLS[cell](
        HIDDEN_SIZE,
        max_epochs=max_epochs,
        batch_size=BATCH_SIZE,
        lr=LR,
        early_stopping=True,
        callbacks=[LRScheduler("CosineAnnealingLR", T_max=max_epochs)],
        n_threads=1,
        random_state=seed,
    )
    X, y = make_adding_problem(n_samples, n_timesteps, random_state=seed)
    begin = time.perf_counter()
    regressor.fit(X, y)
    seconds = time.perf_counter() - begin
    X, y = make_adding_problem(2000, n_timesteps, random_state=TEST_SEED + seed)
    updates = regressor.history_["train_batch_count"].sum()
    return updates, seconds, mean_squared_error(y, regressor.predict(X))


def main():
    """Print one line per network."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="20 steps, 2 epochs")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--steps", nargs="+", type=int, default=[200, 400, 600])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    chosen = parser.parse_args()
    steps, seeds, n_samples = chosen.steps, chosen.seeds, 20_000
    if chosen.quick:
        steps, seeds, n_samples = [20], [0], 640
    print("cell  steps  seed  updates  seconds  test MSE (the mean: 0.1667)")
    for n_timesteps in steps:
        max_epochs = 2 if chosen.quick else epochs_for(n_timesteps)
        for cell in chosen.cells:
            errors = []
            for seed in seeds:
                updates, seconds, error = study(
                    cell, n_timesteps, seed, n_samples, max_epochs
                )
                errors.append(error)
                print(
                    f"{cell:5} {n_timesteps:5} {seed:5} {updates:8} {seconds:8.0f}"
                    f"  {error:.6f}",
                    flush=True,
                )
            if len(seeds) > 1:
                print(f"{cell:5} {n_timesteps:5} worst {'':17}  {max(errors):.6f}")


if __name__ == "__main__":
    main()
