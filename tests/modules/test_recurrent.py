"""Cells against NumPy written from the guide's equations; recurrent dropout."""

import pytest
import torch
from numpy.testing import assert_allclose
from slow_cells import slow_direction

from sklearn_rnn.kernels import _read_cell
from sklearn_rnn.modules import _recurrent
from sklearn_rnn.modules._alignment import LINE
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.modules._recurrent import RecurrentDirection
from sklearn_rnn.training._build import build_module

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
F, H, B, T = 3, 4, 5, 6
DROPPING_HALF = CellOptions(recurrent_dropout=0.5)
DROPPING_A_QUARTER = CellOptions(recurrent_dropout=0.25)


def draw_weights(module, seed=0):
    """Draw all weights, those that stand in the frozen biases excepted."""
    generator = torch.Generator().manual_seed(seed)
    for weights in module.parameters():
        if weights.requires_grad:
            weights.data = torch.randn(weights.shape, generator=generator) / 2
    return module.double()


def make(*args, **options):
    """Make a direction whose redundant bias is zero and frozen, all else random."""
    direction = RecurrentDirection(*args, **options)
    direction.reset_parameters(torch.Generator().manual_seed(0))
    return draw_weights(direction)


def sequences(n_timesteps=T, seed=0, width=F):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_timesteps, B, width, generator=generator, dtype=torch.double)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("cell", CELLS)
class TestEquations:
    def test_one_direction(self, cell, training):
        direction = make(cell, F, H).train(training)
        x = sequences()
        h = direction(x).detach().numpy()
        for i in range(B):
            assert_allclose(h[:, i], slow_direction(direction, x[:, i].numpy()))

    def test_equals_torch(self, cell, training):
        direction = make(cell, F, H).train(training)
        name = {"lstm": "LSTM", "gru": "GRU"}.get(cell, "RNN")
        options = {"nonlinearity": cell[4:]} if name == "RNN" else {}
        theirs = getattr(torch.nn, name)(F, H, **options).double()
        ours = direction.rnn.all_weights[0]
        with torch.no_grad():
            for weights, drawn in zip(theirs.parameters(), ours, strict=True):
                weights.copy_(drawn)
            if cell == "gru":  # torch adds both biases of r and z; we have one
                theirs.bias_hh_l0[: 2 * H] = 0
        x = sequences()
        assert_allclose(direction(x).detach(), theirs(x)[0].detach())

    def test_gradients(self, cell, training):
        direction = make(cell, 2, 2).train(training)
        x = sequences(3, width=2).requires_grad_()
        used = [w for w in direction.parameters() if w.requires_grad]
        assert torch.autograd.gradcheck(lambda x, *_: direction(x), (x, *used))


@pytest.mark.parametrize(
    ("cell", "n_features", "hidden_size", "expected"),
    [
        ("rnn_tanh", 50, 128, 22_912),  # the guide's figure
        ("rnn_relu", 50, 128, 22_912),
        ("lstm", 7, 5, 4 * 5 * (7 + 5 + 1)),
        ("gru", 7, 5, 3 * 5 * (7 + 5 + 1) + 5),
    ],
)
def test_number_of_parameters(cell, n_features, hidden_size, expected):
    direction = RecurrentDirection(cell, n_features, hidden_size)
    assert direction.n_parameters == expected


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW])
@pytest.mark.parametrize("cell", CELLS)
def test_redundant_bias_stays_zero(cell, optimizer, weight_decay):
    direction = RecurrentDirection(cell, F, H)
    direction.reset_parameters(torch.Generator().manual_seed(0))
    updates = optimizer(direction.parameters(), lr=0.1, weight_decay=weight_decay)
    x = sequences().float()
    for _ in range(5):
        updates.zero_grad()
        direction(x).square().sum().backward()
        updates.step()
    _, _, bias, second_bias = direction.rnn.all_weights[0]
    n_redundant = 2 * H if cell == "gru" else len(second_bias)
    assert (second_bias[:n_redundant] == 0).all()
    assert (second_bias[n_redundant:] != 0).all()  # the GRU's bias inside r * (...)
    assert (bias != 0).all()


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("hidden_size", [1, 5, LINE, LINE + 1])
@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_a_sequence_has_the_same_bits_at_any_place_in_the_batch(
    cell, hidden_size, compiled, monkeypatch
):
    if not compiled:
        monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
    direction = make(cell, 5, hidden_size).float().eval()
    x = torch.randn(4, 32, 5, generator=torch.Generator().manual_seed(0))
    h = direction(x)
    for shift in (1, 2, 3):
        assert torch.equal(direction(x.roll(shift, dims=1)), h.roll(shift, dims=1))


class TestReading:
    """In evaluation, without gradients: compiled code where it is, or torch."""

    @pytest.fixture
    def read(self, monkeypatch):
        """Count what compiled code has read."""
        calls = []

        def spy(*args):
            calls.append(read_cell(*args))
            return calls[-1]

        read_cell = _recurrent.read_cell
        monkeypatch.setattr(_recurrent, "read_cell", spy)
        return calls

    @pytest.mark.parametrize("cell", CELLS)
    @torch.no_grad()
    def test_compiled_code_and_torch_agree(self, cell, read, monkeypatch):
        pytest.importorskip("numba")
        direction = make(cell, F, H, DROPPING_HALF).float().eval()
        x, state = sequences().float(), direction.zero_state(B)
        state = tuple(part + 0.5 for part in state)
        h, end = direction.advance(x, state)
        assert len(read) == 1
        assert read[0] is not None
        monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
        expected, expected_end = direction.advance(x, state)
        assert read[1] is None
        assert_allclose(h, expected, atol=1e-6)
        for ours, theirs in zip(end, expected_end, strict=True):
            assert_allclose(ours, theirs, atol=1e-6)
        assert not torch.equal(h, direction(x))  # which begins from zeros

    @pytest.mark.parametrize("cell", CELLS)
    def test_training_and_zoneout_are_none_of_its_business(self, cell, read):
        make(cell, F, H).float()(sequences().float())
        make(cell, F, H, CellOptions(zoneout=0.5)).float().eval()(sequences().float())
        assert not read


class TestRecurrentDropout:
    @pytest.mark.parametrize("cell", CELLS)
    def test_drops_recurrent_weights(self, cell):
        direction = make(cell, F, 40, DROPPING_A_QUARTER)
        weight_ih, weight_hh, *_ = direction.rnn.all_weights[0]
        used_ih, used_hh, *_ = direction._weights()
        dropped = used_hh == 0
        assert torch.equal(used_ih, weight_ih)
        assert_allclose(dropped.double().mean(), 0.25, atol=0.03)
        assert_allclose(used_hh[~dropped].detach(), weight_hh[~dropped].detach() / 0.75)
        assert torch.equal(direction.eval()._weights()[1], weight_hh)

    def test_changes_training_only(self):
        dropping, plain = make("gru", F, H, DROPPING_HALF), make("gru", F, H)
        x = sequences()
        first_step, later_steps = (dropping(x) != plain(x)).split([1, T - 1])
        assert not first_step.any()  # its state before is zero
        assert later_steps.any()
        assert torch.equal(dropping.eval()(x), plain.eval()(x))


@pytest.mark.parametrize("has_code", [True, False])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["last", "mean", "attention"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
def test_one_sequence_expanded_to_many(
    cell, pooling, bidirectional, has_code, monkeypatch
):
    read = [] if has_code else None

    read_cell = _read_cell.read_cell

    def note(cell, x, weights, state):
        if read is None:
            return None
        read.append(x.shape[1])
        return read_cell(cell, x, weights, state)

    monkeypatch.setattr(_recurrent, "read_cell", note)
    options = {"pooling": pooling, "bidirectional": bidirectional, "num_layers": 2}
    sizes = {"input_size": 3, "hidden_size": 5, "output_size": 2}
    module = build_module(0, cell=cell, **sizes, **options).eval()
    x = torch.randn(1, 6, 3, generator=torch.Generator().manual_seed(0))
    lengths = torch.tensor([4])
    with torch.inference_mode():
        expanded = module(x.expand(32, -1, -1), lengths.expand(32))
        noted = list(read or [])
        copied = module(x.repeat(32, 1, 1), lengths.repeat(32))
    assert torch.equal(expanded, copied)
    if has_code and not bidirectional:
        pytest.importorskip("numba", reason="numba is missing: torch reads all")
        assert noted == [1, 1]
