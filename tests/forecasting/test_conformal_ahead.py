"""Targets that look ahead -> no row learns from those that errors are measured on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import make_pipeline

from sklearn_rnn import SequenceWindower
from sklearn_rnn.forecasting import ConformalIntervals, make_targets

N_ROWS, BEGIN = 200, 150  # errors are measured from this row on
A = pd.Series(np.random.default_rng(0).normal(size=N_ROWS).cumsum(), name="a")


class RememberRows(DummyRegressor):
    """Remember how many rows it learnt from."""

    seen = []

    def fit(self, X, y, sample_weight=None):
        self.seen.append(len(y))
        return super().fit(np.zeros((len(y), 1)), np.nan_to_num(y))


@pytest.mark.parametrize(
    ("y", "last"),
    [
        (A, 149),
        (make_targets(A, 5), 145),
        (make_targets(A, 2, first_step=24), 124),
        (A.shift(-24), 125),
        (make_targets(A, 9).iloc[:, ::2], 141),
        (make_targets(np.exp(A), 5), 145),
    ],
    ids=["itself", "five", "from 24 on", "shifted", "every second", "of another scale"],
)
def test_training_ends_where_targets_reach_the_rows_held_back(y, last):
    RememberRows.seen.clear()
    windower = SequenceWindower(3, flatten=True)
    model = ConformalIntervals(
        make_pipeline(windower, RememberRows()), calibration_fraction=0.25, refit=False
    )
    model.fit(A.to_frame(), y)
    assert RememberRows.seen == [last + 1]


def test_series_that_end_at_other_rows():
    """A target missing at the end of one series alone says nothing about the others."""
    index = pd.MultiIndex.from_product([[0, 1], range(100)], names=["unit", "cycle"])
    X = pd.DataFrame({"a": A.to_numpy()}, index)
    y = X["a"].copy()
    y.iloc[-30:] = np.nan
    RememberRows.seen.clear()
    windower = SequenceWindower(3, flatten=True)
    model = ConformalIntervals(
        make_pipeline(windower, RememberRows()), calibration_fraction=0.25, refit=False
    )
    model.fit(X, y)
    assert RememberRows.seen == [150]
