"""Weights as torch made them -> orthogonal, Xavier, zero bias, forget bias."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def initialize_recurrent(
    rnn: nn.RNNBase, generator: torch.Generator, forget_bias: float = 1.0
) -> None:
    """Draw the weights of one recurrent layer in place, gate by gate.

    Recurrent weights are orthogonal (Saxe 2014), input weights Xavier uniform (Glorot
    2010), biases zero but for the LSTM's forget gate (Jozefowicz 2015). The second bias
    of torch's cells is redundant: it is zero and frozen, except in the GRU, whose reset
    gate acts on part of it.

    Parameters
    ----------
    rnn : torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        Layer with one direction.

    generator : torch.Generator
        Source of the random numbers.

    forget_bias : float, default=1.0
        Bias of the forget gate of an LSTM.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = rnn.all_weights[0]
    for gate in weight_ih.split(rnn.hidden_size):
        nn.init.xavier_uniform_(gate, generator=generator)
    for gate in weight_hh.split(rnn.hidden_size):
        nn.init.orthogonal_(gate, generator=generator)
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
