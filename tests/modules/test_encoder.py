"""Stacks of layers against NumPy, value by value; padding changes nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from slow_cells import slow_direction

from sklearn_rnn.modules import RecurrentEncoder, RecurrentLayer
from sklearn_rnn.modules._alignment import LINE
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.modules._encoder import reverse_steps

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
F, H, B, T = 3, 4, 5, 6
DROPPING_HALF = CellOptions(recurrent_dropout=0.5, zoneout=0.5)


def make(cell, n_features=F, hidden_size=H, *args, **options):
    encoder = RecurrentEncoder(cell, n_features, hidden_size, *args, **options)
    encoder.reset_parameters(torch.Generator().manual_seed(0))
    return encoder.double()


def shake(module):
    """Move weights away from where they begin, such as at one or zero."""
    generator = torch.Generator().manual_seed(1)
    for weights in module.parameters():
        if weights.requires_grad:
            noise = torch.randn(weights.shape, generator=generator, dtype=torch.double)
            weights.data += noise / 2


def sequences(n_timesteps=T, seed=0, width=F):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_timesteps, B, width, generator=generator, dtype=torch.double)


def slow_encoder(encoder, x):
    """Stack the layers and directions of an encoder over one array (T, F)."""
    for layer, norm in zip(encoder.layers, encoder.norms, strict=True):
        ahead, *back = layer.directions
        states = [slow_direction(ahead, x)]
        if back:
            states.append(slow_direction(back[0], x[::-1])[::-1])
        x = np.concatenate(states, axis=1)
        if isinstance(norm, torch.nn.LayerNorm):
            weight, bias = norm.weight.detach().numpy(), norm.bias.detach().numpy()
            spread = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
            x = (x - x.mean(axis=1, keepdims=True)) / spread * weight + bias
    return x


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("cell", CELLS)
class TestStack:
    @pytest.mark.parametrize("bidirectional", [False, True])
    @pytest.mark.parametrize("num_layers", [1, 2, 3])
    @pytest.mark.parametrize("layer_norm", [False, True])
    def test_of_ragged_sequences(
        self, cell, training, num_layers, bidirectional, layer_norm
    ):
        encoder = make(cell, F, H, num_layers, bidirectional, layer_norm=layer_norm)
        shake(encoder.train(training))
        x, lengths = sequences(), torch.tensor([6, 1, 3, 0, 5])
        h = encoder(x, lengths).detach()
        for i, n in enumerate(lengths):
            expected = slow_encoder(encoder, x[:n, i].numpy()) if n else h[:0, i]
            assert_allclose(h[:n, i], expected, rtol=1e-7, atol=1e-12)

    def test_gradients(self, cell, training):
        encoder = make(cell, 2, 2, 2, bidirectional=True, layer_norm=True)
        encoder.train(training)
        x = sequences(3, width=2)[:, :3].clone().requires_grad_()
        lengths = torch.tensor([3, 1, 2])
        used = [w for w in encoder.parameters() if w.requires_grad]

        def outputs(x, *weights):
            h = encoder(x, lengths)
            real = torch.arange(3)[:, None] < lengths
            return h * real[:, :, None]

        assert torch.autograd.gradcheck(outputs, (x, *used), fast_mode=True)

    def test_goes_on_from_where_it_ended(self, cell, training):
        encoder = make(cell, num_layers=2, layer_norm=True).train(training)
        x = sequences()
        first, states = encoder.advance(x[:2])
        second, _ = encoder.advance(x[2:], states)
        assert_allclose(torch.cat([first, second]).detach(), encoder(x).detach())


def test_a_layer_is_an_encoder_without_a_stack():
    layer = RecurrentLayer("gru", F, H, bidirectional=True).double()
    encoder = make("gru", bidirectional=True)
    layer.load_state_dict(encoder.layers[0].state_dict())
    assert torch.equal(layer(sequences()), encoder(sequences()))


@st.composite
def paddings(draw):
    """Draw the lengths of a batch, how much stands behind it, and what."""
    lengths = draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    extra = draw(st.integers(0, 6))
    content = draw(st.sampled_from([0.0, -1e30, 1e30, np.nan, np.inf]))
    return torch.tensor(lengths), extra, content


class TestPadding:
    @settings(max_examples=20)
    @given(
        bidirectional=st.booleans(),
        num_layers=st.integers(1, 3),
        layer_norm=st.booleans(),
        training=st.booleans(),
        padding=paddings(),
    )
    @pytest.mark.parametrize("cell", CELLS)
    def test_changes_no_state(
        self, cell, bidirectional, num_layers, layer_norm, training, padding
    ):
        lengths, extra, content = padding
        encoder = make(cell, F, H, num_layers, bidirectional, layer_norm=layer_norm)
        encoder.train(training)
        longest = max(1, int(lengths.max()))
        x = sequences(longest + extra)[:, : len(lengths)]
        padded = x.clone()
        padded[torch.arange(len(x))[:, None] >= lengths] = content
        h = encoder(padded, lengths).detach()
        for i, n in enumerate(lengths):
            alone = encoder(x[:n, i : i + 1]).detach() if n else h[:0, i : i + 1]
            assert_allclose(h[:n, i], alone[:, 0], rtol=1e-12, atol=1e-15)

    def test_reversal_is_its_own_inverse(self):
        x, lengths = sequences(), torch.tensor([6, 1, 3, 0, 5])
        reverse = reverse_steps(x, lengths)
        assert torch.equal(reverse_steps(reverse, lengths), x)
        assert torch.equal(reverse[:3, 2], x[:3, 2].flip(0))
        assert torch.equal(reverse[3:, 2], x[3:, 2])
        assert torch.equal(reverse_steps(x), x.flip(0))


@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("hidden_size", [1, 5, LINE, LINE + 1])
@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_has_the_same_bits_at_any_place_in_the_batch(
    cell, hidden_size, layer_norm
):
    encoder = make(cell, 5, hidden_size, 2, True, layer_norm=layer_norm).float().eval()
    x = torch.randn(4, 32, 5, generator=torch.Generator().manual_seed(0))
    h = encoder(x)
    for shift in (1, 2, 3):
        assert torch.equal(encoder(x.roll(shift, dims=1)), h.roll(shift, dims=1))


class TestDropout:
    def test_acts_between_layers_only(self):
        one, two = (make("lstm", num_layers=n, dropout=0.5) for n in (1, 2))
        x = sequences()
        assert torch.equal(one(x), one(x))  # the reader of the states drops these
        assert not torch.equal(two(x), two(x))
        assert torch.equal(two.eval()(x), two(x))

    def test_no_two_parts_drop_alike(self):
        encoder = make("lstm", F, H, 3, True, 0.5, options=DROPPING_HALF, seed=7)
        seeds = [m.seed for m in encoder.modules() if hasattr(m, "seed")]
        assert len(set(seeds)) == len(seeds) == 3 * 2 * 2 + 2


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("num_layers", [1, 2])
class TestLayerNorm:
    def test_states_have_mean_zero_and_variance_one(self, num_layers, training):
        encoder = make("lstm", F, 32, num_layers, layer_norm=True).train(training)
        h = encoder(100 * sequences())  # the larger, the less epsilon matters
        assert_allclose(h.mean(2).detach(), 0, atol=1e-12)
        assert_allclose(h.var(2, correction=0).detach(), 1, rtol=1e-3)

    def test_the_recurrence_itself_is_not_normalised(self, num_layers, training):
        encoder = make("gru", num_layers=num_layers, layer_norm=True).train(training)
        plain = make("gru", num_layers=num_layers).train(training)
        _, [end, *_] = encoder.advance(sequences())
        _, [expected, *_] = plain.advance(sequences())
        assert torch.equal(end[0], expected[0])  # (h,) of the first layer


@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_states_show_what_was_shown_last(cell, layer_norm):
    encoder = make(cell, num_layers=2, layer_norm=layer_norm)
    shake(encoder.norms)
    h, states = encoder.advance(sequences())
    assert torch.equal(encoder.shown(states), h[-1])


def test_number_of_parameters_counts_those_of_the_norms():
    plain, normed = (make("gru", num_layers=3, layer_norm=n) for n in (False, True))
    assert normed.n_parameters == plain.n_parameters + 3 * 2 * H
    assert plain.state_dict().keys() < normed.state_dict().keys()
