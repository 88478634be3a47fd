"""Time-major sequences (T, B, F) -> hidden states (T, B, D*H) of a stack of layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from sklearn_rnn.modules._alignment import align_columns, align_gates
from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._initialization import initialize_recurrent


class RecurrentDirection(nn.Module):
    """Run one cell over a sequence, from its first step to its last.

    Shape: x (T, B, F) -> (T, B, H). In evaluation a sequence has the same bits at any
    place in the batch.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size, hidden_size : int
        F and H.

    recurrent_dropout : float
        Probability of each recurrent weight to be zero in one forward pass (weight
        drop, Merity 2017).

    seed : int
        Seed of the weight drop.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        recurrent_dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        owner = {"lstm": nn.LSTM, "gru": nn.GRU}.get(cell, nn.RNN)
        self.cell = cell
        self.rnn = owner(input_size, hidden_size)  # owns the weights, in torch's layout
        self.weight_drop = SeededDropout(recurrent_dropout, seed)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the hidden state after each step."""
        weights = self._weights()
        if self.training:
            return self._run(x, weights)
        hidden_size = self.rnn.hidden_size
        aligned = [align_gates(w, hidden_size) for w in weights]
        return self._run(align_columns(x), aligned)[:, :, :hidden_size]

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        initialize_recurrent(self.rnn, generator)

    def _run(self, x: Tensor, weights: list[Tensor]) -> Tensor:
        h = x.new_zeros(1, x.shape[1], weights[1].shape[1])
        state = (h, h) if self.cell == "lstm" else h
        step = getattr(torch, self.cell)  # torch.lstm, torch.gru, torch.rnn_tanh, ...
        # has_biases, num_layers, dropout, train, bidirectional, batch_first
        return step(x, state, weights, True, 1, 0.0, False, False, False)[0]

    def _weights(self) -> list[Tensor]:
        weight_ih, weight_hh, bias_ih, bias_hh = self.rnn.all_weights[0]
        if self.cell == "gru":  # r and z have one bias, n keeps that inside r * (...)
            r_and_z = 2 * self.rnn.hidden_size
            bias_hh = pad(bias_hh[r_and_z:], (r_and_z, 0))
        return [weight_ih, self.weight_drop(weight_hh), bias_ih, bias_hh]

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        *used, _ = self.rnn.all_weights[0]
        bias_inside_reset = self.rnn.hidden_size if self.cell == "gru" else 0
        return sum(weights.numel() for weights in used) + bias_inside_reset


class RecurrentLayer(nn.Module):
    """Run a cell forward in time, or forward and backward.

    Shape: x (T, B, F), lengths (B,) -> (T, B, D*H), D = 2 if bidirectional. The
    backward direction reads each sequence from its own last real step, so padding
    behind a sequence changes none of its real outputs.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size, hidden_size : int
        F and H.

    bidirectional : bool
        Whether a second cell reads backward in time.

    recurrent_dropout : float
        Probability of each recurrent weight to be zero in one forward pass.

    seed : int
        Seed of the weight drop.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        bidirectional: bool = False,
        recurrent_dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.directions = nn.ModuleList(
            RecurrentDirection(
                cell, input_size, hidden_size, recurrent_dropout, seed + direction
            )
            for direction in range(1 + bidirectional)
        )

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute the hidden states of each direction, side by side."""
        if len(self.directions) == 1:
            return self.directions[0](x)
        ahead, back = self.directions
        h_back = reverse_steps(back(reverse_steps(x, lengths)), lengths)
        return torch.cat([ahead(x), h_back], dim=2)  # (T, B, 2*H)


class RecurrentEncoder(nn.Module):
    """Stack recurrent layers, with dropout after each but the last.

    Shape: x (T, B, F), lengths (B,) -> (T, B, D*H). The dropout after the last layer
    belongs to whoever reads its states.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size, hidden_size, num_layers : int
        F, H and the number of layers.

    bidirectional : bool
        Whether each layer also reads backward in time.

    dropout, recurrent_dropout : float
        Probability of a state, and of a recurrent weight, to be dropped.

    seed : int
        Seed of both kinds of dropout.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.output_size = hidden_size * (1 + bidirectional)
        sizes = [input_size] + [self.output_size] * (num_layers - 1)
        self.layers = nn.ModuleList(
            RecurrentLayer(
                cell, size, hidden_size, bidirectional, recurrent_dropout, seed + 3 * i
            )
            for i, size in enumerate(sizes)
        )
        self.dropouts = nn.ModuleList(
            SeededDropout(dropout, seed + 3 * i + 2) for i in range(num_layers - 1)
        )

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute the hidden states of the last layer."""
        first, *others = self.layers
        h = first(x, lengths)
        for dropout, layer in zip(self.dropouts, others, strict=True):
            h = layer(dropout(h), lengths)
        return h


def reverse_steps(x: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Turn each sequence around and leave the padding behind it in place.

    Parameters
    ----------
    x : Tensor of shape (T, B, F)
        Right-padded sequences.

    lengths : Tensor of shape (B,) or None, default=None
        Number of real steps; None means T for all.

    Returns
    -------
    Tensor of shape (T, B, F)
        Its own inverse.
    """
    if lengths is None:
        return x.flip(0)
    step = torch.arange(len(x), device=x.device)[:, None]  # (T, 1)
    mirrored = torch.where(step < lengths, lengths - 1 - step, step)  # (T, B)
    return x.gather(0, mirrored[:, :, None].expand_as(x))
