"""Batch of sequences, a plain network -> its outputs, whose slopes become gradients.

Autograd sees what comes after the recurrent layers, pooling, linear layer and loss, but
not even that where the loss is the squared error of a linear layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, from_numpy, nn

from sklearn_rnn.kernels._compiled_linear import CompiledLinear
from sklearn_rnn.modules._compiled_encoder import (
    CompiledEncoder,
    apply_mask,
    draw_mask,
    is_plain,
)
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.training._inside_torch import has_hooks, modules_have_hooks
from sklearn_rnn.training._losses import WeightedLoss, is_squared_error
from sklearn_rnn.training._sequence_tensors import SequenceBatch

# Multiplications up to which a linear layer is no slower in compiled code.
FEW_PRODUCTS = 800_000


class CompiledGradient:
    """Compute gradients with the recurrent layers, at least, in compiled code.

    Parameters
    ----------
    module : SequenceModel
        That `may_compile`, with weights whose gradients keep their memory.

    criterion : WeightedLoss
        Loss.
    """

    def __init__(self, module: SequenceModel, criterion: WeightedLoss) -> None:
        self.module = module
        self.criterion = criterion
        self.encoder = CompiledEncoder(module.encoder)
        self._taken: dict[tuple[int, ...], bool] = {}  # (B, T) -> there is code
        self._read = module.inputs if module.inputs.dropout.p else _make_time_major
        self._dropout, self._n_weights = module.dropout, module.head.weight.numel()
        self._takes_last = False  # and makes linear outputs of it, with squared errors
        if _is_linear(module) and is_squared_error(criterion):
            self._takes_last = not module.needs_each_step()
            self._linear = CompiledLinear(module.head)

    def takes(self, batch: Any) -> bool:
        """Tell whether there is compiled code for this batch."""
        if type(batch) is not SequenceBatch:
            return False
        shape = batch.x.shape[:2]
        if shape not in self._taken:
            is_whole = shape[1] <= (self.module.bptt_steps or shape[1])
            taken = is_whole and self.encoder.takes(batch.x.transpose(0, 1))
            self._taken[shape] = taken
        return self._taken[shape]

    def __call__(self, batch: SequenceBatch, target: Tensor) -> tuple[Tensor, Tensor]:
        """Leave the gradients of all weights where they are kept, and hold zeros.

        Parameters
        ----------
        batch : SequenceBatch
            That it `takes`.

        target : Tensor of shape (B, O) or (B, T, O)
            Scaled targets.

        Returns
        -------
        tuple of (Tensor, Tensor of shape (B, O) or (B, T, O))
            Loss and outputs.
        """
        each_step = self.module.needs_each_step(batch.lengths)
        h = self.encoder.forward(self._read(batch.x), each_step)
        few = len(batch) * self._n_weights <= FEW_PRODUCTS
        if few and self._takes_last and batch.weight is None:
            return self._differentiate_linear(h, target, batch.lengths)
        states = from_numpy(h).requires_grad_()
        if each_step:
            output = self.module.finish(states, batch.lengths)
        else:
            output = self.module.read_out(states[0])
        return self._differentiate(states, output, batch, target)

    def _differentiate(
        self, states: Tensor, output: Tensor, batch: SequenceBatch, target: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Let autograd find the slopes of the states that outputs came from."""
        loss = self.criterion(output, target, batch.weight)
        loss.backward()
        assert states.grad is not None
        self.encoder.backward(states.grad.numpy())
        return loss, output

    def _differentiate_linear(
        self, h: Any, target: Tensor, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Write what autograd would find for a linear layer and squared errors."""
        last = h if lengths is None else _take_last(h, lengths.numpy())
        mask = draw_mask(self._dropout, last)
        numbers = np.empty((h.shape[1], self._linear.n_outputs), np.float32)
        output = from_numpy(numbers)
        self.criterion.check_shapes(output, target)
        read = apply_mask(last, mask)[0]
        dh, loss = self._linear.differentiate(read, target.numpy(), numbers)
        slopes = apply_mask(dh[None], mask)
        if lengths is not None:
            slopes = _put_last(slopes, lengths.numpy(), h)
        self.encoder.backward(slopes)
        return from_numpy(loss), output


def may_compile(module: nn.Module, criterion: nn.Module) -> bool:
    """Tell whether a network is made of what `CompiledGradient` knows.

    Parameters
    ----------
    module : torch.nn.Module
        Network, our own or the user's.

    criterion : torch.nn.Module
        Loss.

    Returns
    -------
    bool
        False for networks elsewhere than on the CPU or in other numbers than float32,
        with an embedding, with layers that are not plain, or with hooks, which only
        torch's own calls would notice.
    """
    return (
        type(module) is SequenceModel
        and module.inputs.embedding is None
        and is_plain(module.encoder)
        and torch.is_grad_enabled()
        and not modules_have_hooks()
        and all(w.is_cpu and w.dtype == torch.float32 for w in module.parameters())
        and not any(map(has_hooks, module.parameters()))
        and not any(map(has_hooks, (*module.modules(), *criterion.modules())))
    )


def _make_time_major(x: Tensor) -> Tensor:
    """Do what `StepInput` does to numbers of which it drops none."""
    return x.transpose(0, 1)


def _is_linear(module: SequenceModel) -> bool:
    """Tell whether outputs are those of torch's linear layer, all of which learns."""
    weights = list(module.head.parameters())
    return (
        module.order is None
        and type(module.head) is nn.Linear
        and len(weights) == 2
        and all(weight.requires_grad for weight in weights)
    )


def _take_last(h: Any, lengths: Any) -> Any:
    """Take the states (1, B, H) after the last real steps, or zeros without any."""
    last = h[lengths - 1, np.arange(len(lengths))]
    last[lengths == 0] = 0
    return last[None]


def _put_last(slopes: Any, lengths: Any, h: Any) -> Any:
    """Lay slopes (1, B, H) of the states that `_take_last` gave among zeros, like h."""
    laid = np.zeros_like(h)
    some = np.flatnonzero(lengths)
    laid[lengths[some] - 1, some] = slopes[0, some]
    return laid
