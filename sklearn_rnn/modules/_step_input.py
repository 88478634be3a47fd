"""Batch of sequences (B, T, F), numbers or tokens -> what the first layer reads."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sklearn_rnn.kernels._row_windows import RowWindows, Steps
from sklearn_rnn.modules._dropout import LockedDropout


class StepInput(nn.Module):
    """Bring a batch to time-major form; look up tokens; drop features.

    Shape: (B, T, F) -> (T, B, F), or (T, B, F * E) where each number is a token with E
    weights of its own.

    Parameters
    ----------
    input_size : int
        F.

    num_embeddings, embedding_dim : int or None
        Number of tokens, the padding 0 included, and E; None reads numbers as they are.

    dropout : float
        Probability of a feature to be dropped from all steps of a sequence.

    segment_length : int
        Steps that stand side by side in F.

    seed : int
        Seed of what is dropped.
    """

    def __init__(
        self,
        input_size: int,
        num_embeddings: int | None = None,
        embedding_dim: int | None = None,
        dropout: float = 0.0,
        segment_length: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.embedding: nn.Embedding | None = None
        self.output_size = input_size
        if num_embeddings is not None and embedding_dim is not None:
            self.embedding = nn.Embedding(num_embeddings, embedding_dim, padding_idx=0)
            self.output_size = input_size * embedding_dim
        self.dropout = LockedDropout(dropout, seed, segment_length)

    def forward(self, x: Steps) -> Steps:
        """Compute what the first layer reads at each step."""
        if isinstance(x, RowWindows):  # of numbers, which go on as they are
            return x
        return self.dropout(self.look_up(x.transpose(0, 1)))

    def look_up(self, x: Tensor) -> Tensor:
        """Replace tokens (..., F) by their weights (..., F * E), if they are tokens."""
        if self.embedding is None:
            return x
        return self.embedding(x.long()).flatten(-2)

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights, as wide as standardised features; none for padding."""
        if self.embedding is not None:
            self.embedding.weight.normal_(generator=generator)
            self.embedding.weight[0] = 0.0

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        if self.embedding is None:
            return 0
        return (self.embedding.num_embeddings - 1) * self.embedding.embedding_dim
