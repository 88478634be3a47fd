"""Batch of sequences (B, T, F) and lengths (B,) -> outputs (B, O)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sklearn_rnn.modules._alignment import align_columns
from sklearn_rnn.modules._cell_options import PLAIN, CellOptions
from sklearn_rnn.modules._dropout import LockedDropout, SeededDropout
from sklearn_rnn.modules._encoder import RecurrentEncoder
from sklearn_rnn.modules._heads import OrderedQuantiles
from sklearn_rnn.modules._initialization import initialize_linear
from sklearn_rnn.modules._pooling import POOLINGS
from sklearn_rnn.modules._truncation import TruncatedEncoder


class SequenceModel(nn.Module):
    """Encode a sequence, pool its states, map them to outputs: many-to-one.

    Shape: x (B, T, F), lengths (B,) -> (B, O), or (B, O, Q) for Q quantiles.
    Sequences are right-padded; what stands in the padding changes nothing. The fast
    layout of `x` is a batch-first view of time-major memory.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size, hidden_size, num_layers, output_size : int
        F, H, the number of layers, and O.

    bidirectional : bool
        Whether each layer also reads backward in time.

    dropout : float
        Probability of a state to be dropped after each layer, the last included.

    input_dropout : float
        Probability of a feature to be dropped from all steps of a sequence.

    layer_norm : bool
        Whether the states of each layer are normalised, the last included.

    pooling : {"last", "mean", "max"}
        How the states of the last layer become one vector.

    bptt_steps : int or None
        Steps at the end of each sequence that the gradient reaches; None means all.

    options : CellOptions
        How the weights of the cells begin and what they drop.

    seed : int
        Seed of all that is dropped.

    quantiles : sequence of float or None
        Levels to predict of each output, 0.5 among them; None predicts one number.

    segment_length : int
        Time steps that stand side by side in F.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        output_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        layer_norm: bool = False,
        pooling: str = "last",
        bptt_steps: int | None = None,
        options: CellOptions = PLAIN,
        seed: int = 0,
        quantiles: Sequence[float] | None = None,
        segment_length: int = 1,
    ) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.pooling = pooling
        self.bptt_steps = bptt_steps
        self.input_dropout = LockedDropout(input_dropout, seed - 2, segment_length)
        self.encoder = RecurrentEncoder(
            cell,
            input_size,
            hidden_size,
            num_layers,
            bidirectional,
            dropout,
            layer_norm,
            options,
            seed,
        )
        self.dropout = SeededDropout(dropout, seed - 1)
        n_numbers = output_size * (1 if quantiles is None else len(quantiles))
        self.head = nn.Linear(self.encoder.output_size, n_numbers)
        self.order = nn.Identity() if quantiles is None else OrderedQuantiles(quantiles)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute one output vector per sequence."""
        x = self.input_dropout(x.transpose(0, 1))  # (T, B, F)
        return self.read_out(self._encode(x, lengths))

    def read_out(self, h: Tensor) -> Tensor:
        """Map pooled states (B, D*H) to outputs (B, O)."""
        if self.training:
            return self.order(self.head(self.dropout(h)))  # (B, O) or (B, O, Q)
        h, weight = align_columns(h), align_columns(self.head.weight)
        return self.order(linear(h, weight, self.head.bias))

    def _encode(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        if self.training and self.bptt_steps and len(x) > self.bptt_steps:
            encode = TruncatedEncoder(self.encoder, self.pooling, self.bptt_steps)
            return encode(x, lengths)
        h = self.encoder(x, lengths)  # (T, B, D*H)
        return POOLINGS[self.pooling](h, lengths, self.hidden_size)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        self.encoder.reset_parameters(generator)
        initialize_linear(self.head, generator)
        if isinstance(self.order, OrderedQuantiles):
            self.order.reset_parameters()

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        head = sum(weights.numel() for weights in self.head.parameters())
        return head + self.encoder.n_parameters
