"""Targets with NaN where unknown, weights -> averages, quantiles, means and scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler


def average_known(
    targets: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average each output over the samples where it is known.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Targets, NaN where unknown.

    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    Returns
    -------
    ndarray of shape (n_outputs,)
        Weighted means; zero for an output that is nowhere known.
    """
    weight = weights[:, None] * ~np.isnan(targets)
    total = (weight * np.nan_to_num(targets, posinf=None, neginf=None)).sum(axis=0)
    weight = weight.sum(axis=0)
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def known_quantiles(
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    levels: Sequence[float],
) -> NDArray[np.float64]:
    """Compute quantiles of each output over the samples where it is known.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Targets, NaN where unknown.

    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    levels : sequence of float
        Shares of the weight that lie at or below each quantile.

    Returns
    -------
    ndarray of shape (n_outputs, n_levels)
        Values among the targets; zero for an output that is nowhere known.
    """
    quantiles = np.zeros((targets.shape[1], len(levels)))
    for k, target in enumerate(targets.T):
        order = np.argsort(target)[: np.count_nonzero(~np.isnan(target))]  # NaN is last
        if len(order):
            share = np.cumsum(weights[order])
            place = np.searchsorted(share, np.array(levels) * share[-1])
            quantiles[k] = target[order[np.minimum(place, len(order) - 1)]]
    return quantiles


def learn_mean_and_scale(
    targets: NDArray[np.float64], weights: NDArray[np.float64], *, log: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find what to subtract from targets and to divide them by.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Targets, NaN where unknown.

    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    log : bool
        Whether the logarithm of the mean is learnt: then nothing is subtracted, and
        targets are divided by their average.

    Returns
    -------
    mean, scale : ndarray of shape (n_outputs,)
        Zero and one for an output without known values; scales are positive.
    """
    n_outputs = targets.shape[1]
    mean, scale = np.zeros(n_outputs), np.ones(n_outputs)
    if log:
        average = average_known(targets, weights)
        return mean, np.where(average > 0, average, 1.0)
    known = np.flatnonzero(~np.isnan(targets).all(axis=0))
    if len(known):
        fitted = StandardScaler().fit(targets[:, known], None, weights)
        mean[known], scale[known] = fitted.mean_, fitted.scale_
    return mean, scale
