"""Regressors behind a windower -> pipelines, searches and cross-validation as usual."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - opens it
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(120, 2)).cumsum(axis=0), columns=["a", "b"])
Y = FRAME["a"].rename("y")
QUICK = {"max_epochs": 2, "random_state": 0}


def windowed(regressor=None, window_length=5):
    return make_pipeline(
        SequenceWindower(window_length), regressor or RNNRegressor(4, **QUICK)
    )


@pytest.fixture(scope="module")
def fitted():
    return windowed().fit(FRAME[:90], Y[:90])


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_first_promise_of_the_package(cls):
    regressor = cls(6, num_layers=2, dropout=0.2, max_epochs=3, random_state=0)
    pipe = make_pipeline(SequenceWindower(20), regressor)
    predicted = pipe.fit(FRAME[:90], Y[:90]).predict(FRAME[90:])
    assert predicted.shape == (30,)
    assert predicted.dtype == np.float64
    whole = SequenceWindower(20).fit_transform(FRAME)
    np.testing.assert_array_equal(predicted, pipe[-1].predict(whole[90:]))


def test_second_promise_of_the_package():
    pipe = windowed(LSTMRegressor(4, **QUICK))
    grid = {
        "lstmregressor__hidden_size": [2, 4],
        "lstmregressor__dropout": [0.1, 0.3],
        "sequencewindower__window_length": [3, 6],
    }
    search = GridSearchCV(
        pipe, grid, cv=TimeSeriesSplit(3), n_jobs=2, error_score="raise"
    )
    search.fit(FRAME, Y)
    scores = search.cv_results_["mean_test_score"]
    assert len(set(scores)) == 8  # every parameter acts
    assert search.predict(FRAME[-7:]).shape == (7,)
    serial = clone(search).set_params(n_jobs=1).fit(FRAME, Y)
    np.testing.assert_array_equal(serial.cv_results_["mean_test_score"], scores)


def test_clone_copies_parameters_and_nothing_learned(fitted):
    again = clone(fitted)
    assert again[-1].get_params() == fitted[-1].get_params()
    assert not hasattr(again[-1], "net_")


def test_cross_val_predict():
    cv = KFold(3)
    predicted = cross_val_predict(windowed(), FRAME, Y, cv=cv)
    for train, test in cv.split(FRAME):
        pipe = windowed().fit(FRAME.iloc[train], Y.iloc[train])
        np.testing.assert_array_equal(predicted[test], pipe.predict(FRAME.iloc[test]))


def test_cross_validate_with_several_scorers():
    result = cross_validate(
        windowed(),
        FRAME,
        Y,
        scoring=["r2", "neg_root_mean_squared_error"],
        return_train_score=True,
        return_estimator=True,
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )
    for test in ("test", "train"):
        assert np.isfinite(result[f"{test}_r2"]).all()
        assert (result[f"{test}_neg_root_mean_squared_error"] < 0).all()
    _, test = list(TimeSeriesSplit(2).split(FRAME))[1]
    score = result["estimator"][1].score(FRAME.iloc[test], Y.iloc[test])
    assert result["test_r2"][1] == score


def test_learning_curve():
    pipe = windowed().set_params(
        sequencewindower__max_gap=1
    )  # half is far from the end
    sizes, _, scores = learning_curve(
        pipe, FRAME, Y, train_sizes=[0.5, 1.0], cv=TimeSeriesSplit(2)
    )
    assert len(sizes) == 2
    assert np.isfinite(scores).all()


def test_halving_search_over_epochs():
    search = HalvingGridSearchCV(
        windowed(),
        {"rnnregressor__hidden_size": [2, 3, 4]},
        resource="rnnregressor__max_epochs",
        min_resources=1,
        max_resources=3,
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )
    search.fit(FRAME, Y)
    assert search.n_resources_ == [1, 3]
    assert search.best_estimator_[-1].n_epochs_ == 3


@pytest.mark.parametrize("transformer", [MinMaxScaler(), StandardScaler()])
def test_transformed_target_around_the_pipeline(transformer):
    plain = windowed().fit(FRAME[:90], Y[:90])
    wrapped = TransformedTargetRegressor(windowed(), transformer=transformer)
    wrapped.fit(FRAME[:90], Y[:90])
    assert wrapped.regressor_[-1].target_feature_ == "a"  # scaling keeps it affine
    np.testing.assert_allclose(
        wrapped.predict(FRAME[90:]), plain.predict(FRAME[90:]), atol=1e-3
    )


def test_transformed_target_around_the_last_step():
    """The windower's map is of the first y; the one the network sees is another."""
    inner = RNNRegressor(4, **QUICK)
    scaled = TransformedTargetRegressor(inner, transformer=StandardScaler())
    pipe = windowed(scaled).fit(FRAME[:90], Y[:90])
    assert pipe[-1].regressor_.target_feature_ is None
    assert abs(pipe.predict(FRAME) - Y.mean()).max() < 4 * Y.std()


def test_named_target_feature_trusts_no_map_of_another_y():
    front = StandardScaler().set_output(transform="pandas")
    inner = RNNRegressor(4, target_feature="a", **QUICK)
    scaled = TransformedTargetRegressor(inner, transformer=StandardScaler())
    pipe = make_pipeline(front, SequenceWindower(5), scaled).fit(FRAME, Y)
    found = pipe[-1].regressor_.scaler_.target_columns
    assert (found.slopes[0], found.intercepts[0]) == (1.0, 0.0)  # both scaled alike
    residual = pipe.predict(FRAME) - Y
    assert residual[5:].std() < 0.5 * Y.std()


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), None])
def test_target_feature_is_found_behind_a_scaler(scaler):
    pipe = windowed()
    if scaler is not None:
        pipe.steps.insert(0, ("scale", scaler.set_output(transform="pandas")))
    pipe.fit(FRAME[:90], Y[:90])
    assert pipe[-1].target_feature_ == "a"
    bare = windowed().fit(FRAME[:90], Y[:90])
    np.testing.assert_allclose(
        pipe.predict(FRAME[90:]), bare.predict(FRAME[90:]), atol=2e-3
    )


def test_target_feature_is_found_behind_a_column_transformer():
    table = FRAME.assign(kind=np.tile(["x", "y"], 60))
    front = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["b", "a"]),
            ("kinds", OneHotEncoder(), ["kind"]),
        ],
        sparse_threshold=0,
    ).set_output(transform="pandas")
    with_numbers_only = front.set_params(kinds__sparse_output=False)
    pipe = make_pipeline(with_numbers_only, *windowed()).fit(table[:90], Y[:90])
    assert pipe[-1].target_feature_ == "numbers__a"
    assert pipe.predict(table[90:]).shape == (30,)


@pytest.mark.parametrize("callbacks", [None, []])
def test_pickle_predicts_the_same_bits(fitted, callbacks):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(FRAME[90:]), fitted.predict(FRAME[90:]))


def test_pickle_trains_on_with_the_same_bits():
    X = FRAME.to_numpy().reshape(12, 10, 2)
    regressor = GRURegressor(4, dropout=0.3, recurrent_dropout=0.2, random_state=0)
    regressor.partial_fit(X, np.arange(12.0))
    again = pickle.loads(pickle.dumps(regressor))
    for each in (regressor, again):
        each.partial_fit(X, np.arange(12.0))
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))


@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_joblib_predicts_the_same_bits(fitted, tmp_path, mmap_mode):
    joblib.dump(fitted, tmp_path / "pipe.joblib")
    again = joblib.load(tmp_path / "pipe.joblib", mmap_mode=mmap_mode)
    np.testing.assert_array_equal(again.predict(FRAME[90:]), fitted.predict(FRAME[90:]))
