"""Tables that cannot be windowed -> an error that says why and what to do."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError

from sklearn_rnn.windowing import SequenceWindower

X = np.arange(12.0).reshape(6, 2)
FRAME = pd.DataFrame(X, columns=["a", "b"], index=pd.date_range("2020", periods=6))


def with_value(value, row=3, column=1):
    changed = FRAME.copy()
    changed.iloc[row, column] = value
    return changed


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (with_value(np.nan), r"NaN: row 3 \(index 2020-01-04.*feature 'b' but not in"),
        (with_value(np.inf), r"infinity or a value too large.*row 3 .*feature 'b'"),
        (with_value(1e39), r"infinity or a value too large.*float32.*row 3"),
        (with_value(np.nan).to_numpy(), "NaN: row 3 has NaN in feature 'x1'"),
        (np.full((6, 2), -np.inf), "infinity.*row 0, feature 'x0'"),
        (FRAME[:0], r"0 sample\(s\)"),
        (FRAME[[]], r"0 feature\(s\)"),
        (X[:0], r"0 sample\(s\)"),
        (X[:, 0], "Reshape your data"),
        (FRAME["a"], "Expected a 2-dimensional container but got"),
        (X[None], "dim 3"),
        (X + 1j, "Complex data not supported"),
        (
            FRAME.assign(cell="x"),
            r"Column 'cell' .* no numbers \(could not convert string to float: 'x'\)",
        ),
        (
            FRAME.assign(day=pd.Timestamp("2020-01-01")),
            "Column 'day' of X holds times. Make it the index",
        ),
        (
            FRAME.assign(day=pd.Period("2020-01-01", "D")),
            "Column 'day' of X holds times. Make it the index",
        ),
    ],
)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_fit_refuses(table, message, method):
    with pytest.raises(ValueError, match=message):
        getattr(SequenceWindower(2), method)(table)


def test_sparse_table_is_refused():
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        SequenceWindower(2).fit(scipy.sparse.csr_array(X))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (with_value(np.nan), "NaN: row 3"),
        (with_value(np.inf), "infinity"),
        (FRAME[:0], r"0 sample\(s\)"),
        (FRAME[["a"]], "feature names should match"),
        (FRAME[["b", "a"]], "feature names should match"),
        (FRAME.assign(c=1), "feature names should match"),
    ],
)
def test_transform_refuses(table, message):
    with pytest.raises(ValueError, match=message):
        SequenceWindower(2).fit(FRAME).transform(table)


def test_transform_of_another_width_is_refused():
    with pytest.raises(ValueError, match="X has 1 features, but SequenceWindower is"):
        SequenceWindower(2).fit(X).transform(X[:, :1])


def test_transform_before_fit_is_refused():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        SequenceWindower(2).transform(X)


@pytest.mark.parametrize("bad", [with_value(np.inf), with_value(np.nan)])
@pytest.mark.parametrize("method", ["transform", "get_feature_names_out"])
def test_after_a_fit_that_failed_it_is_not_fitted(method, bad):
    windower = SequenceWindower(2, flatten=True)
    with pytest.raises(ValueError, match="row 3"):
        windower.fit(bad)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(windower, method)(*[FRAME][: method == "transform"])


@pytest.mark.parametrize("bad", [{"X": FRAME.assign(c=np.inf)}, {"y": [0.0]}])
def test_a_fit_that_failed_leaves_the_one_before(bad):
    windower = SequenceWindower(2).fit(FRAME[:3])
    expected = windower.transform(FRAME[3:]).to_array()
    with pytest.raises(ValueError, match=r"infinity|inconsistent"):
        windower.fit(**{"X": FRAME[["b"]]} | bad)
    np.testing.assert_array_equal(windower.transform(FRAME[3:]).to_array(), expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window_length", 0),
        ("window_length", 2.5),
        ("horizon", -1),
        ("group_by", 1.5),
        ("context", "always"),
        ("max_gap", 0),
        ("time_delta", "yes"),
        ("flatten", None),
    ],
)
def test_parameter_out_of_range_is_refused(name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of SequenceWindower"):
        SequenceWindower(**{name: value}).fit(X)


def test_large_double_is_legal_in_the_lag_table():
    flat = SequenceWindower(1, horizon=0, flatten=True).fit_transform(with_value(1e39))
    assert flat[3, 1] == 1e39
    with pytest.raises(ValueError, match=r"infinity.*float64"):
        SequenceWindower(2, flatten=True).fit(with_value(np.inf))


@pytest.mark.parametrize("dtype", [object, "Float64", np.int8, bool, np.float16])
def test_numbers_of_any_type_are_accepted(dtype):
    frame = pd.DataFrame({"a": [0, 1, 1, 0]}).astype(dtype)
    windows = SequenceWindower(2).fit_transform(frame)
    assert windows.dtype == np.float32
    assert windows[3].ravel().tolist() == [1, 1]


def test_nullable_column_with_an_absent_row():
    frame = pd.DataFrame({"a": pd.array([0, None, 2, 3], dtype="Int64")})
    windows = SequenceWindower(3).fit_transform(frame)
    assert [window.ravel().tolist() for window in windows] == [[], [0], [0], [0, 2]]
