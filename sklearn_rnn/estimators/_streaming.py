"""Windows of several series, trained net -> predictions from states that run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_rnn.modules._recurrent import State
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._series import Series
from sklearn_rnn.training._stream_reading import read_series


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
        Rows behind it. A prediction `horizon` rows ahead may not read them yet.
    """

    states: list[State]
    last_row: NDArray[np.float32] | None
    pending: NDArray[np.float32]


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


def read_streams(estimator: Any, sequences: Sequences) -> NDArray[np.float32]:
    """Compute the outputs of the network, reading each row once.

    A series that continues the training rows goes on from the state at their end; any
    other begins from zeros.

    Parameters
    ----------
    estimator : BaseRecurrent
        Fitted on streams.

    sequences : Sequences of length n_samples
        Windows of a table.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        Outputs in the scale of the network.
    """
    runs, run = np.unique(
        _series(sequences).run_of(sequences.starts), return_inverse=True
    )
    stops = np.zeros(len(runs), dtype=np.intp)
    np.maximum.at(stops, run, sequences.stops)
    earliest = np.full(len(runs), len(sequences.rows))
    np.minimum.at(earliest, run, sequences.stops)
    codes = np.empty(len(runs), dtype=np.intp)
    codes[run] = _groups(sequences)
    begins, before = _where_to_begin(estimator, sequences, runs, codes, earliest)
    wanted = run, sequences.stops - 1 - begins[run]
    return _read(estimator, sequences, begins, stops, before, wanted)[0]


def remember_ends(estimator: Any, sequences: Sequences) -> None:
    """Read the training rows once more, and keep the state at the end of each series.

    Parameters
    ----------
    estimator : BaseRecurrent
        With its trained net.

    sequences : Sequences
        Windows of the training rows.
    """
    series, groups = _series(sequences), _groups(sequences)
    codes = np.unique(groups)
    seen = series.seen_stops.copy()
    np.maximum.at(seen, groups, _own_rows(sequences) + 1)
    seen = seen[codes]
    runs = series.run_of(seen - 1)
    stops = series.firsts[runs].copy()
    place = np.searchsorted(codes, groups)
    inside = sequences.starts >= series.firsts[runs][place]
    np.maximum.at(stops, place[inside], sequences.stops[inside])
    begins, before = _where_to_begin(estimator, sequences, runs, codes, stops)
    nothing = np.empty(0, dtype=np.intp)
    _, ends = _read(estimator, sequences, begins, stops, before, (nothing, nothing))
    for i, code in enumerate(codes):
        last_row = before[i].last_row
        if stops[i] > begins[i]:
            last_row = sequences.rows[stops[i] - 1].copy()
        pending = sequences.rows[stops[i] : seen[i]].copy()
        end = StreamEnd(ends[i], last_row, pending)
        estimator._stream_ends[series.ids[code]] = end
    estimator._live_streams = {}
    estimator._horizon = series.horizon


def _where_to_begin(
    estimator: Any,
    sequences: Sequences,
    runs: NDArray[np.intp],
    codes: NDArray[np.intp],
    earliest: NDArray[np.intp],
) -> tuple[NDArray[np.intp], list[StreamEnd]]:
    """Choose for each run the row to begin at, and what was read before it."""
    series, known = _series(sequences), estimator._stream_ends
    begins = series.firsts[runs].copy()
    nothing = nothing_read(estimator)
    before = [nothing] * len(runs)
    for i, code in enumerate(codes):
        end = known.get(series.ids[code])
        if end is None or series.seen_stops[code] < 0:
            continue
        at = series.seen_stops[code] - len(end.pending)
        if begins[i] <= at <= earliest[i]:
            begins[i], before[i] = at, end
    return begins, before


def _read(
    estimator: Any,
    sequences: Sequences,
    begins: NDArray[np.intp],
    ends: NDArray[np.intp],
    before: list[StreamEnd],
    wanted: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> Any:
    scaler, net = estimator.scaler_, estimator.net_
    rows = scaler.scale_stream(sequences.rows, _series(sequences).firsts)
    shifted = scaler.shifted_
    for begin, end, known in zip(begins, ends, before, strict=True):
        if known.last_row is not None and begin < end:
            two = np.stack([known.last_row, sequences.rows[begin]])
            rows[begin, shifted] = np.diff(scaler.scale_rows(two), axis=0)[0, shifted]
    on_device = torch.as_tensor(rows, device=estimator.device)
    states = [known.states for known in before]
    return read_series(net.module_, on_device, begins, ends, states, wanted)


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
