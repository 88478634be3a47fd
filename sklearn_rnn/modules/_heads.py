"""What the last linear layer gives (B, O*Q) -> quantiles that never cross (B, O, Q)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log
from statistics import NormalDist

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


class OrderedQuantiles(nn.Module):
    """Read numbers as a median and the steps from it outward, none of them negative.

    Shape: (B, O*Q) -> (B, O, Q), ascending along Q. Numbers of zero give the quantiles
    of a normal distribution with variance one: where a training on standardised
    targets begins, however many quantiles there are.

    Parameters
    ----------
    quantiles : sequence of float
        Levels in (0, 1), ascending, 0.5 among them.
    """

    unit: Tensor

    def __init__(self, quantiles: Sequence[float]) -> None:
        super().__init__()
        self.quantiles = tuple(quantiles)
        self.median = self.quantiles.index(0.5)
        self.register_buffer("unit", torch.empty(len(self.quantiles)))
        self.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Add up the steps on either side of the median."""
        x = x.unflatten(-1, (-1, len(self.unit)))  # (B, O, Q)
        m = self.median
        median, step = x[..., m : m + 1], softplus(x) * self.unit
        below = step[..., :m].flip(-1).cumsum(-1).flip(-1)
        above = step[..., m + 1 :].cumsum(-1)
        return torch.cat([median - below, median, median + above], dim=-1)

    def reset_parameters(self) -> None:
        """Write the units of the steps, from the normal distribution."""
        normal = [NormalDist().inv_cdf(level) for level in self.quantiles]
        outward = [*normal[: self.median + 1], *normal[self.median :]]
        steps = [b - a for a, b in pairwise(outward)]
        self.unit.copy_(torch.tensor(steps) / log(2))  # softplus(0) is log(2)
