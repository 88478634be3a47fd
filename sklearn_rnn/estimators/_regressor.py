"""Outputs of a fitted net -> predictions of the shape that y had."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import check_array
from sklearn.utils.metaestimators import available_if

from sklearn_rnn.estimators._base import BaseRecurrent
from sklearn_rnn.training._losses import learns_log_of_mean


def _learns_quantiles(estimator: BaseRecurrent) -> bool:
    if getattr(estimator, "quantiles_", estimator.criterion == "quantile"):
        return True
    raise AttributeError(
        f"{type(estimator).__name__} predicts quantiles with criterion='quantile' and "
        f"quantiles=(0.1, 0.5, 0.9). Got criterion={estimator.criterion!r}."
    )


class BaseRecurrentRegressor(RegressorMixin, BaseRecurrent):
    """Predict numbers from sequences; abstract."""

    def predict(self, X):
        """Predict the target of each sequence.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions in the units of y, float64, in the order of `X`: the median
            with criterion="quantile".
        """
        return self._as_predictions(self._forward(X))

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
                (n_samples, n_outputs, n_quantiles)
            Quantiles at the levels `quantiles_` in the units of y, float64. They never
            cross: each is at least as large as the one before.
        """
        quantiles = self._forward(X)
        return quantiles[:, 0] if self._y_was_flat else quantiles

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = learns_log_of_mean(self.criterion)
        return tags

    def _as_predictions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.quantiles_ is not None:
            values = values[..., self.quantiles_.index(0.5)]
        return values[:, 0] if self._y_was_flat else values

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
                "Input y contains NaN. Leave those samples out; or pass y of shape "
                "(n_samples, n_outputs), as y.reshape(-1, 1) is: there NaN stands for "
                "a target that is not known and weighs nothing."
            )
        if learns_log_of_mean(self.criterion) and (y < 0).any():
            raise ValueError(
                "criterion='poisson' needs y >= 0, as counts are. Got "
                f"{np.nanmin(y):.6g}."
            )
        self._y_was_flat = y.ndim == 1
        return y.reshape(len(y), -1)
