"""Plain recurrent layers, sequences (T, B, F) -> states, and gradients put in place.

Computes what the layers and torch's graph of them compute, with the same draws of
dropout, but each layer is one call forward and one backward.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

from torch import Tensor, from_numpy, nn

from sklearn_rnn.kernels._compiled_layer import CompiledLayer
from sklearn_rnn.kernels._run_cell import is_compiled
from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._encoder import RecurrentEncoder, RecurrentLayer
from sklearn_rnn.modules._recurrent import RecurrentDirection

# Up to so many weights of a layer, an LSTM of some 32 units, and so many steps torch's
# calls around its own layers take as long as compiled code does for a block of 32
# sequences, even where it holds only one.
FEW_WEIGHTS, FEW_STEPS = 9000, 24


class CompiledEncoder:
    """Run the layers of an encoder, and back, without a graph.

    Parameters
    ----------
    encoder : RecurrentEncoder
        That `is_plain`; its weights have gradients, which keep their memory.
    """

    def __init__(self, encoder: RecurrentEncoder) -> None:
        self._cells = [
            (direction.cell, direction.rnn.all_weights[0])
            for direction in _directions(encoder)
        ]
        self._layers = [CompiledLayer(*each) for each in self._cells]
        self._dropouts = cast(list[SeededDropout], list(encoder.dropouts))
        self._masks: list[Any | None] = []

    def takes(self, x: Tensor) -> bool:
        """Tell whether all layers have compiled code for sequences (T, B, F)."""
        for cell, weights in self._cells:
            n_weights = weights[0].numel() + weights[1].numel()
            few = n_weights <= FEW_WEIGHTS and len(x) <= FEW_STEPS
            if not is_compiled(cell, x, weights, 0.0 if few else None):
                return False
        return True

    def forward(self, x: Tensor, each_step: bool) -> Any:
        """Compute the states of the last layer.

        Parameters
        ----------
        x : Tensor of shape (T, B, F)
            Sequences.

        each_step : bool
            Whether those after each step are wanted, or after the last.

        Returns
        -------
        ndarray of shape (T, B, H) or (1, B, H)
            States.
        """
        self._masks = []
        read = x.numpy()
        for layer, dropout in zip(self._layers, self._dropouts, strict=False):
            h = layer.forward(read, each_step=True)
            self._masks.append(draw_mask(dropout, h))
            read = apply_mask(h, self._masks[-1])
        return self._layers[-1].forward(read, each_step)

    def backward(self, slopes: Any) -> None:
        """Write the gradients of all weights, from those of what `forward` gave."""
        for layer, mask in zip(
            reversed(self._layers), [*reversed(self._masks), None], strict=True
        ):
            is_first = layer is self._layers[0]
            slopes = layer.backward(slopes, wants_dx=not is_first)
            if not is_first:
                slopes = apply_mask(slopes, mask)


def draw_mask(dropout: SeededDropout, states: Any) -> Any | None:
    """Draw what a dropout multiplies by; None where it drops nothing now.

    Parameters
    ----------
    dropout : SeededDropout
        In training or in evaluation.

    states : ndarray of any shape
        What it reads.

    Returns
    -------
    ndarray of that shape or None
        Factors.
    """
    return dropout.draw(from_numpy(states)).numpy() if dropout.drops else None


def apply_mask(states: Any, mask: Any | None) -> Any:
    """Multiply by what `draw_mask` gave.

    Parameters
    ----------
    states : ndarray of any shape
        States, or slopes of them.

    mask : ndarray of that shape or None
        Factors.

    Returns
    -------
    ndarray of that shape
        The products; the states themselves for no mask.
    """
    return states if mask is None else states * mask


def is_plain(encoder: RecurrentEncoder) -> bool:
    """Tell whether layers do nothing but read on from what they read before.

    Parameters
    ----------
    encoder : RecurrentEncoder
        With any options.

    Returns
    -------
    bool
        False if any reads backward, is normalised, is added to what it reads, drops
        weights or updates of its states, has weights of another kind than torch's own
        layer, or some that do not learn.
    """
    directions = _directions(encoder)
    return (
        not (encoder.residual and len(directions) > 1)
        and len(directions) == len(encoder.layers)
        and not list(encoder.norms.parameters())
        and all(map(_is_plain_direction, directions))
    )


def _is_plain_direction(direction: RecurrentDirection) -> bool:
    if direction.zoneout.p or direction.weight_drop.p:
        return False
    learning = [w.requires_grad for w in direction.rnn.all_weights[0]]
    needed = learning if direction.cell == "gru" else learning[:3]
    return type(direction.rnn) in (nn.LSTM, nn.GRU, nn.RNN) and all(needed)


def _directions(encoder: RecurrentEncoder) -> list[RecurrentDirection]:
    layers = cast(list[RecurrentLayer], list(encoder.layers))
    found = chain.from_iterable(layer.directions for layer in layers)
    return cast(list[RecurrentDirection], list(found))
