"""Weights after each epoch -> those of the best and of the last finished epoch."""

from __future__ import annotations

import math

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
        Weights of the last finished epoch, and of the one with the smallest loss.

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
        self.last_epoch = epoch
        self.last = [w.detach().clone() for w in self.module.parameters()]
        if loss < self.best_loss or self.best is None:
            self.best, self.best_epoch, self.best_loss = self.last, epoch, loss

    @torch.no_grad()
    def restore(self, weights: list[Tensor]) -> None:
        """Write kept weights back into the network.

        Parameters
        ----------
        weights : list of Tensor
            `last` or `best`.
        """
        for parameter, kept in zip(self.module.parameters(), weights, strict=True):
            parameter.copy_(kept)
