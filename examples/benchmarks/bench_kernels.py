"""Cell and size -> times of forward and backward in compiled code and in torch.

The two take turns on one thread; a ratio is printed only where states and gradients
agree. Time is that of the processor, which other programs disturb less than the clock
on the wall. The share of the peak counts the products of forward and backward against a
large matrix product, timed in the same run. Compiled code works on blocks of 32
sequences, so it gains less the less of them a batch fills; the last column says whether
training takes it there.

    python examples/benchmarks/bench_kernels.py [--quick]
"""

import argparse
import platform
import statistics
import time
from itertools import product

import numba
import torch

from sklearn_rnn.kernels import run_cell
from sklearn_rnn.kernels._autograd import FusedCell
from sklearn_rnn.kernels._layout import filled_share

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1}
N_TIMESTEPS, N_FEATURES = 20, 8
TOLERANCE = 1e-3


def draw(cell, hidden_size, batch_size):
    """Draw x, weights that need gradients, and initial states."""
    generator = torch.Generator().manual_seed(0)
    n_rows = GATES[cell] * hidden_size
    shapes = (n_rows, N_FEATURES), (n_rows, hidden_size), (n_rows,), (n_rows,)
    weights = [torch.randn(s, generator=generator) / hidden_size**0.5 for s in shapes]
    for i, weight in enumerate(weights):
        weight.requires_grad_(i < 3 or cell == "gru")
    x = torch.randn(N_TIMESTEPS, batch_size, N_FEATURES, generator=generator)
    h = torch.zeros(batch_size, hidden_size)
    return x, weights, (h, h) if cell == "lstm" else (h,)


def run_compiled(cell, x, weights, state):
    """Run the compiled cell, however few sequences there are."""
    h, *final = FusedCell.apply(cell, x, *weights, *state)
    return h, final


def run_torch(cell, x, weights, state):
    """Run torch's own cell."""
    before = tuple(each[None] for each in state)
    options = (True, 1, 0.0, True, False, False)
    step = getattr(torch, cell)
    h, *final = step(x, before if cell == "lstm" else before[0], weights, *options)
    return h, final


def update(run, cell, x, weights, state):
    """Compute states and gradients once, and return them."""
    used = [weight for weight in weights if weight.requires_grad]
    for weight in used:
        weight.grad = None
    h, _ = run(cell, x, weights, state)
    h.square().mean().backward()
    return [h.detach(), *(weight.grad for weight in used)]


def seconds(call, n_calls):
    """Time a call, on average over several."""
    begin = time.process_time()
    for _ in range(n_calls):
        call()
    return (time.process_time() - begin) / n_calls


def largest_difference(cell, *drawn):
    """Compare states and gradients, relative to the largest of each."""
    pairs = zip(
        update(run_compiled, cell, *drawn), update(run_torch, cell, *drawn), strict=True
    )
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)


def compare(cell, hidden_size, batch_size, n_pairs):
    """Return seconds of an update in compiled code and in torch: medians in turns."""
    drawn = draw(cell, hidden_size, batch_size)
    difference = largest_difference(cell, *drawn)
    if not difference < TOLERANCE:
        raise SystemExit(f"{cell} {hidden_size}: results differ by {difference:.1e}")
    n_calls = max(1, round(0.03 / seconds(lambda: update(run_torch, cell, *drawn), 3)))
    times = {run_compiled: [], run_torch: []}
    for _ in range(n_pairs):
        for run, seen in times.items():
            seen.append(seconds(lambda run=run: update(run, cell, *drawn), n_calls))
    return [statistics.median(seen) for seen in times.values()]


def is_taken(cell, hidden_size, batch_size):
    """Tell whether training runs such a batch in compiled code."""
    h, _ = run_cell(cell, *draw(cell, hidden_size, batch_size))
    return type(h.grad_fn).__name__ == "FusedCellBackward"


def measure_peak():
    """Return floating-point operations per second of a large product."""
    a = torch.randn(1024, 1024)
    return 2 * 1024**3 / min(seconds(lambda: a @ a, 1) for _ in range(10))


def count_operations(cell, hidden_size, batch_size):
    """Count those of the products of forward and backward, without the slopes of x."""
    per_step = 2 * batch_size * GATES[cell] * hidden_size
    return N_TIMESTEPS * per_step * (2 * N_FEATURES + 3 * hidden_size)


def main():
    """Print one line per cell and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer sizes")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    peak = measure_peak()
    versions = f"torch {torch.__version__}, numba {numba.__version__}"
    print(f"{versions}, {platform.machine()}, {torch.get_num_threads()} thread")
    print(f"peak of a product: {peak / 1e9:.0f} GFLOP/s; {N_TIMESTEPS} steps")
    print("cell      hidden batch filled  taken  compiled ms  torch ms  peak  ratio")
    batch_sizes = (4, 32) if quick else (1, 4, 8, 16, 24, 32, 33, 256)
    hidden_sizes = (16,) if quick else (16, 32, 50, 64, 128)
    for cell, batch_size, hidden_size in product(GATES, batch_sizes, hidden_sizes):
        size = cell, hidden_size, batch_size
        times = compare(*size, 7 if quick else 11)
        share = count_operations(*size) / times[0] / peak
        print(
            f"{cell:9} {hidden_size:6} {batch_size:5} {filled_share(batch_size):6.2f} "
            f"{'yes' if is_taken(*size) else 'no':>6} {1000 * times[0]:12.3f} "
            f"{1000 * times[1]:9.3f} {share:5.2f} {times[1] / times[0]:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
