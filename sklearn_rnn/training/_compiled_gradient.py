"""Batch of sequences, a plain network -> its outputs, whose slopes become gradients.

Autograd sees what comes after the recurrent layers: pooling, linear layer, loss.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sklearn_rnn._compat import has_hooks
from sklearn_rnn.modules._compiled_encoder import CompiledEncoder, is_plain
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.training._batches import SequenceBatch
from sklearn_rnn.training._losses import WeightedLoss, is_squared_error


class CompiledGradient:
    """Compute gradients with the recurrent layers in compiled code.

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
        self._taken: dict[tuple[int, int], bool] = {}  # (B, T) -> there is code
        self._is_linear = (
            module.order is None
            and type(module.head) is nn.Linear
            and all(w.requires_grad for w in module.head.parameters())
            and is_squared_error(criterion)
        )

    def takes(self, batch: Any) -> bool:
        """Tell whether there is compiled code for this batch."""
        if type(batch) is not SequenceBatch:
            return False
        shape = len(batch), batch.x.shape[1]
        if shape not in self._taken:
            is_whole = shape[1] <= (self.module.bptt_steps or shape[1])
            taken = is_whole and self.encoder.takes(batch.x.transpose(0, 1))
            self._taken[shape] = taken
        return self._taken[shape]

    def __call__(self, batch: SequenceBatch, target: Tensor) -> tuple[Tensor, Tensor]:
        """Add or write the gradients of all weights to those before, which are zero.

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
        module, lengths = self.module, batch.lengths
        with torch.no_grad():
            x = module.inputs(batch.x)
        each_step = module.needs_each_step(lengths)
        h = self.encoder.forward(x, each_step)
        if self._is_linear and not each_step and batch.weight is None:
            dh, loss, output = self._differentiate_linear(h[0], target)
            self.encoder.backward(dh[None])
            return loss, output
        h.requires_grad_()
        output = module.finish(h, lengths) if each_step else module.read_out(h[0])
        loss = self.criterion(output, target, batch.weight)
        loss.backward()
        assert h.grad is not None
        self.encoder.backward(h.grad)
        return loss, output

    @torch.no_grad()
    def _differentiate_linear(
        self, h: Tensor, target: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Write what autograd would find for a linear layer and squared errors.

        Of states h (B, H) and targets (B, O); gives slopes of h, loss, outputs.
        """
        head, dropout = self.module.head, self.module.dropout
        mask = dropout.draw(h) if dropout.drops else None
        read = h if mask is None else h * mask
        output = linear(read, head.weight, head.bias)
        self.criterion.check_shapes(output, target)
        error = output - target
        slope = error * (2 / error.numel())
        torch.mm(slope.T, read, out=head.weight.grad)
        torch.sum(slope, 0, out=head.bias.grad)
        dh = slope @ head.weight
        return dh if mask is None else dh * mask, error.square().mean(), output


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
        and all(w.is_cpu and w.dtype == torch.float32 for w in module.parameters())
        and not any(map(has_hooks, module.parameters()))
        and not any(map(has_hooks, (*module.modules(), *criterion.modules())))
    )
