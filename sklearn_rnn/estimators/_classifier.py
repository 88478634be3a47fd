"""y as labels -> targets; outputs of a fitted net -> probabilities and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import StrOptions
from sklearn_rnn.estimators._base import BaseRecurrent
from sklearn_rnn.estimators._class_targets import (
    check_labels,
    encode_labels,
    labels_have_steps,
    share_right,
    weigh_classes,
)
from sklearn_rnn.estimators._hidden_states import PooledAttentionMixin
from sklearn_rnn.estimators._label_learner import LabelLearnerMixin
from sklearn_rnn.estimators._predict_next import PredictNextMixin
from sklearn_rnn.estimators._step_forms import StepForm
from sklearn_rnn.estimators._step_targets import warn_of_one_hot
from sklearn_rnn.estimators._task import Task


class BaseRecurrentClassifier(
    LabelLearnerMixin, PredictNextMixin, PooledAttentionMixin, BaseRecurrent
):
    """Predict classes from sequences; abstract."""

    _parameter_constraints = {
        **BaseRecurrent._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_size=32,
        *,
        num_layers=1,
        bidirectional=False,
        residual=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        input_dropout=0.0,
        zoneout=0.0,
        layer_norm=False,
        pooling="last",
        num_embeddings=None,
        embedding_dim=None,
        module=None,
        recurrent_init="orthogonal",
        input_init="xavier_uniform",
        standardize=True,
        n_channels=None,
        segment_length=1,
        class_weight=None,
        optimizer="adam",
        lr=0.002,
        lr_schedule=None,
        lr_schedule_params=None,
        max_epochs=100,
        batch_size=32,
        bptt_steps=None,
        stateful=False,
        weight_decay=0.0,
        l1=0.0,
        clip_grad_norm=1.0,
        clip_grad_value=None,
        record_gradients=False,
        early_stopping=False,
        validation_fraction=0.1,
        patience=10,
        restore_best=True,
        warm_start=False,
        checkpoint_path=None,
        checkpoint_every=1,
        callbacks=None,
        random_state=None,
        device="cpu",
        n_threads="auto",
        verbose=0,
    ):
        self._store(locals())

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train the network for one more epoch, on these samples.

        The first call draws the weights and learns the classes and the scale of the
        data; later calls keep all three, and go on with the schedule of the step size.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples,), or of steps
            Labels.

        classes : array-like of shape (n_classes,), default=None
            All labels that later calls may have; None takes those in the first `y`.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in the loss.

        Returns
        -------
        self : estimator
            Fitted estimator.
        """
        return self._train_announced(X, y, classes, sample_weight)

    def predict(self, X):
        """Predict the class of each sequence.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples,), or of steps
            Labels from `classes_`. Where y had a label for each step they have the form
            of `X`, an array or a list; absent steps are NaN, or None among strings.
        """
        return self._in_form_of(X, self._as_predictions(self._forward(X)))

    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or of steps
            Probabilities that sum to one, in the order of `classes_`. Of a y of three
            axes, that of each label, (n_samples, n_timesteps, n_labels).
        """
        scores = self._forward(X)
        probabilities = expit if self._is_multilabel else _softmax
        return self._in_form_of(X, probabilities(scores))

    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or of steps
            As :meth:`predict_proba`.
        """
        scores = self._forward(X)
        logarithms = log_expit if self._is_multilabel else _log_softmax
        return self._in_form_of(X, logarithms(scores))

    def score(self, X, y, sample_weight=None):
        """Compute the accuracy of the predictions.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples,), or of steps
            True labels. Steps without a label do not count.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.

        Returns
        -------
        float
            Share of labels that are right; of all steps together, where y has steps.
        """
        check_is_fitted(self)
        if not self._per_step:
            return accuracy_score(y, self.predict(X), sample_weight=sample_weight)
        labels, form = self._read_labels(X, y)
        self._check_axes(labels)
        truth = encode_labels(labels, self.classes_, form, refuse_others=False)
        self._check_n_targets(truth)
        codes = self._codes(self._forward(X)).reshape(truth.shape)
        check_consistent_length(truth, codes)
        return share_right(truth, codes, sample_weight)

    @property
    def _is_multilabel(self) -> bool:
        return self._n_targets > 1 or self._n_axes == 3

    def _codes(self, values: NDArray[np.float64]) -> NDArray[Any]:
        if self._is_multilabel:
            return (values > 0).astype(np.intp)
        return values.argmax(axis=-1)

    def _as_predictions(self, values: NDArray[np.float64]) -> NDArray[Any]:
        return self.classes_[self._codes(values)]

    def _in_form_of(self, X: Any, values: NDArray[Any]) -> Any:
        """Give what belongs to steps the form of X, with the absent steps marked."""
        if not self._per_step:
            return values
        form = self._step_form(X)
        if form.has_absent and values.dtype.kind != "f":
            kind = np.float64 if values.dtype.kind in "iub" else object
            values = values.astype(kind)
        return form.unpack(values)

    def _read_targets(self, X: Any, y: Any, reset: bool) -> NDArray[np.float64]:
        labels, form = self._read_labels(X, y)
        if reset:
            self._per_step, self._n_axes = form is not None, labels.ndim
            if form is not None:
                warn_of_one_hot(y, self)
        self._check_axes(labels)
        self._learn_classes(labels, form, reset)
        return encode_labels(labels, self.classes_, form)

    def _read_labels(self, X: Any, y: Any) -> tuple[NDArray[Any], StepForm | None]:
        if not labels_have_steps(X, y):
            return check_labels(y, self), None
        form = self._step_form(X)
        return form.read_targets(y), form

    def _check_axes(self, labels: NDArray[Any]) -> None:
        if labels.ndim != self._n_axes:
            raise ValueError(
                f"{type(self).__name__} was fitted with y of {self._n_axes} axes. Got "
                f"{labels.ndim}."
            )

    def _task(self, sequences, targets, weights):
        if self._n_axes == 3:
            if self.class_weight is not None:
                raise ValueError(
                    f"class_weight={self.class_weight!r} weighs classes that exclude "
                    "each other. Got a y of three axes, with several labels per step."
                )
            return Task(targets.shape[-1], "multilabel", has_scale=False)
        given = weigh_classes(self.class_weight, self.classes_, targets, weights)
        return Task(
            len(self.classes_), "log_loss", class_weights=given, has_scale=False
        )

    def _classes_to_split(self, targets: NDArray[np.float64]) -> NDArray[Any] | None:
        return None if self._per_step else targets[:, 0]


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return softmax(scores, axis=-1)


def _log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return log_softmax(scores, axis=-1)
