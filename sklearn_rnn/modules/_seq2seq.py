"""Batch of sequences (B, T, F), lengths (B,) -> H output steps (B, H, O)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import cast

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._alignment import align_linear
from sklearn_rnn.modules._attention import Memory, MultiplicativeAttention
from sklearn_rnn.modules._cell_options import PLAIN, CellOptions
from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._encoder import RecurrentEncoder
from sklearn_rnn.modules._feedback import LabelFeedback, ValueFeedback
from sklearn_rnn.modules._final_states import run_to_end
from sklearn_rnn.modules._initialization import initialize_linear
from sklearn_rnn.modules._recurrent import State
from sklearn_rnn.modules._step_input import StepInput


class Seq2SeqModel(nn.Module):
    """Encode a sequence, and decode its final states to another one.

    Shape: x (B, T, F), lengths (B,) -> (B, H, O). Sequences are right-padded; what
    stands in the padding changes nothing.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step, in the encoder and in the decoder.

    input_size : int
        F.

    hidden_size : int or sequence of int
        Size of all layers, or of each.

    output_size, n_steps : int
        O and H.

    num_layers : int
        Layers of either part, where `hidden_size` does not tell it.

    bidirectional : bool
        Whether the encoder also reads backward in time. Linear layers then bring its
        final states to the size of the decoder's.

    dropout : float
        Probability of a state to be dropped after each layer, the last included.

    input_dropout : float
        Probability of a feature to be dropped from all steps of a sequence.

    layer_norm : bool
        Whether the states of each layer are normalised, the last included.

    attention : bool
        Whether the decoder reads the states of the encoder, too.

    labels : bool
        Whether outputs are scores of O classes; the decoder then reads labels.

    options : CellOptions
        How the weights of the cells begin and what they drop.

    seed : int
        Seed of all that is dropped.

    residual : bool
        Whether each layer but the first adds what it shows to what it reads.

    num_embeddings, embedding_dim : int or None
        Number of tokens, and weights of each, where F are tokens.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int | Sequence[int],
        output_size: int,
        n_steps: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        layer_norm: bool = False,
        attention: bool = False,
        labels: bool = False,
        options: CellOptions = PLAIN,
        seed: int = 0,
        residual: bool = False,
        num_embeddings: int | None = None,
        embedding_dim: int | None = None,
    ) -> None:
        super().__init__()
        self.n_steps = n_steps
        self.inputs = StepInput(
            input_size, num_embeddings, embedding_dim, input_dropout, 1, seed - 2
        )
        layers = partial(
            RecurrentEncoder,
            cell,
            dropout=dropout,
            layer_norm=layer_norm,
            options=options,
            residual=residual,
        )
        self.encoder = layers(
            self.inputs.output_size,
            hidden_size,
            num_layers,
            bidirectional=bidirectional,
            seed=seed,
        )
        sizes = self.encoder.hidden_sizes
        n_parts = bidirectional * (2 if cell == "lstm" else 1)  # of a state
        self.bridges = nn.ModuleList(
            nn.ModuleList(nn.Linear(2 * size, size) for _ in range(n_parts))
            for size in sizes
        )
        self.feedback = (
            LabelFeedback(output_size, sizes[0])
            if labels
            else ValueFeedback(output_size)
        )
        self.decoder = layers(
            self.feedback.output_size, sizes, seed=seed + 5 * len(sizes)
        )
        self.attention: MultiplicativeAttention | None = None
        if attention:
            self.attention = MultiplicativeAttention(
                sizes[-1], self.encoder.output_size
            )
        self.dropout = SeededDropout(dropout, seed - 1)
        self.coin = SeededDropout(0.0, seed - 3)
        self.head = nn.Linear(sizes[-1], output_size)

    def forward(
        self,
        x: Tensor,
        lengths: Tensor | None = None,
        truth: Tensor | None = None,
        ratio: float = 1.0,
    ) -> Tensor:
        """Compute the outputs of each step.

        Parameters
        ----------
        x : Tensor of shape (B, T, F)
            Right-padded sequences.

        lengths : Tensor of shape (B,) or None, default=None
            Number of real steps; None means T for all.

        truth : Tensor of shape (B, H, K) or None, default=None
            What the outputs should be, NaN where that is not known. In training the
            decoder reads that of the step before; elsewhere its own output.

        ratio : float, default=1.0
            Probability that it does, for each sequence and step.

        Returns
        -------
        Tensor of shape (B, H, O)
            Numbers, or scores of the labels.
        """
        states, memory = self._read(x, lengths)
        if not self.training or truth is None or ratio == 0:
            return self._step(states, memory)[0].transpose(0, 1)
        truth = truth.transpose(0, 1)  # (H, B, K)
        taught, matters = self._choose(truth, ratio)
        if (taught | ~matters).all():
            return self._run(states, memory, truth[:-1]).transpose(0, 1)
        return self._step(states, memory, truth, taught)[0].transpose(0, 1)

    def encode(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute the final hidden state (B, D*H) of the encoder's last layer."""
        _, ends = self.encoder.advance(self.inputs(x), None, lengths, run_to_end)
        return ends[-1][0]

    def attend(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute how much each step counts for each output step, (B, T, H)."""
        _, weights = self._step(*self._read(x, lengths))
        return torch.cat(weights).permute(1, 2, 0)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        self.encoder.reset_parameters(generator)
        self.inputs.reset_parameters(generator)
        self.decoder.reset_parameters(generator)
        self.feedback.reset_parameters(generator)
        initialize_linear(self.head, generator)
        for bridge in chain(*self._bridges()):
            initialize_linear(bridge, generator)
        if self.attention is not None:
            self.attention.reset_parameters(generator)

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        plain = [self.bridges, self.feedback, self.head, self.attention]
        n_plain = sum(w.numel() for part in plain if part for w in part.parameters())
        counted = self.encoder, self.inputs, self.decoder
        return n_plain + sum(part.n_parameters for part in counted)

    def _read(
        self, x: Tensor, lengths: Tensor | None
    ) -> tuple[list[State], Memory | None]:
        """Give the states that the decoder begins from, and what it can attend to."""
        h, ends = self.encoder.advance(self.inputs(x), None, lengths, run_to_end)
        states = [
            tuple(map(self._linear, bridge, end)) if bridge else end
            for bridge, end in zip(self._bridges(), ends, strict=True)
        ]
        if self.attention is None:
            return states, None
        return states, self.attention.remember(self.dropout(h), lengths)

    def _choose(self, truth: Tensor, ratio: float) -> tuple[Tensor, Tensor]:
        """Choose what of the truth (H-1, B, K) is read, and tell where that matters.

        It matters where a target is known at a later step.
        """
        unknown = truth.isnan()
        known_later = (~unknown).any(2, keepdim=True).flip(0).cummax(0).values.flip(0)
        taught = ~unknown[:-1]
        if ratio < 1:
            self.coin.p = 1 - ratio
            taught = taught & (self.coin(torch.ones_like(truth[:-1, :, :1])) > 0)
        return taught, known_later[1:]

    def _run(self, states: list[State], memory: Memory | None, truth: Tensor) -> Tensor:
        """Decode all steps at once, each after the truth (H-1, B, K) of the one before.

        What stands in for an unknown one changes no known step.
        """
        first = self._first(truth.shape[1])[None]
        read = torch.cat([first, self.feedback(truth.nan_to_num())])  # (H, B, E)
        return self._read_out(self.decoder.advance(read, states)[0], memory)[0]

    def _step(
        self,
        states: list[State],
        memory: Memory | None,
        truth: Tensor | None = None,
        taught: Tensor | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Decode step by step, each after the output of the one before.

        Where something is `taught` (H-1, B, K) that is replaced by the `truth`.
        """
        outputs, weights = [], []
        read = self._first(len(states[0][0]))
        with self.decoder.same_weights():
            for s in range(self.n_steps):
                h, states = self.decoder.advance(read[None], states)
                output, weight = self._read_out(h, memory)  # (1, B, O)
                outputs.append(output)
                weights += [] if weight is None else [weight]
                if s + 1 == self.n_steps:
                    break
                value = self.feedback.decide(output[0])
                if truth is not None and taught is not None:
                    value = torch.where(taught[s], truth[s], value)
                read = self.feedback(value)
        return torch.cat(outputs), weights

    def _read_out(
        self, h: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Tensor | None]:
        """Map states (S, B, D) to outputs (S, B, O), and tell what they attend to."""
        h, weights = self.dropout(h), None
        if self.attention is not None and memory is not None:
            h, weights = self.attention(h, memory)
        return self._linear(self.head, h), weights

    def _first(self, n_samples: int) -> Tensor:
        first = self.feedback.first()
        return first.expand(n_samples, len(first))

    def _linear(self, layer: nn.Linear, x: Tensor) -> Tensor:
        return layer(x) if self.training else align_linear(layer, x)

    def _bridges(self) -> list[list[nn.Linear]]:
        return cast(list[list[nn.Linear]], self.bridges)
