"""check_leakage: silent where nothing leaks, and names fold and row where it does."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sklearn_rnn import LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.exceptions import LeakageError
from sklearn_rnn.forecasting import (
    GroupTimeSeriesSplit,
    PersistenceRegressor,
    check_leakage,
    make_targets,
)

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(80, 2)).cumsum(axis=0), columns=["a", "b"])
CELLS, CAPACITY = make_battery_fade(40, n_cells=3, random_state=0)


def ridge(*front, window_length=4, **parameters):
    windower = SequenceWindower(window_length, flatten=True, **parameters)
    return make_pipeline(*front, windower, SimpleImputer(), Ridge())


class TestSilence:
    """Nothing of this reads the future."""

    @pytest.mark.parametrize("cv", [TimeSeriesSplit(4), GroupTimeSeriesSplit(3)])
    def test_one_series(self, cv):
        scaler = StandardScaler().set_output(transform="pandas")
        check_leakage(ridge(scaler), FRAME, FRAME["a"], cv)

    @pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning")
    def test_array(self):
        X = FRAME.to_numpy()
        check_leakage(ridge(), X, X[:, 1], TimeSeriesSplit(3))

    def test_several_series_of_a_multiindex(self):
        check_leakage(ridge(), CELLS, CAPACITY, GroupTimeSeriesSplit(3))

    @pytest.mark.parametrize("cv", [GroupTimeSeriesSplit(3), GroupKFold(3)])
    def test_several_series_named_by_a_column(self, cv):
        ids = CELLS.index.get_level_values("cell").to_numpy()
        frame = CELLS.reset_index(drop=True).assign(cell=ids)
        y = CAPACITY.reset_index(drop=True)
        check_leakage(ridge(group_by="cell"), frame, y, cv, groups=ids)
        check_leakage(ridge(group_by="cell"), frame, y, list(cv.split(frame, y, ids)))

    def test_texts_and_absent_rows(self):
        frame = FRAME.assign(wind=RNG.choice(["north", "south"], size=80))
        frame.iloc[[5, 30, 31, 62, 79]] = np.nan
        columns = ColumnTransformer(
            [
                ("code", OneHotEncoder(sparse_output=False), ["wind"]),
                ("same", "passthrough", ["a", "b"]),
            ]
        )
        pipe = make_pipeline(columns, FunctionTransformer(leave_out), ridge())
        columns.set_output(transform="pandas")
        check_leakage(pipe, frame, FRAME["a"], TimeSeriesSplit(3))

    def test_network_without_a_seed(self):
        pipe = make_pipeline(SequenceWindower(4), LSTMRegressor(2, max_epochs=1))
        check_leakage(pipe, FRAME, FRAME["a"], TimeSeriesSplit(2))
        assert pipe[-1].random_state is None

    def test_several_steps_with_purged_rows(self):
        y = make_targets(FRAME["a"], 4)
        pipe = make_pipeline(
            SequenceWindower(4, max_gap=1), LSTMRegressor(2, max_epochs=1)
        )
        check_leakage(pipe, FRAME, y, GroupTimeSeriesSplit(2, purge=3))

    def test_targets_that_are_hidden_where_they_reach_into_the_test_rows(self):
        y = make_targets(FRAME["a"], 4)
        reach = np.arange(80)[:, None] + np.arange(4)
        y[(np.arange(80)[:, None] < 40) & (reach >= 40)] = np.nan
        pipe = make_pipeline(SequenceWindower(4), LSTMRegressor(2, max_epochs=1))
        check_leakage(pipe, FRAME, y, [(np.arange(40), np.arange(40, 60))])

    def test_classes(self):
        y = np.where(FRAME["a"] > FRAME["a"].shift(1), "up", "down")
        pipe = make_pipeline(
            SequenceWindower(3, flatten=True), SimpleImputer(), LogisticRegression()
        )
        check_leakage(pipe, FRAME, y, TimeSeriesSplit(3))


def leave_out(frame):
    """Make rows absent that are partly so."""
    return frame.where(frame.notna().all(axis=1))


class TestLeaks:
    def test_splitter_that_mixes_past_and_future(self):
        message = (
            r"Fold 0: the prediction of row 0 \(index 0\) moved from .* to .* when the "
            "future was scrambled. 60 training rows lie in it. Use a splitter"
        )
        with pytest.raises(LeakageError, match=message):
            check_leakage(ridge(), FRAME, FRAME["a"], KFold(4))

    def test_fold_of_a_list_that_is_wrong(self):
        cv = list(TimeSeriesSplit(3).split(FRAME))
        cv[1] = (np.append(cv[1][0], 79), cv[1][1])
        with pytest.raises(LeakageError, match=r"Fold 1: .* 1 training rows lie in it"):
            check_leakage(ridge(), FRAME, FRAME["a"], cv)

    def test_targets_that_reach_into_the_test_rows(self):
        y = make_targets(FRAME["a"], 4)
        pipe = make_pipeline(
            SequenceWindower(4, max_gap=1), LSTMRegressor(2, max_epochs=1)
        )
        message = (
            r"Fold 0: .* The targets of 2 training .* GroupTimeSeriesSplit\(purge=3"
        )
        with pytest.raises(LeakageError, match=message):
            check_leakage(pipe, FRAME, y, GroupTimeSeriesSplit(2, purge=1))

    @pytest.mark.parametrize("n_ahead", [1, 5])
    def test_step_that_looks_ahead(self, n_ahead):
        class LookAhead(TransformerMixin, BaseEstimator):
            def fit(self, X, y=None):
                return self

            def transform(self, X):
                return X.shift(-n_ahead).ffill()

        with pytest.raises(LeakageError, match="reads later rows than the one that it"):
            check_leakage(ridge(LookAhead()), FRAME, FRAME["b"], TimeSeriesSplit(3))

    def test_scales_of_the_test_fold(self):
        pipe = ridge(FunctionTransformer(lambda X: X - X.mean()))
        with pytest.raises(LeakageError, match=r"Fold 0: the prediction of row 2\d"):
            check_leakage(pipe, FRAME, FRAME["b"], TimeSeriesSplit(3))

    def test_row_that_holds_its_own_answer(self):
        with pytest.raises(LeakageError, match="that row holds the answer itself"):
            check_leakage(LinearRegression(), FRAME, FRAME["b"], TimeSeriesSplit(3))

    @pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.TargetLeakWarning")
    def test_window_that_includes_the_answer(self):
        X = FRAME.to_numpy()
        with pytest.raises(LeakageError, match="prediction of row 20 moved"):
            check_leakage(
                ridge(horizon=0, context=None), X, X[:, 0], TimeSeriesSplit(3)
            )

    def test_one_leak_among_several_series(self):
        def swap(X):
            later = X.groupby("cell")["capacity"].shift(-1).ffill()
            is_last = X.index.get_level_values("cell") == 2
            return X.assign(capacity=np.where(is_last, later, X["capacity"]))

        with pytest.raises(LeakageError, match=r"index \(2, 1\d\)"):
            check_leakage(
                ridge(FunctionTransformer(swap)),
                CELLS,
                CAPACITY,
                GroupTimeSeriesSplit(3),
            )

    def test_inside_another_estimator(self):
        model = TransformedTargetRegressor(ridge(), transformer=StandardScaler())
        with pytest.raises(LeakageError, match="Fold 0"):
            check_leakage(model, FRAME, FRAME["a"], KFold(3))

    def test_classes(self):
        y = np.where(FRAME["a"].diff().shift(-1) > 0, "up", "down")
        pipe = make_pipeline(FunctionTransformer(ahead), LogisticRegression())
        with pytest.raises(LeakageError, match=r"Fold 0: .* from \[.*\] to \["):
            check_leakage(pipe, FRAME, y, TimeSeriesSplit(3))

    def test_several_outputs(self):
        with pytest.raises(LeakageError, match=r"from \[.*, .*\] to \["):
            check_leakage(LinearRegression(), FRAME, FRAME * 2, TimeSeriesSplit(3))


def ahead(frame):
    """Look one row ahead."""
    return frame.diff().shift(-1).fillna(0.0)


@pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning")
@pytest.mark.parametrize("groups", ["beside", "by the windower"])
def test_series_of_an_array(groups):
    ids = np.tile([3, 4], 40)
    order = np.argsort(ids, kind="stable")
    X = np.column_stack([FRAME, ids])[order]
    cv = GroupTimeSeriesSplit(3)
    folds = list(cv.split(X, groups=ids[order]))
    check_leakage(
        ridge(group_by=2),
        X,
        X[:, 1],
        cv if groups == "beside" else folds,
        groups=ids[order] if groups == "beside" else None,
    )
    with pytest.raises(LeakageError, match="training rows lie in it"):
        check_leakage(ridge(), X, X[:, 1], folds)
    with pytest.raises(LeakageError, match=r"row 50 moved .* reads later rows"):
        check_leakage(ridge(), X, X[:, 1], folds, groups=ids[order])  # windows cross


def test_data_stay_as_they_are():
    X, y = FRAME.copy(), FRAME["a"].copy()
    check_leakage(
        make_pipeline(SequenceWindower(3), PersistenceRegressor()),
        X,
        y,
        TimeSeriesSplit(2),
    )
    pd.testing.assert_frame_equal(X, FRAME)
    pd.testing.assert_series_equal(y, FRAME["a"])


def test_what_cannot_predict_is_refused():
    with pytest.raises(TypeError, match="check_leakage expects an estimator with pred"):
        check_leakage(StandardScaler(), FRAME, FRAME["a"], TimeSeriesSplit(2))


def test_samples_in_the_order_of_time():
    X, y = RNG.normal(size=(40, 5, 2)), RNG.normal(size=40)
    network = RNNRegressor(2, max_epochs=1)
    check_leakage(network, X, y, TimeSeriesSplit(2))
    with pytest.raises(LeakageError, match="20 training rows lie in it"):
        check_leakage(network, list(X), y, KFold(2))
