"""Cell and size -> the network of plain torch that peers train and predict with."""

from torch import nn

CELLS = {"LSTM": nn.LSTM, "GRU": nn.GRU, "RNN": nn.RNN}


class Network(nn.Module):
    """Recurrent layers, the last state, dropout, one linear layer."""

    def __init__(self, cell="LSTM", hidden_size=32, num_layers=1, dropout=0.0):
        super().__init__()
        between = dropout if num_layers > 1 else 0.0
        self.rnn = CELLS[cell](
            1, hidden_size, num_layers, dropout=between, batch_first=True
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden_size, 1)

    def forward(self, x):
        """Compute one output per sequence."""
        h, _ = self.rnn(x)
        return self.head(self.dropout(h[:, -1]))
