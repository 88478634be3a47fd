"""Bound what could be gained if each row met the input weights once.

Windows of one series share rows: W x of a row could be computed once and be looked up
in every window that has the row, instead of in each of them anew. What is left then is
at least the time of the same windows with one feature, whose product costs what a
look-up does. Beside it stands how many rows a batch has for each of its windows' steps:
windows in order share nearly all of them, those of a training batch in random order few
or none. Training multiplies the shares that it has: nothing is gained beyond the ratio.

    python examples/benchmarks/bench_shared_rows.py [--quick] [--cpu]
"""

import numpy as np
import torch
from measuring import CLOCKS, read_arguments, take_turns

from sklearn_rnn.kernels._compiled_layer import CompiledLayer
from sklearn_rnn.kernels._read_cell import read_cell

WINDOW, N_ROWS = 20, 10_000
SIZES = [(32, 8), (32, 24), (32, 64), (64, 8), (64, 24), (64, 64)]  # units, features
N_CALLS = 30


def draw(n_units, n_features, n_windows):
    """Draw the weights of an LSTM with gradients, and windows (T, B, F)."""
    generator = torch.Generator().manual_seed(0)
    shapes = (4 * n_units, n_features), (4 * n_units, n_units), *[(4 * n_units,)] * 2
    weights = [torch.randn(shape, generator=generator) / 8 for shape in shapes]
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    return weights, torch.randn(WINDOW, n_windows, n_features, generator=generator)


def prediction(n_units, n_features):
    """Make a call that reads 256 windows."""
    weights, x = draw(n_units, n_features, 256)
    state = (torch.zeros(256, n_units),) * 2

    def read():
        with torch.inference_mode():
            for _ in range(N_CALLS):
                read_cell("lstm", x, weights, state)

    return read


def training(n_units, n_features):
    """Make a call that goes forward and backward through 32 windows."""
    weights, x = draw(n_units, n_features, 32)
    layer, array = CompiledLayer("lstm", weights), x.numpy()
    slopes = np.ones((1, 32, n_units), np.float32)

    def update():
        for _ in range(N_CALLS):
            layer.forward(array, each_step=False)
            layer.backward(slopes, wants_dx=False)

    return update


def rows_per_step(starts):
    """Count the rows that windows have, for each of their steps."""
    rows = starts[:, None] + np.arange(WINDOW)
    return len(np.unique(rows)) / rows.size


def main():
    """Print the bound for each size, and the shares of rows."""
    arguments = read_arguments(__doc__)
    clock = CLOCKS["cpu" if arguments.cpu else "wall"]
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    in_order = rows_per_step(np.arange(256))
    shuffled = np.mean(
        [rows_per_step(rng.choice(N_ROWS, 32, replace=False)) for _ in range(100)]
    )
    print(f"\nrows for each step: windows in order {in_order:.3f}, shuffled", end=" ")
    print(f"batches of 32 out of {N_ROWS:,} {shuffled:.3f}\n")
    print(f"{'LSTM':12}{'units':>6}{'features':>10}{'us a call':>11}", end="")
    print(f"{'one feature':>13}{'at most':>9}")
    sizes = SIZES[:1] if arguments.quick else SIZES
    for make in prediction, training:
        for n_units, n_features in sizes:
            calls = {"all": make(n_units, n_features), "one": make(n_units, 1)}
            times, _ = take_turns(calls, 3 if arguments.quick else 15, clock)
            us = {name: 1e6 * np.median(t) / N_CALLS for name, t in times.items()}
            bound = np.median(times["all"] / times["one"])
            print(f"{make.__name__:12}{n_units:6}{n_features:10}", end="")
            print(f"{us['all']:11.0f}{us['one']:13.0f}{bound:9.2f}", flush=True)


if __name__ == "__main__":
    main()
