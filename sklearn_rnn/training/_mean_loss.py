"""Losses of batches -> their mean, read from the device once in an epoch."""

from __future__ import annotations

from operator import mul
from typing import Any

import torch
from torch import Tensor


def keep_loss(loss: Tensor) -> float | Tensor:
    """Keep a loss without waiting for the device.

    On the CPU as a number: a small tensor left by each batch would scatter the memory.

    Parameters
    ----------
    loss : Tensor of shape ()
        Of one batch.

    Returns
    -------
    float or Tensor of shape ()
        For `mean_loss`.
    """
    return loss.item() if loss.is_cpu else loss.detach()


def mean_loss(losses: list[Any], sizes: list[int]) -> float:
    """Average the losses of an epoch.

    Parameters
    ----------
    losses : list of float or of Tensor
        What `keep_loss` gave of each batch.

    sizes : list of int
        Samples in each.

    Returns
    -------
    float
        Their mean over all samples.
    """
    if isinstance(losses[0], Tensor):
        losses = torch.stack(losses).tolist()
    return sum(map(mul, losses, sizes)) / sum(sizes)
