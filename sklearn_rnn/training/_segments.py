"""Batches with a target for each step -> their segments, each an update of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._sequence_tensors import SequenceBatch
from sklearn_rnn.training._streams import Lanes


@dataclass
class SegmentBatch:
    """Hold some steps of a batch, which go on where the steps before ended."""

    x: Tensor  # (B, K, F)
    weight: Tensor | None  # (B,), or (B, K, O) where some targets are unknown
    lanes: Lanes
    number: int  # of the segment in its batch

    def __len__(self) -> int:
        return len(self.x)

    def outputs_of(self, module: SequenceModel) -> Tensor:
        """Read on from the state of the segment before; give the outputs (B, K, O)."""
        states = self.lanes.ends.get(self.number - 1)
        earlier = {self.number - 1: states} if states else {}
        h, states = module.encoder.advance(module.inputs(self.x), states)
        detached = [tuple(part.detach() for part in state) for state in states]
        self.lanes.ends = {**earlier, self.number: detached}
        return module.read_out(h).transpose(0, 1)


class SegmentIterator:
    """Cut the batches of an epoch along time.

    Truncated back-propagation through time (Williams and Peng 1990): forward and
    backward over a segment, one update, and on from the state without its gradient.

    Parameters
    ----------
    batches : BatchIterator
        Whose targets are those of each step.

    n_steps : int
        Steps of a segment, but for the last one of a batch.
    """

    def __init__(self, batches: BatchIterator, n_steps: int) -> None:
        self.batches = batches
        self.n_steps = n_steps
        self.generator = batches.generator
        self.mean_length = float(batches.tensors.lengths[batches.index].mean())

    def __len__(self) -> int:
        """Count the segments; of sequences of unequal length there may be fewer."""
        return len(self.batches) * -(-self.batches.longest // self.n_steps)

    def __iter__(self) -> Iterator[tuple[Any, Tensor]]:
        for batch, targets in self.batches:
            if batch.x.shape[1] <= self.n_steps:
                yield batch, targets
            else:
                yield from self._cut(batch, targets)

    def _cut(
        self, batch: SequenceBatch, targets: Tensor
    ) -> Iterator[tuple[SegmentBatch, Tensor]]:
        lanes, weight = Lanes(), batch.weight
        for number, x in enumerate(torch.split(batch.x, self.n_steps, dim=1)):
            begin = number * self.n_steps
            here = slice(begin, begin + x.shape[1])
            if batch.weight is not None and batch.weight.ndim == 3:
                # those of a whole sequence have the sum one on average
                weight = batch.weight[:, here] * (self.mean_length / x.shape[1])
            yield SegmentBatch(x, weight, lanes, number), targets[:, here]
