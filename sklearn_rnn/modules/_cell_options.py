"""Choices beside the equations -> CellOptions: how a cell begins and what it drops."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CellOptions:
    """Say how the weights of a cell begin and how it is regularised.

    Parameters
    ----------
    recurrent_dropout : float, default=0.0
        Probability of each recurrent weight to be zero in one forward pass (weight
        drop, Merity 2017).

    zoneout : float, default=0.0
        Probability of a unit to keep its value of the step before (Krueger 2017).

    recurrent_init : {"orthogonal", "identity", "uniform"}, default="orthogonal"
        What the recurrent weights of each gate begin with.

    input_init : {"xavier_uniform", "kaiming_normal", "uniform"}, \
default="xavier_uniform"
        What the input weights of each gate begin with.

    forget_bias : float, default=1.0
        What the bias of an LSTM's forget gate begins with.
    """

    recurrent_dropout: float = 0.0
    zoneout: float = 0.0
    recurrent_init: str = "orthogonal"
    input_init: str = "xavier_uniform"
    forget_bias: float = 1.0


PLAIN = CellOptions()  # nothing dropped, weights as is usual
