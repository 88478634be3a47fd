"""random_state -> independent seeds for weights, batch order, dropout and splits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
import torch

LOCK = RLock()  # two threads cannot borrow the process-wide generators at once


class Seeds(NamedTuple):
    """Seed of each source of randomness in a fit."""

    weights: int
    order: int
    dropout: int
    split: int


def draw_seeds(random_state: Any) -> Seeds:
    """Derive the seeds of a fit without touching a process-wide generator.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        None draws from the operating system.

    Returns
    -------
    Seeds
        Four integers.
    """
    if isinstance(random_state, np.random.RandomState):
        entropy = int(random_state.randint(2**31 - 1))
    elif isinstance(random_state, np.random.Generator):
        entropy = int(random_state.integers(2**31 - 1))
    else:
        entropy = random_state
    state = np.random.SeedSequence(entropy).generate_state(len(Seeds._fields))
    return Seeds(*(int(seed) for seed in state))


@contextmanager
def own_random_numbers(needed: bool, seed: int, device: str = "cpu") -> Iterator[None]:
    """Lend torch's process-wide generators to a user's module, and put them back after.

    Parameters
    ----------
    needed : bool
        Our own modules draw from generators of their own.

    seed : int
        What they begin with.

    device : str, default="cpu"
        Where the module is; CUDA has a generator of its own.

    Yields
    ------
    None
        While other threads that need it wait.
    """
    if not needed:
        yield
        return
    place = torch.device(device)
    on_cuda = place.type == "cuda"
    with LOCK, torch.random.fork_rng(devices=[place] if on_cuda else []):
        torch.default_generator.manual_seed(seed)
        if on_cuda:
            with torch.cuda.device(place):
                torch.cuda.manual_seed(seed)
        yield
