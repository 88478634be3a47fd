"""Size of a network -> seconds of an update with one and with two threads of torch.

Shows from how many multiplications in a step of the recurrence a second thread pays,
which is what `n_threads="auto"` goes by. Run it on an idle machine:

    python examples/benchmarks/bench_threads.py [--quick]
"""

import argparse
import statistics
import time

import torch

from sklearn_rnn.training._build import build_module
from sklearn_rnn.training._threads import WORK_FOR_TWO_THREADS

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1}
SIZES = [(16, 32), (32, 32), (64, 32), (64, 128), (128, 64), (128, 256), (256, 256)]
N_FEATURES, N_TIMESTEPS = 8, 20


def seconds_per_update(module, x, n_threads, n_updates):
    """Time forward, backward and update."""
    torch.set_num_threads(n_threads)
    optimizer = torch.optim.Adam(module.parameters(), fused=True)
    for update in range(-2, n_updates):
        if update == 0:
            begin = time.perf_counter()
        optimizer.zero_grad()
        module(x).square().mean().backward()
        optimizer.step()
    return (time.perf_counter() - begin) / n_updates


def main():
    """Print one line per cell and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    quick = parser.parse_args().quick
    print(f"threshold of n_threads='auto': {WORK_FOR_TWO_THREADS / 1e6:.1f} million")
    print("cell      hidden batch  million/step  1 thread ms  2 threads ms  ratio")
    for cell, gates in GATES.items():
        for hidden_size, batch_size in SIZES[:3] if quick else SIZES:
            parameters = {"input_size": N_FEATURES, "hidden_size": hidden_size}
            module = build_module(0, cell=cell, output_size=1, **parameters)
            x = torch.randn(N_TIMESTEPS, batch_size, N_FEATURES).transpose(0, 1)
            times = {1: [], 2: []}
            for _ in range(2 if quick else 7):
                for n_threads, seen in times.items():
                    seen.append(seconds_per_update(module, x, n_threads, 5))
            one, two = (1000 * statistics.median(times[n]) for n in (1, 2))
            work = batch_size * gates * hidden_size * (hidden_size + N_FEATURES) / 1e6
            print(
                f"{cell:9} {hidden_size:6} {batch_size:5} {work:13.2f} {one:12.2f} "
                f"{two:13.2f} {one / two:6.2f}"
            )


if __name__ == "__main__":
    main()
