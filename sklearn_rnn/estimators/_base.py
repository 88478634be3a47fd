"""Anything that reads as sequences -> fitted net -> outputs in the units of y."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import (
    CallbackSupportMixin,
    check_sample_weight,
    with_callbacks,
)
from sklearn_rnn._validation import check_sequences
from sklearn_rnn.estimators._checkpointing import check_checkpoint, make_checkpointer
from sklearn_rnn.estimators._epoch_tasks import EpochTasks, NoTasks
from sklearn_rnn.estimators._going_on import hand_on_settings
from sklearn_rnn.estimators._history import record_history
from sklearn_rnn.estimators._network import start_network, work_per_step
from sklearn_rnn.estimators._parameters import RecurrentParameters
from sklearn_rnn.estimators._predict_next import PredictNextMixin
from sklearn_rnn.estimators._streaming import (
    check_going_on,
    read_streams,
    remember_ends,
    streams,
    with_whole_past,
)
from sklearn_rnn.training._batches import BatchIterator, SequenceTensors
from sklearn_rnn.training._loop import train_net
from sklearn_rnn.training._merging import average_one, merge_equal_samples
from sklearn_rnn.training._seeds import draw_seeds
from sklearn_rnn.training._split import split_validation
from sklearn_rnn.training._streams import StreamIterator, StreamTensors
from sklearn_rnn.training._threads import limit_threads


class BaseRecurrent(PredictNextMixin, CallbackSupportMixin, RecurrentParameters, ABC):
    """Fit a recurrent network to sequences; abstract."""

    @with_callbacks
    def fit(self, X, y, sample_weight=None):
        """Train the network, from new weights unless `warm_start` is set.

        The schedule of the step size begins anew in either case.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            Arrays have shape (n_samples, n_timesteps, n_features) or (n_samples,
            n_timesteps); the arrays of a list (n_timesteps_i, n_features).

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets. With two axes NaN is a target that is not known: it weighs nothing.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in the loss.

        Returns
        -------
        self : estimator
            Fitted estimator.

        Raises
        ------
        TrainingDivergedError
            If the training loss is no longer finite.
        """
        self._validate_params()
        check_checkpoint(self, "fit")
        tasks = EpochTasks(self, X, y, sample_weight, self.max_epochs)
        going_on = self.warm_start and hasattr(self, "net_")
        self._fit_epochs(X, y, sample_weight, going_on, self.max_epochs, tasks)
        tasks.finish()
        return self

    def partial_fit(self, X, y, sample_weight=None):
        """Train the network for one more epoch, on these samples.

        The first call draws the weights and learns the scale of the data; later calls
        keep both, and go on with the schedule of the step size. `early_stopping` has no
        part in it: all samples are trained on, since only :meth:`fit` holds any out.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in the loss.

        Returns
        -------
        self : estimator
            Fitted estimator.
        """
        self._validate_params()
        check_checkpoint(self, "partial_fit")
        self._fit_epochs(X, y, sample_weight, hasattr(self, "net_"), 1, NoTasks())
        return self

    @property
    @abstractmethod
    def _cell(self) -> str:
        """Name the cell: "rnn_tanh", "rnn_relu", "lstm" or "gru"."""

    @abstractmethod
    def _check_targets(self, y: Any) -> NDArray[np.float64]:
        """Read y as an array of shape (n_samples, n_outputs)."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True  # an all-NaN time step is absent
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def _fit_epochs(self, X, y, sample_weight, going_on, n_epochs, hooks):
        """Train; without a finished epoch leave everything as it was before."""
        before = self.__dict__.copy()
        try:
            self._run_epochs(X, y, sample_weight, going_on, n_epochs, hooks)
        except BaseException:
            if self._has_epochs_since(before):
                record_history(self)
            else:
                self.__dict__.clear()
                self.__dict__.update(before)
            raise
        record_history(self)

    def _run_epochs(self, X, y, sample_weight, going_on, n_epochs, hooks):
        sequences, targets, weights = self._check_training_data(
            X, y, sample_weight, reset=not going_on
        )
        validating = self.early_stopping and not isinstance(hooks, NoTasks)
        seeds = draw_seeds(self.random_state)
        train, valid = np.arange(len(sequences)), None
        if validating:
            train, valid = split_validation(
                sequences, self.validation_fraction, seeds.split
            )
        with limit_threads(self.n_threads, work_per_step(self, sequences.shape[2])):
            if going_on:
                check_going_on(self, sequences)
                hand_on_settings(self, is_fit=not isinstance(hooks, NoTasks))
            else:
                self._streaming = streams(self, sequences)
                start_network(
                    self, sequences[train], targets[train], weights[train], seeds
                )
            train_batches, valid_batches = self._make_batches(
                sequences, targets, weights, train, valid
            )
            try:
                train_net(
                    self.net_,
                    train_batches,
                    valid_batches,
                    n_epochs,
                    hooks,
                    self.patience,
                    self.restore_best,
                    make_checkpointer(self, sequences, targets, weights),
                )
            finally:
                if self._streaming and len(self.net_.history):
                    remember_ends(self, sequences)

    def _has_epochs_since(self, before):
        if not hasattr(self, "net_") or not len(self.net_.history):
            return False
        is_new = self.net_ is not before.get("net_")
        return is_new or len(self.net_.history) > before["n_epochs_"]

    def _check_training_data(self, X, y, sample_weight, reset):
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )
        sequences = check_sequences(
            X, estimator=self, reset=reset, n_channels=self.n_channels
        )
        targets = self._check_targets(y)
        check_consistent_length(sequences, targets)
        if not reset and targets.shape[1] != self.n_outputs_:
            raise ValueError(
                f"{type(self).__name__} was fitted with {self.n_outputs_} outputs. Got "
                f"y with {targets.shape[1]}."
            )
        weights = check_sample_weight(
            sample_weight, targets, dtype=np.float64, ensure_non_negative=True
        )
        if not weights.any():
            raise ValueError("sample_weight is zero for all samples.")
        return merge_equal_samples(sequences, targets, weights)

    def _make_batches(self, sequences, targets, weights, train, valid):
        """Put the data on the device; give the batches of both parts."""
        if self._streaming:
            sequences = with_whole_past(self, sequences)
        relative = self.scaler_.shifted_.any() or self._streaming
        usable = sequences.lengths > 0 if relative else np.ones(len(sequences), bool)
        parts = [part[usable[part]] for part in (train, valid) if part is not None]
        if not all(len(part) for part in parts):
            raise ValueError(
                f"{type(self).__name__} has no sequence with a time step to learn "
                "from. Use more rows, or a smaller horizon."
            )
        weights = average_one(weights, targets, parts)
        data = sequences, self.scaler_, targets, weights, self.device
        size, train, valid = self.batch_size, parts[0], parts[1:]
        if self._streaming:
            window = self.n_timesteps_
            lanes = size, self.bptt_steps or window
            rows = StreamTensors(*data)
            return (
                StreamIterator(rows, train, *lanes, window, self._order),
                StreamIterator(rows, valid[0], *lanes, window - 1) if valid else None,
            )
        tensors = SequenceTensors(*data, self.segment_length)
        return (
            BatchIterator(tensors, train, size, self._order),
            BatchIterator(tensors, valid[0], size) if valid else None,
        )

    def _forward(self, X: Any) -> NDArray[np.float64]:
        """Compute outputs, (n_samples, n_outputs[, n_quantiles]), in units of y."""
        check_is_fitted(self)
        sequences = check_sequences(
            X, estimator=self, reset=False, n_channels=self.n_channels
        )
        with limit_threads(self.n_threads, work_per_step(self, sequences.shape[2], 32)):
            if self._streaming:
                sequences = with_whole_past(self, sequences)
                outputs = read_streams(self, sequences)
            else:
                tensors = SequenceTensors(
                    sequences,
                    self.scaler_,
                    device=self.device,
                    segment_length=self.segment_length,
                )
                longest = -(-self.n_timesteps_ // self.segment_length)
                outputs = self.net_.outputs(tensors, longest)
        return self.scaler_.restore_targets(sequences, outputs)
