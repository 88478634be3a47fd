"""y as numbers -> targets; outputs of a fitted net -> predictions of the form of y."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import StrOptions
from sklearn_rnn.estimators._base import BaseRecurrent
from sklearn_rnn.estimators._hidden_states import PooledAttentionMixin
from sklearn_rnn.estimators._predict_next import PredictNextMixin
from sklearn_rnn.estimators._regression_targets import (
    check_numbers,
    known_r2,
    regression_task,
)
from sklearn_rnn.estimators._step_forms import has_steps
from sklearn_rnn.estimators._target_columns import describe_target_columns
from sklearn_rnn.training._losses import CRITERIA, learns_log_of_mean


def _learns_quantiles(estimator: BaseRecurrent) -> bool:
    if getattr(estimator, "quantiles_", estimator.criterion == "quantile"):
        return True
    raise AttributeError(
        f"{type(estimator).__name__} predicts quantiles with criterion='quantile' and "
        f"quantiles=(0.1, 0.5, 0.9). Got criterion={estimator.criterion!r}."
    )


class BaseRecurrentRegressor(
    RegressorMixin, PredictNextMixin, PooledAttentionMixin, BaseRecurrent
):
    """Predict numbers from sequences; abstract."""

    _parameter_constraints = {
        **BaseRecurrent._parameter_constraints,
        "instance_norm": [StrOptions({"auto", "last", "standard"}), None],
        "target_feature": [str, Integral, list, tuple, None],
        "criterion": [StrOptions(set(CRITERIA)), type],
        "quantiles": ["array-like", None],
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
        instance_norm="auto",
        target_feature="auto",
        n_channels=None,
        segment_length=1,
        criterion="squared_error",
        quantiles=None,
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
        return self._train_one_epoch(X, y, sample_weight)

    def predict(self, X):
        """Predict the target of each sequence.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs), or of steps
            Predictions in the units of y, float64, in the order of `X`: the median
            with criterion="quantile". Where y had a target for each step they have the
            form of `X`, an array or a list, with NaN at absent steps.
        """
        return self._in_form_of(X, self._as_predictions(self._forward(X)))

    @available_if(_learns_quantiles)
    def predict_quantiles(self, X):
        """Predict quantiles of the target of each sequence.

        Only with criterion="quantile".

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples, n_quantiles) or \
                (n_samples, n_outputs, n_quantiles), or of steps
            Quantiles at the levels `quantiles_` in the units of y, float64. They never
            cross: each is at least as large as the one before.
        """
        quantiles = self._forward(X)
        if self._y_was_flat:
            quantiles = quantiles[..., 0, :]
        return self._in_form_of(X, quantiles)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = learns_log_of_mean(self.criterion)
        return tags

    def score(self, X, y, sample_weight=None):
        """Compute R² of the predictions.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like or list of arrays
            True targets, in the form of :meth:`fit`. Those that are NaN do not count.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.

        Returns
        -------
        float
            Mean of the outputs' R²; of all steps together, where y has steps.
        """
        check_is_fitted(self)
        targets = self._read_targets(X, y, reset=False)
        self._check_n_targets(targets)
        predictions = self._pick_median(self._forward(X))
        check_consistent_length(targets, predictions)
        if self._per_step:
            n_steps = targets.shape[1]
            if sample_weight is not None:
                sample_weight = np.repeat(sample_weight, n_steps)
            targets = targets.reshape(-1, targets.shape[2])
            predictions = predictions.reshape(-1, predictions.shape[2])
        return known_r2(targets, predictions, sample_weight)

    def _as_predictions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        values = self._pick_median(values)
        return values[..., 0] if self._y_was_flat else values

    def _pick_median(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values if self.quantiles_ is None else values[..., self._median]

    def _in_form_of(self, X: Any, values: NDArray[np.float64]) -> Any:
        """Give outputs of steps the form of X."""
        if not self._per_step:
            return values
        return self._step_form(X).unpack(values)

    def _read_targets(self, X: Any, y: Any, reset: bool) -> NDArray[np.float64]:
        form = None
        if has_steps(X, y):
            form = self._step_form(X)
            y = form.read_targets(y)
        y = check_numbers(y, self)
        if reset:
            self._y_was_flat = y.ndim == 1 + (form is not None)
            self._per_step = form is not None
        elif self._per_step != (form is not None):
            raise ValueError(
                f"{type(self).__name__} was fitted with a y that has "
                f"{'a target for each time step' if self._per_step else 'no steps'}. "
                f"Got the other kind."
            )
        if form is None:
            return y.reshape(len(y), -1)
        return form.pack(y.reshape(*y.shape[:2], -1))

    def _task(self, sequences, targets, weights):
        task = regression_task(self, sequences, targets)
        self.quantiles_ = task.quantiles
        self._median = None if task.quantiles is None else task.quantiles.index(0.5)
        self.target_feature_ = describe_target_columns(task.target_columns, sequences)
        return task
