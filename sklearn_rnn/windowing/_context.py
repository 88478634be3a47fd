"""Training rows -> the last rows of each group, for the rows that follow them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.exceptions import HistoryGapWarning, ShortHistoryWarning
from sklearn_rnn.windowing._panel import Panel

UNUSUAL = 2  # times the longest training step: gaps happen, other series look the same


@dataclass(frozen=True)
class Fingerprint:
    """Recognise the training set when it comes again.

    Parameters
    ----------
    shape : tuple of int
        Shape of the rows.

    rows, times : int or None
        Checksums; no `times` where the rows have no place in time.
    """

    shape: tuple[int, ...]
    rows: int
    times: int | None

    @classmethod
    def of(cls, panel: Panel) -> Fingerprint:
        """Take the fingerprint of a panel, before a feature is added to it."""
        times = None if panel.times is None else _checksum(panel.times.values)
        return cls(panel.rows.shape, _checksum(panel.rows), times)

    def matches(self, other: Fingerprint) -> bool:
        """Tell whether shape, and values or times, are the same."""
        same_times = self.times is not None and self.times == other.times
        return self.shape == other.shape and (self.rows == other.rows or same_times)


@dataclass(frozen=True)
class Context:
    """Keep the last training rows of each series, and decide who may read them.

    Parameters
    ----------
    tail : Panel
        Last rows of each series.

    training : Fingerprint
        What the training set looks like.

    longest_step : float
        Longest time between two training rows of one series; NaN where that is not
        known, or `max_gap` deals with gaps.

    is_read : bool
        Whether windows read the tail. Streams do always.
    """

    tail: Panel
    training: Fingerprint
    longest_step: float
    is_read: bool

    @classmethod
    def of(
        cls,
        panel: Panel,
        training: Fingerprint,
        n_steps: int,
        horizon: int,
        *,
        gaps_known: bool,
        is_read: bool,
    ) -> Context:
        """Keep the last `n_steps` rows of each series, and what a stream goes on from.

        That is the last present row which the last prediction may read, and all behind
        it, so that no gap seems to lie between.
        """
        last = panel.last_rows
        begins = last - max(n_steps, 1) + 1
        present = np.append(np.flatnonzero(panel.present), -1)
        at = np.searchsorted(present[:-1], last - horizon, side="right") - 1
        known = present[at] >= panel.first_rows
        begins[known] = np.minimum(begins, present[at])[known]
        kept = np.arange(len(panel.codes)) >= begins[panel.codes]
        longest_step = np.nan if gaps_known else _longest_step(panel)
        return cls(panel.take(kept), training, longest_step, is_read)

    def history_for(self, panel: Panel, mode: str) -> Panel | None:
        """Choose the rows that belong in front of a panel.

        Parameters
        ----------
        panel : Panel
            Rows to be predicted.

        mode : {"auto", "fit"}
            The `context` of the windower.

        Returns
        -------
        Panel or None
            The tail of each series that continues the training rows, with the codes
            that the series have in `panel`.

        Raises
        ------
        ValueError
            If `mode` is "fit" and a series does not follow its training rows.
        """
        own = self._own_series(panel)
        series = own >= 0
        follows = self._followed_by(panel, own)
        if follows is not None and (mode == "auto" or not self.is_read):
            series = follows
        elif not series.any() or self.training.matches(Fingerprint.of(panel)):
            return None
        elif mode == "auto":
            if self.is_read:
                self._warn_short_history(panel)
            return None
        else:
            self._refuse_strangers(panel, own, follows)
        if not series.any():
            return None
        self._warn_of_gap(panel, own, np.flatnonzero(series))
        return self._tail_for(panel, own, series)

    def _own_series(self, panel: Panel) -> NDArray[np.intp]:
        """Give the number in the tail of each series of a panel, -1 for new ones."""
        number = {name: i for i, name in enumerate(self.tail.ids)}
        return np.array([number.get(name, -1) for name in panel.ids], dtype=np.intp)

    def _followed_by(
        self, panel: Panel, own: NDArray[np.intp]
    ) -> NDArray[np.bool_] | None:
        """Tell which series lie wholly after their tail, None if times cannot tell."""
        before, after = self.tail.times, panel.times
        if before is None or after is None or before.kind != after.kind:
            return None
        last = before.values[self.tail.last_rows]
        first = after.values[panel.first_rows]
        return (own >= 0) & (first > last[own])

    def _tail_for(
        self, panel: Panel, own: NDArray[np.intp], series: NDArray[np.bool_]
    ) -> Panel:
        code = np.full(len(self.tail.ids), -1, dtype=np.intp)
        code[own[series]] = np.flatnonzero(series)
        codes = code[self.tail.codes]
        chosen = self.tail.take(codes >= 0)
        return replace(chosen, codes=codes[codes >= 0], ids=panel.ids)

    def _warn_of_gap(
        self, panel: Panel, own: NDArray[np.intp], series: NDArray[np.intp]
    ) -> None:
        before, after = self.tail.times, panel.times
        if before is None or after is None or before.kind != after.kind:
            return
        ends, begins = self.tail.last_rows[own[series]], panel.first_rows[series]
        steps = after.values[begins] - before.values[ends]
        widest = int(np.argmax(steps))
        if not steps[widest] > UNUSUAL * self.longest_step:
            return
        name = panel.ids[series[widest]]
        group = "" if name is None else f" of group {name!r}"
        warn_caller(
            f"SequenceWindower takes the rows{group} from index "
            f"{after.label(begins[widest])} for the continuation of the training rows, "
            f"which end at index {before.label(ends[widest])}: a longer step than any "
            "in training. An id must name the same series in fit and transform. If it "
            "does not, pass context=None; to start anew after gaps, set max_gap.",
            HistoryGapWarning,
        )

    def _warn_short_history(self, panel: Panel) -> None:
        got = (
            "rows without a place in time"
            if panel.times is None
            else f"rows whose index holds {panel.times.kind}, other than in fit"
        )
        warn_caller(
            f"SequenceWindower.transform got {got}, so the first rows have short "
            "histories. Pass a DataFrame in fit and here, through set_output("
            "transform='pandas') on the steps in front, or set context='fit' if every "
            "table passed follows the training rows.",
            ShortHistoryWarning,
        )

    def _refuse_strangers(
        self, panel: Panel, own: NDArray[np.intp], follows: NDArray[np.bool_] | None
    ) -> None:
        before, after = self.tail.times, panel.times
        if before is None or after is None:
            return
        if follows is None:
            raise ValueError(
                "SequenceWindower(context='fit') expects an index of the kind it was "
                f"fitted on, {before.kind}. Got {after.kind}. Set the index, or use "
                "context='auto'."
            )
        strangers = np.flatnonzero((own >= 0) & ~follows)
        if len(strangers) == 0:
            return
        series = int(strangers[0])
        name = panel.ids[series]
        last = before.label(self.tail.last_rows[own[series]])
        first = after.label(panel.first_rows[series])
        group = "" if name is None else f" of group {name!r}"
        raise ValueError(
            "SequenceWindower(context='fit') expects rows that follow the training rows"
            f"{group}, which end at index {last}. Got rows from index {first}. Pass "
            "later rows, or use context='auto'."
        )


def _longest_step(panel: Panel) -> float:
    if panel.times is None:
        return np.nan
    steps = np.diff(panel.times.values)
    steps[panel.is_first[1:]] = 0  # in place: the table may be long
    return float(steps.max(initial=0)) or np.nan


def _checksum(values: NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(values).data)
