"""Outputs of a fitted net -> predictions of the shape that y had."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from sklearn_rnn._compat import check_y
from sklearn_rnn.estimators._base import BaseRecurrent


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
            Predictions in the units of y, float64, in the order of `X`.
        """
        predictions = self._forward(X)
        return predictions[:, 0] if self._y_was_flat else predictions

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _check_targets(self, y: Any) -> NDArray[np.float64]:
        y = check_y(y, multi_output=True, y_numeric=True, estimator=self)
        y = np.asarray(y, dtype=np.float64)
        self._y_was_flat = y.ndim == 1
        return y.reshape(len(y), -1)
