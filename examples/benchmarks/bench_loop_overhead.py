"""Time what an update costs beside the module: with one that computes nothing.

One is LSTM(16) whose compiled cells do nothing. The other is a module of one's own: it
has the weights of a network of 16 units, gives the last value of each sequence times
one of them, and reads no state. What is left is the work of the loop: to gather a
batch, the linear layer, the loss and its gradient, the update, the history. For the
second torch computes outputs, loss and gradients; what that takes alone is shown, and
the rest is the loop's. A loop in plain torch does the same with the second on windows
cut in advance: index, loss, gradient, fused Adam.

    python examples/benchmarks/bench_loop_overhead.py [--quick] [--cpu]
"""

import numpy as np
import torch
from measuring import CLOCKS, read_arguments, show, take_turns
from torch import nn

from sklearn_rnn import Sequences
from sklearn_rnn.kernels import _compiled_layer
from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._build import build_module, build_net
from sklearn_rnn.training._losses import build_criterion
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors
from sklearn_rnn.training._threads import limit_threads

N_SAMPLES, WINDOW, BATCH, LIMIT = 6400, 20, 32, 60e-6
SETTINGS = {
    "optimizer": "adam",
    "lr": 1e-3,
    "weight_decay": 0.0,
    "l1": 0.0,
    "clip_grad_norm": None,
    "clip_grad_value": None,
    "callbacks": None,
    "device": "cpu",
    "verbose": 0,
}


class Nothing(nn.Module):
    """Weights of LSTM(16), of which one is used."""

    def __init__(self):
        super().__init__()
        shapes = (64, 1), (64, 16), (64,), (1, 16), (1,)
        self.weights = nn.ParameterList(torch.zeros(shape) for shape in shapes)

    def forward(self, x, lengths=None):
        """Multiply the last value of each sequence by one weight."""
        return x[:, -1] * self.weights[4]


def windows():
    """Draw windows of one feature, and targets."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_SAMPLES, WINDOW, 1)).astype(np.float32)
    return X, rng.normal(size=(N_SAMPLES, 1))


def leave_out_cells():
    """Replace the compiled cells of the networks of this package."""

    def run_forward(cell, weights, x, state, steps, h, final):
        final[0][:] = 0

    _compiled_layer.run_forward = run_forward
    _compiled_layer.run_backward = lambda *arrays: None


def our_epoch(module, **settings):
    """Make a call that trains for an epoch."""
    X, y = windows()
    sequences = Sequences.from_array(X)
    scaler = SequenceScaler(False, None, None).fit(sequences, y, np.ones(N_SAMPLES))
    order = torch.Generator().manual_seed(0)
    tensors = SequenceTensors(sequences, scaler, y)
    batches = BatchIterator(tensors, np.arange(N_SAMPLES), BATCH, order)
    net = build_net(module, build_criterion("squared_error"), **SETTINGS | settings)

    def epoch():
        with limit_threads(1, 0):
            net.run_epoch(batches, None)

    return epoch


def plain_epoch():
    """Make a call that does the same in plain torch."""
    X, y = windows()
    X, y = torch.from_numpy(X), torch.from_numpy(y.astype(np.float32))
    network, loss_of = Nothing(), nn.MSELoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def epoch():
        with limit_threads(1, 0):
            total = torch.zeros(())
            for index in torch.randperm(N_SAMPLES).split(BATCH):
                optimizer.zero_grad()
                loss = loss_of(network(X[index]), y[index])
                loss.backward()
                optimizer.step()
                total += loss.detach()

    return epoch


def torch_epoch():
    """Make a call that computes outputs, loss and gradients of one batch each time."""
    X, y = windows()
    x, y = torch.from_numpy(X[:BATCH]), torch.from_numpy(y[:BATCH].astype(np.float32))
    network, loss_of = Nothing(), nn.MSELoss()

    def epoch():
        with limit_threads(1, 0):
            for _ in range(N_SAMPLES // BATCH):
                loss_of(network(x), y).backward()

    return epoch


def main():
    """Print microseconds per update."""
    arguments = read_arguments(__doc__)
    leave_out_cells()
    sizes = {"cell": "lstm", "input_size": 1, "hidden_size": 16, "output_size": 1}
    clipped = our_epoch(build_module(0, **sizes), clip_grad_norm=1e-3)
    own, foreign = "this package, its own network", "this package, your own module"
    alone = "outputs, loss, gradients of that alone"
    calls = {
        own: our_epoch(build_module(0, **sizes)),
        "the same, gradients clipped": clipped,
        foreign: our_epoch(Nothing()),
        alone: torch_epoch(),
        "plain torch": plain_epoch(),
    }
    clock = CLOCKS["cpu" if arguments.cpu else "wall"]
    times, first = take_turns(calls, 3 if arguments.quick else 21, clock)
    n_updates = N_SAMPLES // BATCH
    show("an update without a network", times, first, 1e-6 * n_updates, "us")
    print("\nof the limit of 60 us")
    rest = {own: times[own], f"{foreign}, the rest": times[foreign] - times[alone]}
    for name, seen in rest.items():
        print(f"{name:48}{np.median(seen) / n_updates / LIMIT:20.2f}")


if __name__ == "__main__":
    main()
