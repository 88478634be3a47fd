"""GroupTimeSeriesSplit: of each group the past trains and the future tests."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.forecasting import GroupTimeSeriesSplit, PersistenceRegressor


@given(
    codes=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    n_splits=st.integers(2, 4),
    purge=st.integers(0, 3),
)
def test_each_group_is_tested_after_it_was_trained_on(codes, n_splits, purge):
    codes = np.array(codes)
    X, sizes = np.zeros((len(codes), 1)), np.bincount(codes)
    splitter = GroupTimeSeriesSplit(n_splits, purge=purge)
    sizes = sizes[sizes > 0]
    n_first = sizes - n_splits * (sizes // (n_splits + 1)) - purge
    if sizes.min() <= n_splits or n_first.max() <= 0:
        with pytest.raises(ValueError, match="GroupTimeSeriesSplit"):
            list(splitter.split(X, groups=codes))
        return
    tested = []
    for train, test in splitter.split(X, groups=codes):
        for code in np.unique(codes):
            own = np.flatnonzero(codes == code)
            before, after = np.isin(own, train), np.isin(own, test)
            n_train, n_test = before.sum(), after.sum()
            assert n_test == len(own) // (n_splits + 1)
            assert before[:n_train].all()
            begin = np.argmax(after)
            assert after[begin : begin + n_test].all()
            assert n_train == max(0, begin - purge)
        tested.extend(test)
    assert len(set(tested)) == len(tested)
    lasts = [np.flatnonzero(codes == code)[-1] for code in np.unique(codes)]
    assert set(lasts) <= set(test)


@pytest.mark.parametrize("test_size", [None, 4])
@pytest.mark.parametrize("purge", [0, 3])
@pytest.mark.parametrize("n_rows", [24, 29])
def test_one_group_is_split_as_by_scikit_learn(n_rows, purge, test_size):
    X = np.zeros((n_rows, 1))
    ours = GroupTimeSeriesSplit(4, purge=purge, test_size=test_size).split(X)
    theirs = TimeSeriesSplit(4, gap=purge, test_size=test_size).split(X)
    for own, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(own[0], expected[0])
        np.testing.assert_array_equal(own[1], expected[1])


def test_a_multiindex_names_the_groups():
    X, _ = make_battery_fade(12, n_cells=3, random_state=0)
    by_index = GroupTimeSeriesSplit(3).split(X)
    by_ids = GroupTimeSeriesSplit(3).split(
        X.to_numpy(), groups=X.index.get_level_values("cell")
    )
    for own, expected in zip(by_index, by_ids, strict=True):
        np.testing.assert_array_equal(own[1], expected[1])
    assert len(own[1]) == 9


def test_windows_of_test_rows_are_full():
    X, y = make_battery_fade(24, n_cells=2, random_state=0)
    windower = SequenceWindower(4)
    for train, test in GroupTimeSeriesSplit(3).split(X):
        windows = windower.fit(X.iloc[train], y.iloc[train]).transform(X.iloc[test])
        assert (windows.lengths == 4).all()


def test_max_gap_begins_windows_anew_behind_purged_rows():
    X, y = make_battery_fade(24, n_cells=2, random_state=0)
    windower = SequenceWindower(3, max_gap=1)
    for train, test in GroupTimeSeriesSplit(3, purge=2).split(X):
        windows = windower.fit(X.iloc[train], y.iloc[train]).transform(X.iloc[test])
        assert windows.lengths.tolist() == 2 * [0, 1, 2, 3, 3, 3]


def test_works_in_searches_and_scores():
    X, y = make_battery_fade(30, n_cells=2, random_state=0)
    pipe = make_pipeline(SequenceWindower(4), PersistenceRegressor())
    splitter = GroupTimeSeriesSplit(3)
    assert cross_val_score(pipe, X, y, cv=splitter).shape == (3,)
    search = GridSearchCV(
        pipe, {"sequencewindower__window_length": [2, 4]}, cv=splitter
    )
    assert search.fit(X, y).n_splits_ == 3
    groups = X.index.get_level_values("cell").to_numpy()
    frame = X.assign(cell=groups).reset_index(drop=True)
    pipe.set_params(sequencewindower__group_by="cell")
    arguments = {"cv": splitter, "scoring": "neg_mean_squared_error"}
    beside = cross_val_score(pipe, frame, y, groups=groups, **arguments)
    with sklearn.config_context(enable_metadata_routing=True):
        pipe[0].set_fit_request(groups=False).set_transform_request(groups=False)
        routed = cross_val_score(pipe, frame, y, params={"groups": groups}, **arguments)
    np.testing.assert_array_equal(beside, routed)


def test_repr_and_count():
    splitter = GroupTimeSeriesSplit(4, purge=2)
    assert repr(splitter) == "GroupTimeSeriesSplit(n_splits=4, purge=2, test_size=None)"
    assert splitter.get_n_splits() == 4
    with pytest.raises(TypeError, match="clone"):
        clone(splitter)  # as scikit-learn's own splitters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_splits": 1}, "n_splits == 1, must be >= 2"),
        ({"purge": -1}, "purge == -1, must be >= 0"),
        ({"test_size": 0}, "test_size == 0, must be >= 1"),
        ({"n_splits": 3}, "more rows than the 3 of group 'b'"),
        ({"n_splits": 2, "test_size": 2}, "more rows than the 3 of group 'b'"),
        ({"n_splits": 2, "purge": 4}, "no row to train on in fold 0"),
    ],
)
def test_what_cannot_be_split_is_refused(parameters, message):
    groups = list("aaaaaabbb")
    with pytest.raises(ValueError, match=message):
        list(GroupTimeSeriesSplit(**parameters).split(np.zeros(9), groups=groups))


def test_rows_out_of_order_are_refused():
    X = pd.DataFrame({"a": range(8)}, index=[0, 1, 2, 3, 5, 4, 6, 7])
    with pytest.raises(ValueError, match="GroupTimeSeriesSplit expects the index to"):
        list(GroupTimeSeriesSplit(2).split(X))
