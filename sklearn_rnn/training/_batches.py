"""Scaled rows + (start, stop) of each sequence -> batches (B, T, F) on the device."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._scaling import SequenceScaler

Reader = Callable[[Tensor, Tensor | None], Tensor]  # a module, or a method of one
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


@dataclass
class SequenceBatch:
    """What a module reads of one batch, and the weights for its loss."""

    x: Tensor  # (B, T, F), a view of time-major memory
    lengths: Tensor | None  # (B,), None where all are T
    weight: Tensor | None  # (B,), or that of the targets where some are unknown

    def __len__(self) -> int:
        return self.x.shape[0]

    def expand(self, n_copies: int) -> SequenceBatch:
        """Let one sequence stand for many, without copying it."""
        parts = self.lengths, self.weight
        copied = [None if part is None else part.expand(n_copies) for part in parts]
        return SequenceBatch(self.x.expand(n_copies, -1, -1), *copied)

    def outputs_of(self, module: Reader) -> Tensor:
        """Compute the outputs (B, O) or (B, T, O) of a module."""
        return module(self.x, self.lengths)


class SequenceTensors:
    """Hold sequences, targets and weights on a device, and gather batches from them.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        Inputs in the user's units.

    scaler : SequenceScaler
        Fitted scaler.

    targets : ndarray of shape (n_samples, n_outputs), (n_samples, longest, n_outputs) \
            or None
        Targets in the user's units; with three axes those of each step, filled behind
        short sequences.

    weights : ndarray of shape (n_samples,) or that of `targets`, or None
        Weights from `average_one`, zero where a target is unknown; None means all are
        equal.

    device : str
        Where rows and batches live.

    segment_length : int, default=1
        Steps that become one. A sequence is filled in front to whole segments.

    per_step : bool, default=True
        Whether the second of three axes of targets is that of the sequence's own steps.

    Attributes
    ----------
    lengths : ndarray of shape (n_samples,)
        Number of segments of each sequence.

    n_features : int
        Numbers in a segment, F of the batches.
    """

    def __init__(
        self,
        sequences: Sequences,
        scaler: SequenceScaler,
        targets: NDArray[np.float64] | None = None,
        weights: NDArray[np.float64] | None = None,
        device: str = "cpu",
        segment_length: int = 1,
        per_step: bool = True,
    ) -> None:
        rows = scaler.scale_rows(sequences.rows)
        if not len(rows):  # a batch of empty sequences still needs a row to point to
            rows = np.zeros((1, rows.shape[1]), dtype=np.float32)
        self.device = device
        self.segment_length = segment_length
        self.per_step = per_step
        self.lengths = -(-sequences.lengths // segment_length)
        self.n_features = segment_length * rows.shape[1]
        self.rows = self._move(rows)
        self.starts = self._move(sequences.starts)
        self.stops = self._move(sequences.stops)
        self.shifted = self.spread = self.weights = None
        self.targets = self.rows.new_empty(0)
        if scaler.shifted_.any():
            self.shifted = self._move(scaler.shifted_.astype(np.float32))
        spread = scaler.spread(sequences)
        if spread is not None:
            self.spread = self._move(spread)
        if targets is not None:
            scaled = scaler.scale_targets(sequences, targets)
            if weights is not None and weights.ndim > 1:
                scaled[weights == 0] = 0.0  # NaN times nothing would still be NaN
            self.targets = self._move(scaled)
        if weights is not None:
            self.weights = self._move(weights.astype(np.float32))

    def __len__(self) -> int:
        return len(self.lengths)

    def gather(self, index: Tensor, n_timesteps: int, ragged: bool) -> SequenceBatch:
        """Copy sequences out of the rows, all at once.

        Parameters
        ----------
        index : Tensor of shape (B,)
            Which ones.

        n_timesteps : int
            T, at least as many as the longest of them has segments.

        ragged : bool
            Whether any of them may be shorter than T.

        Returns
        -------
        SequenceBatch
            Right-padded with real rows of other steps, which `lengths` rules out. The
            oldest step of a sequence is repeated until the first segment is full.
        """
        starts, stops = self.starts[index], self.stops[index]  # (B,)
        last = (stops - 1).clamp_(min=0)
        w = self.segment_length
        lengths = (stops - starts + (w - 1)) // w
        first = stops - w * lengths  # before `starts` where a segment is to be filled
        step = torch.arange(n_timesteps * w, device=index.device).view(-1, 1, w)
        row = first[:, None] + step  # (T, B, w)
        if w > 1:
            row = torch.maximum(row, starts[:, None])
        if ragged:
            row = torch.minimum(row, last[:, None])
        x = self.rows.index_select(0, row.flatten()).view(*row.shape, -1)
        if self.shifted is not None:
            x -= (self.rows[last] * self.shifted)[:, None]
        if self.spread is not None:
            x /= self.spread[index][:, None]
        x = x.flatten(2).transpose(0, 1)  # (B, T, F)
        weight = None if self.weights is None else self.weights[index]
        return SequenceBatch(x, lengths if ragged else None, weight)

    def cut(self, values: Tensor, n_timesteps: int) -> Tensor:
        """Keep the first steps of what targets (B, L, O) have for each step."""
        if values.ndim < 3 or not self.per_step:
            return values
        return values[:, :n_timesteps]

    def _move(self, array: NDArray[np.generic]) -> Tensor:
        own = np.require(array, requirements=("C", "W"))  # joblib maps read-only
        return torch.as_tensor(own, device=self.device)


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
