"""SequenceWindower among scikit-learn's tools -> nothing lost, nothing silent."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn.exceptions import MissingGroupsError
from sklearn_rnn.windowing import SequenceWindower

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(120, 2)).cumsum(axis=0), columns=["a", "b"])
Y = FRAME["a"] + FRAME["b"]
CELLS = np.repeat(["p", "q", "r"], 40)


def ridge_on(windower):
    return make_pipeline(windower, SimpleImputer(), Ridge())


@pytest.fixture
def routed_ridge():
    """Give a pipeline whose windower asks for groups, with routing switched on."""
    with sklearn.config_context(enable_metadata_routing=True):
        windower = SequenceWindower(3, flatten=True)
        windower.set_fit_request(groups=True).set_transform_request(groups=True)
        yield ridge_on(windower)


def test_clone_and_parameters():
    windower = SequenceWindower(5, horizon=2, group_by=["cell"], max_gap=1)
    windower.fit(FRAME.assign(cell=CELLS))
    assert clone(windower).get_params() == windower.get_params()
    assert not hasattr(clone(windower), "n_features_in_")


@pytest.mark.parametrize("flatten", [False, True])
def test_pickle_keeps_the_tail(flatten):
    windower = SequenceWindower(3, flatten=flatten).fit(FRAME[:80])
    again = pickle.loads(pickle.dumps(windower))
    before, after = windower.transform(FRAME[80:]), again.transform(FRAME[80:])
    np.testing.assert_array_equal(np.asarray(before), np.asarray(after))


def test_windows_pickle():
    windows = SequenceWindower(3).fit_transform(FRAME, FRAME["a"])
    again = pickle.loads(pickle.dumps(windows))
    np.testing.assert_array_equal(again.to_array(), windows.to_array())
    assert again.target_columns.columns == [0]
    assert again.feature_names == ("a", "b")


def test_fit_keeps_no_reference_to_the_table():
    windower = SequenceWindower(3).fit(np.ones((5000, 10)))
    assert len(pickle.dumps(windower)) < 3000


def test_fit_does_not_change_its_input():
    rows = FRAME.to_numpy(dtype=np.float32, copy=True)
    rows.flags.writeable = False
    SequenceWindower(3).fit_transform(rows)
    frame = FRAME.assign(cell=CELLS)
    SequenceWindower(3, group_by="cell", time_delta=True).fit_transform(frame)
    pd.testing.assert_frame_equal(frame, FRAME.assign(cell=CELLS))


def test_refit_forgets_the_first_fit():
    windower = SequenceWindower(3, time_delta=True).fit(FRAME, FRAME["a"])
    windower.set_params(time_delta=False).fit(FRAME.to_numpy()[:, :1])
    assert windower.target_columns_ is None
    assert windower.time_step_ is None
    assert windower.n_features_in_ == 1
    assert not hasattr(windower, "feature_names_in_")


def test_grid_search_over_the_window_length():
    pipe = make_pipeline(
        StandardScaler().set_output(transform="pandas"),
        ridge_on(SequenceWindower(flatten=True)),
    )
    name = "pipeline__sequencewindower__"
    grid = {f"{name}window_length": [2, 5], f"{name}horizon": [0, 1]}
    search = GridSearchCV(pipe, grid, cv=TimeSeriesSplit(3), error_score="raise")
    search.fit(FRAME, Y)
    assert search.best_params_[f"{name}horizon"] == 0


def test_first_rows_of_each_fold_have_full_windows():
    pipe = make_pipeline(SequenceWindower(3, flatten=True), SimpleImputer(), Ridge())
    for train, test in TimeSeriesSplit(3).split(FRAME):
        pipe.fit(FRAME.iloc[train], Y.iloc[train])
        assert np.isfinite(pipe[0].transform(FRAME.iloc[test])).all()


def test_routed_groups_give_the_scores_of_a_group_column(routed_ridge):
    grid = {"ridge__alpha": [0.1, 10.0]}
    cv = GroupKFold(3)
    search = GridSearchCV(routed_ridge, grid, cv=cv, error_score="raise")
    search.fit(FRAME, Y, groups=CELLS)
    by_column = ridge_on(SequenceWindower(3, group_by="cell", flatten=True))
    folds = list(cv.split(FRAME, groups=CELLS))
    expected = GridSearchCV(by_column, grid, cv=folds, error_score="raise")
    expected.fit(FRAME.assign(cell=CELLS), Y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )


def test_groups_that_a_scorer_drops_are_missed_aloud(routed_ridge):
    with pytest.raises(MissingGroupsError, match="make_scorer"):
        cross_val_score(
            routed_ridge,
            FRAME,
            Y,
            scoring=make_scorer(r2_score),
            cv=GroupKFold(3),
            params={"groups": CELLS},
            error_score="raise",
        )


def test_groups_that_cross_val_predict_drops_are_missed_aloud(routed_ridge):
    with pytest.raises(MissingGroupsError, match="cross_val_predict"):
        cross_val_predict(
            routed_ridge, FRAME, Y, cv=GroupKFold(3), params={"groups": CELLS}
        )


def test_group_column_survives_cross_val_predict():
    pipe = ridge_on(SequenceWindower(3, group_by="cell", flatten=True))
    predicted = cross_val_predict(
        pipe, FRAME.assign(cell=CELLS), Y, cv=GroupKFold(3), groups=CELLS
    )
    assert predicted.shape == (120,)


def test_fit_transform_forwards_groups_without_a_warning(routed_ridge):
    routed_ridge.fit(FRAME, Y, groups=CELLS)
    predicted = routed_ridge.predict(FRAME, groups=CELLS)
    assert predicted.shape == (120,)


def test_callbacks_of_scikit_learn_pass_through():
    callback = pytest.importorskip(
        "sklearn.callback", reason="scikit-learn < 1.9 has no callbacks"
    )
    pytest.importorskip("rich", reason="scikit-learn's progress bar draws with rich")
    bar = callback.ProgressBar(max_propagation_depth=None)
    SequenceWindower(3).set_callbacks(bar).fit(FRAME)
    windows = SequenceWindower(3).set_callbacks(bar).fit_transform(FRAME)
    assert len(windows) == 120
    make_pipeline(SequenceWindower(3)).set_callbacks(bar).fit(FRAME)
