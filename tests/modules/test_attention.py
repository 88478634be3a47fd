"""AdditiveAttention -> the equations in NumPy; padding weighs nothing; gradients."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_rnn.modules._alignment import LINE
from sklearn_rnn.modules._attention import AdditiveAttention
from sklearn_rnn.modules._sequence_model import SequenceModel

T, B, D = 6, 5, 4
LENGTHS = torch.tensor([6, 1, 3, 0, 5])


def make(size=D):
    attention = AdditiveAttention(size)
    generator = torch.Generator().manual_seed(0)
    attention.reset_parameters(generator)
    with torch.no_grad():
        attention.hidden.bias.normal_(generator=generator)
    return attention.double()


def states(n_timesteps=T, width=D, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_timesteps, B, width, generator=generator, dtype=torch.double)


def slow_attention(attention, h):
    """Apply the equations to one sequence (T, D)."""
    W, b = (w.detach().numpy() for w in attention.hidden.parameters())
    v = attention.score.weight.detach().numpy()[0]
    e = np.array([v @ np.tanh(W @ h_t + b) for h_t in h])
    a = np.exp(e) / np.exp(e).sum()
    return a, sum(a_t * h_t for a_t, h_t in zip(a, h, strict=True))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("lengths", [LENGTHS, None])
def test_equations(training, lengths):
    attention, h = make().train(training), states()
    a, c = attention.weights(h, lengths), attention(h, lengths)
    for i, n in enumerate([T] * B if lengths is None else lengths):
        expected_a, expected_c = slow_attention(attention, h[:n, i].numpy())
        assert_allclose(a[:n, i].detach(), expected_a)
        assert_allclose(c[i].detach(), expected_c + np.zeros(D))


@pytest.mark.parametrize("training", [True, False])
class TestPadding:
    def test_weights_are_exactly_zero_there_and_one_in_sum(self, training):
        a = make().train(training).weights(states(), LENGTHS).detach()
        behind = torch.arange(T)[:, None] >= LENGTHS
        assert (a[behind] == 0).all()
        assert (a[~behind] > 0).all()
        assert_allclose(a.sum(0), [1, 1, 1, 0, 1])

    def test_a_sequence_without_steps_gives_zeros(self, training):
        c = make().train(training)(states(), LENGTHS)
        assert (c[3] == 0).all()

    @pytest.mark.parametrize("content", [1e30, -1e30, np.inf, np.nan])
    def test_what_stands_there_changes_neither_values_nor_gradients(
        self, training, content
    ):
        attention, h = make().train(training), states()
        padded = h.clone()
        padded[torch.arange(T)[:, None] >= LENGTHS] = content
        found = []
        for each in (h, padded):
            each.requires_grad_()
            c = attention(each, LENGTHS)
            weights = [each, *attention.parameters()]
            found.append((c, *torch.autograd.grad(c.square().sum(), weights)))
        for one, other in zip(*found, strict=True):
            assert torch.equal(one, other)

    def test_large_scores_do_not_overflow(self, training):
        attention = make().train(training)
        attention.score.weight.data *= 1e4
        a = attention.weights(states(), LENGTHS).detach()
        assert_allclose(a.sum(0), [1, 1, 1, 0, 1])


@pytest.mark.parametrize("lengths", [LENGTHS, None])
def test_gradients(lengths):
    attention = make(2)
    h = states(3, width=2).requires_grad_()
    if lengths is not None:
        lengths = lengths.clamp(max=3)
    assert torch.autograd.gradcheck(
        lambda h, *_: attention(h, lengths), (h, *attention.parameters())
    )


@pytest.mark.parametrize("size", [1, 5, LINE, LINE + 1])
def test_a_sequence_has_the_same_bits_at_any_place_in_the_batch(size):
    attention = make(size).float().eval()
    h = torch.randn(4, 32, size, generator=torch.Generator().manual_seed(0))
    lengths = torch.arange(32) % 5
    c, a = attention(h, lengths), attention.weights(h, lengths)
    for shift in (1, 2, 3):
        moved = h.roll(shift, dims=1), lengths.roll(shift)
        assert torch.equal(attention(*moved), c.roll(shift, dims=0))
        assert torch.equal(attention.weights(*moved), a.roll(shift, dims=1))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_model_pools_by_it(bidirectional):
    options = {"bidirectional": bidirectional, "pooling": "attention"}
    model = SequenceModel("lstm", 3, D, 2, **options)
    model.reset_parameters(torch.Generator().manual_seed(0))
    model.double()
    x = states(width=3).transpose(0, 1)
    h = model.encoder(x.transpose(0, 1), LENGTHS)
    pooled = model.attention(h, LENGTHS)
    assert_allclose(model(x, LENGTHS).detach(), model.head(pooled).detach())
    weights = model.attention.weights(h, LENGTHS).T
    assert_allclose(model.attend(x, LENGTHS).detach(), weights.detach())


def test_number_of_parameters():
    size = 2 * D  # both directions
    plain, attending = (
        SequenceModel("gru", 3, D, 2, bidirectional=True, pooling=pooling)
        for pooling in ("mean", "attention")
    )
    assert attending.n_parameters - plain.n_parameters == size * size + size + size
