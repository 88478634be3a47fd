"""The same fit on a GPU: by hand, with -m gpu, where there is one."""

import numpy as np
import pytest
import torch

from sklearn_rnn import GRURegressor, LSTMClassifier, LSTMRegressor, RNNRegressor

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    # cuDNN copies weights that are computed, such as those under dropout
    pytest.mark.filterwarnings("ignore:RNN module weights are not part of single"),
]


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
@pytest.mark.parametrize(
    "parameters",
    [{}, {"num_layers": 2, "bidirectional": True}, {"pooling": "mean"}],
    ids=["plain", "stacked", "mean"],
)
def test_gpu_agrees_with_cpu(cls, parameters):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in rng.integers(3, 9, size=40)]
    y = np.array([steps.sum() for steps in X])
    weights = rng.permutation(40) + 1.0
    by_device = [
        cls(8, max_epochs=3, random_state=0, device=device, **parameters)
        .fit(X, y, sample_weight=weights)
        .predict(X)
        for device in ("cpu", "cuda")
    ]
    np.testing.assert_allclose(*by_device, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_dropout_draws_on_the_gpu(cls):
    X = np.random.default_rng(0).normal(size=(64, 6, 2))
    options = {"dropout": 0.5, "recurrent_dropout": 0.2, "max_epochs": 2}
    dropped = cls(8, random_state=0, device="cuda", **options).fit(X, X[:, 0, 0])
    assert np.isfinite(dropped.predict(X)).all()


@pytest.mark.parametrize("parameters", [{}, {"pooling": "attention"}], ids=str)
def test_classes_and_steps_on_the_gpu(parameters):
    X = np.random.default_rng(0).normal(size=(40, 6, 2))
    y = np.where(X[:, :, 0] > 0, "plus", "minus")
    y = y[:, -1] if parameters else y
    by_device = [
        LSTMClassifier(8, max_epochs=3, random_state=0, device=device, **parameters)
        .fit(X, y)
        .predict_proba(X)
        for device in ("cpu", "cuda")
    ]
    np.testing.assert_allclose(*by_device, rtol=1e-2, atol=1e-2)


class Dropping(torch.nn.Module):
    """A linear map of the last step, of which half is dropped."""

    def __init__(self, input_size, output_size):
        super().__init__()
        self.drop = torch.nn.Dropout(0.5)
        self.head = torch.nn.Linear(input_size, output_size)

    def forward(self, x, lengths=None):
        return self.head(self.drop(x[:, -1]))


def test_a_module_of_the_user_leaves_the_generator_of_the_gpu_alone():
    X = np.random.default_rng(0).normal(size=(64, 6, 2))
    settings = {"max_epochs": 3, "random_state": 0, "device": "cuda"}
    before = torch.cuda.get_rng_state()
    first, second = (
        LSTMRegressor(module=Dropping, **settings).fit(X, X[:, 0, 0]).predict(X)
        for _ in range(2)
    )
    assert torch.equal(torch.cuda.get_rng_state(), before)
    np.testing.assert_allclose(first, second, rtol=1e-5)
