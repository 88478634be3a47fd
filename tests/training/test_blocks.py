"""Blocks that predict together: each sequence once, large ones where they are safe."""

import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.kernels import _read_cell
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.training import _blocks, _outputs
from sklearn_rnn.training._batches import SequenceTensors
from sklearn_rnn.training._blocks import (
    BLOCK_SIZE,
    LARGE_BLOCK_SIZE,
    equal_blocks,
    place_blocks,
)
from sklearn_rnn.training._outputs import compute_outputs
from sklearn_rnn.training._scaling import SequenceScaler

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
            return read_block(*args)

        read_block = _outputs._read_block
        monkeypatch.setattr(_outputs, "_read_block", spy)
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
        monkeypatch.setattr(_outputs, "_read_block", fail)
        with pytest.raises(KeyboardInterrupt):
            self.outputs(make_net(), n_readers=2)
        assert len(asked) <= 2
        assert not _outputs.POOL_IS_FREE.locked()

    def test_small_ones_under_zoneout(self, make_net, sizes):
        self.outputs(make_net(options=CellOptions(zoneout=0.5)))
        assert max(sizes) == BLOCK_SIZE

    def test_small_ones_without_numba(self, make_net, sizes, monkeypatch):
        monkeypatch.setattr(_read_cell, "_load_reader", lambda: None)
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


def test_outputs_of_steps_stand_at_their_sequence_with_nan_behind():
    parts = [np.ones((2, 4, 1), np.float32), np.full((1, 2, 1), 2, np.float32)]
    order = [np.array([2, 0]), np.array([1])]  # padded to 4 and to 2 steps
    outputs = place_blocks(parts, order, np.array([3, 1, 2]))[:, :, 0]
    nan = np.nan
    assert_array_equal(outputs, [[1, 1, 1], [2, nan, nan], [1, 1, nan]])
