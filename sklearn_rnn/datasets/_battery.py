"""Seed -> (X, y) of made battery cells: capacity over charge cycles."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
import pandas as pd
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils import check_random_state, check_scalar

LINEAR_FADE = 0.0005  # of the capacity when new, per cycle
QUADRATIC_FADE = 0.0000005  # per cycle squared
FLOOR = 0.1  # a measured capacity is never below it


def make_battery_fade(
    n_cycles: int = 1000,
    *,
    n_cells: int = 1,
    noise: float = 0.01,
    rate_spread: float = 0.1,
    random_state: int | RandomState | None = None,
) -> tuple[pd.DataFrame, pd.Series]:
    r"""Make battery cells that lose capacity with every charge cycle.

    The capacity of a new cell is 1. It fades slowly at first and faster with age, is
    measured with Gaussian noise, and never reads below 0.1. The target of a row is that
    row's own capacity, so a window that ends one row earlier makes it a forecast.

    Parameters
    ----------
    n_cycles : int, default=1000
        Number of charge cycles of each cell.

    n_cells : int, default=1
        Number of cells. With more than one, the rows are indexed by cell and cycle.

    noise : float, default=0.01
        Standard deviation of the measurement noise, in units of the new capacity.

    rate_spread : float, default=0.1
        Every cell but the first fades at a rate of its own, drawn uniformly from
        `[1 - rate_spread, 1 + rate_spread]` times that of the first.

    random_state : int, RandomState instance or None, default=None
        Seed of the noise and of the rates.

    Returns
    -------
    X : DataFrame of shape (n_cells * n_cycles, 1)
        Column `capacity`; index `cycle` from 0, or `(cell, cycle)` with several cells.

    y : Series of shape (n_cells * n_cycles,)
        The same capacity, on the same index.

    See Also
    --------
    load_nasa_battery : Measured cells.
    sklearn_rnn.SequenceWindower : Gives each row the window of rows before it.

    Notes
    -----
    At cycle :math:`c`, with rate :math:`r` (1 for the first cell),

    .. math:: q_c = \max(1 - 0.0005\,r\,c - 0.0000005\,r\,c^2 + \epsilon_c,\; 0.1).

    For an integer `random_state` the noise of the first cell is what NumPy's legacy
    generator gives after `np.random.seed(random_state)`. Each further cell draws its
    rate and then its noise, so more cells leave those before them as they are.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> X, y = make_battery_fade(random_state=0)
    >>> X.shape, y.name
    ((1000, 1), 'capacity')
    >>> X, y = make_battery_fade(100, n_cells=3, random_state=0)
    >>> X.index.names, len(X)
    (FrozenList(['cell', 'cycle']), 300)
    """
    check_scalar(n_cycles, "n_cycles", Integral, min_val=1)
    check_scalar(n_cells, "n_cells", Integral, min_val=1)
    check_scalar(noise, "noise", Real, min_val=0)
    check_scalar(rate_spread, "rate_spread", Real, min_val=0, max_val=1)
    rng = check_random_state(random_state)

    rate = 1.0
    cells = [_measure_cell(n_cycles, rate, noise, rng)]
    for _ in range(n_cells - 1):
        rate = rng.uniform(1 - rate_spread, 1 + rate_spread)
        cells.append(_measure_cell(n_cycles, rate, noise, rng))

    cycles = pd.RangeIndex(n_cycles, name="cycle")
    if n_cells == 1:
        index = cycles
    else:
        cell_numbers = pd.RangeIndex(n_cells, name="cell")
        index = pd.MultiIndex.from_product([cell_numbers, cycles])
    y = pd.Series(np.concatenate(cells), index=index, name="capacity")
    return y.to_frame(), y


def _measure_cell(
    n_cycles: int, rate: float, noise: float, rng: RandomState
) -> NDArray[np.float64]:
    c = np.arange(n_cycles)
    capacity = 1 - rate * LINEAR_FADE * c - rate * QUADRATIC_FADE * c**2
    return np.maximum(capacity + rng.normal(0, noise, n_cycles), FLOOR)
