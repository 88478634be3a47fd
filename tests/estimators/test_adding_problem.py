"""The adding problem at 200 steps, which asks for a long memory: error asserted."""

import time

import pytest
from sklearn.metrics import mean_squared_error

from sklearn_rnn import GRURegressor, LSTMRegressor
from sklearn_rnn.datasets import make_adding_problem


@pytest.mark.slow
@pytest.mark.parametrize("Regressor", [LSTMRegressor, GRURegressor])
def test_error_at_200_steps(Regressor):
    """Test MSE: 0.001 is asked for; who forgets the first number errs by 0.167."""
    X, y = make_adding_problem(20_000, 200, random_state=0)
    network = Regressor(lr=0.01, lr_schedule="cosine", max_epochs=5, random_state=0)
    begin = time.process_time()
    network.fit(X, y)
    seconds = time.process_time() - begin
    X_new, y_new = make_adding_problem(2000, 200, random_state=1000)
    error = mean_squared_error(y_new, network.predict(X_new))
    print(f"{Regressor.__name__}: test MSE {error:.6f} after {seconds:.0f} s of CPU")
    assert error < 0.001
