"""Index of a table -> the place in time of every row."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Times:
    """Place rows in time.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Numbers, nanoseconds, or period ordinals.

    kind : str
        What the values are, in words. Only times of one kind can be compared.
    """

    values: NDArray[Any]
    kind: str

    def take(self, index: NDArray[Any]) -> Times:
        """Select rows by index array or mask."""
        return Times(self.values[index], self.kind)

    def label(self, row: int) -> str:
        """Write the time of a row as a person would."""
        value = self.values[row]
        if self.kind.startswith("datetimes"):
            zone = "UTC" if self.kind.endswith("with a time zone") else None
            return str(pd.Timestamp(int(value), tz=zone))
        if self.kind == "timedeltas":
            return str(pd.Timedelta(int(value)))
        if self.kind.startswith("periods of "):
            freq = self.kind.removeprefix("periods of ")
            return str(pd.Period(ordinal=int(value), freq=freq))
        return str(value)


def read_times(index: pd.Index | None) -> Times | None:
    """Read the place in time of every row from the index.

    Parameters
    ----------
    index : pandas.Index or None
        Index of the table; of a MultiIndex the last level counts.

    Returns
    -------
    Times or None
        None where the index is neither numbers nor dates.

    Raises
    ------
    ValueError
        If a time is missing.
    """
    if isinstance(index, pd.MultiIndex):
        index = index.get_level_values(-1)
    if index is None:
        return None
    times = _as_times(index)
    if times is not None and index.hasnans:
        row = int(np.flatnonzero(index.isna())[0])
        raise ValueError(
            f"SequenceWindower expects a time for every row. The index of row {row} is "
            f"{index[row]}. Fill it, or drop the row."
        )
    return times


def check_increasing(
    times: Times, is_first: NDArray[np.bool_], ids: Sequence[Hashable]
) -> None:
    """Refuse series whose times do not increase.

    Parameters
    ----------
    times : Times
        Times of the rows, each series in one piece.

    is_first : ndarray of shape (n_rows,)
        Whether a row is the first of its series.

    ids : sequence
        Id of each series.

    Raises
    ------
    ValueError
        If a time comes before, or equals, the one in front of it.
    """
    values = times.values
    number = np.cumsum(is_first) - 1

    def of_group(row: int) -> str:
        return f" of group {ids[number[row]]!r}" if len(ids) > 1 else ""

    backward = np.flatnonzero((values[1:] < values[:-1]) & ~is_first[1:])
    if len(backward):
        row = int(backward[0]) + 1
        raise ValueError(
            "SequenceWindower expects the index to increase within each group. Index "
            f"{times.label(row)}{of_group(row)} comes after {times.label(row - 1)}. "
            "Call sort_index() (a splitter must not shuffle), or "
            "reset_index(drop=True) if the rows are in order; several series in one "
            "table need group_by=."
        )
    repeated = np.flatnonzero((values[1:] == values[:-1]) & ~is_first[1:])
    if len(repeated):
        row = int(repeated[0])
        raise ValueError(
            "SequenceWindower expects each index once within a group. Index "
            f"{times.label(row)}{of_group(row)} is a duplicate. Name the groups with "
            "group_by= if these are several series, or call reset_index(drop=True) if "
            "the rows are in order."
        )


def gap_in_units(max_gap: Any, times: Times, caller: str = "SequenceWindower") -> float:
    """Convert `max_gap` to the units of the times.

    Parameters
    ----------
    max_gap : float, str, datetime.timedelta or numpy.timedelta64
        Longest step within one sequence.

    times : Times
        Times of the rows.

    caller : str, default="SequenceWindower"
        Name for the messages.

    Returns
    -------
    float or int
        Longest step, in the units of `times.values`.

    Raises
    ------
    ValueError
        If a number meets dates, a duration meets numbers, or it is not positive.
    """
    is_number = isinstance(max_gap, Real) and not isinstance(max_gap, np.timedelta64)
    wants_duration = times.kind.startswith(("datetimes", "timedeltas"))
    if is_number != wants_duration:
        return max_gap if is_number else _nanoseconds(max_gap, caller)
    wanted = "a duration such as '1h'" if wants_duration else "a number"
    raise ValueError(
        f"{caller} expects max_gap to be {wanted}, as the index holds {times.kind}. "
        f"Got {max_gap!r}."
    )


def elapsed(
    times: Times, is_first: NDArray[np.bool_], present: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Measure the time since the previous present row of the same series.

    Parameters
    ----------
    times : Times
        Times of the rows, each series in one piece.

    is_first, present : ndarray of shape (n_rows,)
        Whether a row is the first of its series, and whether it has values.

    Returns
    -------
    ndarray of shape (n_rows,)
        Time since, NaN at an absent row and at one with no predecessor.
    """
    position = np.arange(len(present))
    first = np.maximum.accumulate(np.where(is_first, position, 0))
    previous = np.maximum.accumulate(np.where(present, position, -1))
    previous = np.concatenate([[-1], previous[:-1]])
    since = (times.values - times.values[previous]).astype(np.float64)
    since[~present | (previous < first)] = np.nan
    return since


def _as_times(index: pd.Index) -> Times | None:
    if isinstance(index, pd.PeriodIndex):
        return Times(index.astype("int64").to_numpy(), f"periods of {index.freqstr}")
    if isinstance(index, pd.DatetimeIndex):
        zone = "" if index.tz is None else " with a time zone"
        return Times(index.as_unit("ns").astype("int64").to_numpy(), f"datetimes{zone}")
    if isinstance(index, pd.TimedeltaIndex):
        return Times(index.as_unit("ns").astype("int64").to_numpy(), "timedeltas")
    if pd.api.types.is_integer_dtype(index.dtype) and not index.hasnans:
        return Times(index.to_numpy(dtype=np.int64), "numbers")
    if pd.api.types.is_any_real_numeric_dtype(index.dtype):
        return Times(index.to_numpy(dtype=np.float64, na_value=np.nan), "numbers")
    return None


def _nanoseconds(
    max_gap: str | datetime.timedelta | np.timedelta64, caller: str
) -> int:
    try:
        duration = pd.Timedelta(max_gap)
    except ValueError:
        duration = pd.NaT
    if not duration > pd.Timedelta(0):
        raise ValueError(
            f"{caller} expects max_gap to be a positive duration such as '1h' or "
            f"pd.Timedelta(hours=1). Got {max_gap!r}."
        )
    return int(duration.as_unit("ns").value)
