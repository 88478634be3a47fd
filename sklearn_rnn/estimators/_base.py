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
from sklearn_rnn.estimators._batching import make_batches
from sklearn_rnn.estimators._checkpointing import check_checkpoint, make_checkpointer
from sklearn_rnn.estimators._combinations import (
    check_combinations,
    check_monitors,
    check_one_batch,
    check_steps,
)
from sklearn_rnn.estimators._epoch_tasks import EpochTasks, NoTasks
from sklearn_rnn.estimators._going_on import hand_on_class_weights, hand_on_settings
from sklearn_rnn.estimators._hidden_states import HiddenStatesMixin
from sklearn_rnn.estimators._history import record_history
from sklearn_rnn.estimators._network import start_network, work_per_step
from sklearn_rnn.estimators._parameters import RecurrentParameters
from sklearn_rnn.estimators._reading import read_sequences
from sklearn_rnn.estimators._skill_check import warn_of_no_skill
from sklearn_rnn.estimators._step_forms import StepForm, find_step_form
from sklearn_rnn.estimators._streaming import (
    check_going_on,
    read_streams,
    remember_ends,
    streams,
    with_whole_past,
)
from sklearn_rnn.estimators._task import Task
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._loop import train_net
from sklearn_rnn.training._merging import merge_equal_samples
from sklearn_rnn.training._outputs import compute_outputs
from sklearn_rnn.training._seeds import draw_seeds, own_random_numbers
from sklearn_rnn.training._sequence_tensors import Reader, SequenceTensors
from sklearn_rnn.training._split import split_validation
from sklearn_rnn.training._threads import count_readers, limit_threads


class BaseRecurrent(HiddenStatesMixin, CallbackSupportMixin, RecurrentParameters, ABC):
    """Fit a recurrent network to sequences; abstract."""

    _per_step: bool  # whether y has targets for each step
    _n_targets: int  # length of the last axis of the targets

    @with_callbacks
    def fit(self, X, y, sample_weight=None):
        """Train the network, from new weights unless `warm_start` is set.

        The schedule of the step size begins anew in either case.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            Arrays have shape (n_samples, n_timesteps, n_features) or (n_samples,
            n_timesteps); the arrays of a list (n_timesteps_i, n_features).

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or of steps
            Targets. One for each time step: an array of shape (n_samples, n_timesteps,
            n_outputs), for classes (n_samples, n_timesteps); or, with a list as `X`, a
            list of such arrays of shape (n_timesteps_i, ...). With a decoder the steps
            are not those of `X`: curves of shape (n_samples, n_steps) or (n_samples,
            n_steps, n_outputs), labels (n_samples, n_steps), or a list of either, of
            any lengths. A target that is not known is NaN (None among strings) and
            weighs nothing, but for a y of one axis. Labels are never one-hot: a y of
            two axes has a label for each step, one of three axes several labels.

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

        Warns
        -----
        NoSkillWarning
            If a regressor with `early_stopping` is worse on its validation samples than
            the last value of the column that y copies, or than the mean.
        """
        self._validate_params()
        check_checkpoint(self, "fit")
        tasks = EpochTasks(self, X, y, sample_weight, self.max_epochs)
        going_on = self.warm_start and hasattr(self, "net_")
        self._fit_epochs(X, y, sample_weight, going_on, self.max_epochs, tasks)
        tasks.finish()
        return self

    @property
    @abstractmethod
    def _cell(self) -> str:
        """Name the cell: "rnn_tanh", "rnn_relu", "lstm" or "gru"."""

    @abstractmethod
    def _read_targets(self, X: Any, y: Any, reset: bool) -> NDArray[np.float64]:
        """Read y as an array (n_samples, n_targets), or with the axis of real steps.

        With `reset` learn what is to be known of y; else it must be as in `fit`.
        """

    @abstractmethod
    def _task(
        self,
        sequences: Sequences,
        targets: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> Task:
        """Say what the network is to learn from such targets."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True  # an all-NaN time step is absent
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def _train_one_epoch(self, X, y, sample_weight):
        self._validate_params()
        check_checkpoint(self, "partial_fit")
        check_one_batch(self)
        self._fit_epochs(X, y, sample_weight, hasattr(self, "net_"), 1, NoTasks())
        return self

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
        check_combinations(self)
        sequences, targets, weights = self._check_training_data(
            X, y, sample_weight, reset=not going_on
        )
        is_fit = not isinstance(hooks, NoTasks)
        check_monitors(self, validating := is_fit and self.early_stopping)
        seeds = draw_seeds(self.random_state)
        train, valid = np.arange(len(sequences)), None
        if validating:
            classes = self._classes_to_split(targets)
            train, valid = split_validation(
                sequences, self.validation_fraction, seeds.split, classes
            )
        with (
            limit_threads(self.n_threads, work_per_step(self, sequences.shape[2])),
            own_random_numbers(
                self.module is not None,
                seeds.dropout + (len(self.net_.history) if going_on else 0),
                self.device,
            ),
        ):
            learnt = sequences[train], targets[train], weights[train]
            if going_on:
                check_going_on(self, sequences)
                hand_on_settings(self, is_fit)
                if is_fit:
                    hand_on_class_weights(self, *learnt)
            else:
                self._streaming = streams(self, sequences)
                start_network(self, *learnt, seeds)
            train_batches, valid_batches = make_batches(
                self, sequences, targets, weights, train, valid
            )
            self.net_.forget(each_epoch=hooks.has_listeners)
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
            warn_of_no_skill(self, sequences, targets, valid_batches)

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
        sequences = read_sequences(self, X, reset)
        targets = self._read_targets(X, y, reset)
        check_consistent_length(sequences, targets)
        if self._per_step:
            check_steps(self, sequences)
        if not reset:
            self._check_n_targets(targets)
        weights = check_sample_weight(
            sample_weight, targets, dtype=np.float64, ensure_non_negative=True
        )
        if not weights.any():
            raise ValueError("sample_weight is zero for all samples.")
        return merge_equal_samples(sequences, targets, weights)

    def _check_n_targets(self, targets: NDArray[np.float64]) -> None:
        if targets.shape[-1] != self._n_targets:
            raise ValueError(
                f"{type(self).__name__} was fitted with {self._n_targets} outputs. Got "
                f"y with {targets.shape[-1]}."
            )

    def _step_form(self, X: Any) -> StepForm:
        return find_step_form(X, self.n_channels, self.embedding_dim is not None)

    def _classes_to_split(self, targets: NDArray[np.float64]) -> NDArray[Any] | None:
        """Give what validation data are to be stratified by, if anything."""
        return None

    def _forward(self, X: Any) -> NDArray[np.float64]:
        """Compute outputs, (n_samples, [longest,] n_outputs[, n_quantiles]).

        They are in the units of y, and packed where there is one for each step.
        """
        check_is_fitted(self)
        sequences = self._past_of(read_sequences(self, X, reset=False))
        outputs = self._run_net(sequences, per_step=self._per_step)
        return self.scaler_.restore_targets(sequences, outputs)

    def _past_of(self, sequences: Sequences) -> Sequences:
        """Let windows begin where the network begins to read."""
        return with_whole_past(self, sequences) if self._streaming else sequences

    def _run_net(
        self, sequences: Sequences, read: Reader | None = None, per_step: bool = False
    ) -> NDArray[np.float32]:
        """Compute what a method of the module gives of sequences; None is `forward`."""
        work = work_per_step(self, sequences.shape[2], 32)
        n_readers = count_readers(self.n_threads, work)
        with limit_threads(1 if n_readers > 1 else self.n_threads, work):
            if self._streaming:
                return read_streams(
                    self, with_whole_past(self, sequences), read is None
                )
            tensors = SequenceTensors(
                sequences,
                self.scaler_,
                device=self.device,
                segment_length=self.segment_length,
            )
            longest = -(-self.n_timesteps_ // self.segment_length)
            return compute_outputs(
                self.net_, tensors, longest, read, per_step, n_readers
            )
