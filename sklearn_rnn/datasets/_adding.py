"""Seed -> (X, y) of the adding problem: two marked numbers in a long sequence."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils import check_random_state, check_scalar


def make_adding_problem(
    n_samples: int = 1000,
    n_timesteps: int = 100,
    *,
    random_state: int | RandomState | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make sequences whose target is the sum of two marked numbers in them.

    The first feature is a random number at every time step, the second a marker: 1 at
    one step of each half of the sequence, 0 elsewhere. To answer, a network must carry
    the first marked number over all the steps that follow it, so a longer sequence asks
    for a longer memory.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.

    n_timesteps : int, default=100
        Length of each sequence, at least 2.

    random_state : int, RandomState instance or None, default=None
        Seed of the numbers and of the places of the markers.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 2)
        Numbers, uniform between 0 and 1, and markers.

    y : ndarray of shape (n_samples,)
        Sum of the two marked numbers of each sequence.

    See Also
    --------
    make_battery_fade : Noisy series to forecast, where a short memory is enough.

    Notes
    -----
    Whoever always answers 1, the mean of the target, has a mean squared error of 1/6.
    This is the widely used form of the task; its first version drew the numbers between
    -1 and 1 and scaled the sum.

    References
    ----------
    Hochreiter, S. and Schmidhuber, J. (1997). Long short-term memory. Neural
    Computation, 9(8), 1735-1780. https://doi.org/10.1162/neco.1997.9.8.1735

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_adding_problem
    >>> X, y = make_adding_problem(n_samples=5, n_timesteps=8, random_state=0)
    >>> X.shape, y.shape
    ((5, 8, 2), (5,))
    >>> bool((y == (X[:, :, 0] * X[:, :, 1]).sum(axis=1)).all())
    True
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    check_scalar(n_timesteps, "n_timesteps", Integral, min_val=2)
    rng = check_random_state(random_state)

    half = n_timesteps // 2
    samples = np.arange(n_samples)
    first = rng.randint(0, half, n_samples)
    second = rng.randint(half, n_timesteps, n_samples)

    X = np.zeros((n_samples, n_timesteps, 2))
    X[:, :, 0] = rng.uniform(size=(n_samples, n_timesteps))
    X[samples, first, 1] = 1
    X[samples, second, 1] = 1
    return X, X[samples, first, 0] + X[samples, second, 0]
