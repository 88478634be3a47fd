"""Warnings point to the line of the user, through pipelines and searches."""

import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

import sklearn_rnn
from sklearn_rnn import SequenceWindower
from sklearn_rnn.exceptions import ShortHistoryWarning

X = np.arange(12.0)[:, None]


def lags():
    """Make a windower whose windows are never full."""
    return SequenceWindower(20, flatten=True)


def pipeline():
    zeros = SequenceWindower(20, horizon=0, flatten=True)
    return make_pipeline(zeros, Constant())


class Constant(LinearRegression):
    """Fit anything, NaN too."""

    def fit(self, X, y):
        return super().fit(np.zeros((len(X), 1)), y)

    def predict(self, X):
        return super().predict(np.zeros((len(X), 1)))


def lines_of(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert {warning.category for warning in caught} == {ShortHistoryWarning}
    return {(warning.filename, warning.lineno) for warning in caught}


@pytest.mark.parametrize(
    "call",
    [
        lambda: lags().fit(X),
        lambda: lags().fit_transform(X),
        lambda: lags().set_output(transform="pandas").fit_transform(X),
        lambda: pipeline().fit(X, np.zeros(12)),
        lambda: GridSearchCV(
            pipeline(), {"sequencewindower__context": ["auto"]}, cv=TimeSeriesSplit(2)
        ).fit(X, np.zeros(12)),
    ],
    ids=["fit", "fit_transform", "with a container", "pipeline", "search"],
)
def test_point_to_the_caller(call):
    [(filename, line)] = lines_of(call)
    first = call.__code__.co_firstlineno
    assert filename == __file__
    assert first <= line <= first + 2


def test_without_a_caller_point_out_of_the_package():
    def call():
        thread = threading.Thread(target=lags().fit, args=(X,))
        thread.start()
        thread.join()

    [(filename, _)] = lines_of(call)
    assert Path(sklearn_rnn.__file__).parent not in Path(filename).parents
