"""Past rows, and the times of those to come -> warnings of gaps that windows meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.exceptions import HistoryGapWarning, ShortHistoryWarning
from sklearn_rnn.forecasting._past import Past
from sklearn_rnn.forecasting._table_series import find_windower
from sklearn_rnn.windowing._context import UNUSUAL
from sklearn_rnn.windowing._times import Times, gap_in_units, read_times


def warn_of_gaps(estimator: BaseEstimator, past: Past, coming: list[pd.Index]) -> None:
    """Warn where the rows to come do not follow, or the last past ones follow a gap.

    Parameters
    ----------
    estimator : estimator
        With a windower or without; what has none reads no history.

    past : Past
        Rows to go on from.

    coming : list of pandas.Index
        Times of the rows to come of each group.

    Warns
    -----
    HistoryGapWarning
        If windows run across a step that is unusually long beside those of the past.

    ShortHistoryWarning
        If windows start anew at a step longer than `max_gap`, so that they are empty or
        short.
    """
    windower, before = find_windower(estimator), read_times(past.frame.index)
    after = read_times(coming[0].append(coming[1:]))
    if windower is None or before is None or after is None:
        return
    if before.kind != after.kind:
        return
    rows, later = past.series.pairs(1)
    steps = before.values[later] - before.values[rows]
    if windower.max_gap is not None:
        limit = gap_in_units(windower.max_gap, before)
        n_read = windower.window_length + max(windower.horizon, 1) - 1
        _warn_of_short_end(past, before, later[steps > limit], n_read)
    else:
        limit = UNUSUAL * steps.max() if len(steps) else np.inf
    own = after.values.reshape(len(coming), -1)
    ahead = np.column_stack([before.values[past.last_rows], own])
    group, step = np.nonzero(np.diff(ahead) > limit)
    if len(group):
        ends = Times(ahead[group[0], step[0] :][:2], before.kind)
        name = _of_group(past, group[0])
        _warn_of_step(name, ends, is_cut=windower.max_gap is not None)


def _warn_of_step(group: str, ends: Times, *, is_cut: bool) -> None:
    what, consequence = "than any of X", "runs across it"
    if is_cut:
        what, consequence = "than max_gap", "starts anew behind it and is empty"
    warn_caller(
        f"forecast goes on{group} from index {ends.label(0)} to index {ends.label(1)}: "
        f"a longer step {what}. The window {consequence}. Pass the rows in between in "
        "X, or an X_future that follows X directly.",
        ShortHistoryWarning if is_cut else HistoryGapWarning,
    )


def _warn_of_short_end(
    past: Past, before: Times, begins: NDArray[np.intp], n_read: int
) -> None:
    """Warn where fewer rows than a window reads follow the last gap of a group."""
    n_left = past.series.sizes[past.series.codes] - past.series.places
    short = begins[n_left[begins] < n_read]
    if len(short):
        row = short[-1]
        warn_caller(
            f"forecast goes on{_of_group(past, past.series.codes[row])} from "
            f"{n_left[row]} rows since index {before.label(row)}, where a step longer "
            f"than max_gap ends, and a full window reads {n_read}. The first "
            "predictions have a short history. Wait for more rows, or enlarge max_gap.",
            ShortHistoryWarning,
        )


def _of_group(past: Past, code: int) -> str:
    name = past.series.ids[code]
    return "" if name is None else f" of group {name!r}"
