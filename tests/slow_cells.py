"""Weights of cells, a sequence -> its states in NumPy, by the guide's equations."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn_step(activation, x, h, c, W, U, b, _):
    return activation(W[0] @ x + U[0] @ h + b[0]), c


def lstm_step(x, h, c, W, U, b, _):
    i = sigmoid(W[0] @ x + U[0] @ h + b[0])
    f = sigmoid(W[1] @ x + U[1] @ h + b[1])
    g = np.tanh(W[2] @ x + U[2] @ h + b[2])
    o = sigmoid(W[3] @ x + U[3] @ h + b[3])
    c = f * c + i * g
    return o * np.tanh(c), c


def gru_step(x, h, c, W, U, b, b_inside):
    r = sigmoid(W[0] @ x + U[0] @ h + b[0])
    z = sigmoid(W[1] @ x + U[1] @ h + b[1])
    n = np.tanh(W[2] @ x + b[2] + r * (U[2] @ h + b_inside[2]))
    return (1 - z) * n + z * h, c


STEPS = {
    "rnn_tanh": lambda *args: rnn_step(np.tanh, *args),
    "rnn_relu": lambda *args: rnn_step(lambda a: np.maximum(a, 0), *args),
    "lstm": lstm_step,
    "gru": gru_step,
}


def slow_direction(direction, x):
    """Apply the equations of the cell to one sequence (T, F), step by step."""
    hidden_size = direction.rnn.hidden_size
    W, U, b, b_inside = (
        weights.detach().numpy().reshape(-1, hidden_size, *weights.shape[1:])
        for weights in direction.rnn.all_weights[0]
    )
    h = c = np.zeros(hidden_size)
    states = []
    for step in x:
        h, c = STEPS[direction.cell](step, h, c, W, U, b, b_inside)
        states.append(h)
    return np.array(states).reshape(-1, hidden_size)
