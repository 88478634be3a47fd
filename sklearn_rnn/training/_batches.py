"""Scaled rows + (start, stop) of each sequence -> batches (B, T, F) on the device."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_rnn.training._sequence_tensors import SequenceBatch, SequenceTensors

BUCKET = 50  # batches whose ragged samples are sorted by length together
STACK = 1_000_000  # numbers in the batches that are gathered together


class Batches(Protocol):
    """What the epochs of a training run over."""

    def __len__(self) -> int:
        """Count the batches of an epoch."""

    def __iter__(self) -> Iterator[tuple[Any, Tensor]]:
        """Give inputs and targets of each batch."""

    @property
    def generator(self) -> torch.Generator | None:
        """Give what draws the order of the samples, if anything does."""


class BatchIterator:
    """Yield the batches of one epoch each time it is iterated over.

    Shape of a batch: inputs (B, T, F), targets (B, O) or (B, T, O).

    Parameters
    ----------
    tensors : SequenceTensors
        Data.

    index : ndarray of int
        Samples to draw from.

    batch_size : int
        B; the last batch of an epoch may be smaller.

    generator : torch.Generator or None
        Source of a new order in each epoch; None keeps the order of `index`.
    """

    def __init__(
        self,
        tensors: SequenceTensors,
        index: NDArray[np.intp],
        batch_size: int,
        generator: torch.Generator | None = None,
    ) -> None:
        self.tensors = tensors
        self.index = index
        self.batch_size = batch_size
        self.generator = generator
        lengths = tensors.lengths[index]
        self.n_features = tensors.n_features
        self.longest = max(1, int(lengths.max()))
        self.ragged = bool((lengths != self.longest).any())

    def __len__(self) -> int:
        return math.ceil(len(self.index) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[SequenceBatch, Tensor]]:
        step = max(1, STACK // (self.longest * self.batch_size * self.n_features))
        for parts in _cut(self._parts(), step):
            yield from self._gather(parts)

    def _gather(
        self, parts: list[NDArray[np.intp]]
    ) -> Iterator[tuple[SequenceBatch, Tensor]]:
        """Gather several batches at once, and cut them apart."""
        tensors = self.tensors
        index = torch.as_tensor(np.concatenate(parts), device=tensors.device)
        ends = [(self.longest, self.longest)] * len(parts)
        if self.ragged:
            ends = [self._shortest_and_longest(part) for part in parts]
        longest = max(steps for _, steps in ends)
        whole = tensors.gather(index, longest, self.ragged)
        targets = tensors.targets[index]
        sizes = [len(part) for part in parts]
        nothing = [None] * len(parts)
        for x, lengths, weight, target, (shortest, n_timesteps) in zip(
            whole.x.split(sizes),
            nothing if whole.lengths is None else whole.lengths.split(sizes),
            nothing if whole.weight is None else whole.weight.split(sizes),
            targets.split(sizes),
            ends,
            strict=True,
        ):
            batch = SequenceBatch(
                x if n_timesteps == longest else x[:, :n_timesteps],
                lengths if shortest < n_timesteps else None,
                None if weight is None else tensors.cut(weight, n_timesteps),
            )
            yield batch, tensors.cut(target, n_timesteps)

    def _shortest_and_longest(self, part: NDArray[np.intp]) -> tuple[int, int]:
        """Give the lengths between which those of a batch lie; at least one step."""
        shortest, longest = self.tensors.lengths[part[[0, -1]]].tolist()  # in order
        return shortest, max(1, longest)

    def _parts(self) -> list[NDArray[np.intp]]:
        """Cut an epoch into batches; samples of similar length stand together."""
        order = self.index
        if self.generator is not None:
            shuffled = torch.randperm(len(order), generator=self.generator).numpy()
            order = order[shuffled]
        size = self.batch_size
        if not self.ragged:
            return _cut(order, size)
        parts = []
        for begin in range(0, len(order), size * BUCKET):
            bucket = order[begin : begin + size * BUCKET]
            by_length = np.argsort(self.tensors.lengths[bucket], kind="stable")
            bucket = bucket[by_length]
            parts += _cut(bucket, size)
        if self.generator is not None:
            shuffled = torch.randperm(len(parts), generator=self.generator).numpy()
            parts = [parts[i] for i in shuffled]
        return parts


def _cut(whole: Any, size: int) -> list[Any]:
    return [whole[i : i + size] for i in range(0, len(whole), size)]
