"""X as the user has it -> checked float rows, and the columns that name groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from sklearn_rnn.sequences._columns import find_odd_column
from sklearn_rnn.sequences._steps import all_finite
from sklearn_rnn.windowing._groups import GroupIds, read_groups
from sklearn_rnn.windowing._panel import Panel
from sklearn_rnn.windowing._times import check_increasing, read_times


@dataclass(frozen=True)
class Table:
    """Hold a table that was read.

    Parameters
    ----------
    panel : Panel
        Rows, each series in one piece.

    place : ndarray of shape (n_rows,) or None
        Row of `panel` that each row of the table is, None where none moved.

    groups : GroupIds
        Series of each row of the table.
    """

    panel: Panel
    place: NDArray[np.intp] | None
    groups: GroupIds

    def in_order_of_table(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring one value per row of the panel into the order of the table."""
        return values if self.place is None else values[self.place]


def read_table(
    estimator: BaseEstimator,
    X: pd.DataFrame | NDArray[Any],
    groups: ArrayLike | None,
    *,
    group_columns: Sequence[int],
    names: Sequence[str],
    dtype: Any,
) -> Table:
    """Check the rows of a table and bring each of its series into one piece.

    Parameters
    ----------
    estimator : SequenceWindower
        Estimator that scikit-learn's messages name.

    X : DataFrame or ndarray of shape (n_rows, n_columns)
        Table.

    groups : array-like of shape (n_rows,) or None
        Ids passed beside the table.

    group_columns : sequence of int
        Positions of the columns that name groups.

    names : sequence of str
        Names of the other columns.

    dtype : dtype or list of dtype
        Types of the rows; the first where the table has none of them.

    Returns
    -------
    Table
        Rows by series.

    Raises
    ------
    ValueError
        If values, group ids or index are not as they should be.
    """
    index = X.index if isinstance(X, pd.DataFrame) else None
    features = _read_features(estimator, X, dtype, group_columns)
    check_rows(features, names, index)
    ids = read_groups(len(X), [_column(X, i) for i in group_columns], index, groups)
    panel, order = Panel(features, ids.codes, ids.ids, read_times(index)).sort()
    if panel.times is not None:
        check_increasing(panel.times, panel.is_first, panel.ids)
    return Table(panel, None if order is None else np.argsort(order), ids)


def check_whole_table(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Check names and number of the columns, those that name groups included.

    Parameters
    ----------
    estimator : SequenceWindower
        Estimator that learns or compares `n_features_in_` and `feature_names_in_`.

    X : array-like of shape (n_rows, n_columns)
        Table.

    reset : bool
        Whether to learn rather than to compare.

    Returns
    -------
    DataFrame or ndarray of shape (n_rows, n_columns)
        The same table; what is no DataFrame as an array.
    """
    if not isinstance(X, pd.DataFrame):
        X = check_array(
            X, dtype=None, ensure_all_finite=False, estimator=estimator, input_name="X"
        )
    return validate_data(estimator, X, reset=reset, skip_check_array=True)


def name_columns(
    estimator: BaseEstimator, input_features: Sequence[str] | None = None
) -> list[str]:
    """Name the columns of the table that an estimator was fitted on.

    Parameters
    ----------
    estimator : SequenceWindower
        Fitted estimator.

    input_features : sequence of str or None, default=None
        Names that the user gives them, the same as in `fit` if it saw names.

    Returns
    -------
    list of str
        `x0`, `x1`, ... where nobody named them.

    Raises
    ------
    ValueError
        If the given names are not those of `fit`, or of another number.
    """
    known = getattr(estimator, "feature_names_in_", None)
    n_columns = estimator.n_features_in_
    if input_features is None:
        default = [f"x{i}" for i in range(n_columns)]
        return default if known is None else list(known)
    given = list(input_features)
    if known is not None and given != list(known):
        raise ValueError("input_features is not equal to feature_names_in_")
    if len(given) != n_columns:
        raise ValueError(
            "input_features should have length equal to number of features "
            f"({n_columns}), got {len(given)}"
        )
    return given


def check_rows(
    rows: NDArray[np.floating], names: Sequence[str], index: pd.Index | None
) -> None:
    """Refuse infinity, and rows that are partly NaN.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows, all-NaN where absent.

    names : sequence of str
        Name of each feature.

    index : pandas.Index or None
        Labels of the rows.

    Raises
    ------
    ValueError
        If a value is infinite or too large, or a row is partly NaN.
    """
    if all_finite(rows):
        return
    finite = np.isfinite(rows)
    allowed = finite.all(axis=1) | np.isnan(rows).all(axis=1)
    if allowed.all():
        return
    row = int(np.flatnonzero(~allowed)[0])
    infinite = np.flatnonzero(np.isinf(rows[row]))
    column = int(infinite[0]) if len(infinite) else int(np.argmin(finite[row]))
    label = "" if index is None else f" (index {index[[row]].tolist()[0]!s})"
    if len(infinite):
        raise ValueError(
            "Input X contains infinity or a value too large for "
            f"{rows.dtype!r}: row {row}{label}, feature {names[column]!r}."
        )
    raise ValueError(
        f"Input X contains NaN: row {row}{label} has NaN in feature "
        f"{names[column]!r} but not in all features. Impute it in front of the "
        "windower, or drop the row."
    )


def _read_features(
    estimator: BaseEstimator, X: Any, dtype: Any, group_columns: Sequence[int]
) -> NDArray[np.floating]:
    """Convert the columns that do not name groups, without a copy where none is due."""
    if group_columns:
        kept = [i for i in range(X.shape[1]) if i not in group_columns]
        X = X.iloc[:, kept] if isinstance(X, pd.DataFrame) else X[:, kept]
    if X.shape[1] == 0:  # of a DataFrame without columns NumPy complains first
        X = np.empty((len(X), 0))
    try:
        with np.errstate(over="ignore"):  # check_rows names the value that is too large
            return check_array(
                X,
                dtype=dtype,
                order="C",
                ensure_all_finite=False,
                estimator=estimator,
                input_name="X",
            )
    except (TypeError, ValueError) as error:
        _refuse_columns(X, error)
        raise


def _refuse_columns(X: Any, error: Exception) -> None:
    """Name the first column of a DataFrame that holds no numbers, if that is it."""
    odd = find_odd_column(X)
    if odd is None:
        return
    name, held = odd
    advice = "Make it the index, or leave it out."
    if held != "times":
        held += f" ({error})"
        advice = (
            "Encode it in front of the windower, such as by OneHotEncoder in a "
            "ColumnTransformer, or leave it out. Ids of series go into group_by."
        )
    raise ValueError(f"Column {name!r} of X holds {held}. {advice}") from error


def _column(X: Any, position: int) -> Any:
    return X.iloc[:, position] if isinstance(X, pd.DataFrame) else X[:, position]
