"""steps_to_threshold: the first step that crosses, and an interval of paths."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.forecasting import steps_to_threshold

INDEX = pd.MultiIndex.from_product([["x", "y"], [7, 8, 9]], names=["cell", "cycle"])
VALUES = pd.Series([3.0, 2, 1, 3, 3, 2], INDEX)


def test_first_step_below():
    steps = steps_to_threshold(VALUES, 2)
    expected = pd.Series([3, np.inf], pd.Index(["x", "y"], name="cell"), name="steps")
    pd.testing.assert_series_equal(steps, expected)
    assert steps_to_threshold(VALUES, 2.5).tolist() == [2, 3]


def test_first_step_above():
    values = pd.Series([1.0, np.nan, 5, 4], index=pd.date_range("2020", periods=4))
    assert steps_to_threshold(values, 4, below=False).tolist() == [3]
    assert steps_to_threshold(values, 5, below=False).tolist() == [np.inf]


def test_what_goes_back_has_crossed():
    assert steps_to_threshold(pd.Series([3.0, 1, 3, 1]), 2).tolist() == [2]


def test_interleaved_groups_of_two_levels():
    index = pd.MultiIndex.from_tuples(
        [("p", 1, 0), ("q", 1, 0), ("p", 1, 1), ("p", 2, 0)],
        names=["line", "cell", "t"],
    )
    steps = steps_to_threshold(pd.Series([3.0, 1, 1, 1], index), 2)
    assert steps.index.names == ["line", "cell"]
    assert steps.to_dict() == {("p", 1): 2, ("q", 1): 1, ("p", 2): 1}


def paths_that_cross_at(*steps, n_steps=30):
    place = np.arange(n_steps)[:, None]
    return pd.DataFrame(np.where(place + 1 >= np.array(steps), 0.0, 1.0))


def test_interval_of_paths():
    paths = paths_that_cross_at(*range(1, 22))
    found = steps_to_threshold(paths, 0.5, coverage=0.9)
    assert found.columns.tolist() == ["steps", "low", "high"]
    assert found.iloc[0].tolist() == [11, 2, 20]
    assert steps_to_threshold(paths, 0.5, coverage=0.5).iloc[0].tolist() == [11, 6, 16]


def test_paths_that_never_cross_lie_at_infinity():
    found = steps_to_threshold(paths_that_cross_at(4, 5, 6, 99, 99), 0.5)
    assert found.iloc[0].tolist() == [6, 4, np.inf]


def test_interval_of_each_group():
    paths = pd.concat({"a": paths_that_cross_at(2, 3, 4), "b": paths_that_cross_at(7)})
    found = steps_to_threshold(paths, 0.5)
    assert found.loc["a"].tolist() == [3, 2, 4]
    assert found.loc["b", "low"] == 7


@pytest.mark.parametrize(
    ("forecast", "arguments", "error", "message"),
    [
        ([1.0], {}, TypeError, "Series or DataFrame that forecast returns. Got list"),
        (VALUES, {"coverage": 1.0}, ValueError, "coverage == 1.0, must be < 1"),
        (VALUES[::-1], {}, ValueError, "steps_to_threshold expects the index to incr"),
        (
            pd.DataFrame(
                1.0, index=[0], columns=pd.MultiIndex.from_product([["q"], [0]])
            ),
            {},
            ValueError,
            r"the paths of one output. Choose one of \['q'\]",
        ),
    ],
)
def test_bad_input_is_refused(forecast, arguments, error, message):
    with pytest.raises(error, match=message):
        steps_to_threshold(forecast, 2, **arguments)
