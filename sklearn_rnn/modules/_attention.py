"""Hidden states (T, B, D) and lengths (B,) -> how much each step counts (T, B)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sklearn_rnn.modules._alignment import align_columns, align_linear
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


class Memory(NamedTuple):
    """What a decoder can attend to: states of an encoder, and where they are real."""

    h: Tensor  # (T, B, M)
    keys: Tensor  # (T, B, D)
    real: Tensor | None  # (B, T), None for all


class MultiplicativeAttention(nn.Module):
    r"""Let each state of a decoder read the states of an encoder.

    Shape: s (S, B, D), states h (T, B, M) -> (S, B, D), and weights (S, B, T). With
    :math:`s_i` the state after output step i and :math:`h_t` that after input step t,

    .. math::
        e_{it} &= s_i^\top W h_t \\
        a_{it} &= \exp(e_{it}) / \sum_r \exp(e_{ir}) \\
        c_i &= \sum_t a_{it} h_t \\
        \tilde s_i &= \tanh(W_c [c_i; s_i] + b)

    over the real steps ("general" and global in Luong 2015). The decoder's cell reads
    none of it, so that all its steps can run at once.

    Parameters
    ----------
    size, memory_size : int
        D and M.
    """

    def __init__(self, size: int, memory_size: int) -> None:
        super().__init__()
        self.key = nn.Linear(memory_size, size, bias=False)
        self.join = nn.Linear(memory_size + size, size)

    def remember(self, h: Tensor, lengths: Tensor | None = None) -> Memory:
        """Prepare the states of right-padded sequences."""
        keys = self.key(h) if self.training else align_linear(self.key, h)
        if lengths is None:
            return Memory(h, keys, None)
        real = torch.arange(len(h), device=h.device) < lengths[:, None]
        h = torch.where(real.T[:, :, None], h, 0.0)  # zero times nan would be nan
        return Memory(h, keys, real)

    def forward(self, s: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Compute what each state becomes, and how much each step counted for it."""
        a = self.weights(s, memory)  # (S, B, T)
        if self.training:
            c = torch.einsum("sbt,tbm->sbm", a, memory.h)
            return torch.tanh(self.join(torch.cat([c, s], dim=2))), a
        # Equal bits at any place in the batch.
        c = (a.transpose(1, 2)[..., None] * memory.h).sum(1)
        return torch.tanh(align_linear(self.join, torch.cat([c, s], dim=2))), a

    def weights(self, s: Tensor, memory: Memory) -> Tensor:
        """Weigh each step (S, B, T): one in sum, exactly zero in the padding."""
        if self.training:
            e = torch.einsum("sbd,tbd->sbt", s, memory.keys)
        else:
            e = (s[:, None] * memory.keys).sum(3).transpose(1, 2)
        if memory.real is None:
            return e.softmax(2)
        e = torch.where(memory.real, e, torch.finfo(e.dtype).min)
        return e.softmax(2) * memory.real  # an empty sequence has no weights

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        nn.init.xavier_uniform_(self.key.weight, generator=generator)
        initialize_linear(self.join, generator)
