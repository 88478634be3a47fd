"""Layers of their own sizes, and residual ones -> stacks of torch put up by hand."""

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from sklearn_rnn.modules import RecurrentEncoder
from sklearn_rnn.modules._encoder import layer_sizes

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
F, B, T = 3, 5, 6
LENGTHS = torch.tensor([6, 1, 3, 2, 5])


def make(cell, hidden_size, **options):
    encoder = RecurrentEncoder(cell, F, hidden_size, **options)
    generator = torch.Generator().manual_seed(0)
    encoder.reset_parameters(generator)
    for weights in encoder.parameters():
        if weights.requires_grad:
            weights.data += torch.randn(weights.shape, generator=generator) / 4
    return encoder.double()


def by_hand(encoder, x, residual=False):
    """Stack layers of torch over one sequence (T, F), with our weights."""
    h = x[:, None]
    for i, (layer, norm) in enumerate(zip(encoder.layers, encoder.norms, strict=True)):
        shown = norm(torch_layer(layer, h))
        h = h + shown if i and residual else shown
    return h[:, 0]


def torch_layer(layer, h):
    ahead, *back = layer.directions
    rnn = ahead.rnn
    kind = type(rnn)
    options = {"nonlinearity": ahead.cell[4:]} if kind is nn.RNN else {}
    theirs = kind(
        rnn.input_size, rnn.hidden_size, bidirectional=bool(back), **options
    ).double()
    weights = [w for each in (ahead, *back) for w in each.rnn.all_weights[0]]
    with torch.no_grad():
        for one, other in zip(theirs.parameters(), weights, strict=True):
            one.copy_(other)
    if kind is nn.GRU:  # torch adds two biases to r and z, of which we have one
        for name, bias in theirs.named_parameters():
            if name.startswith("bias_hh"):
                bias.data[: 2 * rnn.hidden_size] = 0
    return theirs(h)[0]


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("cell", CELLS)
class TestAgainstTorch:
    def check(self, encoder, residual=False):
        generator = torch.Generator().manual_seed(1)
        x = torch.randn(T, B, F, generator=generator, dtype=torch.double)
        h = encoder(x, LENGTHS).detach()
        for i, n in enumerate(LENGTHS):
            expected = by_hand(encoder, x[:n, i], residual)
            assert_allclose(h[:n, i], expected.detach(), rtol=1e-6, atol=1e-9)

    @pytest.mark.parametrize("training", [True, False])
    def test_layers_of_their_own_sizes(self, cell, layer_norm, bidirectional, training):
        options = {"layer_norm": layer_norm, "bidirectional": bidirectional}
        encoder = make(cell, (5, 2, 4), **options).train(training)
        assert encoder.hidden_sizes == (5, 2, 4)
        assert encoder.output_size == 4 * (1 + bidirectional)
        self.check(encoder)

    @pytest.mark.parametrize("training", [True, False])
    def test_residual_layers(self, cell, layer_norm, bidirectional, training):
        options = {"layer_norm": layer_norm, "bidirectional": bidirectional}
        encoder = make(cell, 4, num_layers=3, residual=True, **options)
        self.check(encoder.train(training), residual=True)


@pytest.mark.parametrize("cell", CELLS)
class TestResidual:
    def test_one_layer_has_nothing_to_add_to(self, cell):
        x = torch.randn(T, B, F, dtype=torch.double)
        one, other = (make(cell, 4, residual=r) for r in (False, True))
        assert torch.equal(one(x), other(x))

    @pytest.mark.parametrize("training", [True, False])
    def test_goes_on_from_where_it_ended(self, cell, training):
        encoder = make(cell, (4, 4), layer_norm=True, residual=True).train(training)
        x = torch.randn(T, B, F, dtype=torch.double)
        first, states = encoder.advance(x[:2])
        second, ends = encoder.advance(x[2:], states)
        whole = encoder(x)
        assert_allclose(torch.cat([first, second]).detach(), whole.detach())
        assert_allclose(encoder.shown(ends).detach(), whole[-1].detach())

    def test_gradients(self, cell):
        encoder = make(cell, 3, num_layers=2, bidirectional=False, residual=True)
        x = torch.randn(3, 2, F, dtype=torch.double, requires_grad=True)
        used = [w for w in encoder.parameters() if w.requires_grad]
        assert torch.autograd.gradcheck(
            lambda x, *_: encoder(x), (x, *used), fast_mode=True
        )


def test_sizes_are_counted():
    assert layer_sizes(4, 3) == (4, 4, 4)
    assert layer_sizes([4, 2], 1) == (4, 2)
    encoder = RecurrentEncoder("gru", 7, (5, 2))
    assert encoder.n_parameters == 3 * 5 * (7 + 5 + 1) + 5 + 3 * 2 * (5 + 2 + 1) + 2
