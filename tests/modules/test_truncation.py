"""bptt_steps: the same outputs, a gradient that ends, activations that do not grow."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from sklearn_rnn.modules import SequenceModel
from sklearn_rnn.modules._cell_options import CellOptions

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
POOLINGS = ["last", "mean", "max"]
F, H = 2, 3


def make(cell, bptt_steps, n_features=F, **options):
    model = SequenceModel(cell, n_features, H, 1, bptt_steps=bptt_steps, **options)
    model.reset_parameters(torch.Generator().manual_seed(0))
    return model.double().train()


def draw(lengths, n_features=F):
    generator = torch.Generator().manual_seed(1)
    shape = len(lengths), max(lengths), n_features
    x = torch.randn(shape, generator=generator, dtype=torch.double)
    return x.requires_grad_(), torch.tensor(lengths)


@settings(max_examples=20)
@given(
    cell=st.sampled_from(CELLS),
    pooling=st.sampled_from(POOLINGS),
    num_layers=st.integers(1, 3),
    lengths=st.lists(st.integers(0, 11), min_size=1, max_size=4).filter(max),
    bptt_steps=st.integers(1, 12),
)
def test_outputs_are_those_of_the_whole_sequence(
    cell, pooling, num_layers, lengths, bptt_steps
):
    options = {"pooling": pooling, "num_layers": num_layers}
    x, lengths = draw(lengths)
    cut = make(cell, bptt_steps, **options)(x, lengths)
    assert_close(cut, make(cell, None, **options)(x, lengths))
    if (lengths == x.shape[1]).all():
        assert_close(make(cell, bptt_steps, **options)(x), cut)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_ends_after_so_many_steps(cell, pooling):
    lengths = [9, 7, 4, 3, 0]
    x, n = draw(lengths)
    make(cell, 4, num_layers=2, pooling=pooling)(x, n).sum().backward()
    for i, length in enumerate(lengths):
        reached = x.grad[i, max(0, length - 4) : length].abs().sum(1)
        assert (x.grad[i, : max(0, length - 4)] == 0).all()
        assert (x.grad[i, length:] == 0).all()
        if pooling == "last" and cell != "rnn_relu":
            assert (reached > 0).all()


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_is_that_of_the_last_steps_from_a_fixed_state(cell):
    cut, whole = make(cell, 4, num_layers=2), make(cell, None, num_layers=2)
    x, _ = draw([9, 9])
    cut(x).sum().backward()
    with torch.no_grad():
        _, states = whole.encoder.advance(x.transpose(0, 1)[:5])
    h, _ = whole.encoder.advance(x.transpose(0, 1)[5:], states)
    whole.head(h[-1]).sum().backward()
    for mine, expected in zip(cut.parameters(), whole.parameters(), strict=True):
        if expected.requires_grad:
            assert_close(mine.grad, expected.grad)


@pytest.mark.parametrize("bptt_steps", [9, 10, 1000])
@pytest.mark.parametrize("cell", CELLS)
def test_as_many_steps_as_there_are_change_nothing(cell, bptt_steps):
    cut, whole = make(cell, bptt_steps, num_layers=2), make(cell, None, num_layers=2)
    for model in cut, whole:
        model(*draw([9, 4])).sum().backward()
    for mine, expected in zip(cut.parameters(), whole.parameters(), strict=True):
        if expected.requires_grad:
            assert torch.equal(mine.grad, expected.grad)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_what_backward_keeps_does_not_grow_with_the_sequence(cell, pooling):
    def bytes_kept(n_timesteps, bptt_steps):
        sizes = []

        def count(tensor):
            sizes.append(tensor.numel() * tensor.element_size())
            return tensor

        x, _ = draw([n_timesteps] * 2)
        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            make(cell, bptt_steps, pooling=pooling)(x.detach())
        return sum(sizes)

    assert bytes_kept(400, 10) == bytes_kept(40, 10)
    assert bytes_kept(400, None) > 5 * bytes_kept(40, None)


PROGRAM = """
import resource, sys
import torch
from sklearn_rnn.modules import SequenceModel

n_timesteps, bptt_steps = int(sys.argv[1]), int(sys.argv[2])
model = SequenceModel("lstm", 1, 64, 1, bptt_steps=bptt_steps).train()
model.reset_parameters(torch.Generator().manual_seed(0))
model(torch.zeros(16, 10, 1)).sum().backward()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model(torch.zeros(16, n_timesteps, 1)).sum().backward()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_memory_at_20000_steps():
    def grown(bptt_steps):
        command = [sys.executable, "-c", PROGRAM, "20000", str(bptt_steps)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(done.stdout)

    cut, whole = grown(200), grown(20_000)
    print(f"20,000 steps grow the process by {cut:.0f} MiB, all at once {whole:.0f}")
    assert cut < 30 < 300 < whole


@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_weights_are_dropped_once_for_all_pieces(cell):
    options = {"options": CellOptions(recurrent_dropout=0.5), "num_layers": 2}
    x, lengths = draw([9, 7, 9])
    cut, whole = make(cell, 3, **options), make(cell, None, **options)
    for _ in range(2):  # drawn anew in the next forward pass
        assert_close(cut(x, lengths), whole(x, lengths))


def test_a_feature_is_dropped_from_whole_segments():
    model = make("gru", None, 6, input_dropout=0.5, segment_length=3)
    mask = model.inputs.dropout(torch.ones(4, 50, 6, dtype=torch.double))
    by_step = mask.view(4, 50, 3, 2)
    assert (by_step == by_step[:1, :, :1]).all()
    assert 0.3 < (mask == 0).double().mean() < 0.7
