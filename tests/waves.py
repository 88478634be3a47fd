"""Waves, pipelines and rows to come -> what the tests of forecasts roll out."""

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNRegressor, SequenceWindower


def waves(n_rows=60, n_columns=2):
    phase = np.arange(n_rows)[:, None] / (3.0 + np.arange(n_columns))
    noise = np.random.default_rng(0).normal(0, 0.1, size=(n_rows, n_columns))
    return pd.DataFrame(np.sin(phase) + noise, columns=list("abcd")[:n_columns])


def interleaved():
    cells = np.array(["x", "y", "x", "x", "z", "y"] * 12)
    frame = waves(len(cells), 1).assign(cell=cells)
    frame["a"] += frame["cell"].map({"x": 0.0, "y": 5.0, "z": 10.0})
    return frame


def net(cls=RNNRegressor, **parameters):
    return cls(3, **{"max_epochs": 2, "random_state": 0} | parameters)


def ridge(**parameters):
    windower = SequenceWindower(**{"window_length": 4, "flatten": True} | parameters)
    return make_pipeline(windower, SimpleImputer(), Ridge())


def rows_to_come(index, columns=("a", "b"), **known):
    return pd.DataFrame(0.0, index=index, columns=list(columns)).assign(**known)


def assert_same(found, expected):
    np.testing.assert_allclose(
        np.ravel(found), np.ravel(expected), rtol=1e-5, atol=1e-6
    )
