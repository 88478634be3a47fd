"""Networks such as a user writes, for `module=`. No public code: tests import them."""

import torch
from torch import nn


class TorchLSTM(nn.Module):
    """torch's own LSTM, read at the last real step."""

    def __init__(self, input_size, output_size, hidden_size, dropout=0.0):
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden_size, output_size)

    def encode(self, x, lengths=None):
        h, _ = self.rnn(x)
        if lengths is None:
            return h[:, -1]
        last = h[torch.arange(len(h)), (lengths - 1).clamp(min=0)]
        return torch.where((lengths > 0)[:, None], last, 0.0)

    def forward(self, x, lengths=None):
        return self.head(self.dropout(self.encode(x, lengths)))


class Convolution(nn.Module):
    """A small CNN with running means, for sequences of one length."""

    def __init__(self, input_size, output_size):
        super().__init__()
        self.filters = nn.Conv1d(input_size, 4, 3, padding=1)
        self.norm = nn.BatchNorm1d(4)
        self.head = nn.Linear(4, output_size)

    def forward(self, x, lengths=None):
        h = self.filters(x.transpose(1, 2))
        return self.head(self.norm(h).relu().mean(dim=2))


class Steps(nn.Module):
    """A linear map of each step, or of the last."""

    def __init__(self, input_size, output_size, every_step):
        super().__init__()
        self.every_step = every_step
        self.head = nn.Linear(input_size, output_size)

    def forward(self, x, lengths=None):
        return self.head(x) if self.every_step else self.head(x[:, -1])


class Recorder(nn.Module):
    """Remember what it was given."""

    seen = []

    def __init__(self, input_size, output_size, **others):
        super().__init__()
        self.seen.clear()
        self.seen.append((input_size, output_size, others))
        self.head = nn.Linear(input_size, output_size)

    def forward(self, x, lengths=None):
        self.seen.append((tuple(x.shape), lengths))
        return self.head(x[:, 0])


class Flat(TorchLSTM):
    """Give no axis of outputs."""

    def forward(self, x, lengths=None):
        return super().forward(x, lengths)[:, 0]


class Wide(Convolution):
    """Take an argument of its own, and one that the estimator has too."""

    def __init__(self, input_size, output_size, kernel, hidden_size=4):
        super().__init__(input_size, output_size)
        self.filters = nn.Conv1d(input_size, hidden_size, kernel, padding="same")
        self.norm = nn.BatchNorm1d(hidden_size)
        self.head = nn.Linear(hidden_size, output_size)

    def encode(self, x, lengths=None):
        return self.norm(self.filters(x.transpose(1, 2))).relu().mean(dim=2)

    def forward(self, x, lengths=None):
        return self.head(self.encode(x))


class Last(nn.Module):
    """Without weights."""

    def __init__(self, input_size, output_size):
        super().__init__()

    def forward(self, x, lengths):
        return x[:, -1, :1]


class Deaf(nn.Module):
    """Without lengths."""

    def __init__(self, input_size, output_size):
        super().__init__()
        self.head = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.head(x[:, -1])


class Sizeless(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
