"""Estimator and the table it reads -> its windower, columns of ids, series of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from sklearn_rnn._compat import num_samples
from sklearn_rnn.forecasting._row_series import RowSeries, read_series
from sklearn_rnn.windowing._groups import GroupIds, read_groups
from sklearn_rnn.windowing._windower import SequenceWindower


def find_windower(estimator: BaseEstimator) -> SequenceWindower | None:
    """Find the windower in a pipeline or another estimator around one.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    SequenceWindower or None
        The first, as it is in there.
    """
    for part in estimator.get_params().values():
        if isinstance(part, SequenceWindower):
            return part
    return None


def find_id_columns(estimator: BaseEstimator, X: Any) -> list[int]:
    """Find the columns by which the windower tells groups apart.

    Parameters
    ----------
    estimator : estimator
        With a windower or without.

    X : DataFrame or ndarray of shape (n_rows, n_columns)
        What the estimator reads, whatever the steps in front of the windower do.

    Returns
    -------
    list of int
        Positions.
    """
    windower = find_windower(estimator)
    if windower is None or windower.group_by is None or np.ndim(X) != 2:
        return []
    several = isinstance(windower.group_by, (list, tuple))
    named = windower.group_by if several else [windower.group_by]
    columns = list(X.columns) if isinstance(X, pd.DataFrame) else range(X.shape[1])
    return [i for i, column in enumerate(columns) if column in named]


def read_table_series(
    caller: str, X: Any, id_columns: list[int], groups: ArrayLike | None = None
) -> RowSeries:
    """Number the series of a table by ids beside it, columns of it or its index.

    Parameters
    ----------
    caller : str
        Name of the public function, for its messages.

    X : array-like of shape (n_rows, ...)
        Table.

    id_columns : list of int
        Columns that name the groups, empty for none.

    groups : array-like of shape (n_rows,) or None, default=None
        Id of the group of each row.

    Returns
    -------
    RowSeries
        Whose `ids` are what the user calls the groups.
    """
    n_rows = num_samples(X)
    if groups is not None or not id_columns:
        return read_series(caller, n_rows, groups, X)
    table = pd.DataFrame(X)
    named: GroupIds = read_groups(
        n_rows, [table.iloc[:, i] for i in id_columns], None, None
    )
    checked = read_series(caller, n_rows, named.codes, X)
    return RowSeries(checked.codes, named.ids)
