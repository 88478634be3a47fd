"""Weights as torch made them -> drawn anew, gate by gate; zero bias, forget bias."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

Initializer = Callable[[Tensor, torch.Generator], None]


def set_identity(gate: Tensor, generator: torch.Generator) -> None:
    """Let a unit begin with what it was before; relu then makes an IRNN (Le 2015)."""
    nn.init.eye_(gate)


def draw_orthogonal(gate: Tensor, generator: torch.Generator) -> None:
    """Draw a rotation, which keeps the length of a state (Saxe 2014)."""
    nn.init.orthogonal_(gate, generator=generator)


def draw_uniform(gate: Tensor, generator: torch.Generator) -> None:
    """Draw as torch does by itself: up to one over the square root of H."""
    bound = len(gate) ** -0.5  # a row per unit
    nn.init.uniform_(gate, -bound, bound, generator=generator)


def draw_xavier_uniform(gate: Tensor, generator: torch.Generator) -> None:
    """Draw for equal variance forward and backward (Glorot 2010)."""
    nn.init.xavier_uniform_(gate, generator=generator)


def draw_kaiming_normal(gate: Tensor, generator: torch.Generator) -> None:
    """Draw with variance two over F, made for relu (He 2015)."""
    nn.init.kaiming_normal_(gate, nonlinearity="relu", generator=generator)


RECURRENT_INITS: dict[str, Initializer] = {
    "orthogonal": draw_orthogonal,
    "identity": set_identity,
    "uniform": draw_uniform,
}
INPUT_INITS: dict[str, Initializer] = {
    "xavier_uniform": draw_xavier_uniform,
    "kaiming_normal": draw_kaiming_normal,
    "uniform": draw_uniform,
}


@torch.no_grad()
def initialize_recurrent(
    rnn: nn.RNNBase,
    generator: torch.Generator,
    recurrent_init: str = "orthogonal",
    input_init: str = "xavier_uniform",
    forget_bias: float = 1.0,
) -> None:
    """Draw the weights of one recurrent layer in place, gate by gate.

    Biases are zero but for the LSTM's forget gate (Jozefowicz 2015). The second bias of
    torch's cells is redundant: it is zero and frozen, except in the GRU, whose reset
    gate acts on part of it.

    Parameters
    ----------
    rnn : torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        Layer with one direction.

    generator : torch.Generator
        Source of the random numbers.

    recurrent_init : {"orthogonal", "identity", "uniform"}, default="orthogonal"
        Name in `RECURRENT_INITS`, for the weights on the state before.

    input_init : {"xavier_uniform", "kaiming_normal", "uniform"}, \
default="xavier_uniform"
        Name in `INPUT_INITS`, for the weights on the input.

    forget_bias : float, default=1.0
        Bias of the forget gate of an LSTM.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = rnn.all_weights[0]
    for gate in weight_ih.split(rnn.hidden_size):
        INPUT_INITS[input_init](gate, generator)
    for gate in weight_hh.split(rnn.hidden_size):
        RECURRENT_INITS[recurrent_init](gate, generator)
    bias_ih.zero_()
    bias_hh.zero_()
    bias_hh.requires_grad_(isinstance(rnn, nn.GRU))
    if isinstance(rnn, nn.LSTM):
        _, f, _, _ = bias_ih.split(rnn.hidden_size)
        f.fill_(forget_bias)


@torch.no_grad()
def initialize_linear(linear: nn.Linear, generator: torch.Generator) -> None:
    """Draw the weights of a linear layer in place: Xavier uniform, zero bias.

    Parameters
    ----------
    linear : torch.nn.Linear
        Layer with a bias.

    generator : torch.Generator
        Source of the random numbers.
    """
    nn.init.xavier_uniform_(linear.weight, generator=generator)
    linear.bias.zero_()
