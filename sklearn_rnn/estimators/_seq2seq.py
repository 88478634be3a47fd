"""Sequences -> fitted encoder and decoder -> outputs of each step behind them."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.metaestimators import available_if

from sklearn_rnn._compat import Interval, StrOptions
from sklearn_rnn.estimators._base import BaseRecurrent

CELLS = {"lstm", "gru", "rnn_tanh", "rnn_relu"}
OF_ONE_NETWORK = {  # parameters that have no meaning beside a decoder
    "pooling",
    "module",
    "segment_length",
    "bptt_steps",
    "stateful",
}
NO_LABEL = -2  # behind the last predicted step; -1 is a label that fit did not see


def pad_steps(values: NDArray[Any], n_steps: int, fill: float) -> NDArray[Any]:
    """Append steps to an array (n_samples, n_steps, n_targets) that has too few.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_given, n_targets)
        Of output steps.

    n_steps : int
        Steps that the result has at least.

    fill : float
        What stands in the new ones.

    Returns
    -------
    ndarray of shape (n_samples, max(n_given, n_steps), n_targets)
        New where steps were missing.
    """
    missing = max(0, n_steps - values.shape[1])
    return np.pad(values, ((0, 0), (0, missing), (0, 0)), constant_values=fill)


def even_out(y: Any) -> Any:
    """Make one array of a list of curves of unequal length.

    Parameters
    ----------
    y : object
        As the user passed it to `fit`.

    Returns
    -------
    object
        Array (n_samples, longest, ...) with NaN behind shorter curves; anything else as
        it was.
    """
    if not isinstance(y, (list, tuple)) or not all(map(_is_curve, y)):
        return y
    lengths = [len(curve) for curve in y]
    if len(set(lengths)) < 2:
        return y
    curves = [np.asarray(curve, dtype=np.float64) for curve in y]
    widths = {curve.shape[1:] for curve in curves if len(curve)}
    if len(widths) != 1:
        return y  # the array of all says what is wrong
    even = np.full((len(y), max(lengths), *widths.pop()), np.nan)
    for row, curve in zip(even, curves, strict=True):
        row[: len(curve)] = curve
    return even


def _is_curve(row: Any) -> bool:
    return isinstance(row, (list, tuple, np.ndarray)) and getattr(row, "ndim", 1) > 0


def _has_attention(estimator: Any) -> bool:
    if estimator.attention:
        return True
    raise AttributeError(
        f"{type(estimator).__name__}.attention_weights needs attention=True."
    )


class BaseSeq2Seq(BaseRecurrent):
    """Decode what was encoded, step by step; abstract."""

    pooling = "last"
    module = None
    segment_length = 1
    bptt_steps = None
    stateful = False
    _per_step = False  # the steps of y are not those of X

    _parameter_constraints = {
        **{
            name: constraint
            for name, constraint in BaseRecurrent._parameter_constraints.items()
            if name not in OF_ONE_NETWORK
        },
        "cell": [StrOptions(CELLS)],
        "attention": ["boolean"],
        "teacher_forcing_ratio": [Interval(Real, 0, 1, closed="both"), tuple, list],
    }

    n_output_steps_: int  # what a fitted estimator knows
    _y_was_flat: bool

    @available_if(_has_attention)
    def attention_weights(self, X):
        """Compute how much each time step counts for each output step.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_output_steps, n_timesteps)
            Weights at the steps of `X` while :meth:`predict` decodes; those of an
            output step sum to one, absent steps have none. Short windows stand at the
            end of their row, as in the array that `Sequences` become; the arrays of a
            list at its beginning.
        """
        return self._attention_at_steps(X).transpose(0, 2, 1)

    @property
    def _cell(self) -> str:
        return self.cell

    def _learn_steps(self, n_steps: int, flat: bool, reset: bool) -> None:
        """Remember how many output steps y has, or refuse another number."""
        if reset:
            self.n_output_steps_, self._y_was_flat = n_steps, flat
        elif n_steps != self.n_output_steps_ or flat != self._y_was_flat:
            raise ValueError(
                f"{type(self).__name__} was fitted with y of {self.n_output_steps_} "
                f"output steps. Got {n_steps}."
            )
