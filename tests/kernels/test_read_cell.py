"""Compiled cells that are only read, against torch's own, and bits in any company."""

import subprocess
import sys
from functools import partial

import pytest
import torch
from drawn_cells import CELLS, assert_same_bits, draw, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from sklearn_rnn.kernels import _read_cell
from sklearn_rnn.kernels._read_cell import read_cell

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")

SHAPES = [  # T, B, F, H
    (1, 1, 1, 1),
    (2, 3, 1, 2),
    (3, 5, 2, 16),
    (4, 70, 9, 17),
    (5, 32, 33, 40),
    (6, 1, 50, 64),
    (7, 33, 4, 81),
    (200, 6, 1, 5),
]
each_cell = pytest.mark.parametrize("cell", CELLS)
pytestmark = pytest.mark.usefixtures("no_gradients")


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


def run_torch(cell, x, weights, state, dtype=torch.float64):
    """Run torch's own cell."""
    x, *weights = (each.to(dtype) for each in (x, *weights))
    before = tuple(each[None].to(dtype) for each in state)
    step = getattr(torch, cell)
    options = (True, 1, 0.0, False, False, False)
    h, *final = step(x, before if cell == "lstm" else before[0], weights, *options)
    return h, tuple(each[0] for each in final)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@each_cell
def test_states_are_those_of_torch_in_float64(cell, shape):
    drawn = draw(cell, *shape)
    h, final = read_cell(cell, *drawn)
    expected, expected_final = run_torch(cell, *drawn)
    assert_close(h.double(), expected, rtol=1e-5, atol=5e-6)
    for ours, theirs in zip(final, expected_final, strict=True):
        assert_close(ours.double(), theirs, rtol=1e-5, atol=5e-6)


@each_cell
class TestBits:
    @given(
        n_sequences=st.integers(1, 70),
        n_units=st.integers(1, 70),
        n_features=st.integers(1, 9),
        seed=st.integers(0, 999),
    )
    @settings(max_examples=20)
    def test_a_sequence_has_the_same_ones_in_any_company(
        self, cell, n_sequences, n_units, n_features, seed
    ):
        x, weights, state = draw(cell, 3, n_sequences, n_features, n_units, seed)
        h, final = read_cell(cell, x, weights, state)
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(n_sequences, generator=generator)
        for index in (order, order[: n_sequences // 2 + 1], order[:1]):
            part = read_cell(cell, x[:, index], weights, rows_of(state, index))
            assert_same_bits(part, (h[:, index], rows_of(final, index)))

    def test_reading_on_gives_those_of_reading_at_once(self, cell):
        x, weights, state = draw(cell, 9, 5, 2, 20)
        expected = read_cell(cell, x, weights, state)
        pieces = []
        for piece in x.split([1, 3, 1, 4]):
            h, state = read_cell(cell, piece, weights, state)
            pieces.append(h)
        assert_same_bits((torch.cat(pieces), state), expected)

    def test_any_layout_in_memory(self, cell):
        x, weights, state = draw(cell, 4, 40, 3, 6)
        expected = read_cell(cell, x, weights, state)
        x = x.transpose(0, 1).contiguous().transpose(0, 1)
        weights = [w.t().contiguous().t() if w.ndim == 2 else w for w in weights]
        state = tuple(part.t().contiguous().t() for part in state)
        assert_same_bits(read_cell(cell, x, weights, state), expected)


@each_cell
class TestReliability:
    def test_what_goes_in_is_left_alone(self, cell):
        x, weights, state = draw(cell, 4, 3, 2, 5)
        before = [each.clone() for each in (x, *weights, *state)]
        h, final = read_cell(cell, x, weights, state)
        h.zero_(), final[0].zero_()
        assert all(map(torch.equal, (x, *weights, *state), before))

    def test_nan_stays_in_its_sequence(self, cell):
        x, weights, state = draw(cell, 4, 6, 2, 5)
        expected, _ = read_cell(cell, x, weights, state)
        x[2, 1, 0] = torch.nan
        h, _ = read_cell(cell, x, weights, state)
        assert h[2:, 1].isnan().all()
        others = [0, 2, 3, 4, 5]
        assert torch.equal(h[:, others], expected[:, others])

    def test_large_raw_inputs(self, cell):
        x, weights, state = draw(cell, 6, 8, 1, 16)
        x *= 1e5
        h, _ = read_cell(cell, x, weights, state)
        expected, _ = run_torch(cell, x, weights, state)
        assert_close(h.double(), expected, rtol=1e-4, atol=1e-5)


@each_cell
class TestTorchIsToRun:
    def test_in_float64(self, cell):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        weights = [w.double() for w in weights]
        doubled = tuple(part.double() for part in state)
        assert read_cell(cell, x.double(), weights, doubled) is None

    @pytest.mark.parametrize("place", range(3))
    def test_where_a_gradient_is_asked_for(self, cell, place):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        (x, weights[0], state[0])[place].requires_grad_()
        assert read_cell(cell, x, weights, state) is not None
        with torch.enable_grad():
            assert read_cell(cell, x, weights, state) is None

    @pytest.mark.parametrize(
        ("n_threads", "H", "compiled"),
        [(1, 40, True), (2, 40, False), (2, 2, True)],
    )
    def test_where_threads_share_a_large_step(
        self, cell, n_threads, H, compiled, monkeypatch
    ):
        """However few sequences there are: one alone must have the same bits."""
        monkeypatch.setattr(_read_cell, "WORK_FOR_THREADS", 32 * 4 * 2 * 4 + 1)
        monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
        for B in (1, 32, 500):
            drawn = draw(cell, 2, B, 2, H)
            assert (read_cell(cell, *drawn) is not None) == compiled

    def test_where_torch_is_as_fast(self, cell, monkeypatch):
        monkeypatch.setattr(_read_cell, "MOST_LSTM_WEIGHTS", 4 * 3 * (2 + 3))
        assert read_cell(cell, *draw(cell, 2, 5, 2, 3)) is not None
        larger = read_cell(cell, *draw(cell, 2, 5, 3, 3))
        assert (larger is None) == (cell == "lstm")

    def test_without_numba(self, cell, monkeypatch):
        monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
        assert read_cell(cell, *draw(cell, 3, 5, 2, 3)) is None

    def test_without_steps(self, cell):
        assert read_cell(cell, *draw(cell, 0, 5, 2, 3)) is None

    @pytest.mark.filterwarnings("ignore:.torch.jit.trace. is deprecated")
    @pytest.mark.filterwarnings("ignore:.torch.jit.trace_method. is deprecated")
    @pytest.mark.parametrize(
        "record", [partial(torch.jit.trace, check_trace=False), torch.export.export]
    )
    def test_while_a_program_is_recorded(self, cell, record):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        read = []

        class Reader(torch.nn.Module):
            def forward(self, x):
                read.append(read_cell(cell, x, weights, state))
                return x + 1

        record(Reader(), (x,))
        assert set(read) == {None}


def test_missing_numba_is_noticed():
    program = """if True:
        import sys
        sys.modules["numba"] = None
        from sklearn_rnn.kernels._read_cell import _has_numba
        assert not _has_numba()
    """
    subprocess.run([sys.executable, "-c", program], check=True)
