"""Cell and size -> times of a forward pass without gradients, compiled and in torch.

What `predict` waits for: 32 windows of 50 steps side by side, and one stream of 5,000.
Both take turns on one thread; a ratio is printed only where the states agree. Time is
that of the processor. The share of the peak counts the products against a large matrix
product, timed in the same run.

    python examples/benchmarks/bench_reading.py [--quick]
"""

import statistics
import sys
import time
from itertools import product

import torch
from measuring import measure_peak, read_arguments, seconds

from sklearn_rnn.kernels._read_cell import read_cell

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1}
SHAPES = [(50, 32), (5000, 1)]
TOLERANCE = 1e-3


def draw(cell, hidden_size, n_steps, n_sequences):
    """Draw sequences of one feature, weights and initial states."""
    generator = torch.Generator().manual_seed(0)
    n_rows = GATES[cell] * hidden_size
    shapes = (n_rows, 1), (n_rows, hidden_size), (n_rows,), (n_rows,)
    weights = [torch.randn(s, generator=generator) / hidden_size**0.5 for s in shapes]
    weights[1] *= 0.5  # keeps the plain cell from chaos, where rounding grows
    x = torch.randn(n_steps, n_sequences, 1, generator=generator)
    h = torch.zeros(n_sequences, hidden_size)
    return x, weights, (h, h) if cell == "lstm" else (h,)


def run_torch(cell, x, weights, state):
    """Run torch's own cell."""
    before = tuple(each[None] for each in state)
    options = (True, 1, 0.0, False, False, False)
    step = getattr(torch, cell)
    return step(x, before if cell == "lstm" else before[0], weights, *options)


def compare(cell, hidden_size, shape, n_pairs):
    """Return seconds of a pass, compiled and in torch: medians in turns."""
    drawn = draw(cell, hidden_size, *shape)
    read = read_cell(cell, *drawn)
    if read is None:  # a large LSTM, or numba is missing
        return None
    difference = float((read[0] - run_torch(cell, *drawn)[0]).abs().max())
    if not difference < TOLERANCE:
        raise SystemExit(f"{cell} {hidden_size}: states differ by {difference:.1e}")
    times = {read_cell: [], run_torch: []}
    for _ in range(n_pairs):
        for run, seen in times.items():
            seen.append(seconds(lambda run=run: run(cell, *drawn), time.process_time))
    return [statistics.median(seen) for seen in times.values()]


def main():
    """Print one line per cell and size."""
    quick = read_arguments(__doc__).quick
    torch.set_num_threads(1)
    peak = measure_peak()
    print(
        "cell      hidden  steps sequences  compiled us/step  torch us/step  peak"
        "  ratio"
    )
    sizes = (16,) if quick else (16, 32, 50, 64, 128, 256)
    for shape, cell, hidden_size in product(SHAPES, GATES, sizes):
        times = compare(cell, hidden_size, shape, 5 if quick else 21)
        n_steps, n_sequences = shape
        if times is None:
            print(
                f"{cell:9} {hidden_size:6} {n_steps:6} {n_sequences:9} is left to torch"
            )
            continue
        ours, theirs = times
        work = 2 * n_sequences * GATES[cell] * hidden_size * (1 + hidden_size)
        share = work * n_steps / ours / peak
        print(
            f"{cell:9} {hidden_size:6} {n_steps:6} {n_sequences:9} "
            f"{1e6 * ours / n_steps:17.2f} {1e6 * theirs / n_steps:14.2f} {share:5.2f} "
            f"{theirs / ours:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    with torch.inference_mode():
        sys.exit(main())
