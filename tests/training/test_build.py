"""Building: weights from a seed alone, options that reach skorch and torch."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sklearn_rnn.training._build import OPTIMIZERS, build_module

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]


def build(cell="lstm", weight_seed=0, **options):
    return build_module(
        weight_seed, cell=cell, input_size=3, hidden_size=4, output_size=2, **options
    )


@pytest.mark.parametrize("cell", CELLS)
class TestModule:
    def test_seed_decides(self, cell):
        one, same, other = (build(cell, seed).state_dict() for seed in (3, 3, 4))
        assert all(torch.equal(one[name], same[name]) for name in one)
        assert not torch.equal(one["head.weight"], other["head.weight"])

    def test_global_generators_are_untouched(self, cell):
        torch_state = torch.get_rng_state()
        numpy_state = np.random.get_state()[1].copy()
        build(cell, num_layers=2, bidirectional=True)
        assert torch.equal(torch.get_rng_state(), torch_state)
        assert (np.random.get_state()[1] == numpy_state).all()

    def test_weights_are_of_float32(self, cell):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            weights = list(build(cell, layer_norm=True).parameters())
        finally:
            torch.set_default_dtype(before)
        assert all(weight.dtype == torch.float32 for weight in weights)

    def test_no_weight_is_left_as_memory_had_it(self, cell):
        module = build(cell, num_layers=2, bidirectional=True, layer_norm=True)
        module.to_empty(device="cpu")
        for weights in module.parameters():
            torch.nn.init.constant_(weights, torch.nan)
        module.reset_parameters(torch.Generator().manual_seed(0))
        assert all(weights.isfinite().all() for weights in module.parameters())

    def test_all_directions_differ(self, cell):
        module = build(cell, num_layers=2, bidirectional=True)
        blocks = [
            m.weight_hh_l0 for m in module.modules() if hasattr(m, "weight_hh_l0")
        ]
        assert len(blocks) == 4
        for i, block in enumerate(blocks):
            assert not any(torch.equal(block, other) for other in blocks[:i])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(make_net, name):
    net = make_net(net={"optimizer": name, "lr": 0.3, "weight_decay": 0.25})
    assert type(net.optimizer_) is OPTIMIZERS[name]
    (group,) = net.optimizer_.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.3, 0.25)
    assert group.get("fused", True)


def test_an_optimizer_class(make_net):
    net = make_net(net={"optimizer": torch.optim.Rprop})
    assert type(net.optimizer_) is torch.optim.Rprop


def test_an_optimizer_without_weight_decay(make_net):
    with pytest.raises(ValueError, match=r"Rprop has no weight decay. Got .*=0.1"):
        make_net(net={"optimizer": torch.optim.Rprop, "weight_decay": 0.1})


def test_callbacks_are_copied(make_net):
    callback = Callback()
    net = make_net(net={"callbacks": [callback]})
    (kept,) = [c for _, c in net.callbacks_ if type(c) is Callback]
    assert kept is not callback


def test_building_prints_nothing(make_net, capsys):
    make_net()
    assert capsys.readouterr() == ("", "")
