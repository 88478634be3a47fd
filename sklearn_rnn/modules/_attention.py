"""Hidden states (T, B, D) and lengths (B,) -> how much each step counts (T, B)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sklearn_rnn.modules._alignment import align_columns
from sklearn_rnn.modules._initialization import initialize_linear


class AdditiveAttention(nn.Module):
    r"""Score each step by a small network of its own, and average the states by it.

    Shape: h (T, B, D), lengths (B,) -> (B, D). With :math:`h_t` the state after step t,

    .. math::
        e_t &= v^\top \tanh(W h_t + b) \\
        a_t &= \exp(e_t) / \sum_s \exp(e_s) \\
        c &= \sum_t a_t h_t

    over the real steps (Bahdanau 2015, with one question for all sequences).

    Parameters
    ----------
    size : int
        D, and the number of rows of W.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(size, size)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Average the states by their weights; zeros for a sequence without steps."""
        h, real = _mask(h, lengths)
        a = self._weigh(h, real)  # (T, B)
        return (a[:, :, None] * h).sum(0)

    def weights(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Weigh each step (T, B): one in sum, exactly zero in the padding."""
        return self._weigh(*_mask(h, lengths))

    def _weigh(self, h: Tensor, real: Tensor | None) -> Tensor:
        W, b, v = self.hidden.weight, self.hidden.bias, self.score.weight
        if not self.training:  # equal bits at any place in the batch
            h, W = align_columns(h), align_columns(W)
        e = (torch.tanh(linear(h, W, b)) * v).sum(2)
        if real is None:
            return e.softmax(0)
        e = torch.where(real, e, torch.finfo(e.dtype).min)
        return e.softmax(0) * real  # an empty sequence has no weights

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        initialize_linear(self.hidden, generator)
        nn.init.xavier_uniform_(self.score.weight, generator=generator)


def _mask(h: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Set the states behind each sequence to zero, and tell which are real (T, B)."""
    if lengths is None:
        return h, None
    real = torch.arange(len(h), device=h.device)[:, None] < lengths
    return torch.where(real[:, :, None], h, 0.0), real  # zero times NaN would be NaN
