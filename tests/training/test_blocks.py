"""Blocks that predict together: each sequence once, large ones where they are safe."""

import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.kernels import _read_cell
from sklearn_rnn.modules import _recurrent
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.sequences import TargetColumns
from sklearn_rnn.training import _blocks, _outputs
from sklearn_rnn.training._blocks import (
    BLOCK_SIZE,
    LARGE_BLOCK_SIZE,
    equal_blocks,
    place_blocks,
)
from sklearn_rnn.training._outputs import compute_outputs
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors

N_SAMPLES, N_TIMESTEPS = 2 * LARGE_BLOCK_SIZE + 70, 4


@given(
    counts=st.dictionaries(st.integers(0, 40), st.integers(1, 600), min_size=1),
    longest=st.integers(1, 20),
    n_units=st.sampled_from([None, 1, 16, 10**6]),
)
def test_each_sequence_stands_in_one_block_of_its_own_length(counts, longest, n_units):
    lengths = np.repeat(list(counts), list(counts.values()))
    lengths = np.random.default_rng(0).permutation(lengths)
    seen = []
    for block, n_timesteps in equal_blocks(lengths, longest, n_units):
        seen += block.tolist()
        assert n_timesteps >= max(1, lengths[block].max())
        assert len(block) <= BLOCK_SIZE or len(block) == LARGE_BLOCK_SIZE
        alone = equal_blocks(lengths[block[:1]], longest, n_units)
        assert [steps for _, steps in alone] == [n_timesteps]
    assert sorted(seen) == list(range(len(lengths)))


@pytest.mark.parametrize(
    ("n_units", "limit", "sizes"),
    [
        (None, 10**9, [32] * 16 + [32, 32, 6]),
        (3, 3 * 9 * LARGE_BLOCK_SIZE, [256, 256, 32, 32, 6]),
        (3, 3 * 9 * LARGE_BLOCK_SIZE - 1, [32] * 16 + [32, 32, 6]),
    ],
)
def test_large_blocks_hold_only_so_many_states(n_units, limit, sizes, monkeypatch):
    monkeypatch.setattr(_blocks, "LARGE_BLOCK", limit)
    blocks = list(equal_blocks(np.full(N_SAMPLES, 9), 9, n_units))
    assert [len(block) for block, _ in blocks] == sizes


class TestOutputs:
    @pytest.fixture
    def sizes(self, monkeypatch):
        """Record the sizes of the blocks."""
        seen = []

        def spy(*args):
            for block, n_timesteps in equal_blocks(*args):
                seen.append(len(block))
                yield block, n_timesteps

        monkeypatch.setattr(_outputs, "equal_blocks", spy)
        return seen

    def outputs(self, net, index=None, n_readers=1):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, 2))
        sequences = Sequences.from_array(X)
        scaler = SequenceScaler(False, None, None)
        scaler.fit(sequences, np.zeros((N_SAMPLES, 1)), np.ones(N_SAMPLES))
        index = np.arange(N_SAMPLES) if index is None else index
        tensors = SequenceTensors(sequences[index], scaler)
        return compute_outputs(net, tensors, N_TIMESTEPS, n_threads=n_readers)

    @pytest.mark.parametrize("n_threads", [1, 2])
    @pytest.mark.parametrize("hidden_size", [5, 33])
    @pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
    @pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
    def test_a_row_has_the_same_bits_in_large_blocks(
        self, make_net, cell, pooling, hidden_size, n_threads, sizes
    ):
        pytest.importorskip("numba")
        torch.set_num_threads(n_threads)
        rng = np.random.default_rng(0)
        for n_outputs, bidirectional in [(1, False), (3, True)]:
            net = make_net(
                cell=cell,
                hidden_size=hidden_size,
                output_size=n_outputs,
                bidirectional=bidirectional,
                layer_norm=bidirectional,
                pooling=pooling,
            )
            outputs = self.outputs(net)
            assert sizes[-5:] == [256, 256, 32, 32, 6]
            for size in (1, 70, 300):
                index = rng.permutation(N_SAMPLES)[:size]
                assert_array_equal(self.outputs(net, index), outputs[index])

    @pytest.fixture
    def readers(self, monkeypatch):
        """Let few blocks be shared, and record which thread reads each."""
        seen = []

        def spy(*args):
            seen.append(threading.current_thread().name)
            assert torch.get_num_threads() == 1
            time.sleep(0.01)  # time for the others to take theirs
            return read_windows(*args)

        read_windows = _outputs._read_windows
        monkeypatch.setattr(_outputs, "_read_windows", spy)
        monkeypatch.setattr(_outputs, "FEWEST_TO_SHARE", 5)
        torch.set_num_threads(1)
        return seen

    @pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
    def test_threads_share_blocks_and_give_the_same_bits(self, make_net, cell, readers):
        pytest.importorskip("numba")
        net = make_net(cell=cell, hidden_size=5)
        alone = self.outputs(net)
        assert set(readers) == {threading.current_thread().name}
        readers.clear()
        assert_array_equal(self.outputs(net, n_readers=3), alone)
        assert len(readers) == 5
        assert len(set(readers)) == 3

    @pytest.mark.parametrize("n_samples", [70, LARGE_BLOCK_SIZE])
    def test_few_blocks_are_not_shared(self, make_net, n_samples, readers):
        self.outputs(make_net(), np.arange(n_samples), n_readers=3)
        assert len(set(readers)) == 1

    def test_threads_that_predict_at_once_start_no_others(self, make_net, readers):
        pytest.importorskip("numba")
        with _outputs.POOL_IS_FREE:
            self.outputs(make_net(), n_readers=3)
        assert len(set(readers)) == 1
        self.outputs(make_net(), n_readers=3)
        assert len(set(readers)) == 3

    def test_after_an_error_no_thread_takes_another_block(self, make_net, monkeypatch):
        pytest.importorskip("numba")
        asked = []

        def fail(*args):
            asked.append(args)
            time.sleep(0.01)
            raise KeyboardInterrupt

        monkeypatch.setattr(_outputs, "FEWEST_TO_SHARE", 5)
        monkeypatch.setattr(_outputs, "_read_windows", fail)
        with pytest.raises(KeyboardInterrupt):
            self.outputs(make_net(), n_readers=2)
        assert len(asked) <= 2
        assert not _outputs.POOL_IS_FREE.locked()

    def test_small_ones_under_zoneout(self, make_net, sizes):
        self.outputs(make_net(options=CellOptions(zoneout=0.5)))
        assert max(sizes) == BLOCK_SIZE

    def test_small_ones_without_numba(self, make_net, sizes, monkeypatch):
        monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
        self.outputs(make_net())
        assert max(sizes) == BLOCK_SIZE

    def test_small_ones_for_a_module_of_the_user(self, make_net, sizes):
        class Mean(torch.nn.Module):
            def forward(self, x, lengths=None):
                return x.mean(1)

        net = make_net()
        net.module_ = Mean().eval()
        self.outputs(net)
        assert max(sizes) == BLOCK_SIZE


class TestRowsAreNotCopied:
    """A network of this package reads windows where they stand, if nobody looks on."""

    @pytest.fixture
    def read(self, monkeypatch):
        """Record by which way blocks are read."""
        seen = set()
        for name in ("gather", "windows"):
            monkeypatch.setattr(SequenceTensors, name, self.spy(name, seen))
        return seen

    def spy(self, name, seen):
        method = getattr(SequenceTensors, name)

        def noted(*args, **kwargs):
            seen.add(name)
            return method(*args, **kwargs)

        return noted

    def outputs(self, net, w=1, norm=None):
        rng = np.random.default_rng(0)
        parts = [rng.normal(size=(n, 2)) for n in (9, 4, 4, 1, 0, 3)]
        series = Sequences.from_list(parts)
        starts = np.array([0, 1, 2, 3, 4, 9, 9, 13, 17, 17, 18, 18])
        stops = np.array([4, 5, 6, 7, 8, 10, 13, 17, 17, 18, 18, 21])
        sequences = Sequences(series.rows, starts, stops)
        copied = TargetColumns(np.array([1]), np.array([1.0]), np.array([0.0]))
        scaler = SequenceScaler(True, norm, copied)
        scaler.fit(sequences, np.ones((len(starts), 1)), np.ones(len(starts)))
        tensors = SequenceTensors(sequences, scaler, segment_length=w)
        return compute_outputs(net, tensors, 4)

    @pytest.mark.parametrize("has_numba", [True, False])
    @pytest.mark.parametrize("norm", [None, "last", "standard"])
    @pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
    @pytest.mark.parametrize(
        "options",
        [{}, {"num_layers": 2, "residual": True}, {"bidirectional": True}],
        ids=str,
    )
    def test_outputs_are_those_of_copies(
        self, make_net, options, pooling, norm, has_numba, monkeypatch, read
    ):
        if not has_numba:
            monkeypatch.setattr(_read_cell, "_has_numba", lambda: False)
        net = make_net(cell="lstm", hidden_size=5, pooling=pooling, **options)
        outputs = self.outputs(net, norm=norm)
        assert read == {"windows"}
        monkeypatch.setattr(_outputs, "_reads_windows", lambda *_: False)
        assert_allclose(outputs, self.outputs(net, norm=norm), rtol=1e-5, atol=1e-6)
        assert read == {"windows", "gather"}

    def test_but_where_steps_become_segments(self, make_net, read):
        self.outputs(make_net(input_size=4), w=2)
        assert read == {"gather"}

    @pytest.mark.parametrize("of_all", [True, False])
    @pytest.mark.parametrize("part", ["", "inputs", "encoder", "encoder.layers.0"])
    def test_but_where_a_hook_looks_on(self, make_net, read, part, of_all):
        net, shapes = make_net(), []

        def note(module, inputs):
            shapes.extend(each.shape for each in inputs if torch.is_tensor(each))

        if of_all:
            handle = torch.nn.modules.module.register_module_forward_pre_hook(note)
        else:
            handle = net.module_.get_submodule(part).register_forward_pre_hook(note)
        try:
            self.outputs(net)
        finally:
            handle.remove()
        assert read == {"gather"}
        assert bool(shapes) == (of_all or not part.startswith("encoder"))  # "advance"
        self.outputs(net)
        assert read == {"gather", "windows"}

    @pytest.mark.parametrize(
        ("part", "name"),
        [
            ("", "forward"),
            ("", "encode"),
            ("inputs", "look_up"),
            ("inputs.dropout", "forward"),
            ("encoder", "advance"),
            ("encoder.layers.0.directions.0", "advance"),
        ],
    )
    def test_but_where_a_method_was_replaced(self, make_net, read, part, name):
        net, before = make_net(input_dropout=0.5), self.outputs(make_net())
        owner = net.module_.get_submodule(part)
        method = getattr(owner, name)
        setattr(
            owner, name, lambda x, *others, **named: method(x * 2, *others, **named)
        )
        read.clear()
        assert (self.outputs(net) != before).any()
        assert read == {"gather"}

    def test_but_where_a_part_was_replaced(self, make_net, read):
        class Zero(torch.nn.Module):
            def forward(self, x):
                return torch.zeros_like(x)

        for owner, name in [
            ("inputs", "dropout"),
            ("encoder", "norms"),
            ("", "inputs"),
        ]:
            net = make_net()
            before, part = self.outputs(net), Zero()
            if name == "norms":
                part = torch.nn.ModuleList([Zero()])
            if name == "inputs":
                part = torch.nn.Sequential(net.module_.inputs, Zero())
            setattr(net.module_.get_submodule(owner), name, part)
            read.clear()
            assert (self.outputs(net) != before).any()
            assert read == {"windows" if name == "norms" else "gather"}

    def test_but_where_features_are_dropped_all_the_same(self, make_net, read):
        net = make_net(input_dropout=0.5)
        net.module_.eval()
        before = self.outputs(net)
        net.module_.inputs.dropout.train()
        draws = [self.outputs(net) for _ in range(2)]
        assert (draws[0] != before).any()
        assert (draws[0] != draws[1]).any()

    def test_but_where_torch_compiled_the_module(self, make_net, read, monkeypatch):
        net = make_net()
        monkeypatch.setattr(torch, "compile", lambda function, **options: function)
        net.module_.compile()
        self.outputs(net)
        assert read == {"gather"}

    @pytest.mark.parametrize("w", [1, 2])
    def test_one_alone_is_read_once(self, make_net, monkeypatch, w):
        pytest.importorskip("numba")
        seen = []
        for name in ("read_cell", "read_windows"):
            monkeypatch.setattr(_recurrent, name, self.count(name, seen))
        rng = np.random.default_rng(0)
        sequences = Sequences.from_array(rng.normal(size=(1, 4, 2)))
        scaler = SequenceScaler(False, None, None)
        scaler.fit(sequences, np.zeros((1, 1)), np.ones(1))
        tensors = SequenceTensors(sequences, scaler, segment_length=w)
        net = make_net(input_size=2 * w, num_layers=2)
        assert compute_outputs(net, tensors, 4).shape == (1, 1)
        assert seen == [1, 1]

    def count(self, name, seen):
        read = getattr(_recurrent, name)

        def noted(cell, x, *others):
            seen.append(len(x.first) if name == "read_windows" else x.shape[1])
            return read(cell, x, *others)

        return noted


def test_outputs_of_steps_stand_at_their_sequence_with_nan_behind():
    parts = [np.ones((2, 4, 1), np.float32), np.full((1, 2, 1), 2, np.float32)]
    order = [np.array([2, 0]), np.array([1])]  # padded to 4 and to 2 steps
    outputs = place_blocks(parts, order, np.array([3, 1, 2]))[:, :, 0]
    nan = np.nan
    assert_array_equal(outputs, [[1, 1, 1], [2, nan, nan], [1, 1, nan]])
