"""Values of series -> for each row, the values of the rows that come next."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_scalar

from sklearn_rnn.forecasting._row_series import RowSeries, read_series
from sklearn_rnn.windowing._times import gap_in_units, read_times


def make_targets(
    y: Any,
    horizon: int,
    groups: ArrayLike | None = None,
    *,
    first_step: int = 0,
    max_gap: Any = None,
) -> pd.DataFrame | NDArray[np.floating]:
    """Make the targets of a forecast of several steps.

    Column `k` of a row holds the value `k` rows later in the same series, so that the
    first is the row's own: a :class:`~sklearn_rnn.SequenceWindower` gives a row the
    rows before it. Where the series has ended the value is NaN, which weighs nothing in
    `fit`. No value is taken from another group.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Values, in the order of time within each group. NaN is a value that is not
        known.

    horizon : int
        Number of steps to forecast. It counts steps of the target; that of
        :class:`~sklearn_rnn.SequenceWindower` is the distance from the window to the
        first of them.

    groups : array-like of shape (n_rows,) or None, default=None
        Id of the series of each row. None reads it from all but the last level of a
        MultiIndex of `y`; without one there is one series.

    first_step : int, default=0
        Rows from a row to its first target. Windows that include their own row
        (`SequenceWindower(horizon=0)`) want 1.

    max_gap : float, str, datetime.timedelta or None, default=None
        Longest step of the index between two values that follow each other, as in
        :class:`~sklearn_rnn.SequenceWindower`. Behind a longer step a new series
        begins. None counts rows, across gaps of the index too.

    Returns
    -------
    DataFrame of shape (n_rows, horizon) or ndarray of shape (n_rows, horizon) or \
            (n_rows, horizon, n_outputs)
        A DataFrame for a Series, on its index, whose columns are the steps. With
        several outputs there are three axes; a regressor that reads two takes
        `targets.reshape(len(targets), -1)`.

    Raises
    ------
    ValueError
        If `horizon` is not positive, a value is infinite, `groups` are not one id per
        row, the index does not increase within a group, or `max_gap` does not fit it.

    See Also
    --------
    sklearn_rnn.SequenceWindower : Finds the column whose next values these are.
    sklearn_rnn.forecasting.forecast : Goes on for any number of steps.

    Examples
    --------
    >>> from sklearn_rnn.forecasting import make_targets
    >>> make_targets([1.0, 2.0, 3.0, 10.0, 20.0], 3, groups=["a", "a", "a", "b", "b"])
    array([[ 1.,  2.,  3.],
           [ 2.,  3., nan],
           [ 3., nan, nan],
           [10., 20., nan],
           [20., nan, nan]])

    No value is taken from behind a gap:

    >>> import pandas as pd
    >>> hours = pd.to_timedelta([0, 1, 9], unit="h")
    >>> y = pd.Series([1.0, 2.0, 3.0], index=hours)
    >>> make_targets(y, 2, max_gap="1h").to_numpy()
    array([[ 1.,  2.],
           [ 2., nan],
           [ 3., nan]])

    With times in a column `t`, `groups=(t.diff() > step).cumsum()` does the same for a
    single series.
    """
    check_scalar(horizon, "horizon", Integral, min_val=1)
    check_scalar(first_step, "first_step", Integral, min_val=0)
    values = _read_values(y)
    series = read_series("make_targets", len(values), groups, y)
    if max_gap is not None:
        series = _cut_at_gaps(series, y, max_gap)
    targets = np.full((len(values), horizon, *values.shape[1:]), np.nan, values.dtype)
    for k in range(horizon):
        rows, later = series.pairs(first_step + k)
        targets[rows, k] = values[later]
    if not isinstance(y, pd.Series):
        return targets
    steps = pd.RangeIndex(first_step, first_step + horizon, name="step")
    return pd.DataFrame(targets, index=y.index, columns=steps)


def _cut_at_gaps(series: RowSeries, y: Any, max_gap: Any) -> RowSeries:
    """Begin a new series behind each step that is longer than `max_gap`."""
    index = y.index if isinstance(y, (pd.Series, pd.DataFrame)) else None
    times = read_times(index)
    if times is None:
        raise ValueError(
            "make_targets with max_gap expects a Series with an index of numbers or "
            "dates. Without one pass groups=(times.diff() > step).cumsum()."
        )
    rows, later = series.pairs(1)
    begins = series.places == 0
    longest = gap_in_units(max_gap, times, "make_targets")
    begins[later] = times.values[later] - times.values[rows] > longest
    order = series.order
    codes = np.empty_like(order)
    codes[order] = np.cumsum(begins[order]) - 1
    return RowSeries(codes, list(range(codes.max() + 1)))


def _read_values(y: Any) -> NDArray[np.floating]:
    """Read y as floating numbers of one or two axes."""
    return check_array(
        y,
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        ensure_all_finite="allow-nan",
        input_name="y",
    )
