"""Weights with a gradient -> the gradient clipped, its norms before and after."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def clip_gradients(
    weights: list[nn.Parameter],
    norm: float | None,
    value: float | None,
    record: bool,
) -> Tensor | None:
    """Bound the gradient of an update.

    Parameters
    ----------
    weights : list of torch.nn.Parameter
        All weights of a network.

    norm, value : float or None
        Largest norm of the whole gradient, and then largest absolute value in it.

    record : bool
        Whether to measure its norm.

    Returns
    -------
    Tensor of shape (2,) or None
        Norm before and after, still on the device; None without `record`.
    """
    before = after = total_norm(weights) if record else None
    if norm is not None:
        nn.utils.clip_grad_norm_(weights, norm)
    if value is not None:
        nn.utils.clip_grad_value_(weights, value)
    if before is None or after is None:
        return None
    if norm is not None or value is not None:
        after = total_norm(weights)
    return torch.stack([before, after])


def total_norm(weights: list[nn.Parameter]) -> Tensor:
    """Compute the Euclidean norm of the whole gradient.

    Parameters
    ----------
    weights : list of torch.nn.Parameter
        Those without a gradient do not count.

    Returns
    -------
    Tensor of shape ()
        On the device of the weights.
    """
    gradients = [w.grad for w in weights if w.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)
