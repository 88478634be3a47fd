"""Weights with their gradients -> the same with that of an L1 penalty added."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


@torch.no_grad()
def add_l1_gradient(parameters: Iterable[Tensor], l1: float) -> None:
    """Add the gradient of ``l1 * |w|`` to that of each weight, in place.

    Biases and the weights of layer normalisation, which have one axis, are spared. At
    zero the penalty has no slope.

    Parameters
    ----------
    parameters : iterable of Tensor
        Parameters of a module after its backward pass.

    l1 : float
        Weight of the penalty.
    """
    for weights in parameters:
        if weights.ndim > 1 and weights.grad is not None:
            weights.grad.add_(weights.sign(), alpha=l1)
