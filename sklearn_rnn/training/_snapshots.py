"""Weights after each epoch -> those of the best and of the last finished epoch."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


class WeightSnapshots:
    """Keep copies of the weights to go back to; nothing is written to disk.

    Parameters
    ----------
    module : torch.nn.Module
        Network in training.

    Attributes
    ----------
    last, best : list of Tensor or None
        Weights and buffers of the last finished epoch, and of the one with the smallest
        loss.

    last_epoch, best_epoch : int
        Their numbers, from 1; 0 before the first has finished.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.last: list[Tensor] | None = None
        self.best: list[Tensor] | None = None
        self.last_epoch = self.best_epoch = 0
        self.best_loss = math.inf

    def keep(self, epoch: int, loss: float) -> None:
        """Copy the weights of a finished epoch.

        Parameters
        ----------
        epoch : int
            Its number, from 1.

        loss : float
            What it is judged by.
        """
        copies = [w.detach().clone() for w in self._values()]
        self.last, self.last_epoch = copies, epoch  # an interrupt may come in between
        if loss < self.best_loss or self.best is None:
            self.best, self.best_epoch, self.best_loss = self.last, epoch, loss

    def state_dict(self) -> dict[str, Any]:
        """Give the best epoch and its weights, None where they are those of the last.

        Returns
        -------
        dict
            The last weights are not in it: the module has them.
        """
        best = None if self.best is self.last else self.best
        epochs = {"last_epoch": self.last_epoch, "best_epoch": self.best_epoch}
        return {**epochs, "best_loss": self.best_loss, "best": best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take a state over, while the module has the weights of its last epoch.

        Parameters
        ----------
        state : dict
            What `state_dict` gave.
        """
        self.keep(state["last_epoch"], state["best_loss"])
        if state["best"] is not None and self.last is not None:
            pairs = zip(state["best"], self.last, strict=True)
            self.best = [best.to(last.device) for best, last in pairs]
        self.best_epoch, self.best_loss = state["best_epoch"], state["best_loss"]

    @torch.no_grad()
    def restore(self, weights: list[Tensor]) -> None:
        """Write kept weights back into the network.

        Parameters
        ----------
        weights : list of Tensor
            `last` or `best`.
        """
        for value, kept in zip(self._values(), weights, strict=True):
            value.copy_(kept)

    def _values(self) -> list[Tensor]:
        """List the weights, and what else a module learns, such as running means."""
        return [*self.module.parameters(), *self.module.buffers()]
