"""Group ids by any of three routes -> one integer code per row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn.exceptions import MissingGroupsError


@dataclass(frozen=True)
class GroupIds:
    """Number the series that the rows belong to.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        Number of the series of each row, in the order in which they appear.

    ids : list
        Id of each series: a scalar, a tuple where several columns name it, or None for
        the only series of a table without groups.
    """

    codes: NDArray[np.intp]
    ids: list[Hashable]

    @property
    def named(self) -> bool:
        """Tell whether the table names its series."""
        return self.ids != [None]


def read_groups(
    n_rows: int,
    columns: Sequence[Any],
    index: pd.Index | None,
    groups: ArrayLike | None,
) -> GroupIds:
    """Number the series, from the first of three routes that names them.

    Parameters
    ----------
    n_rows : int
        Number of rows of the table.

    columns : sequence of array-like of shape (n_rows,)
        Columns that `group_by` names, empty for none.

    index : pandas.Index or None
        Index of the table. All but the last level of a MultiIndex name the series.

    groups : array-like of shape (n_rows,) or None
        Ids passed beside the table.

    Returns
    -------
    GroupIds
        Codes and ids.

    Raises
    ------
    ValueError
        If two routes name the series, an id is missing, or `groups` is not one id per
        row.
    """
    levels = _outer_levels(index)
    if groups is not None and (columns or levels):
        source = "group_by" if columns else "the MultiIndex of X"
        raise ValueError(
            f"SequenceWindower got groups=, but {source} names the groups already. "
            "Use one of the two."
        )
    if groups is not None:
        return _number([_one_id_per_row(groups, n_rows)])
    if columns or levels:
        return _number(columns or levels)
    return GroupIds(np.zeros(n_rows, dtype=np.intp), [None])


def refuse_lost_groups(X: Any, y: Any) -> None:
    """Refuse an array whose series only the index of y still names.

    Parameters
    ----------
    X : DataFrame or ndarray
        Table without groups.

    y : object
        Targets, or None.

    Raises
    ------
    MissingGroupsError
        If a step in front has dropped the index of the table: windows would run from
        one series into the next.
    """
    index = getattr(y, "index", None)
    if isinstance(index, pd.MultiIndex) and not isinstance(X, pd.DataFrame):
        raise MissingGroupsError(
            f"SequenceWindower got an array without groups, but the index of y names "
            f"{list(index.names[:-1])}. A step in front has dropped the index of X: "
            "call its set_output(transform='pandas')."
        )


def resolve_group_columns(
    group_by: Hashable | Sequence[Hashable], X: pd.DataFrame | NDArray[Any]
) -> list[int]:
    """Find the positions of the columns that `group_by` names.

    Parameters
    ----------
    group_by : str, int, list of them or None
        Column names for a DataFrame, positions for an array.

    X : DataFrame or ndarray of shape (n_rows, n_columns)
        Table.

    Returns
    -------
    list of int
        Positions, from the left, in the order of `group_by`.

    Raises
    ------
    ValueError
        If the table has no such column.
    """
    if group_by is None:
        return []
    named = group_by if isinstance(group_by, (list, tuple)) else [group_by]
    find = _position_by_name if isinstance(X, pd.DataFrame) else _position_by_number
    return [find(X, name) for name in named]


def _position_by_name(X: pd.DataFrame, name: Hashable) -> int:
    positions = np.flatnonzero([column == name for column in X.columns])
    if len(positions) != 1:
        raise ValueError(
            f"SequenceWindower expects group_by to name one column of X. Got {name!r}, "
            f"and the columns are {list(X.columns)!r}. {_reason(X, name)}"
        )
    return int(positions[0])


def _reason(X: pd.DataFrame, name: Hashable) -> str:
    """Say what a step in front may have done to the column, or what may be meant."""
    renamed = [column for column in X.columns if str(column).endswith(f"__{name}")]
    if renamed:
        return (
            f"A ColumnTransformer in front has renamed it to {renamed[0]!r}: set its "
            "verbose_feature_names_out=False."
        )
    return "Levels of a MultiIndex need no group_by."


def _position_by_number(X: NDArray[Any], position: Any) -> int:
    n_columns = X.shape[1]
    if isinstance(position, str):
        raise ValueError(
            f"group_by={position!r} names a column, but X has no column names. Pass a "
            "DataFrame (set_output(transform='pandas') on the step in front) or the "
            "position of the column."
        )
    if not -n_columns <= position < n_columns:
        raise ValueError(
            f"group_by={position!r} is no position of a column: X has {n_columns} "
            "columns."
        )
    return int(position) % n_columns


def _outer_levels(index: pd.Index | None) -> list[pd.Index]:
    if not isinstance(index, pd.MultiIndex):
        return []
    return [index.get_level_values(level) for level in range(index.nlevels - 1)]


def _one_id_per_row(groups: ArrayLike, n_rows: int) -> NDArray[Any]:
    ids = np.asarray(groups)
    if ids.ndim == 2 and ids.shape[1] == 1:
        ids = ids[:, 0]
    if ids.shape != (n_rows,):
        raise ValueError(
            "SequenceWindower expects groups of shape (n_rows,), one id per row. Got "
            f"shape {ids.shape} for {n_rows} rows."
        )
    return ids


def _number(columns: Sequence[Any]) -> GroupIds:
    codes, first_ids = _factorize(columns[0])
    if len(columns) == 1:
        return GroupIds(codes, first_ids)
    ids = [(name,) for name in first_ids]
    for column in columns[1:]:
        inner_codes, inner_ids = _factorize(column)
        codes, pairs = pd.factorize(codes * len(inner_ids) + inner_codes)
        outer, inner = np.divmod(pairs, len(inner_ids))
        ids = [(*ids[a], inner_ids[b]) for a, b in zip(outer, inner, strict=True)]
    return GroupIds(codes, list(ids))


def _factorize(column: Any) -> tuple[NDArray[np.intp], list[Hashable]]:
    codes, ids = pd.factorize(column)
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise ValueError(
            "SequenceWindower expects a group id for every row. Row "
            f"{int(missing[0])} has none (NaN). Fill it, or drop the row."
        )
    return codes.astype(np.intp, copy=False), pd.Index(ids).tolist()
