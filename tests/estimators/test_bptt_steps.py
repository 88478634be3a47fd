"""bptt_steps of an estimator: all steps change nothing, fewer do; some is refused."""

import numpy as np
import pytest

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.datasets import make_adding_problem


def weights(regressor, X, y):
    regressor.set_params(hidden_size=4, max_epochs=2, random_state=0).fit(X, y)
    return [w.detach().numpy() for w in regressor.net_.module_.parameters()]


@pytest.mark.parametrize("regressor", [LSTMRegressor, GRURegressor, RNNRegressor])
def test_bptt_steps(regressor):
    X, y = make_adding_problem(n_samples=40, n_timesteps=12, random_state=0)
    whole = weights(regressor(), X, y)
    same = weights(regressor(bptt_steps=12), X, y)
    cut = weights(regressor(bptt_steps=3), X, y)
    assert all(map(np.array_equal, whole, same))
    assert not all(map(np.array_equal, whole, cut))


def test_ragged_sequences_train_with_a_cut_gradient():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in rng.integers(1, 30, size=40)]
    y = np.array([steps[-3:].sum() for steps in X])
    regressor = LSTMRegressor(16, bptt_steps=4, max_epochs=60, lr=0.01, random_state=0)
    assert regressor.fit(X, y).score(X, y) > 0.9


def test_two_directions_are_refused():
    X, y = make_adding_problem(n_samples=10, n_timesteps=12, random_state=0)
    with pytest.raises(ValueError, match=r"bptt_steps=3 steps with bidirectional=True"):
        LSTMRegressor(bptt_steps=3, bidirectional=True).fit(X, y)


def test_steps_are_time_steps_with_segments_too():
    X, y = make_adding_problem(n_samples=20, n_timesteps=24, random_state=0)
    regressor = GRURegressor(4, segment_length=4, bptt_steps=10, max_epochs=1)
    assert regressor.fit(X, y).net_.module_.bptt_steps == 3
