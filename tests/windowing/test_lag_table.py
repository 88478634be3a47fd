"""flatten=True -> a table of lags with names, types and containers."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn.sequences import Sequences
from sklearn_rnn.windowing import SequenceWindower

FRAME = pd.DataFrame(
    {"capacity": [1.0, 2.0, 3.0, 4.0], "current": [5.0, 6.0, 7.0, 8.0]},
    index=pd.date_range("2020", periods=4),
)


def test_oldest_lag_first_and_features_inside_each_lag():
    windower = SequenceWindower(2, flatten=True).fit(FRAME)
    assert list(windower.get_feature_names_out()) == [
        "capacity_lag2", "current_lag2", "capacity_lag1", "current_lag1",
    ]  # fmt: skip
    assert windower.transform(FRAME)[3].tolist() == [2, 6, 3, 7]
    np.testing.assert_array_equal(windower.transform(FRAME)[1], [np.nan, np.nan, 1, 5])


@pytest.mark.parametrize(
    ("horizon", "names"), [(0, ["x0_lag1", "x0_lag0"]), (3, ["x0_lag4", "x0_lag3"])]
)
def test_lag_counts_back_from_the_predicted_row(horizon, names):
    windower = SequenceWindower(2, horizon=horizon, flatten=True, context=None)
    flat = windower.fit_transform(np.arange(9.0)[:, None])
    assert list(windower.get_feature_names_out()) == names
    assert flat[8].tolist() == [8 - int(name[-1]) for name in names]


def test_absent_row_leaves_its_own_lag_empty():
    frame = FRAME.copy()
    frame.iloc[1] = np.nan
    flat = SequenceWindower(3, flatten=True).fit_transform(frame)
    np.testing.assert_array_equal(flat[3], [1, 5, np.nan, np.nan, 3, 7])


def test_names_with_groups_and_time_delta():
    windower = SequenceWindower(1, group_by="cell", time_delta=True, flatten=True)
    windower.fit(FRAME.assign(cell=1))
    names = ["capacity_lag1", "current_lag1", "time_delta_lag1"]
    assert list(windower.get_feature_names_out()) == names


def test_names_only_of_a_table():
    assert not hasattr(SequenceWindower(2), "get_feature_names_out")


@pytest.mark.parametrize(
    ("given", "message"),
    [(["a", "b"], "not equal to feature_names_in_"), (["a"], "not equal")],
)
def test_names_that_fit_did_not_see_are_refused(given, message):
    windower = SequenceWindower(2, flatten=True).fit(FRAME)
    with pytest.raises(ValueError, match=message):
        windower.get_feature_names_out(given)


def test_names_for_an_array_are_the_given_ones():
    windower = SequenceWindower(1, flatten=True).fit(FRAME.to_numpy())
    assert list(windower.get_feature_names_out(["a", "b"])) == ["a_lag1", "b_lag1"]
    with pytest.raises(ValueError, match=r"equal to number of features \(2\), got 1"):
        windower.get_feature_names_out(["a"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    rows = (np.arange(8.0).reshape(4, 2) / 3).astype(dtype)
    flat = SequenceWindower(2, flatten=True).fit_transform(rows)
    assert flat.dtype == dtype
    assert flat[3, 3] == rows[2, 1]


def test_set_output_gives_a_frame_with_the_index_of_the_input():
    windower = SequenceWindower(2, flatten=True).set_output(transform="pandas")
    for flat in (windower.fit_transform(FRAME), windower.transform(FRAME)):
        assert flat.index.equals(FRAME.index)
        assert flat.loc["2020-01-04", "current_lag1"] == 7


def test_set_output_is_accepted_and_does_nothing_in_3d():
    pipe = make_pipeline(StandardScaler(), SequenceWindower(2))
    windows = pipe.set_output(transform="pandas").fit_transform(FRAME)
    assert isinstance(windows, Sequences)
    assert windows.feature_names == ("capacity", "current")
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(SequenceWindower(2).fit_transform(FRAME), Sequences)


@pytest.mark.parametrize(
    "model",
    [make_pipeline(SimpleImputer(), Ridge()), HistGradientBoostingRegressor()],
    ids=["ridge", "boosting"],
)
def test_baselines_run_on_the_same_windows(model):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=90).cumsum()})
    pipe = make_pipeline(SequenceWindower(3, flatten=True), model)
    predicted = pipe.fit(frame[:60], frame["a"][:60]).predict(frame[60:])
    assert predicted.shape == (30,)
