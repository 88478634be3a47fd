"""One more row of a series -> its prediction, in one step of the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import replace
from numbers import Number
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.estimators._streaming import StreamEnd, nothing_read
from sklearn_rnn.modules._recurrent import State
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._stream_scaling import scale_next_row


def _reads_streams(estimator: Any) -> bool:
    if not estimator.stateful:
        raise AttributeError("predict_next needs stateful=True.")
    return True


class PredictNextMixin(ABC):
    """Predict row after row, as they come."""

    _streaming: bool  # what a fitted estimator knows
    _horizon: int
    _feature_names: tuple[str, ...] | None
    _stream_ends: dict[Hashable, StreamEnd]
    _live_streams: dict[Hashable, StreamEnd]
    net_: SequenceNet
    scaler_: SequenceScaler

    @available_if(_reads_streams)
    def predict_next(self, row: ArrayLike, group: Hashable = None) -> Any:
        """Take the next row of a series, and predict its target.

        The series goes on where training, or the call before, left it; a series that
        was not in training begins from nothing. The result is that of `predict` on the
        whole table. One call costs one step of the network, however long the series.

        Parameters
        ----------
        row : array-like of shape (n_features,) or (1, n_features)
            Features of the row, as the windower reads them: after the steps in front of
            it and without the columns that name groups; with `time_delta` the time
            since the row before comes last. All NaN means that the row is absent.

        group : hashable, default=None
            Id of the series, if the windower was fitted with groups: the id itself, or
            a tuple where several columns name it.

        Returns
        -------
        float or ndarray of shape (n_outputs,)
            Prediction in the units of y.
        """
        check_is_fitted(self)
        if not self._streaming:
            raise ValueError(
                f"{type(self).__name__} was fitted on independent samples, which have "
                "no next row. Fit it on the windows of a SequenceWindower."
            )
        self._check_group(group)
        before = self._live_streams.get(group) or self._stream_ends.get(group)
        before = before or nothing_read(self)
        pending = np.concatenate([before.pending, self._check_row(row)])
        end = replace(before, pending=pending)
        while len(end.pending) > self._horizon:
            end = _read_one(self, end)
        self._live_streams[group] = end
        return self._predict_from(end)

    def _check_group(self, group: Hashable) -> None:
        named = None not in self._stream_ends
        if named != (group is not None):
            want = "needs the id of the series in group=" if named else "has one series"
            raise ValueError(
                f"{type(self).__name__} {want}, as in fit. Got group={group!r}."
            )
        kinds = {_kind_of(known): known for known in self._stream_ends}
        if _kind_of(group) not in kinds:
            raise ValueError(
                f"group={group!r} is of another kind than the ids of fit, such as "
                f"{next(iter(kinds.values()))!r}: those that the windower saw, behind "
                "the steps in front of it."
            )

    def _check_row(self, row: ArrayLike) -> NDArray[np.float32]:
        self._check_names(row)
        one, n_features = np.asarray(row, dtype=np.float32), len(self.scaler_.mean_)
        if one.shape not in {(n_features,), (1, n_features)}:
            raise ValueError(
                f"{type(self).__name__}.predict_next expects one row of {n_features} "
                f"features, as in fit. Got shape {one.shape}."
            )
        one = one.reshape(1, -1)
        if not (np.isfinite(one).all() or np.isnan(one).all()):
            raise ValueError("row contains NaN or infinity. All NaN would be absent.")
        return one

    def _check_names(self, row: Any) -> None:
        """Refuse a row of a DataFrame whose columns are others, or in other order."""
        known = self._feature_names
        if known is None or not hasattr(row, "iloc"):
            return
        given = list(row.columns if row.ndim == 2 else row.index)
        if given != list(known) and all(isinstance(name, str) for name in given):
            raise ValueError(
                f"{type(self).__name__}.predict_next expects the features "
                f"{list(known)} in this order. Got {given}."
            )

    def _predict_from(self, end: StreamEnd) -> Any:
        states, module = _side_by_side(end.states), self.net_.module_
        with torch.inference_mode():
            outputs = module.read_out(module.encoder.shown(states)).cpu().numpy()
        rows = np.empty((0, len(self.scaler_.mean_)), dtype=np.float32)
        if end.last_row is not None:
            rows = end.last_row[None]
        window = Sequences(rows, np.array([0]), np.array([len(rows)]))
        return self._as_predictions(self.scaler_.restore_targets(window, outputs))[0]

    @abstractmethod
    def _as_predictions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Choose what `predict` gives of restored outputs."""


def _kind_of(group: Hashable) -> Any:
    """Tell numbers, texts and tuples of so many parts from each other."""
    if isinstance(group, tuple):
        return len(group)
    return Number if isinstance(group, Number) else type(group)


def _read_one(estimator: Any, end: StreamEnd) -> StreamEnd:
    """Read the oldest pending row."""
    row, pending = end.pending[0], end.pending[1:]
    if np.isnan(row).all():
        return replace(end, pending=pending)
    module = estimator.net_.module_
    last = row if end.last_row is None else end.last_row
    scaled = scale_next_row(estimator.scaler_, last, row)
    x = torch.as_tensor(scaled, device=estimator.device)[None, None]
    with torch.inference_mode():
        _, states = module.encoder.advance(x, _side_by_side(end.states))
    return StreamEnd([tuple(p[0] for p in state) for state in states], row, pending)


def _side_by_side(states: list[State]) -> list[State]:
    """Make a batch (1, H) of the states of one series."""
    return [tuple(part[None] for part in state) for state in states]
