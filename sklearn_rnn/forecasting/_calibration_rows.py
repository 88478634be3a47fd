"""Rows of several series -> those to learn from, and those to measure errors on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn.forecasting._row_series import RowSeries
from sklearn_rnn.forecasting._scramble import numeric_columns
from sklearn_rnn.forecasting._table_series import find_id_columns
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.windowing._target import find_target_columns


class CalibrationRows(NamedTuple):
    """Hold the positions of rows.

    Parameters
    ----------
    train : ndarray of shape (n_train,)
        To learn from.

    behind : ndarray of shape (n_rows - n_train,)
        All others, to be predicted, so that windows do not meet a gap.

    calibration : ndarray of shape (n_calibration,)
        Of these, those to measure errors on.
    """

    train: NDArray[np.intp]
    behind: NDArray[np.intp]
    calibration: NDArray[np.intp]


def hold_out_last_rows(
    series: RowSeries, fraction: float, lead: int
) -> CalibrationRows:
    """Measure errors on the last rows of each series.

    Parameters
    ----------
    series : RowSeries
        Series of the rows.

    fraction : float
        Share of the rows of each.

    lead : int
        Rows that targets look ahead. What would look into the last rows is not learnt.

    Returns
    -------
    CalibrationRows
        Positions.

    Raises
    ------
    ValueError
        If no row is left to learn from, or to measure errors on.
    """
    sizes = series.sizes
    # Rounding the sum once lets short groups add up to a fair share.
    shares = np.diff(np.round(fraction * np.cumsum(sizes)), prepend=0)
    n_last = np.minimum(shares, sizes - 1)
    begins = (sizes - n_last)[series.codes]
    is_last = series.places >= begins
    is_train = ~is_last & (series.places + lead < begins)
    ahead = f", whose targets look {lead} rows ahead," if lead else ""
    return _positions(is_train, is_last, fraction, f"n_samples={len(is_last)}{ahead}")


def hold_out_groups(series: RowSeries, fraction: float) -> CalibrationRows:
    """Measure errors on all rows of the series that appear last.

    Parameters
    ----------
    series : RowSeries
        Series of the rows.

    fraction : float
        Share of the series.

    Returns
    -------
    CalibrationRows
        Positions.

    Raises
    ------
    ValueError
        If no series is left to learn from, or to measure errors on.
    """
    n_series = len(series.ids)
    is_held = series.codes >= n_series - round(fraction * n_series)
    return _positions(~is_held, is_held, fraction, f"{n_series} groups")


def largest_lead(estimator: Any, X: Any, y: Any, series: RowSeries) -> int:
    """Count the rows that the targets look ahead.

    Parameters
    ----------
    estimator : estimator
        With a windower or without.

    X : object
        What it reads.

    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets that copy a column of `X`, or are NaN where they are not known yet.

    series : RowSeries
        Series of the rows.

    Returns
    -------
    int
        Rows.
    """
    return max(_copied_lead(estimator, X, y, series), _tail(y, series))


def _positions(
    is_train: NDArray[np.bool_],
    is_calibration: NDArray[np.bool_],
    fraction: float,
    of_what: str,
) -> CalibrationRows:
    if not is_calibration.any() or not is_train.any():
        raise ValueError(
            "ConformalIntervals needs rows to learn from and rows to measure errors "
            f"on. calibration_fraction={fraction!r} of {of_what} leaves none of these."
        )
    parts = (is_train, ~is_train, is_calibration)
    return CalibrationRows(*map(np.flatnonzero, parts))


def _copied_lead(estimator: Any, X: Any, y: Any, series: RowSeries) -> int:
    """Count the rows that the targets look ahead, where they copy a column of X."""
    if isinstance(X, Sequences):
        found = X.target_columns
    else:
        features = numeric_columns(X, find_id_columns(estimator, X))
        if not features:
            return 0
        values = pd.DataFrame(X).iloc[:, features].to_numpy(np.float64, na_value=np.nan)
        present = np.isfinite(values).all(axis=1)
        found = find_target_columns(X, y, features, present, series.codes)
    if found is None or found.leads is None:
        return 0
    return int(found.leads[found.columns >= 0].max(initial=0))


def _tail(y: Any, series: RowSeries) -> int:
    """Count the last rows of every series of which some target is not known yet."""
    known = ~pd.isna(np.asarray(y)).reshape(len(series.codes), -1)
    last = np.full((len(series.ids), known.shape[1]), -1)
    np.maximum.at(last, series.codes, np.where(known, series.places[:, None], -1))
    behind = series.sizes[:, None] - 1 - last  # of each series and target
    return int(behind[:, known.any(axis=0)].min(axis=0).max(initial=0))
