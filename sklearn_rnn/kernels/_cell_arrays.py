"""Arrays of a cell -> its states, and the slopes of what went in, in compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import torch

from sklearn_rnn.kernels._layout import COLUMNS, count_blocks

MODULES = {"lstm": "_lstm", "gru": "_gru", "rnn_tanh": "_rnn", "rnn_relu": "_rnn"}
OPTIONS = {"lstm": (), "gru": (), "rnn_tanh": (False,), "rnn_relu": (True,)}

# By number of axes: what stands for slopes that are not there or not wanted.
NOTHING = {n: np.empty((0,) * n, np.float32) for n in (1, 2, 3)}
AXES = 2, 2, 1, 1  # of the weights: weight_ih, weight_hh, bias_ih, bias_hh


def allocate_steps(cell: str, shape: Sequence[int], n_units: int) -> Any:
    """Make room for what `run_forward` computes, which may use it again and again.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    shape : sequence of int
        (T, B, F), the shape of the sequences.

    n_units : int
        H.

    Returns
    -------
    ndarray of shape (N, T + 1, R, 32)
        What is needed of each step, in blocks of 32 sequences.
    """
    n_steps, n_sequences, n_features = shape
    n_rows = n_features + 1 + load_compiled(MODULES[cell]).ROWS_PER_UNIT * n_units
    size = count_blocks(n_sequences), n_steps + 1, n_rows, COLUMNS
    # By torch, since it begins where a cache line does.
    steps = torch.empty(size, dtype=torch.float32, device="cpu").numpy()
    steps[:, :, n_features] = 1
    return steps


def run_forward(
    cell: str,
    weights: Sequence[Any],
    x: Any,
    state: Sequence[Any],
    steps: Any,
    h: Any,
    final: Sequence[Any],
) -> None:
    """Fill in the steps and the states.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    weights : sequence of ndarray
        weight_ih (G*H, F), weight_hh (G*H, H), bias_ih and bias_hh (G*H,) of G gates in
        torch's layout.

    x : ndarray of shape (T, B, F)
        Sequences.

    state : sequence of ndarray of shape (1, B, H)
        Initial h; for an LSTM also c.

    steps : ndarray of shape (N, T + 1, R, 32)
        From `allocate_steps`; what `run_backward` needs of each step.

    h : ndarray of shape (T, B, H) or (0, B, H)
        For the states after each step, or for none of them.

    final : sequence of ndarray of shape (1, B, H)
        For the final h; for an LSTM also c.
    """
    load_compiled(MODULES[cell]).forward(
        *weights, x, *state, steps, h, *final, *OPTIONS[cell]
    )


def run_backward(
    cell: str,
    weights: Sequence[Any],
    steps: Any,
    dh: Any | None,
    final: Sequence[Any | None],
    weight_slopes: Sequence[Any | None],
    dx: Any | None,
    first: Sequence[Any | None],
) -> None:
    """Fill in the slopes of what went in.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    weights : sequence of ndarray
        weight_ih and weight_hh.

    steps : ndarray of shape (N, T + 1, R, 32)
        From `run_forward`.

    dh : ndarray of shape (T, B, H) or None
        Slopes of the states after each step.

    final : sequence of ndarray of shape (1, B, H) or None
        Slopes of the final states.

    weight_slopes : sequence of ndarray or None
        For those of the four weights; the first and the third come together.

    dx : ndarray of shape (T, B, F) or None
        For those of the sequences.

    first : sequence of ndarray of shape (1, B, H) or None
        For those of the initial states.
    """
    slopes = _or_nothing((*weight_slopes, dx), (*AXES, 3))
    ends = _or_nothing((dh, *final), (3,) * (1 + len(final)))
    states = _or_nothing(first, (3,) * len(first))
    backward = load_compiled(MODULES[cell]).backward
    backward(*weights[:2], steps, *ends, *slopes, *states, *OPTIONS[cell])


@cache
def load_compiled(name: str) -> Any:
    """Import a file of compiled functions; they are on disk, or compiled now.

    Parameters
    ----------
    name : str
        Of the file, in this folder.

    Returns
    -------
    module
        With the functions.
    """
    return import_module(f"sklearn_rnn.kernels.{name}")


def _or_nothing(arrays: Sequence[Any | None], axes: Sequence[int]) -> list[Any]:
    pairs = zip(arrays, axes, strict=True)
    return [NOTHING[n] if array is None else array for array, n in pairs]
