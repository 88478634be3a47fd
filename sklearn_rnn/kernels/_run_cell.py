"""Sequences (T, B, F), weights and initial state -> states of a cell, step by step."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from sklearn_rnn.kernels._layout import filled_share

# With several threads torch shares out steps of that many multiplications or more.
WORK_FOR_THREADS = 3_000_000

# Compiled code takes the time and memory of full blocks of sequences, however few there
# are. From about this share on it was no slower than torch, with up to 128 units.
LEAST_SHARE = {"lstm": 0.7, "gru": 0.1, "rnn_tanh": 0.0, "rnn_relu": 0.0}


def run_cell(
    cell: str,
    x: Tensor,
    weights: list[Tensor],
    state: tuple[Tensor, ...],
    training: bool = True,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a cell over a sequence, in compiled code in training.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    x : Tensor of shape (T, B, F)
        Sequences.

    weights : list of Tensor
        weight_ih (G*H, F), weight_hh (G*H, H), bias_ih and bias_hh (G*H,) of G gates in
        torch's layout.

    state : tuple of Tensor of shape (B, H)
        Initial h; for an LSTM also c.

    training : bool, default=True
        Whether to ask for compiled code, also for steps that are only read.

    Returns
    -------
    h : Tensor of shape (T, B, H)
        Hidden state after each step.

    final : tuple of Tensor of shape (B, H)
        Final h; for an LSTM also c.

    Notes
    -----
    The compiled cells need numba, the CPU and float32; anything else runs in torch.
    They keep to one thread, so torch also runs large steps where it has several. They
    hold sequences in blocks of 32, so torch also runs batches that leave these rather
    empty (`LEAST_SHARE`).
    """
    if training and is_compiled(cell, x, weights):
        h, *final = _load_fused_cell().apply(cell, x, *weights, *state)
        return h, tuple(final)
    before = tuple(each[None] for each in state)
    step = getattr(torch, cell)  # torch.lstm, torch.gru, torch.rnn_tanh, ...
    # has_biases, num_layers, dropout, train, bidirectional, batch_first
    options = (True, 1, 0.0, False, False, False)
    h, *final = step(x, before if cell == "lstm" else before[0], weights, *options)
    return h, tuple(each[0] for each in final)


def is_compiled(
    cell: str, x: Tensor, weights: list[Tensor], least_share: float | None = None
) -> bool:
    """Tell whether a cell runs in compiled code in training.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    x : Tensor of shape (T, B, F)
        Sequences.

    weights : list of Tensor
        weight_ih (G*H, F), weight_hh (G*H, H), and any others.

    least_share : float or None, default=None
        Share of their blocks that the sequences are to fill; None means `LEAST_SHARE`.

    Returns
    -------
    bool
        False where numba is missing, for other numbers than float32 or another device
        than the CPU, where several threads share a large step, and where blocks would
        be rather empty.
    """
    tensors = x, *weights[:2]
    fit = (t.is_cpu and t.dtype == torch.float32 and t.numel() > 0 for t in tensors)
    if not all(fit):
        return False
    least_share = LEAST_SHARE[cell] if least_share is None else least_share
    if filled_share(x.shape[1]) < least_share:
        return False
    work = x.shape[1] * (weights[0].numel() + weights[1].numel())  # of one step
    if work >= WORK_FOR_THREADS and torch.get_num_threads() > 1:
        return False
    return _load_fused_cell() is not None


@cache
def _load_fused_cell() -> Any:
    """Import what needs numba, or give None where numba is not installed."""
    try:
        import_module("numba")  # which the cells import only when one is asked for
        from sklearn_rnn.kernels._autograd import FusedCell
    except ImportError:
        return None
    return FusedCell
