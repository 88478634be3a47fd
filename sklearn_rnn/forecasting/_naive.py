"""Sequences and targets -> what a baseline knows: columns, maps, leads, averages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import check_sample_weight
from sklearn_rnn._validation import check_sequences
from sklearn_rnn._warning import warn_caller
from sklearn_rnn.estimators._target_columns import (
    describe_target_columns,
    resolve_target_columns,
)
from sklearn_rnn.exceptions import ShortHistoryWarning
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns
from sklearn_rnn.training._target_scaling import average_known


class NaiveRegressor(RegressorMixin, BaseEstimator, ABC):
    """Repeat a value of the column that y copies; abstract."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "target_feature": [str, Integral, list, tuple, None],
    }

    def fit(self, X, y, sample_weight=None):
        """Learn which column y copies, and the averages of the targets.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            Arrays have shape (n_samples, n_timesteps, n_features) or (n_samples,
            n_timesteps); the arrays of a list (n_timesteps_i, n_features).

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets. With two axes NaN is a target that is not known.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in the averages.

        Returns
        -------
        self : estimator
            Fitted estimator.
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )
        sequences = check_sequences(X, estimator=self, reset=True)
        targets = self._check_targets(y)
        check_consistent_length(sequences, targets)
        weights = check_sample_weight(
            sample_weight, targets, dtype=np.float64, ensure_non_negative=True
        )
        self.target_average_ = average_known(targets, weights)
        self.n_outputs_ = targets.shape[1]
        found = resolve_target_columns(self.target_feature, sequences, targets)
        self.target_feature_ = describe_target_columns(found, sequences)
        self._target_columns = found or _no_columns(self.n_outputs_)
        self._steps_ahead = _steps_ahead(sequences, self._target_columns)
        self._warn_of_averages()
        self._warn_of_short_sequences(sequences)
        return self

    def predict(self, X):
        """Repeat a value of each sequence.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions in the units of y, in the order of `X`.
        """
        check_is_fitted(self)
        sequences = check_sequences(X, estimator=self, reset=False)
        predictions = np.tile(self.target_average_, (len(sequences), 1))
        found = self._target_columns
        for k in np.flatnonzero(found.columns >= 0):
            known, rows = self._repeated_rows(sequences, k)
            values = sequences.rows[rows, found.columns[k]].astype(np.float64)
            predictions[known, k] = found.slopes[k] * values + found.intercepts[k]
        return predictions[:, 0] if self._y_was_flat else predictions

    @abstractmethod
    def _steps_back(self, ahead: int) -> int:
        """Tell how far before the last time step the repeated value lies.

        `ahead` counts the rows from the last time step to the predicted one.
        """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True  # an all-NaN time step is absent
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = True  # where y copies no column
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "target_average_")

    def _check_targets(self, y: Any) -> NDArray[np.float64]:
        y = check_array(
            y,
            dtype=np.float64,
            ensure_2d=False,
            ensure_all_finite="allow-nan",
            input_name="y",
            estimator=self,
        )
        if y.ndim == 1 and np.isnan(y).any():
            raise ValueError(
                "Input y contains NaN. Leave those samples out, or pass "
                "y.reshape(-1, 1): with two axes NaN is a target that is not known."
            )
        self._y_was_flat = y.ndim == 1
        return y.reshape(len(y), -1)

    def _repeated_rows(
        self, sequences: Sequences, k: np.intp
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Give the sequences that reach back far enough, and the row each repeats."""
        rows = sequences.stops - 1 - self._steps_back(self._steps_ahead[k])
        known = np.flatnonzero(rows >= sequences.starts)
        return known, rows[known]

    def _warn_of_short_sequences(self, sequences: Sequences) -> None:
        for k in np.flatnonzero(self._target_columns.columns >= 0):
            if not len(self._repeated_rows(sequences, k)[0]):
                n_steps = self._steps_back(self._steps_ahead[k]) + 1
                warn_caller(
                    f"{type(self).__name__} repeats a value {n_steps} time steps "
                    "before the end of a sequence, but the longest has "
                    f"{sequences.lengths.max()}: it predicts the average of the "
                    "training targets. Pass longer windows.",
                    ShortHistoryWarning,
                )
                return

    def _warn_of_averages(self) -> None:
        """Say so where an output has no column whose values could be repeated."""
        if (self._target_columns.columns >= 0).all():
            return
        warn_caller(
            f"{type(self).__name__} knows no column that y copies, and predicts the "
            "average of the training targets. Put a SequenceWindower in front that "
            "sees the column among the features, or name it in target_feature=.",
        )


def _no_columns(n_outputs: int) -> TargetColumns:
    nothing = np.zeros(n_outputs)
    return TargetColumns(np.full(n_outputs, -1), nothing, nothing)


def _steps_ahead(sequences: Sequences, found: TargetColumns) -> list[int]:
    """Count the rows from the last time step of a sequence to each target."""
    horizon = 1  # of samples that nobody cut from a table
    if sequences.series is not None:
        horizon = sequences.series.tails.shape[1]
    columns = found.columns.tolist()
    # Several outputs that copy one column are its next values.
    leads = [columns[:k].count(column) for k, column in enumerate(columns)]
    known = sequences.target_columns
    if known is not None and known.leads is not None:
        for k in range(min(len(leads), len(known.leads))):
            if known.columns[k] == columns[k]:
                leads[k] = int(known.leads[k])
    return [horizon + lead for lead in leads]
