"""Sequences (T, B, F), weights and states as tensors -> states that have gradients."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from sklearn_rnn.kernels._layout import COLUMNS, count_blocks

MODULES = {"lstm": "_lstm", "gru": "_gru", "rnn_tanh": "_rnn", "rnn_relu": "_rnn"}
OPTIONS = {"lstm": (), "gru": (), "rnn_tanh": (False,), "rnn_relu": (True,)}

# By number of axes: what stands for slopes that are not there or not wanted.
NOTHING = {n: np.empty((0,) * n, np.float32) for n in (1, 2, 3)}


class FusedCell(Function):
    """Run a cell over a sequence in compiled code.

    A gradient of a gradient raises an error.
    """

    @staticmethod
    def forward(ctx: Any, cell: str, x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Compute the states after each step, and the final ones.

        Parameters
        ----------
        ctx : object
            What torch hands on to `backward`.

        cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
            Equations of a step.

        x : Tensor of shape (T, B, F)
            Sequences.

        *tensors : Tensor
            weight_ih, weight_hh, bias_ih, bias_hh in torch's layout, then the initial h
            (B, H), then c if the cell has one.

        Returns
        -------
        tuple of Tensor
            h (T, B, H), then the final h (B, H), then c if the cell has one.
        """
        weights, state = tensors[:4], tensors[4:]
        (T, B, F), H = x.shape, weights[1].shape[1]
        kernels = _load(cell)
        n_rows = F + 1 + kernels.ROWS_PER_UNIT * H
        steps = x.new_empty(count_blocks(B), T + 1, n_rows, COLUMNS)
        h = x.new_empty(T, B, H)
        final = [x.new_empty(B, H) for _ in state]
        arrays = [_array(each) for each in (*map(Tensor.contiguous, weights), x)]
        before, after = ([_array(each)[None] for each in s] for s in (state, final))
        arrays += [*before, filled := steps.numpy(), h.numpy(), *after]
        filled[:, :, F] = 1
        kernels.forward(*arrays, *OPTIONS[cell])
        ctx.cell = cell
        ctx.save_for_backward(x, *weights[:2], steps)
        ctx.set_materialize_grads(False)
        return h, *final

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dh: Tensor | None, *final: Tensor | None) -> Any:
        """Compute the gradients of everything that needs one.

        Parameters
        ----------
        ctx : object
            What `forward` left.

        dh : Tensor of shape (T, B, H) or None
            Gradient of the states after each step.

        *final : Tensor of shape (B, H) or None
            Gradients of the final states.

        Returns
        -------
        tuple of Tensor or None
            Gradients of the arguments of `forward`.
        """
        x, weight_ih, weight_hh, steps = ctx.saved_tensors
        _, need_x, *need_weights = ctx.needs_input_grad[:6]
        need_ih, need_hh, need_bias_ih, need_bias_hh = need_weights
        M = len(weight_hh)
        dx = x.new_empty(x.shape) if need_x else None
        d_ih = d_bias_ih = d_hh = d_bias_hh = None
        if need_ih or need_bias_ih:
            d_ih, d_bias_ih = x.new_empty(weight_ih.shape), x.new_empty(M)
        if need_hh or need_bias_hh:
            d_hh = x.new_empty(weight_hh.shape)
        if need_bias_hh:
            d_bias_hh = x.new_empty(M)
        d_first = [
            x.new_empty(x.shape[1], weight_hh.shape[1]) if needed else None
            for needed in ctx.needs_input_grad[6:]
        ]
        arrays = [_array(w.contiguous()) for w in (weight_ih, weight_hh)]
        slopes = NOTHING[3] if dh is None else _array(dh)
        arrays += [steps.numpy(), slopes, *map(_state, final)]
        weight_slopes = zip(
            (d_ih, d_hh, d_bias_ih, d_bias_hh, dx), (2, 2, 1, 1, 3), strict=True
        )
        arrays += [NOTHING[n] if d is None else d.numpy() for d, n in weight_slopes]
        arrays += map(_state, d_first)
        _load(ctx.cell).backward(*arrays, *OPTIONS[ctx.cell])
        return (
            None,
            dx,
            d_ih if need_ih else None,
            d_hh if need_hh else None,
            d_bias_ih if need_bias_ih else None,
            d_bias_hh,
            *d_first,
        )


@cache
def _load(cell: str) -> Any:
    """Compile the functions of a cell, or find them on disk."""
    return import_module("sklearn_rnn.kernels." + MODULES[cell])


def _array(x: Tensor) -> Any:
    return (x.detach() if x.requires_grad else x).numpy()


def _state(h: Tensor | None) -> Any:
    return NOTHING[3] if h is None else _array(h)[None]
