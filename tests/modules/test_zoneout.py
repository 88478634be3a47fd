"""Zoneout against a slow loop for given draws; its rate, its mean, its bits."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from sklearn_rnn.modules import RecurrentEncoder
from sklearn_rnn.modules._alignment import LINE
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.modules._recurrent import RecurrentDirection

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
F, H, B, T = 3, 4, 5, 6

each_cell = pytest.mark.parametrize("cell", CELLS)


class Given(nn.Module):
    """Stand in for the draws of zoneout: True keeps a unit."""

    def __init__(self, kept):
        super().__init__()
        self.kept = kept

    def forward(self, ones):
        assert ones.shape == self.kept.shape
        return ones.masked_fill(self.kept, 0.0)


def make(cell, p, hidden_size=H, seed=0):
    """Make a direction with random weights, and the same one without zoneout."""
    pair = []
    for zoneout in (p, 0.0):
        options = CellOptions(zoneout=zoneout, input_init="uniform")
        direction = RecurrentDirection(cell, F, hidden_size, options, seed)
        direction.reset_parameters(torch.Generator().manual_seed(0))
        pair.append(direction.double())
    return pair


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.double)


def slow_loop(plain, x, state, kept):
    """Take single steps without zoneout, and let a share of each state stay behind."""
    states = []
    for x_t, shares in zip(x, kept, strict=True):
        _, new = plain.advance(x_t[None], state)
        state = tuple(
            share * before + (1 - share) * after
            for share, before, after in zip(shares, state, new, strict=True)
        )
        states.append(state[0])
    return torch.stack(states), state


@each_cell
class TestEquations:
    def n_states(self, cell):
        return 2 if cell == "lstm" else 1

    def begin(self, cell):
        return tuple(draw(B, H, seed=i + 1) for i in range(self.n_states(cell)))

    def test_training_keeps_the_drawn_units(self, cell):
        direction, plain = make(cell, 0.4)
        kept = draw(T, self.n_states(cell), B, H, seed=9) > 0.2
        direction.zoneout.dropout = Given(kept)
        x, state = draw(T, B, F), self.begin(cell)
        h, end = direction.advance(x, state)
        expected, expected_end = slow_loop(plain, x, state, kept.double())
        assert_close(h, expected)
        assert_close(end, expected_end)

    def test_evaluation_moves_by_the_mean(self, cell):
        direction, plain = (each.eval() for each in make(cell, 0.4))
        x, state = draw(T, B, F), self.begin(cell)
        h, end = direction.advance(x, state)
        share = torch.full((T, self.n_states(cell), 1, 1), 0.4, dtype=torch.double)
        expected, expected_end = slow_loop(plain, x, state, share)
        assert_close(h, expected)
        assert_close(end, expected_end)

    def test_one_step_of_evaluation_is_the_mean_of_training(self, cell):
        direction, _ = make(cell, 0.3)
        x = draw(1, 1, F).expand(1, 4000, F)
        state = tuple(s[:1].expand(4000, H) for s in self.begin(cell))
        drawn, drawn_end = direction.advance(x, state)
        mean, mean_end = direction.eval().advance(x[:, :1], tuple(s[:1] for s in state))
        assert_close(drawn.mean(1), mean[:, 0], atol=0.05, rtol=0)
        for one, other in zip(drawn_end, mean_end, strict=True):
            assert_close(one.mean(0), other[0], atol=0.05, rtol=0)

    def test_units_stay_at_the_given_rate(self, cell):
        direction, _ = make(cell, 0.3, hidden_size=40)
        if cell == "rnn_relu":  # a unit at zero would stay there by itself
            direction.rnn.weight_hh_l0.data.zero_()
            direction.rnn.bias_ih_l0.data += 10.0
        h = direction(draw(30, B, F))
        assert_close((h[1:] == h[:-1]).double().mean().item(), 0.3, atol=0.02, rtol=0)

    def test_goes_on_from_where_it_ended(self, cell):
        direction = make(cell, 0.4)[0].eval()
        x = draw(T, B, F)
        first, state = direction.advance(x[:2])
        second, _ = direction.advance(x[2:], state)
        assert_close(torch.cat([first, second]), direction(x))

    @pytest.mark.parametrize("training", [True, False])
    def test_gradients(self, cell, training):
        direction = make(cell, 0.4)[0].train(training)
        kept = draw(3, self.n_states(cell), B, H, seed=9) > 0.2
        direction.zoneout.dropout = Given(kept)
        x = draw(3, B, F).requires_grad_()
        used = [w for w in direction.parameters() if w.requires_grad]
        assert torch.autograd.gradcheck(
            lambda x, *_: direction(x), (x, *used), fast_mode=True
        )


@each_cell
class TestDraws:
    def test_zero_is_the_plain_path(self, cell, monkeypatch):
        none, plain = make(cell, 0.0)
        x = draw(T, B, F)
        assert torch.equal(none(x), plain(x))
        monkeypatch.setattr(torch, cell, None)  # the loop that is left by zoneout
        with pytest.raises(TypeError):
            none(x)
        make(cell, 0.1)[0](x)

    def test_seed_decides_and_each_pass_draws_anew(self, cell):
        x = draw(T, B, F)
        one, same, other = (make(cell, 0.4, seed=seed)[0] for seed in (3, 3, 4))
        first = one(x)
        assert torch.equal(first, same(x))
        assert not torch.equal(first, other(x))
        assert not torch.equal(first, one(x))
        one.zoneout.dropout._generator.manual_seed(same.zoneout.dropout.seed)
        assert torch.equal(one(x), first)  # and nothing else has a stream

    def test_process_wide_generator_is_untouched(self, cell):
        direction, _ = make(cell, 0.4)
        before = torch.get_rng_state()
        direction(draw(T, B, F))
        assert torch.equal(torch.get_rng_state(), before)

    def test_training_alone_draws(self, cell):
        direction = make(cell, 0.4)[0].eval()
        assert torch.equal(direction(draw(T, B, F)), direction(draw(T, B, F)))
        assert direction.zoneout.dropout._generator is None


def test_an_lstm_draws_for_its_cell_apart():
    direction, plain = make("lstm", 0.5, hidden_size=40)
    x = draw(1, B, F)
    state = draw(B, 40), draw(B, 40, seed=1)
    _, (h, c) = direction.advance(x, state)
    _, (new_h, _) = plain.advance(x, state)
    kept_h, kept_c = h == state[0], c == state[1]
    assert 0.2 < (kept_h & kept_c).double().mean() < 0.3
    assert_close(h[~kept_h], new_h[~kept_h])  # from the cell before its own zoneout


@each_cell
def test_ragged_sequences_read_both_ways_are_as_alone(cell):
    options = CellOptions(zoneout=0.4)
    encoder = RecurrentEncoder(cell, F, H, 2, True, options=options)
    encoder.reset_parameters(torch.Generator().manual_seed(0))
    encoder.double().eval()
    x, lengths = draw(T, B, F), torch.tensor([6, 1, 3, 0, 5])
    padded = x.masked_fill((torch.arange(T)[:, None] >= lengths)[:, :, None], 1e30)
    h = encoder(padded, lengths)
    for i, n in enumerate(lengths):
        if n:
            assert_close(h[:n, i], encoder(x[:n, i : i + 1])[:, 0])


@pytest.mark.parametrize("hidden_size", [1, 5, LINE, LINE + 1])
@each_cell
def test_a_sequence_has_the_same_bits_at_any_place_in_the_batch(cell, hidden_size):
    direction = make(cell, 0.3, hidden_size)[0].float().eval()
    x = torch.randn(4, 32, F, generator=torch.Generator().manual_seed(0))
    h = direction(x)
    for shift in (1, 2, 3):
        assert torch.equal(direction(x.roll(shift, dims=1)), h.roll(shift, dims=1))
