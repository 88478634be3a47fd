"""Batch of sequences (B, T, F), lengths (B,) -> outputs (B, O) or (B, T, O)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sklearn_rnn.kernels._row_windows import Steps, as_sequences
from sklearn_rnn.modules._alignment import align_columns
from sklearn_rnn.modules._attention import AdditiveAttention
from sklearn_rnn.modules._cell_options import PLAIN, CellOptions
from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._encoder import RecurrentEncoder
from sklearn_rnn.modules._heads import OrderedQuantiles
from sklearn_rnn.modules._initialization import initialize_linear
from sklearn_rnn.modules._pooling import POOLINGS
from sklearn_rnn.modules._step_input import StepInput
from sklearn_rnn.modules._truncation import TruncatedEncoder


class SequenceModel(nn.Module):
    """Encode a sequence, map its pooled states, or each of them, to outputs.

    Shape: x (B, T, F), lengths (B,) -> (B, O), or (B, O, Q) for Q quantiles; with
    `every_step` (B, T, O), or (B, T, O, Q).
    Sequences are right-padded; what stands in the padding changes nothing. The fast
    layout of `x` is a batch-first view of time-major memory. In evaluation `x` may be
    `RowWindows`, which are read where they stand.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size : int
        F.

    hidden_size : int or sequence of int
        H of all layers, or of each.

    output_size, num_layers : int
        O, and the number of layers, where `hidden_size` does not tell it.

    bidirectional : bool
        Whether each layer also reads backward in time.

    dropout : float
        Probability of a state to be dropped after each layer, the last included.

    input_dropout : float
        Probability of a feature to be dropped from all steps of a sequence.

    layer_norm : bool
        Whether the states of each layer are normalised, the last included.

    pooling : {"last", "mean", "max", "attention"}
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

    residual : bool
        Whether each layer but the first adds what it shows to what it reads.

    num_embeddings, embedding_dim : int or None
        Number of tokens, and weights of each, where F are tokens.

    every_step : bool
        Whether there are outputs at each step, and no pooling.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int | Sequence[int],
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
        residual: bool = False,
        num_embeddings: int | None = None,
        embedding_dim: int | None = None,
        every_step: bool = False,
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.bptt_steps = bptt_steps
        self.every_step = every_step
        self.inputs = StepInput(
            input_size,
            num_embeddings,
            embedding_dim,
            input_dropout,
            segment_length,
            seed - 2,
        )
        self.encoder = RecurrentEncoder(
            cell,
            self.inputs.output_size,
            hidden_size,
            num_layers,
            bidirectional,
            dropout,
            layer_norm,
            options,
            seed,
            residual,
        )
        self.attention: AdditiveAttention | None = None
        if pooling == "attention":
            self.attention = AdditiveAttention(self.encoder.output_size)
        self.dropout = SeededDropout(dropout, seed - 1)
        n_numbers = output_size * (1 if quantiles is None else len(quantiles))
        self.head = nn.Linear(self.encoder.output_size, n_numbers)
        self.order = None if quantiles is None else OrderedQuantiles(quantiles)

    def forward(self, x: Steps, lengths: Tensor | None = None) -> Tensor:
        """Compute one output vector per sequence, or per step."""
        if not self.every_step:
            return self.read_out(self.encode(x, lengths))
        return self.finish(self.encoder(self.inputs(x), lengths))

    def encode(self, x: Steps, lengths: Tensor | None = None) -> Tensor:
        """Compute the pooled states (B, D*H) of each sequence."""
        x = self.inputs(x)  # (T, B, F)
        if self.training and self.bptt_steps and len(x) > self.bptt_steps:
            x = as_sequences(x)
            encode = TruncatedEncoder(self.encoder, self.pooling, self.bptt_steps)
            return encode(x, lengths)
        h, ends = self.encoder.advance(x, lengths=lengths)  # (T, B, D*H)
        goes_one_way = all(len(state) for state in ends)
        if goes_one_way and not self.needs_each_step(lengths):
            return self.encoder.shown(ends)  # what `pool_last` would cut out of h
        return self.pool(h, lengths)

    def needs_each_step(self, lengths: Tensor | None = None) -> bool:
        """Tell whether outputs depend on more states than those after step T."""
        return self.every_step or self.pooling != "last" or lengths is not None

    def pool(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Make one vector (B, D*H) of the states of each sequence, (T, B, D*H)."""
        if self.pooling != "last":
            h = h.contiguous()  # an expanded one may be added up in another order
        if self.attention is not None:
            return self.attention(h, lengths)
        return POOLINGS[self.pooling](h, lengths, self.encoder.hidden_sizes[-1])

    def finish(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Do all that comes after the states (T, B, D*H) of the last layer."""
        if self.every_step:
            return self.read_out(h.contiguous()).transpose(0, 1)
        return self.read_out(self.pool(h, lengths))

    def attend(self, x: Steps, lengths: Tensor | None = None) -> Tensor:
        """Compute how much each step counts, (B, T), with pooling="attention"."""
        assert self.attention is not None
        h = self.encoder(self.inputs(x), lengths)  # (T, B, D*H)
        return self.attention.weights(h, lengths).transpose(0, 1)

    def read_out(self, h: Tensor) -> Tensor:
        """Map states (..., D*H) to outputs (..., O)."""
        if self.training:
            out = self.head(self.dropout(h))
        else:
            h, weight = align_columns(h), align_columns(self.head.weight)
            out = linear(h, weight, self.head.bias)
        return out if self.order is None else self.order(out)  # (..., O), (..., O, Q)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        self.encoder.reset_parameters(generator)
        initialize_linear(self.head, generator)
        self.inputs.reset_parameters(generator)
        if self.attention is not None:
            self.attention.reset_parameters(generator)
        if self.order is not None:
            self.order.reset_parameters()

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        outside = [self.head] if self.attention is None else [self.head, self.attention]
        n_outside = sum(w.numel() for part in outside for w in part.parameters())
        return n_outside + self.encoder.n_parameters + self.inputs.n_parameters
