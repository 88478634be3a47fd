"""Gradients of an update -> clipped in place, their norm before and after."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def clip_gradients(
    gradients: Sequence[Tensor], norm: float | None, value: float | None, record: bool
) -> Tensor | None:
    """Bound the gradient of an update.

    Parameters
    ----------
    gradients : sequence of Tensor
        Gradients of all weights of a network.

    norm, value : float or None
        Largest norm of the whole gradient, and then largest absolute value in it.

    record : bool
        Whether to measure its norm.

    Returns
    -------
    Tensor of shape (2,) or None
        Norm before and after, still on the device; None without `record`.
    """
    before = total_norm(gradients) if record or norm is not None else None
    if norm is not None and before is not None:
        _shorten(gradients, before, norm)
    if value is not None:
        for gradient in gradients:
            gradient.clamp_(-value, value)
    if not record or before is None:
        return None
    return torch.stack([before, total_norm(gradients)])


def _shorten(gradients: Sequence[Tensor], before: Tensor, norm: float) -> None:
    excess: Tensor | float
    if not before.is_cpu:  # one would have to wait for the number
        excess = before.clamp(min=norm).div_(norm)
    elif (excess := before.item() / norm) <= 1:
        return
    for gradient in gradients:
        gradient.div_(excess)


def total_norm(tensors: Sequence[Tensor]) -> Tensor:
    """Compute the Euclidean norm of all numbers.

    Parameters
    ----------
    tensors : sequence of Tensor
        Gradients, or weights, of a network.

    Returns
    -------
    Tensor of shape ()
        On the device of the tensors.
    """
    norms = [torch.linalg.vector_norm(each) for each in tensors]
    return norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
