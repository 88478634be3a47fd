"""Number of threads asked for -> a block of code in which torch keeps to it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch
from threadpoolctl import ThreadpoolController

# Below this many multiplications in a step a second thread costs more than it does:
# examples/benchmarks/bench_threads.py.
WORK_FOR_TWO_THREADS = 3_000_000

PROCESS = os.getpid()
MKL_SETTING = "MKL_Set_Num_Threads_Local"


@contextmanager
def limit_threads(n_threads: int | str, work_per_step: int) -> Iterator[None]:
    """Limit torch's threads in this thread of Python only, for the time of a block.

    Parameters
    ----------
    n_threads : int or "auto"
        "auto" takes one thread where a step is small and torch's setting elsewhere.

    work_per_step : int
        Multiplications in one step of the recurrence.

    Yields
    ------
    None
        The setting is restored when the block is left.
    """
    current = torch.get_num_threads()  # a new thread of Python takes it over only now
    if n_threads == "auto":
        n_threads = 1 if work_per_step < WORK_FOR_TWO_THREADS else current
    if os.getpid() != PROCESS:  # OpenMP's pool did not survive the fork
        n_threads = 1
    with _controller().limit(limits=n_threads):
        before = _set_mkl_threads()(int(n_threads))
        try:
            yield
        finally:
            _set_mkl_threads()(before)


def count_readers(n_threads: int | str, work_per_step: int) -> int:
    """Count the threads of Python that may predict side by side, one of torch's each.

    Parameters
    ----------
    n_threads, work_per_step
        As in `limit_threads`.

    Returns
    -------
    int
        1 where a step is large, so that torch shares it out.
    """
    if work_per_step >= WORK_FOR_TWO_THREADS or os.getpid() != PROCESS:
        return 1
    return torch.get_num_threads() if n_threads == "auto" else int(n_threads)


@cache
def _controller() -> ThreadpoolController:
    found = ThreadpoolController()  # looks through the loaded libraries: do it once
    return found.select(user_api="openmp")


@cache
def _set_mkl_threads() -> Callable[[int], int]:
    """Find MKL's own setting of this thread, which `torch.set_num_threads` leaves.

    It takes a number of threads, 0 for none of its own, and gives the one before.
    """
    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    if path.exists() and hasattr(torch_cpu := ctypes.CDLL(str(path)), MKL_SETTING):
        return getattr(torch_cpu, MKL_SETTING)
    return lambda n_threads: 0


def _use_one_thread() -> None:
    torch.set_num_threads(1)


# OpenMP's pool does not survive fork: a child that needs it hangs.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)
