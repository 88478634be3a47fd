"""A linear layer with gradients, states, targets -> squared errors and all slopes.

What torch's graph would do with the layer and the loss, as one call of compiled code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from sklearn_rnn.kernels._cell_arrays import load_compiled


class CompiledLinear:
    """Compare outputs with targets, and write the gradients of the weights.

    Parameters
    ----------
    layer : torch.nn.Linear
        With a bias, in float32 on the CPU. Its gradients keep their memory.

    Attributes
    ----------
    n_outputs : int
        O.
    """

    def __init__(self, layer: nn.Linear) -> None:
        self.n_outputs = layer.out_features
        self._weights = [w.detach().numpy() for w in (layer.weight, layer.bias)]
        slopes = layer.weight.grad, layer.bias.grad
        self._slopes = [slope.numpy() for slope in slopes if slope is not None]

    def differentiate(self, h: Any, target: Any, output: Any) -> tuple[Any, Any]:
        """Write outputs and gradients over what is there.

        Parameters
        ----------
        h : ndarray of shape (B, H)
            States.

        target : ndarray of shape (B, O)
            Truth.

        output : ndarray of shape (B, O)
            For the outputs.

        Returns
        -------
        tuple of (ndarray of shape (B, H), ndarray of shape ())
            Slopes of the states, and the mean squared error.
        """
        dh, loss = np.empty_like(h), np.empty((), np.float32)
        parts = target, output, loss.reshape(1), dh
        differentiate = load_compiled("_linear").differentiate
        differentiate(h, *self._weights, *parts, *self._slopes)
        return dh, loss
