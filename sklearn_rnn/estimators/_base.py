"""Anything that reads as sequences -> fitted net -> outputs in the units of y."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import (
    CallbackSupportMixin,
    check_sample_weight,
    with_callbacks,
)
from sklearn_rnn._validation import check_sequences
from sklearn_rnn.estimators._epoch_tasks import EpochTasks, NoTasks
from sklearn_rnn.estimators._going_on import hand_on_settings
from sklearn_rnn.estimators._parameters import RecurrentParameters
from sklearn_rnn.estimators._targets import (
    describe_target_columns,
    resolve_target_columns,
)
from sklearn_rnn.training._batches import BatchIterator, SequenceTensors
from sklearn_rnn.training._build import build_module, build_net
from sklearn_rnn.training._loop import train_net
from sklearn_rnn.training._merging import average_one, merge_equal_samples
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._seeds import draw_seeds
from sklearn_rnn.training._split import split_validation
from sklearn_rnn.training._threads import limit_threads

GATES = {"lstm": 4, "gru": 3}
NOT_SHOWN = ("batches", "_best")  # of skorch's history


class BaseRecurrent(CallbackSupportMixin, RecurrentParameters, ABC):
    """Fit a recurrent network to sequences; abstract."""

    @with_callbacks
    def fit(self, X, y, sample_weight=None):
        """Train the network, from new weights unless `warm_start` is set.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            Arrays have shape (n_samples, n_timesteps, n_features) or (n_samples,
            n_timesteps); the arrays of a list (n_timesteps_i, n_features).

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

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
        tasks = EpochTasks(self, X, y, sample_weight, self.max_epochs)
        going_on = self.warm_start and hasattr(self, "net_")
        self._fit_epochs(X, y, sample_weight, going_on, self.max_epochs, tasks)
        tasks.finish()
        return self

    def partial_fit(self, X, y, sample_weight=None):
        """Train the network for one more epoch, on these samples.

        The first call draws the weights and learns the scale of the data; later calls
        keep both.

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
                self._record_history()
            else:
                self.__dict__.clear()
                self.__dict__.update(before)
            raise
        self._record_history()

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
        with limit_threads(self.n_threads, self._work_per_step(sequences.shape[2])):
            if going_on:
                hand_on_settings(self)
            else:
                self._start(sequences[train], targets[train], weights[train], seeds)
            train_batches, valid_batches = self._make_batches(
                sequences, targets, weights, train, valid
            )
            train_net(
                self.net_, train_batches, valid_batches, n_epochs, hooks, self.patience
            )

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

    def _start(self, sequences, targets, weights, seeds):
        """Learn the scale of the data and make the net with new weights."""
        found = None
        if self.instance_norm is not None:
            found = resolve_target_columns(self.target_feature, sequences, targets)
        norm = self.instance_norm
        if norm in ("last", "standard") and found is None:
            raise ValueError(
                f"instance_norm={norm!r} reads the column that y copies relative to "
                "its last value, and none is known. Name it by target_feature=, or "
                "pass instance_norm='auto'."
            )
        scaler = SequenceScaler(
            self.standardize, "last" if norm == "auto" else norm, found
        ).fit(sequences, targets, weights)
        n_features, n_outputs = sequences.shape[2], targets.shape[1]
        module = build_module(
            seeds.weights, **self._module_parameters(n_features, n_outputs, seeds)
        )
        self.net_ = build_net(
            module,
            criterion=self.criterion,
            optimizer=self.optimizer,
            lr=self.lr,
            weight_decay=self.weight_decay,
            clip_grad_norm=self.clip_grad_norm,
            clip_grad_value=self.clip_grad_value,
            callbacks=self.callbacks,
            device=self.device,
            verbose=self.verbose,
        )
        self._made_with = self.get_params(deep=False)
        self.scaler_ = scaler
        self.target_feature_ = describe_target_columns(found, sequences)
        self.n_outputs_ = n_outputs
        self.n_timesteps_ = max(1, sequences.shape[1])
        self.n_parameters_ = module.n_parameters
        self._order = torch.Generator().manual_seed(seeds.order)

    def _module_parameters(self, n_features, n_outputs, seeds) -> dict[str, Any]:
        return {
            "cell": self._cell,
            "input_size": n_features,
            "hidden_size": self.hidden_size,
            "output_size": n_outputs,
            "num_layers": self.num_layers,
            "bidirectional": self.bidirectional,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "pooling": self.pooling,
            "seed": seeds.dropout,
        }

    def _make_batches(self, sequences, targets, weights, train, valid):
        """Put the data on the device; give the batches of both parts."""
        relative = self.scaler_.shifted_.any()
        usable = sequences.lengths > 0 if relative else np.ones(len(sequences), bool)
        parts = [part[usable[part]] for part in (train, valid) if part is not None]
        if not all(len(part) for part in parts):
            raise ValueError(
                f"{type(self).__name__} has no sequence with a time step to learn "
                "from. Use more rows, or a smaller horizon."
            )
        tensors = SequenceTensors(
            sequences,
            self.scaler_,
            targets,
            average_one(weights, parts),
            self.device,
        )
        size = self.batch_size
        return (
            BatchIterator(tensors, parts[0], size, self._order),
            BatchIterator(tensors, parts[1], size) if valid is not None else None,
        )

    def _work_per_step(self, n_features: int, n_samples: int | None = None) -> int:
        width = self.hidden_size * (1 + self.bidirectional)
        n_inputs = max(n_features, width if self.num_layers > 1 else 0)
        gates = GATES.get(self._cell, 1)
        batch = n_samples or self.batch_size
        return batch * gates * self.hidden_size * (self.hidden_size + n_inputs)

    def _record_history(self) -> None:
        """Turn skorch's history into attributes."""
        rows = [
            {k: v for k, v in epoch.items() if not k.endswith(NOT_SHOWN)}
            for epoch in self.net_.history
        ]
        self.history_ = pd.DataFrame(rows)
        self.n_epochs_ = len(rows)
        self.best_epoch_ = self.net_.kept_epoch
        self.loss_curve_ = self.history_["train_loss"].to_numpy()
        self.validation_loss_curve_ = None
        if "valid_loss" in self.history_:
            self.validation_loss_curve_ = self.history_["valid_loss"].to_numpy()

    def _forward(self, X: Any) -> NDArray[np.float64]:
        """Compute the outputs, (n_samples, n_outputs), in the units of y."""
        check_is_fitted(self)
        sequences = check_sequences(
            X, estimator=self, reset=False, n_channels=self.n_channels
        )
        with limit_threads(self.n_threads, self._work_per_step(sequences.shape[2], 32)):
            tensors = SequenceTensors(sequences, self.scaler_, device=self.device)
            outputs = self.net_.outputs(tensors, self.n_timesteps_)
        return self.scaler_.restore_targets(sequences, outputs)
