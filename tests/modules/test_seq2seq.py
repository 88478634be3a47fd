"""Seq2SeqModel against NumPy written from its equations; what its decoder reads."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.modules._seq2seq import Seq2SeqModel

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
F, D, K, STEPS = 2, 3, 2, 4


def make(cell="lstm", output_size=K, **options):
    model = Seq2SeqModel(cell, F, D, output_size, STEPS, **options)
    model.reset_parameters(torch.Generator().manual_seed(0))
    return model.double().eval()


def batch(lengths, n_timesteps, content=0.0):
    """Draw sequences (B, T, F) that depend on their number only, padded behind."""
    x = torch.full((len(lengths), n_timesteps, F), content, dtype=torch.double)
    for i, n in enumerate(lengths):
        x[i, :n] = torch.from_numpy(np.random.default_rng(i).normal(size=(n, F)))
    return x, torch.tensor(lengths)


def truth(n_samples, seed=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_samples, STEPS, K, generator=generator, dtype=torch.double)


def numbers(module):
    return [w.detach().numpy() for w in module.parameters()]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def take_step(cell, weights, x, state):
    """Apply the equations of a cell once, to one sequence."""
    W, U, b, b_inside = (w.reshape(-1, D, *w.shape[1:]) for w in weights)
    h, c = state
    a = W @ x + U @ h + b
    if cell == "lstm":
        i, f, g, o = sigmoid(a[0]), sigmoid(a[1]), np.tanh(a[2]), sigmoid(a[3])
        c = f * c + i * g
        return o * np.tanh(c), c
    if cell == "gru":
        r, z = sigmoid(a[0]), sigmoid(a[1])
        n = np.tanh(W[2] @ x + b[2] + r * (U[2] @ h + b_inside[2]))
        return (1 - z) * n + z * h, c
    return (np.tanh(a[0]) if cell == "rnn_tanh" else np.maximum(a[0], 0)), c


def slow_answer(model, cell, x, known=None):
    """Decode one sequence (T, F) from the definition; `known` are true outputs."""
    [layer] = model.encoder.layers
    passes = []
    for direction, steps in zip(layer.directions, (x, x[::-1]), strict=False):
        states, weights = [(np.zeros(D), np.zeros(D))], numbers(direction)
        for step in steps:
            states.append(take_step(cell, weights, step, states[-1]))
        passes.append(states[1:])
    state = [np.concatenate([states[-1][part] for states in passes]) for part in (0, 1)]
    if len(passes) == 2:
        passes[1] = passes[1][::-1]
        bridges = [numbers(bridge) for bridge in model.bridges[0]]
        state = [W @ part + b for (W, b), part in zip(bridges, state, strict=False)]
        state = [*state, np.zeros(D)][:2]
    h = np.concatenate([[s[0] for s in states] for states in passes], axis=1)  # (T, M)
    [decoder], read = model.decoder.layers[0].directions, numbers(model.feedback)[0]
    W, b = numbers(model.head)
    outputs, attended = [], []
    for s in range(STEPS):
        state = take_step(cell, numbers(decoder), read, state)
        shown = state[0]
        if model.attention is not None:
            [W_a], (W_c, b_c) = (
                numbers(model.attention.key),
                numbers(model.attention.join),
            )
            e = np.array([shown @ W_a @ h_t for h_t in h])
            a = np.exp(e) / np.exp(e).sum()
            shown = np.tanh(W_c @ np.concatenate([a @ h, shown]) + b_c)
            attended.append(a)
        outputs.append(W @ shown + b)
        read = outputs[-1] if known is None else known[s]
    return np.array(outputs), np.array(attended)


@pytest.mark.parametrize("taught", [False, True])
@pytest.mark.parametrize("attention", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_outputs_are_those_of_the_equations(cell, bidirectional, attention, taught):
    model = make(cell, bidirectional=bidirectional, attention=attention)
    lengths, known = [6, 1, 4], truth(3)
    x, n = batch(lengths, 6)
    with torch.no_grad():
        outputs = model.train(taught)(x, n, known if taught else None)
        for i, length in enumerate(lengths):
            expected, attended = slow_answer(
                model, cell, x[i, :length].numpy(), known[i].numpy() if taught else None
            )
            assert_allclose(outputs[i], expected, rtol=1e-10, atol=1e-12)
            if attention and not taught:
                weights = model.attend(x, n)[i].T  # (S, T)
                assert_allclose(weights[:, :length], attended, rtol=1e-10)
                assert (weights[:, length:] == 0).all()


@settings(max_examples=10, deadline=None)
@given(
    bidirectional=st.booleans(),
    attention=st.booleans(),
    num_layers=st.integers(1, 2),
    layer_norm=st.booleans(),
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    extra=st.integers(0, 4),
    content=st.sampled_from([0.0, 1e30, np.nan, np.inf]),
)
@pytest.mark.parametrize("cell", CELLS)
def test_padding_and_company_change_nothing(
    cell, bidirectional, attention, num_layers, layer_norm, lengths, extra, content
):
    model = make(
        cell,
        bidirectional=bidirectional,
        attention=attention,
        num_layers=num_layers,
        layer_norm=layer_norm,
    )
    longest = max(1, *lengths, 0)
    known = truth(len(lengths))
    for mode in (False, True):
        model.train(mode)
        outputs = model(*batch(lengths, longest + extra, content), known).detach()
        x, _ = batch(lengths, longest)
        for i, n in enumerate(lengths):
            one = slice(i, i + 1)
            alone = model(x[one, : max(n, 1)], torch.tensor([n]), known[one])
            assert_allclose(outputs[one], alone.detach(), rtol=1e-11, atol=1e-13)
            if n:
                dense = model(x[one, :n], None, known[one])
                assert_allclose(dense.detach(), alone.detach(), rtol=1e-11, atol=1e-13)


def test_an_empty_sequence_is_attended_to_nowhere():
    model = make(attention=True)
    x, lengths = batch([0, 3], 3, content=np.nan)
    weights = model.attend(x, lengths)
    assert (weights[0] == 0).all()
    assert_allclose(weights[1].sum(0).detach(), 1.0)
    assert model(x, lengths).isfinite().all()


@pytest.mark.parametrize("cell", CELLS)
def test_float32_training_takes_the_cell_state_of_the_last_real_step(cell):
    """The compiled cells, and oneDNN, must hold it through the padding too."""
    model = make(cell, bidirectional=True, num_layers=2).float().train()
    x, lengths = batch([9, 2, 5] * 11, 9)
    x, known = x.float(), truth(33).float()
    outputs = model(x, lengths, known)
    for i in range(3):
        alone = model(x[i : i + 1, : lengths[i]], None, known[i : i + 1])
        assert_allclose(outputs[i].detach(), alone[0].detach(), rtol=1e-4, atol=1e-6)


class Ear:
    """Listen to what a decoder reads, (n_steps, B, K)."""

    def __init__(self, model):
        self.heard = []
        advance = model.decoder.advance
        model.decoder.advance = lambda x, *rest: (
            self.heard.append(x.detach().clone()) or advance(x, *rest)
        )

    @property
    def inputs(self):
        return torch.cat(self.heard)


def test_with_ratio_one_the_decoder_reads_the_truth_of_the_step_before():
    model, known = make().train(), truth(3)
    ear = Ear(model)
    model(*batch([3, 2, 1], 3), known, 1.0)
    assert len(ear.heard) == 1  # all steps at once
    assert torch.equal(ear.inputs[1:], known.transpose(0, 1)[:-1])
    assert torch.equal(ear.inputs[0], model.feedback.start.expand(3, K))


@pytest.mark.parametrize("training", [False, True])
def test_without_truth_it_reads_its_own_output(training):
    """In prediction it does so even if it is told the truth."""
    model, known = make(attention=True).train(training), truth(3)
    ear = Ear(model)
    given = (known, 0.0) if training else (known, 1.0)
    outputs = model(*batch([3, 2, 1], 3), *given).detach()
    assert len(ear.heard) == STEPS
    assert torch.equal(ear.inputs[1:], outputs.transpose(0, 1)[:-1])


def test_with_ratio_between_a_coin_decides_for_each_sample_and_step():
    model, known = make().train(), truth(400)
    ear = Ear(model)
    outputs = model(*batch([3] * 400, 3), known, 0.7).detach()
    true = (ear.inputs[1:] == known.transpose(0, 1)[:-1]).all(dim=2)
    own = (ear.inputs[1:] == outputs.transpose(0, 1)[:-1]).all(dim=2)
    assert (true ^ own).all()
    assert_allclose(true.double().mean(1), 0.7, atol=0.08)  # 3.5 standard deviations
    assert 0.45 < (true[0] & true[1]).double().mean() < 0.53  # 0.49, if independent
    first = true.clone()
    ear.heard.clear()
    model(*batch([3] * 400, 3), known, 0.7)
    assert not torch.equal((ear.inputs[1:] == known.transpose(0, 1)[:-1]).all(2), first)


def test_where_the_truth_is_unknown_it_reads_its_own_output():
    model, known = make().train(), truth(3)
    known[0, 1] = torch.nan
    known[1, 2, 0] = torch.nan  # one number of two
    ear = Ear(model)
    outputs = model(*batch([3, 2, 1], 3), known, 1.0).detach()
    expected = torch.where(known.isnan(), outputs, known).transpose(0, 1)[:-1]
    assert torch.equal(ear.inputs[1:], expected)
    assert outputs.isfinite().all()


def test_unknown_truth_behind_the_last_known_step_costs_no_steps():
    model, known = make().train(), truth(3)
    cut = known.clone()
    cut[1, 2:] = torch.nan
    ear = Ear(model)
    outputs = model(*batch([3, 2, 1], 3), cut, 1.0).detach()
    assert len(ear.heard) == 1
    expected = model(*batch([3, 2, 1], 3), known, 1.0).detach()
    assert_allclose(outputs[1, :2], expected[1, :2], rtol=1e-12)
    assert_allclose(outputs[[0, 2]], expected[[0, 2]], rtol=1e-12)


def test_steps_one_by_one_are_the_steps_at_once():
    """Own outputs as truth must change nothing."""
    model = make("gru", num_layers=2, attention=True, residual=True).train()
    free = model(*batch([3, 2, 1], 3), truth(3), 0.0).detach()
    assert_allclose(model(*batch([3, 2, 1], 3), free).detach(), free, rtol=1e-11)


def test_labels_are_read_through_an_embedding():
    model = make(output_size=5, labels=True).train()
    codes = torch.tensor([[[0.0], [4.0], [2.0], [1.0]]], dtype=torch.double)
    ear = Ear(model)
    scores = model(*batch([3], 3), codes)
    assert scores.shape == (1, STEPS, 5)
    rows = model.feedback.embedding.weight[[5, 0, 4, 2]]  # 5 is the beginning
    assert torch.equal(ear.inputs[:, 0], rows)
    ear.heard.clear()
    scores = model.eval()(*batch([3], 3)).detach()
    chosen = scores[0].argmax(1)[:-1]
    assert torch.equal(ear.inputs[1:, 0], model.feedback.embedding.weight[chosen])


@pytest.mark.parametrize("ratio", [0.0, 1.0])
@pytest.mark.parametrize(
    "options",
    [
        {"bidirectional": True, "attention": True},
        {"cell": "gru", "num_layers": 2, "layer_norm": True, "residual": True},
        {"cell": "rnn_tanh", "attention": True},
    ],
    ids=str,
)
def test_gradients_reach_every_weight(options, ratio):
    """Through its own outputs too, and through the padding of an LSTM."""
    model = make(**options).train()
    x, lengths = batch([4, 1, 3], 4)
    used = [w for w in model.parameters() if w.requires_grad]
    assert torch.autograd.gradcheck(
        lambda *_: model(x, lengths, truth(3), ratio), used, fast_mode=True
    )


def test_dropout_acts_on_either_part():
    model = make(dropout=0.5, attention=True).train()
    x, lengths = batch([4, 4], 4)
    assert not torch.equal(model(x, lengths), model(x, lengths))
    model.eval()
    assert torch.equal(model(x, lengths), model(x, lengths))


def test_recurrent_weights_are_dropped_once_for_all_steps():
    model = make(options=CellOptions(recurrent_dropout=0.5)).train()
    [direction] = model.decoder.layers[0].directions
    drawn = []
    drop = direction.weight_drop.forward
    direction.weight_drop.forward = lambda w: drawn.append(1) or drop(w)
    model(*batch([3], 3), truth(1), 0.0)
    assert len(drawn) == 1


def test_no_two_parts_drop_alike():
    model = make(num_layers=3, bidirectional=True)
    seeds = [m.seed for m in model.modules() if hasattr(m, "seed")]
    assert len(set(seeds)) == len(seeds)


def test_process_wide_generator_is_untouched():
    options = CellOptions(recurrent_dropout=0.5, zoneout=0.5)
    model = make(dropout=0.5, input_dropout=0.5, options=options).train()
    before = torch.get_rng_state()
    model(*batch([4, 4], 4), truth(2), 0.5)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("attention", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_number_of_parameters(cell, bidirectional, attention):
    """What is counted is what can change."""
    model = make(cell, bidirectional=bidirectional, attention=attention).train()
    model(*batch([4, 3, 2], 4), truth(3), 0.5).square().sum().backward()
    counted = sum(int(w.numel()) for w in model.parameters() if w.grad is not None)
    if cell == "gru":  # r and z have one bias each
        counted -= 2 * D * (2 + bidirectional)
    assert model.n_parameters == counted
