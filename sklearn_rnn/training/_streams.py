"""Windows of several series -> lanes of rows side by side, some steps at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_rnn.modules._recurrent import State
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._stream_scaling import scale_stream

SHORTEST_LANE = 8  # segments: shorter lanes make few updates, and read rows twice


@dataclass
class Lanes:
    """Remember the states of each layer after the last batches of some lanes."""

    ends: dict[int, list[State]] = field(default_factory=dict)


@dataclass
class StreamBatch:
    """Hold one segment of several lanes, and what is read before it."""

    before: list[tuple[Tensor, Tensor | None]]  # (P, B, F), lanes that begin after it
    x: Tensor  # (K, B, F)
    step: Tensor  # (N,) of each target
    lane: Tensor  # (N,)
    weight: Tensor | None  # (N,)
    lanes: Lanes
    number: int  # of the batch, among those of its lanes

    def __len__(self) -> int:
        return len(self.step)

    def outputs_of(self, module: SequenceModel) -> Tensor:
        """Read on from the state of the batch before; give the outputs (N, O)."""
        states = self.lanes.ends.get(self.number - 1)
        earlier = {self.number - 1: states} if states else {}
        kept = module.inputs.dropout.draw(self.x)  # (B, F), at every step
        with module.encoder.same_weights():
            with torch.no_grad():
                for x, begins in self.before:
                    _, states = module.encoder.advance(x * kept, states)
                    if begins is not None:
                        states = [_zero_where(begins, state) for state in states]
            h, states = module.encoder.advance(self.x * kept, states)
        detached = [tuple(part.detach() for part in state) for state in states]
        self.lanes.ends = {**earlier, self.number: detached}
        return module.read_out(h[self.step, self.lane])


class StreamTensors:
    """Hold the rows of all series, scaled, and the targets of their windows.

    Parameters
    ----------
    sequences : Sequences of length n_samples
        Windows of a table.

    scaler : SequenceScaler
        Fitted scaler.

    targets : ndarray of shape (n_samples, n_outputs)
        Targets in the user's units.

    weights : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        Weights of mean one, zero where a target is unknown; None means all are one.

    device : str
        Where they live.
    """

    def __init__(
        self,
        sequences: Sequences,
        scaler: SequenceScaler,
        targets: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
        device: str,
    ) -> None:
        assert sequences.series is not None
        self.device = device
        self.series = sequences.series
        self.stops = sequences.stops
        rows = scale_stream(scaler, sequences.rows, self.series.firsts)
        self.rows = torch.as_tensor(rows, device=device)
        scaled = scaler.scale_targets(sequences, targets)
        scaled[np.isnan(scaled)] = 0.0  # unknown: of weight zero
        self.targets = torch.as_tensor(scaled, device=device)
        self.weights = None
        if weights is not None:
            self.weights = torch.as_tensor(weights.astype(np.float32), device=device)


class StreamIterator:
    """Yield the batches of one epoch each time it is iterated over.

    Each series is cut into lanes. Lanes run side by side, a segment at a time, and the
    state goes on from one segment to the next. A lane that does not begin where its
    series does reads some rows before it first, without gradient or loss.

    Parameters
    ----------
    tensors : StreamTensors
        Data.

    index : ndarray of int
        Samples to learn from, none of them before the first row of its run.

    n_lanes : int
        Lanes side by side, at most.

    n_steps : int
        Length of a segment.

    warm_up : int
        Rows to read before a lane, where its series has as many.

    generator : torch.Generator or None
        Source of a new order in each epoch; None keeps the order of the series.
    """

    def __init__(
        self,
        tensors: StreamTensors,
        index: NDArray[np.intp],
        n_lanes: int,
        n_steps: int,
        warm_up: int,
        generator: torch.Generator | None = None,
    ) -> None:
        self.tensors = tensors
        self.n_lanes, self.n_steps, self.warm_up = n_lanes, n_steps, warm_up
        self.generator = generator
        last = tensors.stops[index] - 1
        run = tensors.series.runs[index]
        order = np.lexsort((last, run))
        self.samples, last, run = index[order], last[order], run[order]
        self._cut_lanes(last, run, tensors.series.firsts)

    def __len__(self) -> int:
        """Count the batches; with long gaps between samples there may be fewer."""
        longest_first = np.sort(self.n_segments)[::-1]
        return int(sum(part[0] for part in _cut(longest_first, self.n_lanes)))

    def __iter__(self) -> Iterator[tuple[StreamBatch, Tensor]]:
        lanes = np.arange(len(self.begins))
        if self.generator is not None:
            lanes = torch.randperm(len(lanes), generator=self.generator).numpy()
        by_length = np.argsort(-self.n_segments[lanes], kind="stable")
        parts = _cut(lanes[by_length], self.n_lanes)
        order = np.arange(len(parts))
        if self.generator is not None:
            order = torch.randperm(len(parts), generator=self.generator).numpy()
        for number in order:
            yield from self._run(parts[number])

    def _cut_lanes(
        self, last: NDArray[np.intp], run: NDArray[np.int32], firsts: NDArray[np.intp]
    ) -> None:
        """Cut each run between its first and last target; note the targets of each."""
        _, at, counts = np.unique(run, return_index=True, return_counts=True)
        first, begins, ends = firsts[run[at]], last[at], last[at + counts - 1] + 1
        begins = np.where(begins - first <= self.warm_up, first, begins)
        shortest = max(SHORTEST_LANE * self.n_steps, self.warm_up)
        longest = max(-(-int((ends - begins).sum()) // self.n_lanes), shortest)
        longest = -(-longest // self.n_steps) * self.n_steps
        pieces = [
            (begin, min(begin + longest, end), begin > head)
            for head, run_begin, end in zip(first, begins, ends, strict=True)
            for begin in range(run_begin, end, longest)
        ]
        self.begins, self.ends, is_warm = np.array(pieces).T
        self.is_warm = is_warm.astype(bool)
        self.n_segments = -(-(self.ends - self.begins) // self.n_steps)
        self.last = last
        self.bounds = [np.searchsorted(last, at) for at in (self.begins, self.ends)]

    def _run(self, lanes: NDArray[np.intp]) -> Iterator[tuple[StreamBatch, Tensor]]:
        """Yield the segments of lanes side by side that have targets."""
        shared, before, n_batches = Lanes(), self._warm_up(lanes), 0
        lane, member = self._members(lanes)
        offset = self.last[member] - self.begins[lanes][lane]
        for segment in range(int(self.n_segments[lanes].max())):
            here = np.flatnonzero(offset // self.n_steps == segment)
            x = self._rows(lanes, segment * self.n_steps, self.n_steps)
            if not len(here):
                before.append((x, None))
                continue
            step, sample = offset[here] % self.n_steps, self.samples[member[here]]
            place = self._move(step), self._move(lane[here])
            yield self._batch(before, x, place, sample, shared, n_batches)
            before, n_batches = [], n_batches + 1

    def _members(
        self, lanes: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """List the targets of some lanes: the place of the lane, and the target."""
        begin, end = (bound[lanes] for bound in self.bounds)
        lane = np.repeat(np.arange(len(lanes)), end - begin)
        ahead = np.cumsum(end - begin) - (end - begin)
        return lane, np.arange(len(lane)) + (begin - ahead)[lane]

    def _batch(
        self,
        before: list[tuple[Tensor, Tensor | None]],
        x: Tensor,
        place: tuple[Tensor, Tensor],
        sample: NDArray[np.intp],
        lanes: Lanes,
        number: int,
    ) -> tuple[StreamBatch, Tensor]:
        index, weights = self._move(sample), self.tensors.weights
        weight = None if weights is None else weights[index]
        batch = StreamBatch(before, x, *place, weight, lanes, number)
        return batch, self.tensors.targets[index]

    def _warm_up(self, lanes: NDArray[np.intp]) -> list[tuple[Tensor, Tensor | None]]:
        is_warm = self.is_warm[lanes]
        if not self.warm_up or not is_warm.any():
            return []
        begins = self._move(~is_warm[:, None])
        return [(self._rows(lanes, -self.warm_up, self.warm_up), begins)]

    def _rows(self, lanes: NDArray[np.intp], offset: int, n_steps: int) -> Tensor:
        """Gather rows (K, B, F); where a lane has none, any others."""
        index = self.begins[lanes] + offset + np.arange(n_steps)[:, None]
        index = index.clip(0, self.ends[lanes] - 1)
        rows = self.tensors.rows.index_select(0, self._move(index.ravel()))
        return rows.view(*index.shape, -1)

    def _move(self, array: NDArray[np.generic]) -> Tensor:
        return torch.as_tensor(array, device=self.tensors.device)


def _cut(whole: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    return [whole[i : i + size] for i in range(0, len(whole), size)]


def _zero_where(chosen: Tensor, state: State) -> State:
    return tuple(part.masked_fill(chosen, 0.0) for part in state)
