"""Forecasts of each group -> the step at which it first crosses a threshold."""

from __future__ import annotations

from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_scalar

from sklearn_rnn.forecasting._row_series import read_series


def steps_to_threshold(
    forecast: pd.Series | pd.DataFrame,
    threshold: float,
    *,
    below: bool = True,
    coverage: float = 0.9,
) -> pd.Series | pd.DataFrame:
    """Count the steps until a forecast first crosses a threshold.

    Parameters
    ----------
    forecast : Series or DataFrame
        What :func:`~sklearn_rnn.forecasting.forecast` returns for one output: one
        series, or one column per path. All but the last level of a MultiIndex name the
        groups.

    threshold : float
        Value that is crossed.

    below : bool, default=True
        Whether crossing means to fall below the threshold rather than to rise above it.

    coverage : float, default=0.9
        Share of the paths that cross within the interval. Wider takes more paths.

    Returns
    -------
    Series of shape (n_groups,) or DataFrame of shape (n_groups, 3)
        Number of steps, 1 for the first row of the forecast, and infinity where the
        threshold is never crossed in it. For paths a DataFrame with the median `steps`
        and the bounds `low` and `high`.

    Raises
    ------
    TypeError
        If `forecast` is no Series and no DataFrame.

    ValueError
        If it holds paths of several outputs, `coverage` is not between 0 and 1, or its
        index does not increase within a group.

    See Also
    --------
    forecast : Rolls a fitted pipeline out into the future.
    rul_targets : Labels to predict remaining life directly.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.forecasting import steps_to_threshold
    >>> capacity = pd.Series([1.5, 1.45, 1.38, 1.41, 1.3])
    >>> steps_to_threshold(capacity, 1.4)
    0    3.0
    Name: steps, dtype: float64
    """
    check_scalar(threshold, "threshold", Real)
    check_scalar(
        coverage, "coverage", Real, min_val=0, max_val=1, include_boundaries="neither"
    )
    if not isinstance(forecast, (pd.Series, pd.DataFrame)):
        raise TypeError(
            "steps_to_threshold expects the Series or DataFrame that forecast returns. "
            f"Got {type(forecast).__name__}."
        )
    if isinstance(forecast, pd.DataFrame) and forecast.columns.nlevels > 1:
        raise ValueError(
            "steps_to_threshold expects the paths of one output. Choose one of "
            f"{list(forecast.columns.unique(0))}: forecast[name]."
        )
    series = read_series("steps_to_threshold", len(forecast), None, forecast)
    values = forecast.to_numpy().reshape(len(forecast), -1)
    crossed = values < threshold if below else values > threshold
    steps = np.full((len(series.ids), values.shape[1]), np.inf)
    step = np.where(crossed, series.places[:, None] + 1.0, np.inf)
    np.minimum.at(steps, series.codes, step)
    index = _group_index(forecast.index, series.ids)
    if isinstance(forecast, pd.Series):
        return pd.Series(steps[:, 0], index=index, name="steps")
    return pd.DataFrame(_median_and_bounds(steps, coverage), index=index)


def _median_and_bounds(
    steps: NDArray[np.float64], coverage: float
) -> dict[str, NDArray[np.float64]]:
    """Take order statistics: between a number and infinity there is no middle."""
    ordered, last = np.sort(steps, axis=1), steps.shape[1] - 1
    tail = round((1 - coverage) / 2 * last, 9)  # a whole number must stay one
    return {
        "steps": ordered[:, last // 2],
        "low": ordered[:, int(np.floor(tail))],
        "high": ordered[:, int(np.ceil(last - tail))],
    }


def _group_index(index: pd.Index, ids: list) -> pd.Index:
    """Name the groups as the outer levels of the forecast do."""
    names = index.names[:-1]
    if not names:
        return pd.RangeIndex(1)
    if len(names) == 1:
        return pd.Index(ids, name=names[0])
    return pd.MultiIndex.from_tuples(ids, names=names)
