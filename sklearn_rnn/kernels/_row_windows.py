"""Rows (R, F) + the row each window begins at -> windows that need not be copied."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class RowWindows:
    """Sequences (T, B, F) that are still rows, which windows of one series share.

    Step t of a window is row `first + t`, or the last row of all behind that. What the
    steps behind its end have, must not count.
    """

    rows: Tensor  # (R, F)
    first: Tensor  # (B,), int64
    n_timesteps: int  # T
    own: Tensor  # (F - A,), columns that are read as they are, in ascending order
    relative: Tensor  # (A,), the others, which are read less their anchor, by spread
    anchor: Tensor  # (B, A)
    spread: Tensor  # (B, A)
    n_copies: int = 1  # as which a single window stands

    def __len__(self) -> int:
        return self.n_timesteps

    def sequences(self) -> Tensor:
        """Copy the windows out of their rows, (T, B, F)."""
        step = torch.arange(self.n_timesteps, device=self.first.device)[:, None]
        places = (self.first + step).clamp_(max=len(self.rows) - 1)  # (T, B)
        x = self.rows.index_select(0, places.flatten()).view(*places.shape, -1)
        if len(self.relative):
            scaled = (x[:, :, self.relative] - self.anchor) / self.spread
            x[:, :, self.relative] = scaled
        return x if self.n_copies == 1 else x.expand(-1, self.n_copies, -1)


Steps = Tensor | RowWindows  # what a recurrent layer reads


def as_sequences(x: Steps) -> Tensor:
    """Copy windows out of their rows, unless they are sequences already.

    Parameters
    ----------
    x : Tensor of shape (T, B, F) or RowWindows
        Sequences.

    Returns
    -------
    Tensor of shape (T, B, F)
        The same.
    """
    return x.sequences() if isinstance(x, RowWindows) else x
