"""Long sequences (T, B, F) -> pooled states (B, H), differentiable over their ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor

from sklearn_rnn.modules._encoder import RecurrentEncoder
from sklearn_rnn.modules._pooling import JOININGS, POOLINGS
from sklearn_rnn.modules._recurrent import State


class TruncatedEncoder:
    """Encode and pool sequences, with a gradient over their last steps only.

    The steps before are read without one, in pieces of the same length, so that the
    activations in memory never cover more than `n_steps` steps (truncated
    back-propagation through time, Williams and Peng 1990).

    Parameters
    ----------
    encoder : RecurrentEncoder
        Layers with one direction.

    pooling : {"last", "mean", "max"}
        How states become one vector.

    n_steps : int
        Steps at the end of each sequence that the gradient reaches.
    """

    def __init__(self, encoder: RecurrentEncoder, pooling: str, n_steps: int) -> None:
        self.encoder = encoder
        self.n_steps = n_steps
        self._pool = POOLINGS[pooling]
        self._join: Callable[..., Tensor] = JOININGS[pooling]

    def __call__(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Pool the states of x (T, B, F) to (B, H); lengths (B,), None for all T."""
        n_steps, (longest, n_samples, _) = self.n_steps, x.shape
        if lengths is None:
            lengths = torch.full((n_samples,), longest, device=x.device)
        n_before = (lengths - n_steps).clamp(min=0)
        step = n_before + torch.arange(n_steps, device=x.device)[:, None]  # (k, B)
        rows = step.clamp_(max=longest - 1)[:, :, None].expand(-1, -1, x.shape[2])
        n_after = lengths - n_before
        with self.encoder.same_weights():
            before, states = self._read_without_gradient(x, n_before)
            h, _ = self.encoder.advance(x.gather(0, rows), states)
        after = self._pool(h, n_after, h.shape[2])
        return self._join(before, n_before, after, n_after)

    @torch.no_grad()
    def _read_without_gradient(
        self, x: Tensor, lengths: Tensor
    ) -> tuple[Tensor, list[State] | None]:
        """Give the pooled states and the states of each layer after `lengths` steps."""
        pooled = x.new_zeros(x.shape[1], self.encoder.output_size)
        states: list[State] | None = None
        kept: list[State] | None = None
        for begin, end in _pieces(lengths, self.n_steps):
            h, states = self.encoder.advance(x[begin:end], states)
            kept = kept or [tuple(map(torch.zeros_like, state)) for state in states]
            n_here = (lengths - begin).clamp(0, end - begin)
            here = self._pool(h, n_here, h.shape[2])
            pooled = self._join(pooled, lengths.clamp(max=begin), here, n_here)
            done = (lengths == end)[:, None]
            kept = [
                _where(done, new, old) for new, old in zip(states, kept, strict=True)
            ]
        return pooled, kept


def _pieces(lengths: Tensor, n_steps: int) -> Iterator[tuple[int, int]]:
    """Cut the time axis every `n_steps`, and wherever a sequence ends."""
    ends = set(lengths.tolist()) | set(range(0, int(lengths.max()), n_steps))
    cuts = sorted(ends | {0})
    return pairwise(cuts)


def _where(chosen: Tensor, new: State, old: State) -> State:
    return tuple(torch.where(chosen, a, b) for a, b in zip(new, old, strict=True))
