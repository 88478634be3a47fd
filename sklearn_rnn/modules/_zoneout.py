"""Sequences (T, B, F), weights of a cell, state -> states (T, B, H) under zoneout."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._dropout import SeededDropout

CELLS = {
    "rnn_tanh": torch.rnn_tanh_cell,
    "rnn_relu": torch.rnn_relu_cell,
    "gru": torch.gru_cell,
}


class Zoneout(nn.Module):
    """Run a cell in which a unit now and then keeps its value of the step before.

    In training each unit keeps it with probability `p`, drawn for each step; an LSTM
    draws for its hidden and for its cell state. In evaluation a unit moves as it does
    on average: a share `p` of the old value and the rest of the new (Krueger 2017). It
    goes step by step in Python, several times slower than torch's own loop.

    Parameters
    ----------
    p : float
        Probability of a unit to keep its value, in [0, 1).

    seed : int
        Seed of the draws.
    """

    def __init__(self, p: float, seed: int) -> None:
        super().__init__()
        self.p = p
        self.dropout = SeededDropout(p, seed)

    def forward(
        self, cell: str, x: Tensor, weights: list[Tensor], state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Compute the hidden state after each step, and the state after the last.

        Parameters
        ----------
        cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
            Equations of a step.

        x : Tensor of shape (T, B, F)
            Time-major sequences.

        weights : list of Tensor
            Input and recurrent weights, and the bias of each.

        state : tuple of Tensor of shape (B, H)
            Where to begin.

        Returns
        -------
        tuple of (Tensor of shape (T, B, H), tuple of Tensor of shape (B, H))
            Hidden states, and the state to go on from.
        """
        states = []
        for x_t, kept in zip(x, self._kept(len(x), state), strict=False):
            new = take_step(cell, x_t, weights, state)
            state = tuple(
                k * before + (1 - k) * after
                for k, before, after in zip(kept, state, new, strict=True)
            )
            states.append(state[0])
        return torch.stack(states), state

    def _kept(
        self, n_timesteps: int, state: tuple[Tensor, ...]
    ) -> Iterable[Tensor | tuple[float, ...]]:
        """Give, for each step and state, which units keep it, or what share of it."""
        if not self.training:
            return repeat((self.p,) * len(state))
        ones = state[0].new_ones(n_timesteps, len(state), *state[0].shape)
        return (self.dropout(ones) == 0).to(ones.dtype)  # (T, 1 or 2, B, H)


def take_step(
    cell: str, x: Tensor, weights: list[Tensor], state: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    """Compute the state of a cell after one more step.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of the step.

    x : Tensor of shape (B, F)
        What it reads.

    weights : list of Tensor
        Input and recurrent weights, and the bias of each.

    state : tuple of Tensor of shape (B, H)
        (h,), or for an LSTM (h, c).

    Returns
    -------
    tuple of Tensor of shape (B, H)
        The same after the step.
    """
    if cell == "lstm":
        return torch.lstm_cell(x, state, *weights)
    return (CELLS[cell](x, state[0], *weights),)
