"""Hidden states (T, B, D*H) and lengths (B,) -> one vector per sequence (B, D*H)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Pooling = Callable[[Tensor, Tensor | None, int], Tensor]


def pool_last(h: Tensor, lengths: Tensor | None, hidden_size: int) -> Tensor:
    """Take the final state of each direction.

    Forward in time it is the state after the last real step, backward in time the state
    after the first. A sequence without steps gives zeros.

    Parameters
    ----------
    h : Tensor of shape (T, B, D*H)
        States of right-padded sequences.

    lengths : Tensor of shape (B,) or None
        Number of real steps; None means T for all.

    hidden_size : int
        H.

    Returns
    -------
    Tensor of shape (B, D*H)
        Final states.
    """
    if lengths is None:
        ahead = h[-1, :, :hidden_size]
    else:
        last = (lengths - 1).clamp(min=0)
        ahead = h[last, torch.arange(h.shape[1], device=h.device), :hidden_size]
    if h.shape[2] > hidden_size:
        back = h[0, :, hidden_size:]
        ahead = torch.cat([ahead, back], dim=1)
    return _zero_where_empty(ahead, lengths)


def pool_mean(h: Tensor, lengths: Tensor | None, hidden_size: int) -> Tensor:
    """Average the states over the real steps; arguments as in `pool_last`."""
    if lengths is None:
        return h.mean(0)
    total = torch.where(_real(h, lengths), h, 0.0).sum(0)
    return total / lengths.clamp(min=1)[:, None]


def pool_max(h: Tensor, lengths: Tensor | None, hidden_size: int) -> Tensor:
    """Take the largest state over the real steps; arguments as in `pool_last`."""
    if lengths is None:
        return h.amax(0)
    largest = torch.where(_real(h, lengths), h, -torch.inf).amax(0)
    return _zero_where_empty(largest, lengths)


def join_last(before: Tensor, n_before: Tensor, after: Tensor, n: Tensor) -> Tensor:
    """Join the pooled states of the two parts of a sequence.

    Parameters
    ----------
    before, after : Tensor of shape (B, H)
        Pooled states of each part.

    n_before, n : Tensor of shape (B,)
        Number of steps of each part.

    Returns
    -------
    Tensor of shape (B, H)
        Pooled states of the whole.
    """
    return torch.where((n > 0)[:, None], after, before)


def join_mean(before: Tensor, n_before: Tensor, after: Tensor, n: Tensor) -> Tensor:
    """Join the means of two parts; arguments as in `join_last`."""
    share = (n / (n_before + n).clamp(min=1))[:, None]
    return before * (1 - share) + after * share


def join_max(before: Tensor, n_before: Tensor, after: Tensor, n: Tensor) -> Tensor:
    """Join the largest values of two parts; arguments as in `join_last`."""
    larger = torch.where((n_before > 0)[:, None], torch.maximum(before, after), after)
    return join_last(before, n_before, larger, n)


POOLINGS: dict[str, Pooling] = {"last": pool_last, "mean": pool_mean, "max": pool_max}
JOININGS = {"last": join_last, "mean": join_mean, "max": join_max}


def _real(h: Tensor, lengths: Tensor) -> Tensor:
    return (torch.arange(len(h), device=h.device)[:, None] < lengths)[:, :, None]


def _zero_where_empty(pooled: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return pooled
    return torch.where((lengths > 0)[:, None], pooled, 0.0)
