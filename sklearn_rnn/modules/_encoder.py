"""Time-major sequences (T, B, F) or windows -> hidden states (T, B, D*H) of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from sklearn_rnn.kernels._row_windows import Steps, as_sequences
from sklearn_rnn.modules._cell_options import PLAIN, CellOptions
from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._recurrent import RecurrentDirection, State


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

    options : CellOptions
        How the weights of its cells begin and what they drop.

    seed : int
        Seed of what is dropped.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        bidirectional: bool = False,
        options: CellOptions = PLAIN,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.directions = nn.ModuleList(
            RecurrentDirection(
                cell, input_size, hidden_size, options, seed + 2 * direction
            )
            for direction in range(1 + bidirectional)
        )

    def forward(self, x: Steps, lengths: Tensor | None = None) -> Tensor:
        """Compute the hidden states of each direction, side by side."""
        return self.advance(x, lengths=lengths)[0]

    def advance(
        self, x: Steps, state: State | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Do the same from a given state, and give the state after step T.

        Two directions have no such state: the second ends where the first begins.
        """
        ahead, *back = cast(list[RecurrentDirection], list(self.directions))
        h, end = ahead.advance(x, state)
        if not back:
            return h, end
        reversed_ = reverse_steps(as_sequences(x), lengths)
        h_back = reverse_steps(back[0](reversed_), lengths)
        return torch.cat([h, h_back], dim=2), ()  # (T, B, 2*H)


LayerRun = Callable[
    [RecurrentLayer, Steps, State | None, Tensor | None], tuple[Tensor, State]
]


class RecurrentEncoder(nn.Module):
    """Stack recurrent layers, with dropout after each but the last.

    Shape: x (T, B, F), lengths (B,) -> (T, B, D*H). The dropout after the last layer
    belongs to whoever reads its states.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size : int
        F.

    hidden_size : int or sequence of int
        H of all layers, or of each.

    num_layers : int
        Number of layers, where `hidden_size` does not tell it.

    bidirectional : bool
        Whether each layer also reads backward in time.

    dropout : float
        Probability of a state to be dropped.

    layer_norm : bool
        Whether the states of each layer are normalised at each step, before they are
        dropped; the state that the layer itself goes on from is not.

    options : CellOptions
        How the weights of its cells begin and what they drop.

    seed : int
        Seed of all that is dropped.

    residual : bool
        Whether each layer but the first adds what it shows to what it reads. All have
        the same size then.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int | Sequence[int],
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        layer_norm: bool = False,
        options: CellOptions = PLAIN,
        seed: int = 0,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.residual = residual
        self.hidden_sizes = layer_sizes(hidden_size, num_layers)
        widths = [size * (1 + bidirectional) for size in self.hidden_sizes]
        self.output_size = widths[-1]
        self.layers = nn.ModuleList(
            RecurrentLayer(cell, n_read, size, bidirectional, options, seed + 5 * i)
            for i, (n_read, size) in enumerate(
                zip([input_size, *widths], self.hidden_sizes, strict=False)
            )
        )
        self.norms = nn.ModuleList(
            nn.LayerNorm(width) if layer_norm else nn.Identity() for width in widths
        )
        self.dropouts = nn.ModuleList(
            SeededDropout(dropout, seed + 5 * i + 4) for i in range(len(widths) - 1)
        )

    def forward(self, x: Steps, lengths: Tensor | None = None) -> Tensor:
        """Compute the hidden states of the last layer."""
        return self.advance(x, lengths=lengths)[0]

    def advance(
        self,
        x: Steps,
        states: list[State] | None = None,
        lengths: Tensor | None = None,
        run: LayerRun = RecurrentLayer.advance,
    ) -> tuple[Tensor, list[State]]:
        """Compute the states of the last layer, and where each layer ends.

        Parameters
        ----------
        x : Tensor of shape (T, B, F) or RowWindows
            Time-major sequences; windows in evaluation, without states.

        states : list of tuple of Tensor of shape (B, H) or None, default=None
            Where each layer goes on from; None means zeros. One direction only.

        lengths : Tensor of shape (B,) or None, default=None
            Number of real steps; None means T for all.

        run : callable, default=RecurrentLayer.advance
            How each layer reads: (layer, x, state, lengths) -> (states, its end).

        Returns
        -------
        tuple of (Tensor of shape (T, B, D*H), list of tuple of Tensor)
            Hidden states of the last layer, and the states to go on from.
        """
        ends: list[State] = []
        h: Tensor | None = None
        layers = cast(list[RecurrentLayer], list(self.layers))
        for i, layer in enumerate(layers):
            read = x if h is None else self.dropouts[i - 1](h)
            shown, end = run(layer, read, states[i] if states else None, lengths)
            shown = self.norms[i](shown)
            h = shown if h is None or not self.residual else h + shown
            ends.append(end)
        assert h is not None
        return h, ends

    @contextmanager
    def same_weights(self) -> Iterator[None]:
        """Drop recurrent weights once for all calls of `advance` in a block.

        Yields
        ------
        None
            A sequence that is read in pieces is one forward pass.
        """
        for direction in self._directions():
            direction.hold_weights()
        try:
            yield
        finally:
            for direction in self._directions():
                direction.held_weights = None

    def zero_states(self, n_samples: int) -> list[State]:
        """Give the states that `advance` begins from by itself, per layer (B, H)."""
        return [direction.zero_state(n_samples) for direction in self._directions()]

    def shown(self, states: list[State]) -> Tensor:
        """Give what `advance` shows of the states that it ends with, (B, H)."""
        shown = [norm(h) for norm, (h, *_) in zip(self.norms, states, strict=True)]
        return sum(shown[1:], shown[0]) if self.residual else shown[-1]

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        for direction in self._directions():
            direction.reset_parameters(generator)
        for norm in self._norms():
            norm.reset_parameters()

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        norms = sum(w.numel() for norm in self._norms() for w in norm.parameters())
        return norms + sum(d.n_parameters for d in self._directions())

    def _directions(self) -> list[RecurrentDirection]:
        return [m for m in self.modules() if isinstance(m, RecurrentDirection)]

    def _norms(self) -> list[nn.LayerNorm]:
        return [m for m in self.norms if isinstance(m, nn.LayerNorm)]


def layer_sizes(hidden_size: int | Sequence[int], num_layers: int) -> tuple[int, ...]:
    """Give the length of the state of each layer.

    Parameters
    ----------
    hidden_size : int or sequence of int
        Of all layers, or of each.

    num_layers : int
        Number of layers, where `hidden_size` does not tell it.

    Returns
    -------
    tuple of int
        One for each layer.
    """
    if isinstance(hidden_size, Sequence):
        return tuple(map(int, hidden_size))  # torch refuses NumPy's
    return (int(hidden_size),) * num_layers


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
