"""criterion="poisson" -> positive predictions of counts, of any size."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import d2_tweedie_score, mean_poisson_deviance
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5, 2))
RATE = np.exp(1.0 + 1.5 * X[:, :, 0].mean(axis=1))
COUNTS = RNG.poisson(RATE)


def quick(cls=RNNRegressor, **parameters):
    settings = {"max_epochs": 3, "random_state": 0, "criterion": "poisson"}
    return cls(8, **settings | parameters)


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_counts_are_explained(cls):
    regressor = quick(cls, max_epochs=30, lr=0.01).fit(X[:200], COUNTS[:200])
    predicted = regressor.predict(X[200:])
    assert predicted.dtype == np.float64
    assert (predicted > 0).all()
    assert d2_tweedie_score(COUNTS[200:], predicted, power=1) > 0.2
    early = quick(cls).fit(X[:200], COUNTS[:200]).predict(X[200:])
    assert mean_poisson_deviance(COUNTS[200:], predicted) < mean_poisson_deviance(
        COUNTS[200:], early
    )


@pytest.mark.parametrize("size", [1.0, 1e6])
def test_is_the_mean_where_the_input_tells_nothing(size):
    y = COUNTS * size
    regressor = quick(max_epochs=40, lr=0.02).fit(np.ones((300, 1, 1)), y)
    [predicted] = regressor.predict(np.ones((1, 1, 1)))
    assert predicted == pytest.approx(y.mean(), rel=0.05)


def test_unit_of_the_counts_does_not_matter():
    one_batch = quick(batch_size=300)  # the order of samples depends on their bits
    first, second = (one_batch.fit(X, COUNTS * u).predict(X) for u in (1, 1024))
    np.testing.assert_allclose(second, 1024 * first, rtol=1e-6)


def test_without_scaling_the_network_learns_the_size_itself():
    plain = quick(standardize=False).fit(X, COUNTS)
    with torch.no_grad():
        outputs = plain.net_.module_(torch.as_tensor(X, dtype=torch.float32))
    np.testing.assert_allclose(plain.predict(X), outputs[:, 0].exp(), rtol=1e-5)


def test_class_of_torch_is_the_same():
    named, given = (
        quick(criterion=criterion).fit(X, COUNTS).predict(X)
        for criterion in ("poisson", torch.nn.PoissonNLLLoss)
    )
    np.testing.assert_array_equal(named, given)


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match=r"criterion='poisson' needs y >= 0.* Got -3"):
        quick().fit(X, COUNTS - 3)


def test_counts_may_be_zero_and_unknown():
    y = np.column_stack([COUNTS, 0 * COUNTS]).astype(float)
    y[::3, 0] = np.nan
    assert (quick().fit(X, y).predict(X) > 0).all()


FRAME = pd.DataFrame({"sold": COUNTS, "noise": X[:, 0, 0]})


def test_a_column_that_y_copies_is_read_as_it_is():
    """A change may be negative, and the logarithm of a count may not follow it."""
    auto, none = (
        make_pipeline(SequenceWindower(4), quick(instance_norm=norm))
        .fit(FRAME, FRAME["sold"])
        .predict(FRAME)
        for norm in ("auto", None)
    )
    np.testing.assert_array_equal(auto, none)
    pipe = make_pipeline(SequenceWindower(4), quick(instance_norm="last"))
    with pytest.raises(ValueError, match=r"'poisson' a number above zero\. Pass inst"):
        pipe.fit(FRAME, FRAME["sold"])
