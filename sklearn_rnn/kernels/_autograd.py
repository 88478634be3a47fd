"""Sequences (T, B, F), weights and states as tensors -> states that have gradients."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from sklearn_rnn.kernels._products import SIDE
from sklearn_rnn.kernels._vectors import COLUMNS

MODULES = {"lstm": "_lstm", "gru": "_gru", "rnn_tanh": "_rnn", "rnn_relu": "_rnn"}


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
        steps = x.new_empty(-(-B // COLUMNS), T + 1, n_rows, COLUMNS)
        h = x.new_empty(T, B, H)
        final = [x.new_empty(B, H) for _ in state]
        _call(
            kernels.forward,
            cell,
            [*map(Tensor.contiguous, weights), x, *state, steps, h, *final],
        )
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
        (T, B, F), (M, H) = x.shape, weight_hh.shape
        _, need_x, need_ih, need_hh, need_bias_ih, need_bias_hh, *_ = (
            ctx.needs_input_grad
        )
        shape_ih = (M, max(F + 1, min(SIDE, F + 1 + H)))
        d_ih = x.new_empty(shape_ih if need_ih or need_bias_ih else (0, 0))
        d_hh = x.new_empty((M, 1 + H) if need_hh or need_bias_hh else (0, 0))
        dx = x.new_empty((T, B, F) if need_x else (0, 0, 0))
        d_state = [x.new_empty(B, H) for _ in final]
        dh = x.new_zeros(T, B, H) if dh is None else dh
        d_final = [x.new_zeros(B, H) if each is None else each for each in final]
        weights = (weight_ih.contiguous(), weight_hh.contiguous())
        _call(
            _load(ctx.cell).backward,
            ctx.cell,
            [*weights, steps, dh, *d_final, d_ih, d_hh, dx, *d_state],
        )
        return (
            None,
            dx if need_x else None,
            d_ih[:, :F] if need_ih else None,
            d_hh[:, 1:] if need_hh else None,
            d_ih[:, F] if need_bias_ih else None,
            d_hh[:, 0] if need_bias_hh else None,
            *d_state,
        )


def _load(cell: str) -> Any:
    """Compile the functions of a cell, or find them on disk."""
    return import_module("sklearn_rnn.kernels." + MODULES[cell])


def _call(function: Callable[..., None], cell: str, tensors: list[Tensor]) -> None:
    arrays: list[Any] = [each.detach().numpy() for each in tensors]
    if cell.startswith("rnn"):
        arrays.append(cell == "rnn_relu")
    function(*arrays)
