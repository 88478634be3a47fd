"""Read windows where they stand in their rows, and read copies of them.

Windows of one series share rows. Compiled cells that only read take the rows and where
each window begins: what the input weights make of a row is computed once for all
windows of a group, and no window is copied. The other way is to gather the windows and
to multiply each of their steps. Both are timed with blocks of 256 windows of 20 steps,
in order, in random order, and in order with one feature relative to its last value in
each window, which is multiplied anew. The states must agree to 1e-5.

Training copies its windows, since a batch in random order shares next to no rows: how
many it has for each step of its windows stands in the first line.

    python examples/benchmarks/bench_shared_rows.py [--quick] [--cpu]
"""

import numpy as np
import torch
from measuring import CLOCKS, read_arguments, take_turns

from sklearn_rnn import SequenceWindower
from sklearn_rnn.kernels._read_cell import read_cell, read_windows
from sklearn_rnn.sequences import TargetColumns
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors

WINDOW, N_ROWS, BLOCK = 20, 10_000, 256
SIZES = [(16, 1), (16, 24), (32, 1), (32, 8), (32, 24), (32, 64), (64, 8), (64, 24)]
SIZES += [(64, 64)]  # units, features
N_CALLS = 20


def make_tensors(n_features, is_relative):
    """Make windows of random rows, the first feature relative to its last value."""
    rows = np.random.default_rng(0).normal(size=(N_ROWS, n_features))
    windows = SequenceWindower(WINDOW).fit_transform(rows)
    copied = TargetColumns(np.array([0]), np.array([1.0]), np.array([0.0]))
    norm = "last" if is_relative else None
    scaler = SequenceScaler(True, norm, copied)
    scaler.fit(windows, np.zeros((N_ROWS, 1)), np.ones(N_ROWS))
    return SequenceTensors(windows, scaler)


def draw_weights(n_units, n_features):
    """Draw the weights of an LSTM."""
    generator = torch.Generator().manual_seed(0)
    shapes = (4 * n_units, n_features), (4 * n_units, n_units), *[(4 * n_units,)] * 2
    return [torch.randn(shape, generator=generator) / 8 for shape in shapes]


def make_calls(n_units, n_features, order):
    """Give a call for each way, which returns the last states of a block."""
    tensors = make_tensors(n_features, order == "relative")
    weights, index = draw_weights(n_units, n_features), torch.arange(1000, 1000 + BLOCK)
    if order == "random":
        index = torch.randperm(N_ROWS - 1000)[:BLOCK] + 1000
    state = (torch.zeros(BLOCK, n_units),) * 2

    @torch.inference_mode()
    def copies():
        for _ in range(N_CALLS):
            x = tensors.gather(index, WINDOW, ragged=True).x.transpose(0, 1)
            h, _ = read_cell("lstm", x, weights, state)
        return h[-1]

    @torch.inference_mode()
    def rows():
        for _ in range(N_CALLS):
            windows, _ = tensors.windows(index, WINDOW)
            h, _ = read_windows("lstm", windows, weights)
        return h[-1]

    return {"copies": copies, "rows": rows}


def rows_per_step(starts):
    """Count the rows that windows have, for each of their steps."""
    rows = starts[:, None] + np.arange(WINDOW)
    return len(np.unique(rows)) / rows.size


def main():
    """Print the times of both ways for each size, and the shares of rows."""
    arguments = read_arguments(__doc__)
    clock = CLOCKS["cpu" if arguments.cpu else "wall"]
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    in_order = rows_per_step(np.arange(32))
    shuffled = np.mean(
        [rows_per_step(rng.choice(N_ROWS, 32, replace=False)) for _ in range(100)]
    )
    print(f"\nrows for each step: 32 windows in order {in_order:.3f},", end=" ")
    print(f"shuffled batches of 32 out of {N_ROWS:,} {shuffled:.3f}\n")
    print(f"{'LSTM':10}{'units':>6}{'features':>10}{'copies us':>12}", end="")
    print(f"{'rows us':>10}{'ratio':>8}")
    for order in "in order", "relative", "random":
        for n_units, n_features in SIZES[:1] if arguments.quick else SIZES:
            calls = make_calls(n_units, n_features, order)
            times, _ = take_turns(calls, 3 if arguments.quick else 15, clock)
            states = [call() for call in calls.values()]
            torch.testing.assert_close(*states, rtol=1e-5, atol=1e-5)
            us = {name: 1e6 * np.median(t) / N_CALLS for name, t in times.items()}
            ratio = np.median(times["copies"] / times["rows"])
            print(f"{order:10}{n_units:6}{n_features:10}{us['copies']:12.0f}", end="")
            print(f"{us['rows']:10.0f}{ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
