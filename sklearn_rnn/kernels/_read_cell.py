"""Sequences or windows, weights -> states without gradients, in compiled code.

In evaluation nothing is kept for gradients. Each sequence is computed as if it were
alone, so its states have the same bits whichever others there are, and however many.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from sklearn_rnn.kernels._cell_arrays import load_compiled
from sklearn_rnn.kernels._layout import GRU, LSTM, RNN_RELU, RNN_TANH
from sklearn_rnn.kernels._row_windows import RowWindows
from sklearn_rnn.kernels._run_cell import WORK_FOR_THREADS

NUMBERS = {"rnn_tanh": RNN_TANH, "rnn_relu": RNN_RELU, "gru": GRU, "lstm": LSTM}
USUAL_BATCH = 32  # what a step is taken to do for, whatever its number of sequences
MOST_LSTM_WEIGHTS = 150_000  # above, some 190 units, torch's LSTM (oneDNN) is as fast


def read_cell(
    cell: str, x: Tensor, weights: list[Tensor], state: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]] | None:
    """Run a cell over a sequence in compiled code that keeps nothing for gradients.

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

    Returns
    -------
    tuple of (Tensor of shape (T, B, H), tuple of Tensor of shape (B, H)) or None
        States after each step, and the final ones. None where torch is to run: without
        numba, elsewhere than on the CPU, in other numbers than float32, where a
        gradient is asked for or the program is recorded, where several threads
        share a large step, and for a large LSTM.
    """
    sequences = [x, *state]
    if not can_read(cell, weights) or not _are_plain(sequences):
        return None
    c_first = state[1:] or [x.new_empty(len(state[0]), 0)]
    found = _allocate(cell, len(x), x.shape[1], state[0].shape[1])
    given = [*weights, *sequences[:2], *c_first]
    read = load_compiled("_reading").read
    read(NUMBERS[cell], *_as_arrays(given), *_as_arrays(found))
    h, *final = found
    return h, tuple(final[: len(state)])


def read_windows(
    cell: str, windows: RowWindows, weights: list[Tensor]
) -> tuple[Tensor, tuple[Tensor, ...]] | None:
    """Run a cell from zeros over windows of rows, where each row is weighed once.

    Columns that windows read in their own scale are added after the others, so that
    the last bits of states may differ from those of the same windows cut out.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    windows : RowWindows
        B windows of T steps of F columns.

    weights : list of Tensor
        As in :func:`read_cell`.

    Returns
    -------
    tuple of (Tensor of shape (T, B, H), tuple of Tensor of shape (B, H)) or None
        As in :func:`read_cell`.
    """
    if not can_read(cell, weights) or not _are_plain([windows.rows]):
        return None
    n_windows, n_units = len(windows.first), weights[1].shape[1]
    found = _allocate(cell, windows.n_timesteps, n_windows, n_units)
    given = [*weights, windows.rows, windows.first, windows.own, windows.relative]
    given += [windows.anchor, windows.spread]
    read = load_compiled("_row_reading").read_rows
    read(NUMBERS[cell], *_as_arrays(given), *_as_arrays(found))
    h, *final = found
    return h, tuple(final[: 2 if cell == "lstm" else 1])


def can_read(cell: str, weights: list[Tensor]) -> bool:
    """Tell whether compiled code reads sequences with these weights.

    It depends on no number of sequences, so that one alone has the same bits.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    weights : list of Tensor
        As in :func:`read_cell`.

    Returns
    -------
    bool
        Whether :func:`read_cell` gives states of float32 sequences on the CPU.
    """
    tracing = torch.jit.is_tracing()  # type: ignore[attr-defined]  # it is public
    if tracing or torch.compiler.is_compiling():
        return False  # what runs now is to run again elsewhere
    n_weights = sum(each.numel() for each in weights[:2])
    if cell == "lstm" and n_weights > MOST_LSTM_WEIGHTS:
        return False
    work = USUAL_BATCH * n_weights  # of one step
    if work >= WORK_FOR_THREADS and torch.get_num_threads() > 1:
        return False
    return _are_plain(weights) and _has_numba()


def _are_plain(tensors: list[Tensor]) -> bool:
    """Tell whether compiled code takes these tensors, and no gradient is asked for."""
    if torch.is_grad_enabled() and any(each.requires_grad for each in tensors):
        return False
    return all(
        each.device.type == "cpu" and each.dtype == torch.float32 and each.numel()
        for each in tensors
    )


def _allocate(cell: str, n_steps: int, n_sequences: int, n_units: int) -> list[Tensor]:
    """Make room for h of all steps, the last h, and the last c, which may be empty."""
    of_all = n_steps, n_sequences, n_units
    of_c = n_sequences, n_units if cell == "lstm" else 0
    shapes = of_all, of_all[1:], of_c
    return [torch.empty(shape, dtype=torch.float32, device="cpu") for shape in shapes]


def _as_arrays(tensors: list[Tensor]) -> list[Any]:
    return [each.detach().contiguous().numpy() for each in tensors]


@cache
def _has_numba() -> bool:
    """Tell whether numba is there, which is imported only when it is asked for."""
    try:
        import_module("numba")
    except ImportError:
        return False
    return True
