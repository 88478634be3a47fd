"""Series, and the history in front of them -> start and stop of each row's window."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.exceptions import ShortHistoryWarning
from sklearn_rnn.sequences._series import Series
from sklearn_rnn.windowing._panel import Panel, join
from sklearn_rnn.windowing._table import Table
from sklearn_rnn.windowing._times import Times, elapsed, gap_in_units


class Windows(NamedTuple):
    """Hold rows, history included, and the window of each row of a table in them.

    Parameters
    ----------
    panel : Panel
        Rows.

    starts, stops : ndarray of shape (n_rows,)
        Windows, in the order of the table.

    own_rows : ndarray of shape (n_rows,)
        Row of the panel that each row of the table is.

    series : Series
        Where the series begin and end.
    """

    panel: Panel
    starts: NDArray[np.intp]
    stops: NDArray[np.intp]
    own_rows: NDArray[np.intp]
    series: Series

    @property
    def longest(self) -> int:
        """Count the rows of the longest window."""
        return int((self.stops - self.starts).max())


def cut_windows(
    table: Table,
    history: Panel | None,
    *,
    window_length: int,
    horizon: int,
    max_gap: Any,
    time_step: float | None,
) -> Windows:
    """Find the window of each row of a table.

    Parameters
    ----------
    table : Table
        Rows to be predicted.

    history : Panel or None
        Earlier rows of the same series, their elapsed times included.

    window_length, horizon, max_gap : int, int, object
        As in :class:`~sklearn_rnn.SequenceWindower`.

    time_step : float or None
        Unit of the elapsed time to add as a feature, None for no such feature.

    Returns
    -------
    Windows
        One per row of the table.
    """
    panel, place = table.panel, None
    if time_step is not None:
        panel = panel.with_column(np.nan)
    if history is not None:
        panel, place = join(history, panel)
    if time_step is not None:
        _fill_elapsed(panel, slice(None) if place is None else place, time_step)
    longest_step = None
    if max_gap is not None:
        longest_step = gap_in_units(max_gap, _times_for("max_gap", panel))
    begins = _begins(panel, longest_step)
    starts, stops = _spans(begins, window_length, horizon)
    own_rows = np.arange(len(starts)) if place is None else place
    seen = np.full(len(panel.ids), -1)
    if history is not None:
        continued = np.unique(history.codes)
        seen[continued] = own_rows[table.panel.first_rows[continued]]
    if place is not None:
        starts, stops = starts[place], stops[place]
    starts, stops, own_rows = map(table.in_order_of_table, (starts, stops, own_rows))
    series = _describe(panel, begins, own_rows, seen, horizon)
    return Windows(panel, starts, stops, own_rows, series)


def learn_time_step(panel: Panel) -> float:
    """Give the median time between two present rows of a series.

    Parameters
    ----------
    panel : Panel
        Training rows.

    Returns
    -------
    float
        In the units of the times.

    Raises
    ------
    ValueError
        If the rows have no place in time, or no row has a predecessor.
    """
    since = elapsed(_times_for("time_delta", panel), panel.is_first, panel.present)
    steps = since[~np.isnan(since)]
    if len(steps) == 0:
        raise ValueError(
            "SequenceWindower(time_delta=True) expects two rows of one group, to learn "
            "the usual step between them. Got no such pair in fit."
        )
    return float(np.median(steps))


def warn_if_never_full(windows: Windows, window_length: int, max_gap: Any) -> None:
    """Warn where even the longest window is a short one.

    Parameters
    ----------
    windows : Windows
        Windows of the training rows.

    window_length : int
        Number of rows in a full window.

    max_gap : object
        As in :class:`~sklearn_rnn.SequenceWindower`.
    """
    if windows.longest >= window_length:
        return
    reason = "Every window is a short one."
    panel = windows.panel
    behind = np.flatnonzero(~panel.is_first)
    if max_gap is not None and panel.times is not None and len(behind):
        steps = np.diff(panel.times.values)[behind - 1]
        row = behind[int(np.argmin(steps))]
        if steps.min() > gap_in_units(max_gap, panel.times):
            reason = (
                f"max_gap={max_gap!r} cuts every row from the one before it: even the "
                f"shortest step, from index {panel.times.label(row - 1)} to "
                f"{panel.times.label(row)}, is longer. Enlarge max_gap."
            )
    warn_caller(
        f"No training window is full: window_length={window_length}, and the "
        f"longest has {windows.longest} rows. {reason}",
        ShortHistoryWarning,
    )


def warn_if_new_rows_short(windows: Windows, longest: int) -> None:
    """Warn where rows passed to `transform` lack the earlier rows of their series.

    Parameters
    ----------
    windows : Windows
        Windows of new rows, history included.

    longest : int
        Length of the longest training window.
    """
    if windows.longest < longest:
        warn_caller(
            f"No window of these rows has {longest} rows, as in training. Pass the "
            "earlier rows of their series too, and keep the last predictions.",
            ShortHistoryWarning,
        )


def _times_for(parameter: str, panel: Panel) -> Times:
    if panel.times is None:
        raise ValueError(
            f"SequenceWindower with {parameter} expects rows with a place in time. Got "
            "X without an index of numbers or dates. Pass a DataFrame that has one "
            "(set_output(transform='pandas') on the step in front)."
        )
    return panel.times


def _fill_elapsed(panel: Panel, place: Any, time_step: float) -> None:
    """Write the last feature of the rows at `place`, which is NaN so far."""
    present = panel.present
    since = elapsed(_times_for("time_delta", panel), panel.is_first, present)
    steps = np.where(np.isnan(since), 0.0, since / time_step)
    steps[~present] = np.nan
    panel.rows[place, -1] = steps[place]


def _begins(panel: Panel, max_gap: float | None) -> NDArray[np.bool_]:
    """Tell which rows no earlier row may be read with."""
    begins = panel.is_first
    if max_gap is not None and panel.times is not None:
        begins[1:] |= np.diff(panel.times.values) > max_gap
    return begins


def _describe(
    panel: Panel,
    begins: NDArray[np.bool_],
    own_rows: NDArray[np.intp],
    seen: NDArray[np.intp],
    horizon: int,
) -> Series:
    """Tell where the series of a panel begin and end."""
    runs = np.cumsum(begins, dtype=np.int32)  # the table may be long
    runs -= 1
    firsts, last = np.flatnonzero(begins), panel.last_rows
    last_firsts = firsts[runs[last]]
    tails = last[:, None] + np.arange(1 - horizon, 1)
    tails[tails < last_firsts[:, None]] = -1
    ids = tuple(panel.ids)
    return Series(runs[own_rows], firsts, seen, last_firsts, last + 1, tails, ids)


def _spans(
    begins: NDArray[np.bool_], window_length: int, horizon: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the first row of each row's window, and one past its last.

    Row `t` gets rows `t - horizon - window_length + 1` to `t - horizon`, as far as no
    row begins anew in between.
    """
    position = np.arange(len(begins))
    first = np.maximum.accumulate(np.where(begins, position, 0))
    stops = np.maximum(position + (1 - horizon), first)
    starts = np.maximum(stops - window_length, first)
    return starts, stops
