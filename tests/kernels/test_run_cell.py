"""Compiled cells against torch's own: states, gradients, and where torch takes over."""

import subprocess
import sys

import pytest
import torch
from drawn_cells import CELLS, draw
from torch.testing import assert_close

from sklearn_rnn.kernels import _run_cell
from sklearn_rnn.kernels._run_cell import run_cell

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")

SHAPES = [  # T, B, F, H
    (1, 1, 1, 1),
    (2, 31, 1, 2),
    (3, 5, 2, 3),
    (4, 70, 9, 17),
    (5, 64, 33, 40),
    (7, 33, 4, 5),
    (20, 32, 1, 16),
    (20, 32, 50, 50),
    (150, 40, 7, 33),  # gradients of weights are summed in several parts
]
each_cell = pytest.mark.parametrize("cell", CELLS)
LEAST_SHARE = _run_cell.LEAST_SHARE


@pytest.fixture(autouse=True)
def any_number_of_sequences(monkeypatch):
    """Let compiled code run few sequences too."""
    monkeypatch.setattr(_run_cell, "LEAST_SHARE", dict.fromkeys(CELLS, 0.0))


def run_torch(cell, x, weights, state):
    """Run torch's own cell, whatever is installed."""
    before = tuple(each[None] for each in state)
    step = getattr(torch, cell)
    options = (True, 1, 0.0, True, False, False)
    h, *final = step(x, before if cell == "lstm" else before[0], weights, *options)
    return h, tuple(each[0] for each in final)


def outputs_and_gradients(run, cell, x, weights, state, dtype=torch.float32):
    """Return states and the gradients of a fixed mix of them."""
    leaves = [
        each.detach().to(dtype).requires_grad_() for each in (x, *weights, *state)
    ]
    h, final = run(cell, leaves[0], leaves[1:5], tuple(leaves[5:]))
    outputs = [h, *final]
    generator = torch.Generator().manual_seed(1)
    slopes = [
        torch.randn(each.shape, generator=generator).to(dtype) for each in outputs
    ]
    return [*outputs, *torch.autograd.grad(outputs, leaves, slopes)]


def is_compiled(h):
    return type(h.grad_fn).__name__ == "FusedCellBackward"


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@each_cell
class TestAgainstTorch:
    def test_float32(self, cell, shape):
        drawn = draw(cell, *shape)
        ours = outputs_and_gradients(run_cell, cell, *drawn)
        theirs = outputs_and_gradients(run_torch, cell, *drawn)
        assert is_compiled(ours[0])
        for our, their in zip(ours, theirs, strict=True):
            scale = float(their.detach().abs().max())
            assert_close(our, their, rtol=1e-5, atol=3e-6 * max(scale, 1))

    def test_float64(self, cell, shape):
        drawn = draw(cell, *shape, seed=2)
        ours = outputs_and_gradients(run_cell, cell, *drawn)
        exact = outputs_and_gradients(run_torch, cell, *drawn, dtype=torch.float64)
        for our, their in zip(ours, exact, strict=True):
            scale = float(their.detach().abs().max())
            assert_close(our.double(), their, rtol=1e-5, atol=3e-6 * max(scale, 1))


@each_cell
class TestGradients:
    @pytest.mark.parametrize("wanted", range(7))
    def test_each_alone_is_as_with_the_others(self, cell, wanted):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        if wanted > 4 + len(state):
            wanted = 0  # the cell has one state
        all_of_them = outputs_and_gradients(run_cell, cell, x, weights, state)
        leaves = [x, *weights, *state]
        leaves[wanted] = leaves[wanted].clone().requires_grad_()
        h, final = run_cell(cell, leaves[0], leaves[1:5], tuple(leaves[5:]))
        outputs = [h, *final]
        generator = torch.Generator().manual_seed(1)
        slopes = [torch.randn(each.shape, generator=generator) for each in outputs]
        (gradient,) = torch.autograd.grad(outputs, leaves[wanted], slopes)
        assert torch.equal(gradient, all_of_them[len(outputs) + wanted])

    @pytest.mark.parametrize("used", ["h", "final"])
    def test_of_one_output_only(self, cell, used):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        gradients = []
        for run in (run_cell, run_torch):
            leaves = [each.clone().requires_grad_() for each in weights]
            h, final = run(cell, x, leaves, state)
            output = h if used == "h" else final[-1]
            gradients.append(torch.autograd.grad(output.square().sum(), leaves))
        assert_close(*gradients, rtol=1e-4, atol=1e-5)

    def test_of_gradients_are_refused(self, cell):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        x.requires_grad_()
        h, _ = run_cell(cell, x, weights, state)
        (slope,) = torch.autograd.grad(h.square().sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="once_differentiable"):
            slope.sum().backward()

    def test_any_layout_in_memory(self, cell):
        x, weights, state = draw(cell, 4, 40, 3, 6)
        plain = outputs_and_gradients(run_cell, cell, x, weights, state)
        x = x.transpose(0, 1).contiguous().transpose(0, 1)
        weights = [w.t().contiguous().t() if w.ndim == 2 else w for w in weights]
        state = tuple(s.t().contiguous().t() for s in state)
        other = outputs_and_gradients(run_cell, cell, x, weights, state)
        for one, two in zip(plain, other, strict=True):
            assert torch.equal(one, two)


@each_cell
class TestReliability:
    def test_same_input_gives_the_same_bits(self, cell):
        drawn = draw(cell, 6, 45, 3, 10)
        first = outputs_and_gradients(run_cell, cell, *drawn)
        for _ in range(3):
            again = outputs_and_gradients(run_cell, cell, *drawn)
            assert all(map(torch.equal, first, again))

    def test_a_sequence_has_the_same_bits_at_any_place(self, cell):
        x, weights, state = draw(cell, 4, 40, 5, 7)
        x.requires_grad_()
        h, _ = run_cell(cell, x, weights, state)
        for shift in (1, 17):
            moved = tuple(s.roll(shift, 0) for s in state)
            rolled, _ = run_cell(cell, x.roll(shift, 1), weights, moved)
            assert torch.equal(rolled, h.roll(shift, 1))
        alone, _ = run_cell(cell, x[:, 3:4], weights, tuple(s[3:4] for s in state))
        assert torch.equal(alone[:, 0], h[:, 3])

    def test_nan_goes_through(self, cell):
        x, weights, state = draw(cell, 4, 3, 2, 5)
        x[2, 1, 0] = torch.nan
        weights[0].requires_grad_()
        h, _ = run_cell(cell, x, weights, state)
        assert h[2:, 1].isnan().all()
        assert not h[:, [0, 2]].isnan().any()
        h.sum().backward()
        assert weights[0].grad.isnan().any()

    def test_training_arrives_where_torch_does(self, cell):
        x, weights, state = draw(cell, 5, 20, 3, 8)
        target = torch.randn(20, 8, generator=torch.Generator().manual_seed(3))
        trained = []
        for run in (run_cell, run_torch):
            leaves = [each.clone().requires_grad_() for each in weights]
            optimizer = torch.optim.SGD(leaves, lr=0.1)
            for _ in range(20):
                optimizer.zero_grad()
                h, _ = run(cell, x, leaves, state)
                (h[-1] - target).square().mean().backward()
                optimizer.step()
            trained.append(leaves)
        assert not torch.equal(trained[0][0], weights[0])
        assert_close(*trained, rtol=1e-4, atol=1e-5)


@each_cell
def test_steps_that_are_only_read_run_in_compiled_code_too(cell):
    x, weights, state = draw(cell, 3, 5, 2, 3)
    expected, _ = run_cell(cell, x.clone().requires_grad_(), weights, state)
    with torch.no_grad():
        h, _ = run_cell(cell, x, weights, state)
    assert is_compiled(expected)
    assert torch.equal(h, expected)


@each_cell
class TestTorchTakesOver:
    def check(self, cell, x, weights, state, training=True):
        h, final = run_cell(cell, x, weights, state, training)
        expected, expected_final = run_torch(cell, x, weights, state)
        assert not is_compiled(h)
        assert_close(h, expected)
        assert_close(final, expected_final)

    def test_in_evaluation(self, cell):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        self.check(cell, x.requires_grad_(), weights, state, training=False)

    def test_in_float64(self, cell):
        x, weights, state = draw(cell, 3, 5, 2, 3)
        weights = [w.double().requires_grad_() for w in weights]
        self.check(cell, x.double(), weights, tuple(s.double() for s in state))

    @pytest.mark.parametrize("n_threads", [1, 2])
    def test_where_several_threads_share_a_large_step(
        self, cell, n_threads, monkeypatch
    ):
        monkeypatch.setattr(_run_cell, "WORK_FOR_THREADS", 50)
        monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
        x, weights, state = draw(cell, 3, 5, 2, 3)
        x.requires_grad_()
        if n_threads == 1:
            assert is_compiled(run_cell(cell, x, weights, state)[0])
        else:
            self.check(cell, x, weights, state)
        x, weights, state = draw(cell, 3, 1, 1, 1)
        assert is_compiled(run_cell(cell, x.requires_grad_(), weights, state)[0])

    @pytest.mark.parametrize(
        ("B", "compiled"),
        [(1, False), (15, False), (16, True), (32, True), (33, True), (47, True)],
    )
    def test_where_blocks_are_less_than_half_full(self, cell, B, compiled, monkeypatch):
        monkeypatch.setattr(_run_cell, "LEAST_SHARE", {cell: 0.5})
        x, weights, state = draw(cell, 3, B, 2, 3)
        x.requires_grad_()
        if compiled:
            assert is_compiled(run_cell(cell, x, weights, state)[0])
        else:
            self.check(cell, x, weights, state)

    def test_without_numba(self, cell, monkeypatch):
        monkeypatch.setattr(_run_cell, "_load_fused_cell", lambda: None)
        x, weights, state = draw(cell, 3, 5, 2, 3)
        self.check(cell, x.requires_grad_(), weights, state)


@pytest.mark.parametrize(
    ("cell", "few", "enough"),
    [
        ("lstm", (1, 8, 16, 33), (24, 32, 48, 96)),
        ("gru", (1, 3), (4, 8, 32, 33)),
        ("rnn_tanh", (), (1, 33)),
        ("rnn_relu", (), (1, 33)),
    ],
)
def test_each_cell_has_its_own_least_share(cell, few, enough, monkeypatch):
    monkeypatch.setattr(_run_cell, "LEAST_SHARE", LEAST_SHARE)
    for B in (*few, *enough):
        x, weights, state = draw(cell, 3, B, 2, 3)
        h, _ = run_cell(cell, x.requires_grad_(), weights, state)
        assert is_compiled(h) == (B in enough), B


@each_cell
def test_large_raw_inputs_give_the_gradients_of_torch(cell):
    x, weights, state = draw(cell, 6, 32, 1, 16)
    weights[0] += 0.1 * weights[0].sign()
    x[:, ::2] = 1e5 * (1 + x[:, ::2].abs())  # every gate of these is saturated
    drawn = x, weights, state
    ours = outputs_and_gradients(run_cell, cell, *drawn)
    theirs = outputs_and_gradients(run_torch, cell, *drawn)
    assert is_compiled(ours[0])
    for our, their in zip(ours, theirs, strict=True):
        scale = float(their.detach().abs().max())
        assert_close(our, their, rtol=1e-5, atol=1e-5 * scale)


def test_importing_the_package_does_not_import_numba():
    program = "import sklearn_rnn, sys; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_missing_numba_is_noticed():
    program = """if True:
        import sys
        sys.modules["numba"] = None
        from sklearn_rnn.kernels._run_cell import _load_fused_cell
        assert _load_fused_cell() is None
    """
    subprocess.run([sys.executable, "-c", program], check=True)
