"""Windows of several series, trained net -> predictions from states that run on."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_rnn.modules._recurrent import State
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._series import Series
from sklearn_rnn.training._stream_reading import Reading, read_series
from sklearn_rnn.training._stream_scaling import scale_stream


@dataclass(frozen=True)
class StreamEnd:
    """Know where a series stands: what was read of it, and what was only seen.

    Parameters
    ----------
    states : list of tuple of Tensor of shape (H,)
        State of each layer after the last row that was read.

    last_row : ndarray of shape (n_features,) or None
        That row, in the user's units; None before the first.

    pending : ndarray of shape (n_pending, n_features)
        Rows behind it, all-NaN where absent. A prediction `horizon` rows ahead may not
        read them yet.
    """

    states: list[State]
    last_row: NDArray[np.float32] | None
    pending: NDArray[np.float32]

    def place_in(self, rows: NDArray[np.float32], stop: int) -> int:
        """Give the row that it stands in front of, if all it saw stops at `stop`.

        -1 where the rows before `stop` are not those it saw.
        """
        pending = self.pending[~np.isnan(self.pending).all(axis=1)]
        at = stop - len(pending)
        if at < 1 or self.last_row is None:
            return -1
        seen = np.vstack([self.last_row, pending])
        return at if np.array_equal(rows[at - 1 : stop], seen) else -1


def streams(estimator: Any, sequences: Sequences) -> bool:
    """Tell whether an estimator reads these sequences as streams.

    Parameters
    ----------
    estimator : BaseRecurrent
        With checked parameters.

    sequences : Sequences
        What it is to learn from, or to predict for.

    Returns
    -------
    bool
        False for independent samples, which have no rows before them.

    Raises
    ------
    ValueError
        If windows do not tell where their series begin.
    """
    if not estimator.stateful or sequences.groups is None:
        return False
    if sequences.series is None:
        raise ValueError(
            f"{type(estimator).__name__}(stateful=True) reads the windows that a "
            "SequenceWindower makes. Got Sequences without `series`."
        )
    return True


def check_going_on(estimator: Any, sequences: Sequences) -> None:
    """Refuse to train on with samples of another kind than those of the first fit.

    Parameters
    ----------
    estimator : BaseRecurrent
        Fitted.

    sequences : Sequences
        What it is to learn from.

    Raises
    ------
    ValueError
        If one of both are windows of a table that are read as streams, and the other
        independent samples.
    """
    if streams(estimator, sequences) != estimator._streaming:
        kinds = "independent samples", "the windows of a table"
        raise ValueError(
            f"{type(estimator).__name__}(stateful=True) was fitted on "
            f"{kinds[estimator._streaming]} and cannot go on with "
            f"{kinds[not estimator._streaming]}. Call fit with warm_start=False."
        )


def with_whole_past(estimator: Any, sequences: Sequences) -> Sequences:
    """Let each window begin where its series does, as a stream reads it.

    Parameters
    ----------
    estimator : BaseRecurrent
        With checked parameters.

    sequences : Sequences of length n_samples
        Windows of a table, or independent samples, each of which is a series.

    Returns
    -------
    Sequences
        With `series`.
    """
    if not streams(estimator, sequences):
        sequences = sequences.compact()
        number = np.arange(len(sequences), dtype=np.int32)
        none = np.array([-1])
        sequences.groups = np.zeros(len(sequences), dtype=np.intp)
        sequences.series = Series(
            number, sequences.starts, none, none, none, none[:, None], (None,)
        )
    whole = copy(sequences)
    whole.starts = _series(sequences).begins
    return whole


def read_streams(
    estimator: Any, sequences: Sequences, to_outputs: bool = True
) -> NDArray[np.float32]:
    """Compute outputs, reading each row once, from the end of training where known.

    Parameters
    ----------
    estimator : BaseRecurrent
        Fitted on streams.

    sequences : Sequences of length n_samples
        With their whole past.

    to_outputs : bool, default=True
        False asks for states.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs) or (n_samples, n_states)
        In the scale of the network.
    """
    series = _series(sequences)
    runs, run = np.unique(series.runs, return_inverse=True)
    stops = np.zeros(len(runs), dtype=np.intp)
    np.maximum.at(stops, run, sequences.stops)
    earliest = np.full(len(runs), len(sequences.rows))
    np.minimum.at(earliest, run, sequences.stops)
    codes = np.empty(len(runs), dtype=np.intp)
    codes[run] = _groups(sequences)
    begins, before = series.firsts[runs], [nothing_read(estimator)] * len(runs)
    _go_on(estimator, sequences, codes, begins, before, earliest)
    wanted = run, sequences.stops - 1 - begins[run]
    reading = _read(estimator, sequences, begins, stops, before, wanted, to_outputs)
    return reading.outputs


def remember_ends(estimator: Any, sequences: Sequences) -> None:
    """Read the training rows once more, and keep the state at the end of each series.

    Parameters
    ----------
    estimator : BaseRecurrent
        With its trained net.

    sequences : Sequences
        Windows of the training rows.
    """
    series = _series(sequences)
    codes, of_group = np.unique(_groups(sequences), return_inverse=True)
    earliest = np.full(len(codes), len(sequences.rows))
    np.minimum.at(earliest, of_group, sequences.stops)
    begins, stops, tails = _ends_of_learning(sequences, codes, of_group)
    before = [nothing_read(estimator)] * len(codes)
    _go_on(estimator, sequences, codes, begins, before, earliest)
    nothing = np.empty(0, dtype=np.intp)
    reading = _read(estimator, sequences, begins, stops, before, (nothing, nothing))
    ends = {}
    for i, code in enumerate(codes):
        some = stops[i] > begins[i]
        last_row = sequences.rows[stops[i] - 1].copy() if some else before[i].last_row
        pending = np.where(tails[i, :, None] < 0, np.nan, sequences.rows[tails[i]])
        ends[series.ids[code]] = StreamEnd(reading.ends[i], last_row, pending)
    # New dicts: a training that fails goes back to the old ones.
    estimator._stream_ends = {**estimator._stream_ends, **ends}
    live = estimator._live_streams
    estimator._live_streams = {name: live[name] for name in live.keys() - ends.keys()}
    estimator._horizon = series.tails.shape[1]
    estimator._feature_names = sequences.feature_names


def _ends_of_learning(
    sequences: Sequences, codes: NDArray[np.intp], of_group: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Give, for each series, first and end of the rows to read, and the rows behind.

    Rows behind its last window, whose windows were left out, count for nothing.
    """
    series = _series(sequences)
    begins, stops = series.last_firsts[codes], series.read_stops[codes]
    tails = series.tails[codes]
    last = np.full(len(codes), -1)
    np.maximum.at(last, of_group, _own_rows(sequences))
    for i in np.flatnonzero((last >= 0) & (last + 1 < series.last_stops[codes])):
        place = np.searchsorted(series.firsts, last[i], side="right") - 1
        begins[i] = series.firsts[place]
        rows = last[i] + 1 - np.arange(tails.shape[1], 0, -1)
        tails[i] = np.where(rows >= begins[i], rows, -1)
        stops[i] = max(begins[i], last[i] + 1 - tails.shape[1])
    return begins, stops, tails


def _go_on(
    estimator: Any,
    sequences: Sequences,
    codes: NDArray[np.intp],
    begins: NDArray[np.intp],
    before: list[StreamEnd],
    earliest: NDArray[np.intp],
) -> None:
    """Let runs begin where training ended, if it is inside them and early enough."""
    series = _series(sequences)
    for i, code in enumerate(codes):
        end = estimator._stream_ends.get(series.ids[code])
        stop = int(series.seen_stops[code])
        if end is None or stop < 0:
            continue
        at = end.place_in(sequences.rows, stop)
        if begins[i] < at <= earliest[i]:
            begins[i], before[i] = at, end


def _read(
    estimator: Any,
    sequences: Sequences,
    begins: NDArray[np.intp],
    ends: NDArray[np.intp],
    before: list[StreamEnd],
    wanted: tuple[NDArray[np.intp], NDArray[np.intp]],
    to_outputs: bool = True,
) -> Reading:
    scaler, net = estimator.scaler_, estimator.net_
    if net.module_.training:  # a callback may have broken off the training
        net.rest()
    rows = scale_stream(scaler, sequences.rows, _series(sequences).firsts)
    on_device = torch.as_tensor(rows, device=estimator.device)
    states = [known.states for known in before]
    return read_series(net.module_, on_device, begins, ends, states, wanted, to_outputs)


def nothing_read(estimator: Any) -> StreamEnd:
    """Give what is known of a series that was never seen.

    Parameters
    ----------
    estimator : BaseRecurrent
        With its net.

    Returns
    -------
    StreamEnd
        States of zeros.
    """
    states = estimator.net_.module_.encoder.zero_states(1)
    n_features = len(estimator.scaler_.mean_)
    empty = np.empty((0, n_features), dtype=np.float32)
    return StreamEnd([tuple(p[0] for p in state) for state in states], None, empty)


def _series(sequences: Sequences) -> Series:
    assert sequences.series is not None  # `streams` has made sure
    return sequences.series


def _groups(sequences: Sequences) -> NDArray[np.intp]:
    assert sequences.groups is not None
    return sequences.groups


def _own_rows(sequences: Sequences) -> NDArray[np.intp]:
    assert sequences.own_rows is not None
    return sequences.own_rows
