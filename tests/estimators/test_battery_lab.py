"""The guide's lab, everything learnt from the training rows: its error is asserted."""

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade


def lab_error(seed):
    X, y = make_battery_fade(random_state=seed)
    pipe = make_pipeline(
        SequenceWindower(20),
        LSTMRegressor(50, num_layers=2, dropout=0.2, max_epochs=50, random_state=seed),
    )
    predicted = pipe.fit(X[:800], y[:800]).predict(X[800:])
    assert pipe[-1].target_feature_ == "capacity"
    return root_mean_squared_error(y[800:], predicted)


@pytest.mark.slow
def test_lab_error_over_five_seeds():
    """Mean test RMSE: 0.0095 is asked for; same as last cycle errs by 0.0109."""
    errors = Parallel(n_jobs=2)(delayed(lab_error)(seed) for seed in range(5))
    print("test RMSE by seed:", np.round(errors, 4), "mean", round(np.mean(errors), 4))
    assert np.mean(errors) <= 0.0095
