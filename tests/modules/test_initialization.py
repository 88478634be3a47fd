"""First weights: orthogonal, Xavier, zero biases, forget bias one, own generator."""

import pytest
import torch
from torch import nn

from sklearn_rnn.modules._initialization import (
    initialize_linear,
    initialize_recurrent,
)

F, H = 6, 8


def draw(owner, seed=0, **options):
    rnn = owner(F, H)
    initialize_recurrent(rnn, torch.Generator().manual_seed(seed), **options)
    return rnn


@pytest.mark.parametrize("owner", [nn.RNN, nn.LSTM, nn.GRU])
class TestRecurrent:
    def test_recurrent_weights_of_each_gate_are_orthogonal(self, owner):
        for U in draw(owner).weight_hh_l0.split(H):
            torch.testing.assert_close(U @ U.T, torch.eye(H), atol=1e-5, rtol=0)

    def test_input_weights_of_each_gate_are_xavier_uniform(self, owner):
        bound = (6 / (F + H)) ** 0.5
        for W in draw(owner).weight_ih_l0.split(H):
            assert 0.8 * bound < W.abs().max() <= bound
            assert abs(W.mean()) < 0.3 * bound

    def test_biases(self, owner):
        rnn = draw(owner)
        expected = torch.zeros_like(rnn.bias_ih_l0)
        if owner is nn.LSTM:
            expected[H : 2 * H] = 1.0  # i, f, g, o
        assert torch.equal(rnn.bias_ih_l0, expected)
        assert not rnn.bias_hh_l0.any()
        assert rnn.bias_hh_l0.requires_grad == (owner is nn.GRU)

    def test_seed_decides(self, owner):
        one, same, other = (draw(owner, seed).weight_hh_l0 for seed in (3, 3, 4))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)


def test_forget_bias():
    _, f, _, _ = draw(nn.LSTM, forget_bias=2.5).bias_ih_l0.split(H)
    assert (f == 2.5).all()


def test_linear():
    linear = nn.Linear(F, H)
    initialize_linear(linear, torch.Generator().manual_seed(0))
    bound = (6 / (F + H)) ** 0.5
    assert 0.8 * bound < linear.weight.abs().max() <= bound
    assert not linear.bias.any()
