"""Right-padded sequences (T, B, F), a layer -> states, and that after the real ones."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from sklearn_rnn.kernels._row_windows import Steps, as_sequences
from sklearn_rnn.modules._encoder import RecurrentLayer, reverse_steps
from sklearn_rnn.modules._pooling import pool_last
from sklearn_rnn.modules._recurrent import RecurrentDirection, State

SHUT = (
    1000.0  # a gate with that much less is zero in any precision, with more it is one
)


def run_to_end(
    layer: RecurrentLayer,
    steps: Steps,
    state: State | None = None,
    lengths: Tensor | None = None,
) -> tuple[Tensor, State]:
    """Run a layer, and keep the state after the last real step of each sequence.

    Parameters
    ----------
    layer : RecurrentLayer
        With one direction or two.

    steps : Tensor of shape (T, B, F) or RowWindows
        Sequences; what stands in the padding changes nothing.

    state : tuple of Tensor of shape (B, H) or None, default=None
        Where the first direction begins; None means zeros.

    lengths : Tensor of shape (B,) or None, default=None
        Number of real steps; None means T for all.

    Returns
    -------
    tuple of (Tensor of shape (T, B, D*H), tuple of Tensor of shape (B, D*H))
        Hidden states, and the final state; both directions side by side. It is zero
        where a sequence has no steps.
    """
    x = as_sequences(steps)
    if lengths is not None:
        real = torch.arange(len(x), device=x.device)[:, None] < lengths
        x = torch.where(real[:, :, None], x, 0.0)
    ahead, *back = cast(list[RecurrentDirection], list(layer.directions))
    h, end = _run_direction(ahead, x, state, lengths)
    if not back:
        return h, end
    mirrored = reverse_steps(x, lengths)
    h_back, end_back = _run_direction(back[0], mirrored, None, lengths)
    both = zip(end, end_back, strict=True)
    h = torch.cat([h, reverse_steps(h_back, lengths)], dim=2)
    return h, tuple(torch.cat(parts, dim=1) for parts in both)


def _run_direction(
    direction: RecurrentDirection,
    x: Tensor,
    state: State | None,
    lengths: Tensor | None,
) -> tuple[Tensor, State]:
    if lengths is None:
        return direction.advance(x, state)
    if direction.cell != "lstm":
        h, _ = direction.advance(x, state)
        return h, (pool_last(h, lengths, h.shape[2]),)
    direction.hold_weights()
    try:
        x = _hold_cells_in_padding(direction, x, lengths)
        h, (_, c) = direction.advance(x, state)
    finally:
        direction.held_weights = None
    c = torch.where((lengths > 0)[:, None], c, 0.0)
    return h, (pool_last(h, lengths, h.shape[2]), c)


def _hold_cells_in_padding(
    direction: RecurrentDirection, x: Tensor, lengths: Tensor
) -> Tensor:
    """Add a feature that is one in the padding, and shuts an LSTM there.

    Its hidden states are known after each step, its cell states only after the last.
    With an input gate of zero and a forget gate of one these stay as they are.
    """
    assert direction.held_weights is not None
    weight_ih, *others = direction.held_weights
    padding = torch.arange(len(x), device=x.device)[:, None] >= lengths
    i, f = weight_ih.new_full((2, direction.rnn.hidden_size), SHUT)
    column = torch.cat([-i, f, torch.zeros_like(i), torch.zeros_like(i)])
    direction.held_weights = [torch.cat([weight_ih, column[:, None]], 1), *others]
    return torch.cat([x, padding[:, :, None].to(x.dtype)], dim=2)
