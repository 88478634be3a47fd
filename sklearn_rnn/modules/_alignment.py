"""Tensors of any width -> the same, filled with zeros to whole cache lines."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import linear, pad

LINE = 16  # float32 numbers in a cache line


def align_columns(x: Tensor) -> Tensor:
    """Fill the last axis with zeros up to a multiple of `LINE`.

    BLAS adds up a row in another order if the row begins inside a cache line. Aligned
    rows of a batch give the same bits wherever in the batch they stand.

    Parameters
    ----------
    x : Tensor of shape (..., K)
        Left operand of a matrix product, or its weights.

    Returns
    -------
    Tensor of shape (..., K')
        `x` where nothing is to be filled.
    """
    missing = -x.shape[-1] % LINE
    return pad(x, (0, missing)) if missing else x


def align_linear(layer: nn.Linear, x: Tensor) -> Tensor:
    """Compute a linear layer with equal bits at any place in the batch.

    Parameters
    ----------
    layer : torch.nn.Linear
        Its weights and bias.

    x : Tensor of shape (..., K)
        What it reads.

    Returns
    -------
    Tensor of shape (..., O)
        What it gives.
    """
    return linear(align_columns(x), align_columns(layer.weight), layer.bias)


def align_gates(weights: Tensor, hidden_size: int) -> Tensor:
    """Add units without weights to each gate of a cell: their state stays zero.

    Parameters
    ----------
    weights : Tensor of shape (G*H, K) or (G*H,)
        Weights or bias of G gates.

    hidden_size : int
        H.

    Returns
    -------
    Tensor of shape (G*H', K') or (G*H',)
        `weights` where nothing is to be filled.
    """
    if weights.ndim == 1:
        return align_columns(weights.unflatten(0, (-1, hidden_size))).flatten()
    gates = align_columns(weights).unflatten(0, (-1, hidden_size))  # (G, H, K')
    missing = -hidden_size % LINE
    return (
        pad(gates, (0, 0, 0, missing)).flatten(0, 1) if missing else gates.flatten(0, 1)
    )
