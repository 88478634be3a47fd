"""Weights, inputs and states of a cell, drawn at random, and their comparison."""

import torch

CELLS = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def draw(cell, T, B, F, H, seed=0):
    """Draw x, weights and initial states of a cell."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=generator)

    M = CELLS[cell] * H
    weights = [normal(*shape) / H**0.5 for shape in ((M, F), (M, H), (M,), (M,))]
    weights[1] *= 0.5  # keeps what a relu gives finite
    state = tuple(normal(B, H) for _ in range(1 + (cell == "lstm")))
    return normal(T, B, F), weights, state


def rows_of(state, index):
    return tuple(part[index] for part in state)


def assert_same_bits(one, other):
    (h, final), (other_h, other_final) = one, other
    assert torch.equal(h, other_h)
    assert len(final) == len(other_final)
    assert all(map(torch.equal, final, other_final))
