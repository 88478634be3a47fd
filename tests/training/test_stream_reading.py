"""read_series: series side by side give what each gives alone, one row at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_rnn.training import _stream_reading
from sklearn_rnn.training._build import build_module
from sklearn_rnn.training._stream_reading import read_series


def make_module(cell, num_layers=2):
    parameters = {"input_size": 3, "hidden_size": 4, "output_size": 2}
    module = build_module(0, cell=cell, num_layers=num_layers, **parameters)
    return module.eval()


def random_states(module, n_series, seed):
    generator = torch.Generator().manual_seed(seed)
    return [
        [
            tuple(torch.randn(part.shape[1], generator=generator) for part in state)
            for state in module.encoder.zero_states(1)
        ]
        for _ in range(n_series)
    ]


def slow_reading(module, rows, states):
    """Give the outputs after none, one, two ... rows, and the last states."""
    states = [tuple(part[None] for part in state) for state in states]
    outputs = [module.read_out(states[-1][0])[0]]
    for row in rows:
        h, states = module.encoder.advance(row[None, None], states)
        outputs.append(module.read_out(h[0])[0])
    return torch.stack(outputs).numpy(), states


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    chunk=st.integers(1, 12),
    seed=st.integers(0, 99),
)
@settings(max_examples=25)
@torch.no_grad()
def test_series_of_any_length(cell, lengths, chunk, seed):
    module, rng = make_module(cell), np.random.default_rng(seed)
    gaps = rng.integers(0, 3, size=len(lengths))  # rows that nobody asked for
    ends = np.cumsum(lengths + gaps)
    begins = ends - lengths
    rows = torch.as_tensor(rng.normal(size=(ends[-1], 3)), dtype=torch.float32)
    states = random_states(module, len(lengths), seed)
    wanted = [(i, step) for i, n in enumerate(lengths) for step in range(-1, n)]
    series, step = np.array(rng.permutation(wanted)).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_stream_reading, "CHUNK", chunk)
        got = read_series(module, rows, begins, ends, states, (series, step))
    for i, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        outputs, last = slow_reading(module, rows[begin:end], states[i])
        here = series == i
        np.testing.assert_allclose(
            got.outputs[here], outputs[step[here] + 1], atol=1e-5
        )
        for state, expected in zip(got.ends[i], last, strict=True):
            for part, other in zip(state, expected, strict=True):
                np.testing.assert_allclose(part, other[0], atol=1e-5)


def test_the_given_states_are_left_alone_and_the_new_ones_own_their_memory():
    module = make_module("lstm")
    states = random_states(module, 50, seed=0)
    before = [[part.clone() for part in state] for state in states[0]]
    rows = torch.ones(100, 3)
    ends = 2 * np.arange(1, 51)
    none = np.empty(0, dtype=int)
    got = read_series(module, rows, ends - 2, ends, states, (none, none))
    assert got.outputs.shape == (0, 2)
    for state, expected in zip(states[0], before, strict=True):
        assert all(map(torch.equal, state, expected))
    assert {
        part.untyped_storage().nbytes() // part.element_size()
        for end in got.ends
        for state in end
        for part in state
    } == {4}


def test_no_row_is_read_twice(monkeypatch):
    module, read = make_module("gru"), []
    advance = module.encoder.advance

    def spy(x, states):
        read.append(x.shape[0] * x.shape[1])
        return advance(x, states)

    monkeypatch.setattr(module.encoder, "advance", spy)
    lengths = np.array([7, 1, 30, 0, 7])
    ends = np.cumsum(lengths)
    states = random_states(module, 5, seed=0)
    wanted = np.array([2]), np.array([3])
    read_series(module, torch.ones(45, 3), ends - lengths, ends, states, wanted)
    assert sum(read) == 45
