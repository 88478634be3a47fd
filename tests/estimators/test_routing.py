"""Weights and groups -> they reach the step that asks for them, or are missed aloud."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import LSTMRegressor, SequenceWindower

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(90, 2)).cumsum(axis=0), columns=["a", "b"])
Y = FRAME["a"].to_numpy()
CELLS = np.repeat(["p", "q", "r"], 30)
WEIGHT = np.where(CELLS == "p", 3.0, 1.0)


def lstm():
    return LSTMRegressor(4, max_epochs=2, random_state=0)


@pytest.fixture
def routed():
    """Give a pipeline that asks for groups and weights, with routing switched on."""
    with sklearn.config_context(enable_metadata_routing=True):
        windower = SequenceWindower(4)
        windower.set_fit_request(groups=True).set_transform_request(groups=True)
        regressor = lstm().set_fit_request(sample_weight=True)
        yield make_pipeline(windower, regressor.set_score_request(sample_weight=True))


@pytest.fixture
def by_column():
    return make_pipeline(SequenceWindower(4, group_by="cell"), lstm())


def test_groups_and_weights_through_a_pipeline(routed, by_column):
    routed.fit(FRAME, Y, groups=CELLS, sample_weight=WEIGHT)
    table = FRAME.assign(cell=CELLS)
    by_column[0].set_fit_request(groups=False).set_transform_request(groups=False)
    by_column[1].set_fit_request(sample_weight=True)
    by_column.fit(table, Y, sample_weight=WEIGHT)
    predicted = routed.predict(FRAME, groups=CELLS)
    np.testing.assert_array_equal(predicted, by_column.predict(table))
    unweighted = lstm().fit(by_column[0].transform(table), Y)
    assert (unweighted.predict(by_column[0].transform(table)) != predicted).any()


def test_groups_and_weights_through_a_grid_search(routed, by_column):
    grid = {"lstmregressor__hidden_size": [2, 4]}
    search = GridSearchCV(routed, grid, cv=GroupKFold(3), error_score="raise")
    search.fit(FRAME, Y, groups=CELLS, sample_weight=WEIGHT)
    folds = list(GroupKFold(3).split(FRAME, groups=CELLS))
    by_column[0].set_fit_request(groups=False).set_transform_request(groups=False)
    by_column[1].set_fit_request(sample_weight=True)
    by_column[1].set_score_request(sample_weight=True)
    expected = GridSearchCV(by_column, grid, cv=folds, error_score="raise")
    expected.fit(FRAME.assign(cell=CELLS), Y, sample_weight=WEIGHT)
    for key in ("mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(
            search.cv_results_[key], expected.cv_results_[key]
        )


def test_groups_through_cross_validate(routed):
    result = cross_validate(
        routed,
        FRAME,
        Y,
        cv=GroupKFold(3),
        params={"groups": CELLS, "sample_weight": WEIGHT},
        error_score="raise",
    )
    assert np.isfinite(result["test_score"]).all()


def test_group_column_needs_no_routing(by_column):
    table = FRAME.assign(cell=CELLS)
    search = GridSearchCV(
        by_column,
        {"lstmregressor__hidden_size": [2, 4]},
        cv=GroupKFold(3),
        scoring="neg_mean_absolute_error",
        error_score="raise",
    )
    search.fit(table, Y, groups=CELLS)
    assert (search.cv_results_["mean_test_score"] < 0).all()


def test_weights_by_step_name_without_routing():
    pipe = make_pipeline(
        StandardScaler().set_output(transform="pandas"), SequenceWindower(4), lstm()
    )
    weighted = pipe.fit(FRAME, Y, lstmregressor__sample_weight=WEIGHT).predict(FRAME)
    windows = pipe[:-1].fit_transform(FRAME, Y)
    expected = lstm().fit(windows, Y, sample_weight=WEIGHT).predict(windows)
    np.testing.assert_array_equal(weighted, expected)
    assert (pipe.fit(FRAME, Y).predict(FRAME) != weighted).any()


def test_partial_fit_can_ask_for_weights():
    with sklearn.config_context(enable_metadata_routing=True):
        regressor = lstm().set_partial_fit_request(sample_weight=True)
    requests = regressor.get_metadata_routing()
    assert requests.partial_fit.requests == {"sample_weight": True}
