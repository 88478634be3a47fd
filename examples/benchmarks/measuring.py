"""Calls -> their seconds, in turns, and a table of medians with ratios.

What the programs of this folder share. Each of them takes ``--quick``, and ``--cpu`` to
count the time of the processor in place of that on the wall: other programs disturb it
less, but threads side by side add up, so that torch keeps to one.
"""

import argparse
import os
import platform
import statistics
import time
from importlib.util import find_spec

import numpy as np
import torch

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def read_arguments(text, *more):
    """Read --quick, --cpu and other flags; describe the machine."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small and inexact")
    parser.add_argument("--cpu", action="store_true", help="processor time, one thread")
    for flag, words in more:
        parser.add_argument(flag, action="store_true", help=words)
    arguments = parser.parse_args()
    if arguments.cpu:
        torch.set_num_threads(1)
    clock = "processor time" if arguments.cpu else "time on the wall"
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}; torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads, {measure_peak() / 1e9:.0f} GFLOP/s in a "
        f"product; {clock}"
    )
    return arguments


def measure_peak():
    """Return operations per second of a large product, on the thread that asks."""
    a, clock = torch.randn(1024, 1024), time.thread_time
    return 2 * 1024**3 / min(seconds(lambda: a @ a, clock) for _ in range(9))


def seconds(call, clock=time.perf_counter):
    """Time one call."""
    begin = clock()
    call()
    return clock() - begin


def take_turns(calls, n_rounds, clock=time.perf_counter):
    """Time calls {name: call} in turns; the first call of each is left out.

    Returns {name: array of n_rounds seconds} and {name: seconds of the first call}.
    """
    first = {name: seconds(call, clock) for name, call in calls.items()}
    times = {name: [] for name in calls}
    for _ in range(n_rounds):
        for name, call in calls.items():
            times[name].append(seconds(call, clock))
    return {name: np.array(seen) for name, seen in times.items()}, first


def show(title, times, first, unit=1.0, name="s"):
    """Print a line per call; ratios, taken within a round, are to the first of them."""
    ours = next(iter(times.values()))
    print(f"\n{title:38}{'first ' + name:>12}{'median':>10}{'worst':>10}{'ratio':>8}")
    for label, seen in times.items():
        ratio = statistics.median(seen / ours)
        print(
            f"{label:38}{first[label] / unit:12.3f}{np.median(seen) / unit:10.3f}"
            f"{seen.max() / unit:10.3f}{ratio:8.2f}",
            flush=True,
        )


def is_installed(module, name):
    """Tell whether a peer is there; say so where it is not."""
    if find_spec(module) is None:
        print(f"{name} is not installed and left out: see requirements-peers.txt")
        return False
    return True
