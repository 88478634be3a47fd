"""Weights with gradients, sequences (T, B, F) -> states; slopes of these -> gradients.

What torch's graph would do with a cell, as two calls of compiled code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from sklearn_rnn.kernels._cell_arrays import (
    allocate_steps,
    run_backward,
    run_forward,
)


class CompiledLayer:
    """Read sequences from states of zeros, then write the gradients of the weights.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    weights : list of Tensor
        weight_ih (G*H, F), weight_hh (G*H, H), bias_ih and bias_hh (G*H,) of G gates in
        torch's layout, in float32 on the CPU. Their gradients keep their memory; only
        the last may have none, but for a GRU.
    """

    def __init__(self, cell: str, weights: list[Tensor]) -> None:
        self.cell = cell
        self._weights = [weight.detach().numpy() for weight in weights]
        slopes = [weight.grad for weight in weights]
        self._slopes = [None if slope is None else slope.numpy() for slope in slopes]
        self._n_units = weights[1].shape[1]
        self._n_states = 2 if cell == "lstm" else 1
        # r and z of a GRU have one bias, n keeps its second inside r * (...).
        self._unused = 2 * self._n_units if cell == "gru" else 0
        self._shape: tuple[int, ...] | None = None  # for which there is room
        self._steps: Any = None
        self._showed_each_step = False

    def forward(self, x: Any, each_step: bool) -> Any:
        """Compute the states.

        Parameters
        ----------
        x : ndarray of shape (T, B, F)
            Sequences.

        each_step : bool
            Whether those after each step are wanted, or after the last.

        Returns
        -------
        ndarray of shape (T, B, H) or (1, B, H)
            States.
        """
        n_steps, n_sequences, _ = x.shape
        if self._shape != x.shape:
            self._shape = self._steps = None  # gives its memory back first
            self._steps = allocate_steps(self.cell, x.shape, self._n_units)
            self._zeros = np.zeros((1, n_sequences, self._n_units), np.float32)
            self._shape = x.shape
        final = [np.empty_like(self._zeros) for _ in range(self._n_states)]
        n_shown = n_steps if each_step else 0
        h = np.empty((n_shown, n_sequences, self._n_units), np.float32)
        *weights, bias_hh = self._weights
        if self._unused:
            bias_hh = bias_hh.copy()
            bias_hh[: self._unused] = 0
        before, weights = [self._zeros] * self._n_states, [*weights, bias_hh]
        run_forward(self.cell, weights, x, before, self._steps, h, final)
        self._showed_each_step = each_step
        return h if each_step else final[0]

    def backward(self, dh: Any, wants_dx: bool) -> Any | None:
        """Write the gradients of the weights over what is there.

        Parameters
        ----------
        dh : ndarray of the shape that `forward` gave
            Slopes of the states.

        wants_dx : bool
            Whether the slopes of the sequences are wanted.

        Returns
        -------
        ndarray of shape (T, B, F) or None
            Slopes of the sequences.
        """
        assert self._shape is not None
        final = [None] * self._n_states
        if not self._showed_each_step:
            final[0], dh = dh, None
        dx = np.empty(self._shape, np.float32) if wants_dx else None
        weights, slopes, none = self._weights[:2], self._slopes, [None] * len(final)
        run_backward(self.cell, weights, self._steps, dh, final, slopes, dx, none)
        if self._unused and slopes[3] is not None:
            slopes[3][: self._unused] = 0
        return dx
