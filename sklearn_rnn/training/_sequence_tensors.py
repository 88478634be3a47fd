"""Sequences, targets, weights -> tensors on the device, and batches or windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_rnn.kernels._row_windows import RowWindows
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._scaling import SequenceScaler

Reader = Callable[[Any, Tensor | None], Tensor]  # a module, or a method of one


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
        if n_copies == 1:
            return self
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
        first, last = _span(sequences)
        rows = scaler.scale_rows(sequences.rows[first:last])
        if not len(rows):  # a batch of empty sequences still needs a row to point to
            rows = np.zeros((1, rows.shape[1]), dtype=np.float32)
        self.device = device
        self.segment_length = segment_length
        self.per_step = per_step
        self.lengths = -(-sequences.lengths // segment_length)
        self.n_features = segment_length * rows.shape[1]
        self.rows = self._move(rows)
        self.starts = self._move((sequences.starts - first).astype(np.int64))
        self.stops = self._move((sequences.stops - first).astype(np.int64))
        self.shifted = self.spread = self.weights = None
        self.targets = self.rows.new_empty(0)
        self.relative = self._move(np.flatnonzero(scaler.shifted_))
        self.own = self._move(np.flatnonzero(~scaler.shifted_))
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

    def windows(
        self, index: Tensor, n_timesteps: int, n_copies: int = 1
    ) -> tuple[RowWindows, Tensor]:
        """Tell where sequences are in the rows, without copying them.

        Parameters
        ----------
        index, n_timesteps
            As in :meth:`gather`; segments have one step.

        n_copies : int, default=1
            As which a single sequence stands.

        Returns
        -------
        tuple of (RowWindows, Tensor of shape (B,))
            What modules of this package read, and the lengths of all.
        """
        starts, stops = self.starts[index], self.stops[index]  # (B,)
        last = (stops - 1).clamp_(min=0)
        anchor = self.rows[last[:, None], self.relative]
        spread = torch.ones_like(anchor)
        if self.spread is not None:
            spread = self.spread[index[:, None], self.relative]
        scale = self.own, self.relative, anchor, spread
        windows = RowWindows(self.rows, starts, n_timesteps, *scale, n_copies)
        return windows, (stops - starts).expand(max(n_copies, len(index)))

    def cut(self, values: Tensor, n_timesteps: int) -> Tensor:
        """Keep the first steps of what targets (B, L, O) have for each step."""
        if values.ndim < 3 or not self.per_step:
            return values
        return values[:, :n_timesteps]

    def _move(self, array: NDArray[np.generic]) -> Tensor:
        own = np.require(array, requirements=("C", "W"))  # joblib maps read-only
        return torch.as_tensor(own, device=self.device)


def _span(sequences: Sequences) -> tuple[int, int]:
    """Give the rows from the first to the last that sequences read: a few, of many."""
    if not len(sequences):
        return 0, len(sequences.rows)
    return int(sequences.starts.min()), int(sequences.stops.max())
