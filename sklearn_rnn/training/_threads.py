"""Number of threads asked for -> a block of code in which torch keeps to it."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch
from threadpoolctl import ThreadpoolController

# Below this many multiplications in a step a second thread costs more than it does:
# examples/benchmarks/bench_threads.py.
WORK_FOR_TWO_THREADS = 8_000_000


def limit_threads(
    n_threads: int | str, work_per_step: int
) -> AbstractContextManager[Any]:
    """Limit torch's threads in this thread of Python only, for the time of a block.

    Parameters
    ----------
    n_threads : int or "auto"
        "auto" takes one thread where a step is small and torch's setting elsewhere.

    work_per_step : int
        Multiplications in one step of the recurrence.

    Returns
    -------
    context manager
        Restores the setting when it is left.
    """
    if n_threads == "auto":
        small = work_per_step < WORK_FOR_TWO_THREADS
        n_threads = 1 if small else torch.get_num_threads()
    return _controller().limit(limits=n_threads, user_api="openmp")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the loaded libraries: do it once


def _use_one_thread() -> None:
    torch.set_num_threads(1)


# OpenMP's pool does not survive fork: a child that needs it hangs.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)
