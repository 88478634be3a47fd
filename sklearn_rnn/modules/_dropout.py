"""Tensor of any shape -> the same with elements dropped by generators of our own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class SeededDropout(nn.Module):
    """Drop elements at random without touching torch's process-wide generator.

    Shape: any in, the same out. In training each element is zero with probability `p`,
    and otherwise divided by `1 - p`; in evaluation nothing changes.

    Parameters
    ----------
    p : float
        Probability of an element to be dropped, in [0, 1).

    seed : int
        Seed of the generator, which is made on the device of the first input.
    """

    def __init__(self, p: float, seed: int) -> None:
        super().__init__()
        self.p = p
        self.seed = seed
        self._generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of `x` while training."""
        return x * self.draw(x) if self.drops else x

    def draw(self, x: Tensor) -> Tensor:
        """Draw what `x` is multiplied by: zeros, and `1 / (1 - p)` elsewhere."""
        kept = torch.rand(x.shape, generator=self._drawer(x), device=x.device)
        return kept.ge_(self.p).mul_(1 / (1 - self.p)).to(x.dtype)

    @property
    def drops(self) -> bool:
        """Tell whether anything is dropped now."""
        return self.p > 0.0 and self.training

    def extra_repr(self) -> str:
        """Show the probability in the module's repr."""
        return f"p={self.p}"

    def _drawer(self, x: Tensor) -> torch.Generator:
        if self._generator is None or self._generator.device != x.device:
            self._generator = torch.Generator(x.device).manual_seed(self.seed)
        return self._generator

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        generator = state["_generator"]
        if generator is not None and generator.device.type != "cpu":
            state["_generator"] = None  # would not load where that device is missing
        return state


class LockedDropout(nn.Module):
    """Drop features of a sequence at random, the same ones at every step.

    Shape: (T, B, F) -> the same. In training each feature of each sequence is zero at
    all steps with probability `p`, and otherwise divided by `1 - p`; in evaluation
    nothing changes (variational dropout, Gal 2016).

    Parameters
    ----------
    p : float
        Probability of a feature to be dropped, in [0, 1).

    seed : int
        Seed of the draws.

    segment_length : int, default=1
        Steps that stand side by side in F: a feature is dropped from all of them.
    """

    def __init__(self, p: float, seed: int, segment_length: int = 1) -> None:
        super().__init__()
        self.p = p
        self.segment_length = segment_length
        self.dropout = SeededDropout(p, seed)

    def forward(self, x: Tensor) -> Tensor:
        """Drop features of `x` while training."""
        if self.p == 0.0 or not self.training:
            return x
        return x * self.draw(x)

    def draw(self, x: Tensor) -> Tensor:
        """Draw what the features of x (T, B, F) are multiplied by at each step, (B, F).

        For sequences that are read in pieces; ones in evaluation.
        """
        one_step = x[0, :, : x.shape[2] // self.segment_length]
        return self.dropout(torch.ones_like(one_step)).repeat(1, self.segment_length)
