"""Windows of rows that cells read where they stand, against the same ones cut out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_cells import CELLS, assert_same_bits, draw, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.testing import assert_close

from sklearn_rnn.kernels import _read_cell, _row_reading
from sklearn_rnn.kernels._read_cell import read_cell, read_windows
from sklearn_rnn.kernels._row_windows import RowWindows, as_sequences

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")

each_cell = pytest.mark.parametrize("cell", CELLS)
pytestmark = pytest.mark.usefixtures("no_gradients")
N_ROWS, F, H, T = 90, 4, 5, 7


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


def make_windows(first, n_timesteps=T, relative=(), n_features=F, seed=0):
    """Draw rows, and let windows begin at some of them."""
    generator = torch.Generator().manual_seed(seed)
    first, relative = torch.tensor(first), torch.tensor(relative, dtype=torch.int64)
    own = [k for k in range(n_features) if k not in relative]
    shape = len(first), len(relative)
    return RowWindows(
        torch.randn(N_ROWS, n_features, generator=generator),
        first,
        n_timesteps,
        torch.tensor(own, dtype=torch.int64),
        relative,
        torch.randn(shape, generator=generator),
        torch.rand(shape, generator=generator) + 0.5,
    )


def part_of(windows, index):
    """Keep some of the windows."""
    parts = {
        name: getattr(windows, name)[index] for name in ("first", "anchor", "spread")
    }
    return replace(windows, **parts)


def slow_window(windows, i):
    """Cut one window out step by step, (T, F)."""
    steps = []
    for t in range(windows.n_timesteps):
        row = windows.rows[min(int(windows.first[i]) + t, N_ROWS - 1)].clone()
        for a, column in enumerate(windows.relative):
            row[column] = (row[column] - windows.anchor[i, a]) / windows.spread[i, a]
        steps.append(row)
    return torch.stack(steps)


def in_order(n):
    """Begin windows at neighbouring rows."""
    return list(range(n))


IN_ORDER = in_order(N_ROWS - T + 1)
PLACES = {  # the row that each window begins at
    "in order": IN_ORDER,
    "every other": IN_ORDER[::2],
    "backward": IN_ORDER[::-1],
    "of two series": in_order(20) + list(range(50, 80)),
    "far apart": [0, 30, 60, 83],
    "the same": [5] * 40,
    "behind the last row": [*range(80, N_ROWS + 1)],
    "one": [3],
    "only behind the last row": [N_ROWS] * 3,
}


@pytest.mark.parametrize("relative", [(), (2,), (3, 0), range(F)], ids=str)
@pytest.mark.parametrize("places", PLACES)
@each_cell
def test_states_are_those_of_windows_cut_out(cell, places, relative):
    windows = make_windows(PLACES[places], relative=relative)
    x = windows.sequences()
    for i in {0, len(PLACES[places]) - 1}:
        assert torch.equal(x[:, i], slow_window(windows, i))
    _, weights, _ = draw(cell, 1, 1, F, H)
    state = tuple(
        torch.zeros(len(windows.first), H) for _ in range(1 + (cell == "lstm"))
    )
    read, expected = (
        read_windows(cell, windows, weights),
        read_cell(cell, x, weights, state),
    )
    if relative:
        assert_close(read, expected, rtol=1e-5, atol=1e-6)
    else:
        assert_same_bits(read, expected)


@each_cell
class TestBits:
    @given(
        first=st.lists(st.integers(0, N_ROWS), min_size=1, max_size=80),
        n_timesteps=st.integers(1, 40),
        n_units=st.integers(1, 40),
        n_relative=st.integers(0, F),
        is_sorted=st.booleans(),
        seed=st.integers(0, 99),
    )
    @settings(max_examples=30)
    def test_a_window_has_the_same_ones_in_any_company(
        self, cell, first, n_timesteps, n_units, n_relative, is_sorted, seed
    ):
        first = sorted(first) if is_sorted else first
        relative = range(F)[F - n_relative :]
        windows = make_windows(first, n_timesteps, relative, seed=seed)
        _, weights, _ = draw(cell, 1, 1, F, n_units, seed)
        h, final = read_windows(cell, windows, weights)
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(first), generator=generator)
        for index in (order, order[: len(first) // 2 + 1], order[:1]):
            part = read_windows(cell, part_of(windows, index), weights)
            assert_same_bits(part, (h[:, index], rows_of(final, index)))

    def test_rows_are_summed_once_or_anew(self, cell):
        """Of 40 windows 32 share rows, and the others do not."""
        first = [*in_order(32), 0, 30, 60, 83, 1, 31, 61, 82]
        windows = make_windows(first)
        _, weights, _ = draw(cell, 1, 1, F, H)
        h, _ = read_windows(cell, windows, weights)
        assert torch.equal(h[:, 32], h[:, 0])
        assert torch.equal(h[:, 36], h[:, 1])
        assert torch.equal(h[:, 33], h[:, 30])


@pytest.mark.parametrize(
    ("first", "n_rows", "low", "n_shared"),
    [
        (range(3, 35), N_ROWS, 3, 32 + 20 - 1),
        (range(31, -1, -1), N_ROWS, 0, 32 + 20 - 1),
        (range(0, 32, 2), N_ROWS, 0, 31 + 20 - 1),
        (range(0, 32, 16), N_ROWS, 0, 0),
        (range(40, 72), 50, 40, 10),
        (range(50, 82), 50, 50, 0),
        (range(-1, 31), N_ROWS, -1, 0),
    ],
)
def test_rows_that_windows_share_are_weighed_once(first, n_rows, low, n_shared):
    """Windows of 20 steps in order share nearly all of their rows."""
    rows = make_windows([0]).rows[:n_rows].numpy()
    w, bias = np.ones((F, 1, 16), np.float32), np.ones((1, 16), np.float32)
    columns = np.arange(F)
    sum_shared, first = _row_reading._sum_shared, np.array(first)
    found, sums = sum_shared(rows, first, 20, columns, w, bias)
    assert (found, len(sums)) == (low, n_shared)
    expected = 1 + rows[low : low + n_shared].sum(axis=1)
    assert_allclose(sums[:, 0], expected[: len(sums)], rtol=1e-5, atol=1e-5)
    _, sums = sum_shared(rows, first, 20, columns[:0], w[:0], bias)
    assert not len(sums)


@each_cell
class TestReliability:
    def test_what_goes_in_is_left_alone(self, cell):
        windows = make_windows(IN_ORDER, relative=(1,))
        _, weights, _ = draw(cell, 1, 1, F, H)
        given_ = [windows.rows, windows.first, windows.anchor, windows.spread, *weights]
        before = [each.clone() for each in given_]
        h, final = read_windows(cell, windows, weights)
        h.zero_(), final[0].zero_()
        windows.sequences().zero_()
        assert all(map(torch.equal, given_, before))

    def test_nan_stays_in_the_windows_that_have_its_row(self, cell):
        windows = make_windows(IN_ORDER)
        _, weights, _ = draw(cell, 1, 1, F, H)
        expected, _ = read_windows(cell, windows, weights)
        windows.rows[40, 1] = torch.nan
        h, _ = read_windows(cell, windows, weights)
        has_it = (windows.first <= 40) & (windows.first > 40 - T)
        assert h[-1, has_it].isnan().all()
        assert torch.equal(h[:, ~has_it], expected[:, ~has_it])

    def test_wide_rows_and_many_units(self, cell):
        windows = make_windows(IN_ORDER, n_features=70, relative=(69,))
        _, weights, _ = draw(cell, 1, 1, 70, 81)
        h, _ = read_windows(cell, windows, weights)
        state = tuple(
            torch.zeros(len(IN_ORDER), 81) for _ in range(1 + (cell == "lstm"))
        )
        expected, _ = read_cell(cell, windows.sequences(), weights, state)
        assert_close(h, expected, rtol=1e-4, atol=1e-5)


@each_cell
class TestTorchIsToRun:
    def test_in_float64(self, cell):
        windows = make_windows(IN_ORDER)
        windows = replace(windows, rows=windows.rows.double())
        _, weights, _ = draw(cell, 1, 1, F, H)
        doubled = [weight.double() for weight in weights]
        assert read_windows(cell, windows, doubled) is None

    def test_without_numba(self, cell, monkeypatch):
        monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
        _, weights, _ = draw(cell, 1, 1, F, H)
        assert read_windows(cell, make_windows(IN_ORDER), weights) is None


def test_one_window_stands_for_many():
    windows = replace(make_windows([3]), n_copies=32)
    x = windows.sequences()
    assert x.shape == (T, 32, F)
    assert not x.stride(1)
    assert torch.equal(x[:, 31], slow_window(windows, 0))


def test_sequences_stay_what_they_are():
    x = torch.ones(T, 2, F)
    assert as_sequences(x) is x
    windows = make_windows([3])
    assert torch.equal(as_sequences(windows), windows.sequences())
    assert len(windows) == T
