"""Regularised networks -> the same predictions whichever way their rows are read."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade

TABLE, CAPACITY = make_battery_fade(n_cycles=60, random_state=0)
OPTIONS = [{"layer_norm": True}, {"zoneout": 0.2}, {"input_dropout": 0.3}]


def fitted(cls, **options):
    settings = {"num_layers": 2, "max_epochs": 2, "lr": 0.05, "random_state": 0}
    regressor = cls(4, stateful=True, **settings | options)
    return make_pipeline(SequenceWindower(10), regressor).fit(TABLE[:40], CAPACITY[:40])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_states_that_run_on_through_a_series(cls, options):
    """Row by row or all at once; and the option is not lost on the way."""
    pipe = fitted(cls, **options)
    at_once = pipe.predict(TABLE[40:])
    one_by_one = [pipe[-1].predict_next(row) for row in TABLE[40:].to_numpy()]
    np.testing.assert_allclose(at_once, one_by_one, rtol=1e-6)
    assert (at_once != fitted(cls).predict(TABLE[40:])).all()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_cut_gradient(options):
    settings = {"num_layers": 2, "max_epochs": 2, "random_state": 0}
    X = np.random.default_rng(0).normal(size=(40, 9, 3))
    y = X[:, -1, 0]
    whole, cut, plain = (
        LSTMRegressor(4, **settings | each).fit(X, y).predict(X)
        for each in (options, options | {"bptt_steps": 4}, {"bptt_steps": 4})
    )
    assert (cut != plain).all()
    assert (cut != whole).any()
