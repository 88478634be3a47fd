"""Regressors inside other estimators of scikit-learn -> they work as any regressor."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.feature_selection import RFE
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(100, 2)).cumsum(axis=0), columns=["a", "b"])
Y = FRAME["a"] + 1.0
QUICK = {"max_epochs": 2, "random_state": 0}


def flat(regressor):
    return make_pipeline(SequenceWindower(4, flatten=True), SimpleImputer(), regressor)


def test_stacking_with_ridge_on_the_same_rows():
    stack = StackingRegressor(
        [
            ("rnn", make_pipeline(SequenceWindower(4), RNNRegressor(4, **QUICK))),
            ("ridge", flat(Ridge())),
        ],
        cv=KFold(2),
    )
    assert stack.fit(FRAME[:80], Y[:80]).predict(FRAME[80:]).shape == (20,)
    assert stack.final_estimator_.coef_.shape == (2,)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_voting_is_the_mean(n_jobs):
    pipes = [
        (f"rnn{seed}", make_pipeline(SequenceWindower(4), RNNRegressor(4, **QUICK)))
        for seed in range(2)
    ]
    vote = VotingRegressor(pipes, n_jobs=n_jobs).fit(FRAME, Y)
    np.testing.assert_array_equal(
        vote.predict(FRAME), pipes[0][1].fit(FRAME, Y).predict(FRAME)
    )


def test_permutation_importance_finds_the_column_that_matters():
    regressor = RNNRegressor(4, max_epochs=5, random_state=0)
    pipe = make_pipeline(SequenceWindower(4), regressor).fit(FRAME, Y)
    result = permutation_importance(pipe, FRAME, Y, n_repeats=2, random_state=0)
    a, b = result.importances_mean
    assert a > 10 * abs(b)


def test_n_channels_reads_flat_windows_as_the_windows_they_are():
    """Lags of one step stand together, the oldest step first."""
    windows = SequenceWindower(4).fit_transform(FRAME)[4:]
    table = SequenceWindower(4, flatten=True).fit_transform(FRAME)[4:]
    deep = LSTMRegressor(4, **QUICK).fit(windows.to_array(), Y[4:])
    wide = LSTMRegressor(4, n_channels=2, **QUICK).fit(table, Y[4:])
    np.testing.assert_array_equal(wide.predict(table), deep.predict(windows.to_array()))
    assert wide.n_features_in_ == 8
    assert wide.net_.module_.encoder.layers[0].directions[0].rnn.input_size == 2


def test_bagging_over_flat_windows():
    bag = BaggingRegressor(
        RNNRegressor(4, n_channels=2, max_epochs=2), n_estimators=2, random_state=0
    )
    predicted = flat(bag).fit(FRAME[:80], Y[:80]).predict(FRAME[80:])
    assert predicted.shape == (20,)
    first, second = bag.estimators_
    assert first.random_state != second.random_state


def test_multi_output_regressor_fits_one_network_per_column():
    both = MultiOutputRegressor(RNNRegressor(4, **QUICK))
    pipe = make_pipeline(SequenceWindower(4), both).fit(FRAME, FRAME)
    alone = make_pipeline(
        SequenceWindower(4), RNNRegressor(4, instance_norm=None, **QUICK)
    )
    assert pipe.predict(FRAME).shape == (100, 2)
    np.testing.assert_array_equal(
        pipe.predict(FRAME)[:, 1], alone.fit(FRAME, FRAME["b"]).predict(FRAME)
    )


def test_regressor_chain_over_flat_windows():
    chain = RegressorChain(RNNRegressor(4, **QUICK), order=[1, 0])
    pipe = flat(chain).fit(FRAME, FRAME)
    assert pipe.predict(FRAME).shape == (100, 2)


def test_recursive_elimination_of_lags():
    selector = RFE(
        RNNRegressor(3, **QUICK),
        n_features_to_select=2,
        step=0.5,
        importance_getter=lambda fitted: np.arange(fitted.n_features_in_),
    )
    pipe = flat(selector).fit(FRAME, Y)
    assert pipe[-1].support_.sum() == 2
    assert pipe.predict(FRAME).shape == (100,)
