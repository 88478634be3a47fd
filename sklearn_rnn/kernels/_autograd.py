"""Sequences (T, B, F), weights and states as tensors -> states that have gradients."""

from __future__ import annotations

from typing import Any

from torch import Tensor, from_numpy
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from sklearn_rnn.kernels._cell_arrays import (
    allocate_steps,
    run_backward,
    run_forward,
)


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
        (T, B, _), H = x.shape, weights[1].shape[1]
        h = x.new_empty(T, B, H)
        final = [x.new_empty(B, H) for _ in state]
        arrays = [_array(w.contiguous()) for w in weights]
        before, after = ([_state(each) for each in s] for s in (state, final))
        steps = allocate_steps(cell, x.shape, H)
        run_forward(cell, arrays, _array(x), before, steps, h.numpy(), after)
        ctx.cell = cell
        ctx.save_for_backward(x, *weights[:2], from_numpy(steps))
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
        run_backward(
            ctx.cell,
            [_array(w.contiguous()) for w in (weight_ih, weight_hh)],
            steps.numpy(),
            _array(dh),
            [_state(each) for each in final],
            [_array(each) for each in (d_ih, d_hh, d_bias_ih, d_bias_hh)],
            _array(dx),
            [_state(each) for each in d_first],
        )
        return (
            None,
            dx,
            d_ih if need_ih else None,
            d_hh if need_hh else None,
            d_bias_ih if need_bias_ih else None,
            d_bias_hh,
            *d_first,
        )


def _array(x: Tensor | None) -> Any:
    return None if x is None else (x.detach() if x.requires_grad else x).numpy()


def _state(h: Tensor | None) -> Any:
    return None if h is None else _array(h)[None]
