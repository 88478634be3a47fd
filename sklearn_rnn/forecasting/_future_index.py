"""Index of a series -> the entries that come next, at the same frequency."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def continue_index(index: pd.Index, n_steps: int) -> pd.Index:
    """Go on with the index of one series.

    Parameters
    ----------
    index : pandas.Index
        Dates, durations, periods or numbers, increasing.

    n_steps : int
        Number of entries.

    Returns
    -------
    pandas.Index
        That follow. Dates keep their frequency, known or inferred; otherwise the step
        is the most common one.

    Raises
    ------
    ValueError
        If the index has no step to go on with.
    """
    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(
            index[-1] + index.step, index[-1] + (n_steps + 1) * index.step, index.step
        )
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=n_steps, freq=index.freq)
    freq = _frequency(index)
    if freq is not None:
        make = pd.date_range if isinstance(index, pd.DatetimeIndex) else _durations
        return make(index[-1], periods=n_steps + 1, freq=freq)[1:]
    is_time = isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex))
    if not is_time and not pd.api.types.is_any_real_numeric_dtype(index.dtype):
        raise ValueError(
            "forecast cannot go on with an index that holds neither numbers nor dates. "
            "Pass X_future, whose index comes next."
        )
    if len(index) < 2:
        raise ValueError(
            "forecast needs two rows of each group to go on with its index. Pass "
            "X_future, whose index comes next."
        )
    steps = pd.Series(index[1:] - index[:-1])
    return pd.Index([index[-1] + k * _usual(steps) for k in range(1, n_steps + 1)])


def _frequency(index: pd.Index) -> Any:
    if not isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        return None
    if index.freq is not None:
        return index.freq
    return type(index)(index, freq="infer").freq if len(index) > 2 else None


def _durations(start: Any, periods: int, freq: Any) -> pd.TimedeltaIndex:
    return pd.timedelta_range(start, periods=periods, freq=freq)


def _usual(steps: pd.Series) -> Any:
    """Give the most common step; of numbers with rounding errors the middle one."""
    if pd.api.types.is_float_dtype(steps.dtype):
        return float(np.median(steps))
    return steps.mode().iloc[0]
