"""What is called inside torch: as its public functions do, without their imports."""

import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn

from sklearn_rnn.training import _inside_torch
from sklearn_rnn.training._compiled_gradient import may_compile

FIT = """
import sys
import numpy as np
from sklearn_rnn import LSTMRegressor

X = np.random.default_rng(0).normal(size=(40, 5, 2))
LSTMRegressor(max_epochs=2, {}).fit(X, X[:, -1, 0]).predict(X)
print(*sorted({{"torch._dynamo", "sympy"}} & set(sys.modules)))
"""
EVERY_KIND = [torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.SGD]


@pytest.mark.parametrize(
    "options",
    [
        "num_layers=2, dropout=0.1, lr_schedule='cosine'",
        pytest.param("optimizer='sgd', bidirectional=True", marks=pytest.mark.slow),
    ],
)
def test_a_fit_does_not_import_the_compiler_of_torch(options):
    command = [sys.executable, "-c", FIT.format(options)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stdout.strip()


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_optimizer_is_the_one_its_class_makes(kind):
    weights = [nn.Parameter(torch.ones(3)), nn.Parameter(torch.zeros(2))]
    groups = [
        {"params": weights[:1], "lr": 0.5},
        {"params": weights[1:], "weight_decay": 0.1},
    ]
    ours = _inside_torch.make_optimizer(kind, groups, {"lr": 0.2})
    plain = kind(groups, lr=0.2)
    assert type(ours) is kind
    assert vars(ours).keys() == vars(plain).keys()
    assert ours.state_dict() == plain.state_dict()
    ours.add_param_group({"params": nn.Parameter(torch.ones(1))})
    assert len(ours.param_groups) == 3
    assert len(pickle.loads(pickle.dumps(ours)).param_groups) == 3


def test_an_optimizer_refuses_what_its_class_refuses():
    with pytest.raises(ValueError, match="empty parameter list"):
        _inside_torch.make_optimizer(torch.optim.Adam, [], {})
    weights = [nn.Parameter(torch.ones(1))]
    with pytest.raises(ValueError, match="Invalid learning rate"):
        _inside_torch.make_optimizer(torch.optim.Adam, weights, {"lr": -1.0})


def test_memory_of_a_module_on_the_meta_device():
    with torch.device("meta"):
        module = nn.Sequential(nn.LSTM(2, 3), nn.BatchNorm1d(3))
    _inside_torch.give_memory(module)
    plain = nn.Sequential(nn.LSTM(2, 3), nn.BatchNorm1d(3)).state_dict()
    for name, value in module.state_dict().items():
        assert value.is_cpu
        assert (value.shape, value.dtype) == (plain[name].shape, plain[name].dtype)


def test_hooks_around_every_module(make_net):
    net, seen = make_net(), []
    assert may_compile(net.module_, net.criterion_)
    hook = nn.modules.module.register_module_forward_hook(lambda *_: seen.append(0))
    try:
        assert not may_compile(net.module_, net.criterion_)
    finally:
        hook.remove()
