"""First weights: what each name promises, gate by gate, from an own generator."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from sklearn_rnn.modules._initialization import (
    INPUT_INITS,
    RECURRENT_INITS,
    initialize_linear,
    initialize_recurrent,
)

F, H = 6, 8
WIDE = 40, 120  # enough for a standard deviation


def draw(owner, seed=0, sizes=(F, H), **options):
    rnn = owner(*sizes)
    initialize_recurrent(rnn, torch.Generator().manual_seed(seed), **options)
    return rnn


@pytest.mark.parametrize("owner", [nn.RNN, nn.LSTM, nn.GRU])
class TestRecurrent:
    def test_recurrent_weights_of_each_gate_are_orthogonal(self, owner):
        for U in draw(owner).weight_hh_l0.split(H):
            assert_close(U @ U.T, torch.eye(H), atol=1e-5, rtol=0)

    def test_input_weights_of_each_gate_are_xavier_uniform(self, owner):
        bound = (6 / (F + H)) ** 0.5
        for W in draw(owner).weight_ih_l0.split(H):
            assert 0.8 * bound < W.abs().max() <= bound
            assert abs(W.mean()) < 0.3 * bound

    def test_recurrent_weights_may_be_the_identity(self, owner):
        for U in draw(owner, recurrent_init="identity").weight_hh_l0.split(H):
            assert torch.equal(U, torch.eye(H))

    @pytest.mark.parametrize("part", ["recurrent", "input"])
    def test_uniform_weights_are_those_of_torch(self, owner, part):
        name = "weight_hh_l0" if part == "recurrent" else "weight_ih_l0"
        ours = getattr(draw(owner, sizes=WIDE, **{f"{part}_init": "uniform"}), name)
        theirs = getattr(owner(*WIDE), name)
        bound = 120**-0.5
        for gate, other in zip(ours.split(120), theirs.split(120), strict=True):
            assert 0.98 * bound < gate.abs().max() <= bound
            assert_close(gate.std(), other.std(), rtol=0.05, atol=0)
            assert abs(gate.mean()) < 0.05 * bound

    def test_kaiming_normal_weights_have_variance_two_over_the_inputs(self, owner):
        rnn = draw(owner, sizes=WIDE, input_init="kaiming_normal")
        for W in rnn.weight_ih_l0.split(120):
            standard = W * (40 / 2) ** 0.5
            assert_close(standard.std(), torch.tensor(1.0), rtol=0.05, atol=0)
            assert abs(standard.mean()) < 0.05
            within = (standard.abs() < 1).float().mean()  # 0.577 if uniform
            assert_close(within, torch.tensor(0.683), rtol=0.05, atol=0)

    def test_each_choice_leaves_the_other_weights_alone(self, owner):
        plain, other = draw(owner), draw(owner, recurrent_init="identity")
        assert torch.equal(plain.weight_ih_l0, other.weight_ih_l0)
        assert torch.equal(plain.bias_ih_l0, other.bias_ih_l0)

    def test_process_wide_generator_is_untouched(self, owner):
        rnn, generator = owner(F, H), torch.Generator()
        before = torch.get_rng_state()
        for recurrent_init in RECURRENT_INITS:
            for input_init in INPUT_INITS:
                initialize_recurrent(rnn, generator, recurrent_init, input_init)
        assert torch.equal(torch.get_rng_state(), before)

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
