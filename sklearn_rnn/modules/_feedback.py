"""Outputs of a decoder, or the truth -> what it reads at its next step."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ValueFeedback(nn.Module):
    """Read the numbers of the step before as they are.

    Shape: (..., K) -> (..., K).

    Parameters
    ----------
    size : int
        K.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.empty(size))
        self.output_size = size

    def forward(self, values: Tensor) -> Tensor:
        """Give what is read after these values."""
        return values

    def first(self) -> Tensor:
        """Give what is read at the first step, (K,)."""
        return self.start

    def decide(self, outputs: Tensor) -> Tensor:
        """Turn outputs of the network into values, here the same."""
        return outputs

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator) -> None:
        """Begin with the mean of standardised values."""
        self.start.zero_()


class LabelFeedback(nn.Module):
    """Look up weights of the label of the step before.

    Shape: numbers of labels (..., 1) -> (..., E).

    Parameters
    ----------
    n_classes, size : int
        Number of labels, and E.
    """

    def __init__(self, n_classes: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_classes + 1, size)  # the last is the beginning
        self.output_size = size

    def forward(self, values: Tensor) -> Tensor:
        """Give what is read after these labels."""
        return self.embedding(values[..., 0].long())

    def first(self) -> Tensor:
        """Give what is read at the first step, (E,)."""
        return self.embedding.weight[-1]

    def decide(self, outputs: Tensor) -> Tensor:
        """Choose the label with the largest of the scores (..., C)."""
        return outputs.detach().argmax(dim=-1, keepdim=True).to(outputs.dtype)

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        self.embedding.weight.normal_(generator=generator)
