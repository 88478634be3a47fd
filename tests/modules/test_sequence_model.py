"""SequenceModel: padding, company and order change no output; dropout acts."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_rnn.modules import SequenceModel
from sklearn_rnn.modules._cell_options import CellOptions

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
F, H, N_OUTPUTS = 2, 3, 2


def make(cell, **options):
    model = SequenceModel(cell, F, H, N_OUTPUTS, **options)
    model.reset_parameters(torch.Generator().manual_seed(0))
    return model.double().eval()


def batch(lengths, n_timesteps, content=0.0):
    """Draw sequences (B, T, F) that depend on their number only, padded behind."""
    x = torch.full((len(lengths), n_timesteps, F), content, dtype=torch.double)
    for i, n in enumerate(lengths):
        x[i, :n] = torch.from_numpy(np.random.default_rng(i).normal(size=(n, F)))
    return x, torch.tensor(lengths)


@settings(max_examples=15)
@given(
    pooling=st.sampled_from(["last", "mean", "max"]),
    bidirectional=st.booleans(),
    num_layers=st.integers(1, 3),
    layer_norm=st.booleans(),
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    extra=st.integers(0, 6),
    content=st.sampled_from([0.0, 1e30, np.nan, np.inf]),
)
@pytest.mark.parametrize("cell", CELLS)
def test_padding_and_company_change_nothing(
    cell, pooling, bidirectional, num_layers, layer_norm, lengths, extra, content
):
    model = make(
        cell,
        pooling=pooling,
        bidirectional=bidirectional,
        num_layers=num_layers,
        layer_norm=layer_norm,
    )
    longest = max(1, *lengths, 0)
    outputs = model(*batch(lengths, longest + extra, content)).detach()
    x, _ = batch(lengths, longest)
    for i, n in enumerate(lengths):
        alone = model(x[i : i + 1, : max(n, 1)], torch.tensor([n])).detach()
        assert_allclose(outputs[i : i + 1], alone, rtol=1e-12, atol=1e-15)
        if n:
            dense = model(x[i : i + 1, :n]).detach()
            assert_allclose(dense, alone, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("cell", CELLS)
def test_order_of_the_batch_is_kept(cell, pooling):
    model = make(cell, pooling=pooling, bidirectional=True)
    x, lengths = batch([4, 0, 2, 3], 4)
    order = torch.tensor([2, 0, 3, 1])
    assert_allclose(
        model(x[order], lengths[order]).detach(),
        model(x, lengths)[order].detach(),
        rtol=1e-12,
        atol=1e-15,
    )


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("cell", CELLS)
def test_an_empty_sequence_gives_the_bias(cell, pooling):
    model = make(cell, pooling=pooling, bidirectional=True, layer_norm=True)
    model.head.bias.data = torch.tensor([0.5, -2.0], dtype=torch.double)
    x, lengths = batch([0, 3], 3, content=np.nan)
    assert torch.equal(model(x, lengths)[0], model.head.bias)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_dropout_acts_with_any_number_of_layers(num_layers):
    model = make("lstm", num_layers=num_layers, dropout=0.5).train()
    x, lengths = batch([4, 4, 4], 4)
    assert not torch.equal(model(x, lengths), model(x, lengths))
    model.eval()
    assert torch.equal(model(x, lengths), model(x, lengths))


@pytest.mark.parametrize("bptt_steps", [None, 2])
def test_input_dropout_is_the_same_at_every_step(bptt_steps):
    model = make("gru", input_dropout=0.5, bptt_steps=bptt_steps)
    x, lengths = batch([5] * 40, 5)
    kept = make("gru", input_dropout=0.5).train().inputs.dropout.draw(x.transpose(0, 1))
    assert 0.3 < (kept == 0).double().mean() < 0.7
    expected = make("gru")(x * kept[:, None], lengths).detach()
    assert_allclose(model.train()(x, lengths).detach(), expected, rtol=1e-12)
    assert (model(x, lengths) != expected).any()
    assert torch.equal(model.eval()(x, lengths), make("gru")(x, lengths))


def test_no_two_parts_drop_alike():
    model = make("lstm", num_layers=3, bidirectional=True)
    seeds = [m.seed for m in model.modules() if hasattr(m, "seed")]
    assert len(set(seeds)) == len(seeds) == 3 * 2 * 2 + 2 + 1 + 1


def test_training_and_evaluation_agree_without_dropout():
    model = make("gru", num_layers=2, bidirectional=True)
    x, lengths = batch([4, 1, 3], 4)
    assert_allclose(
        model(x, lengths).detach(), model.train()(x, lengths).detach(), rtol=1e-12
    )


def test_process_wide_generator_is_untouched():
    options = CellOptions(recurrent_dropout=0.5, zoneout=0.5)
    model = make("lstm", dropout=0.5, input_dropout=0.5, options=options).train()
    before = torch.get_rng_state()
    model(*batch([4, 4], 4))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_number_of_parameters(cell, bidirectional, num_layers, layer_norm):
    """What is counted is what can change."""
    model = make(
        cell, bidirectional=bidirectional, num_layers=num_layers, layer_norm=layer_norm
    ).train()
    model(*batch([4, 3, 2], 4)).square().sum().backward()
    counted = sum(int(w.numel()) for w in model.parameters() if w.grad is not None)
    if cell == "gru":  # r and z have one bias each
        counted -= 2 * H * num_layers * (1 + bidirectional)
    assert model.n_parameters == counted


def test_gradients_reach_every_weight():
    model = make("lstm", num_layers=2, bidirectional=True).train()
    x, lengths = batch([4, 1, 3], 4)
    used = [w for w in model.parameters() if w.requires_grad]
    assert torch.autograd.gradcheck(lambda *_: model(x, lengths), used)
