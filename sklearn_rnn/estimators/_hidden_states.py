"""Sequences -> what a fitted network makes of them inside: states, attention."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.estimators._reading import read_sequences
from sklearn_rnn.estimators._step_forms import StepForm
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._custom_module import class_of
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._sequence_tensors import Reader


def _has_states(estimator: Any) -> bool:
    if estimator.module is None or hasattr(class_of(estimator.module), "encode"):
        return True
    raise AttributeError(
        f"{type(estimator).__name__}.transform needs a module with a method "
        f"`encode(x, lengths)`; {class_of(estimator.module).__name__} has none."
    )


def _has_attention(estimator: Any) -> bool:
    if estimator.module is None and estimator.pooling == "attention":
        return True
    raise AttributeError(
        f"{type(estimator).__name__}.attention_weights needs pooling='attention'. Got "
        f"{estimator.pooling!r}."
    )


class HiddenStatesMixin(TransformerMixin, ABC):
    """Show the states of a network as features."""

    net_: SequenceNet  # what a fitted estimator knows
    scaler_: SequenceScaler
    n_timesteps_: int
    segment_length: int

    def transform(self, X):
        """Compute the pooled hidden states, features for any other model.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_states + n_copied_columns)
            Float64: the final state of the last layer, or what `pooling` makes of its
            states, forward and then backward. The last linear layer reads them; where
            there is a decoder, they are those of the encoder, from which it begins.
            Where the network predicts the change of a column that y copies, its states
            know no level: the last value of that column stands behind them.
        """
        check_is_fitted(self)
        sequences = read_sequences(self, X, reset=False)
        encode = self._method_of_net("encode")
        states = self._run_net(self._past_of(sequences), encode)
        last = self._last_values(sequences, list(self._copied_columns()))
        return np.hstack([states, last]).astype(np.float64)

    @available_if(_has_states)
    def get_feature_names_out(self, input_features=None):
        """Name the columns that :meth:`transform` gives.

        Parameters
        ----------
        input_features : object, default=None
            Of no use; scikit-learn passes it.

        Returns
        -------
        ndarray of str
            "hidden_state_0" and so on; "last_" and the name of a column that y copies.
        """
        check_is_fitted(self)
        names = [f"hidden_state_{i}" for i in range(self._count_states())]
        names += [f"last_{name}" for name in self._copied_columns().values()]
        return np.array(names, dtype=object)

    def _attention_at_steps(self, X: Any) -> NDArray[np.float64]:
        """Compute attention (n_samples, n_timesteps, ...), at the steps of X."""
        check_is_fitted(self)
        sequences = read_sequences(self, X, reset=False)
        attend = self._method_of_net("attend")
        read = self._run_net(sequences, attend, per_step=True)
        weights = _share_segments(read, sequences.lengths, self.segment_length)
        form = self._step_form(X)
        spread = np.zeros((*form.real.shape, *weights.shape[2:]))
        spread[form.real] = weights[form.packed]
        return spread

    def _copied_columns(self) -> dict[int, Any]:
        """Name the columns that the network reads relative to their last value."""
        found = self.scaler_.target_columns
        if found is None:
            return {}
        names = getattr(self, "target_feature_", None)
        if not isinstance(names, list):
            names = [names] * len(found.columns)
        named = zip(found.columns.tolist(), names, strict=True)
        return {column: name for column, name in named if column >= 0}

    def _last_values(
        self, sequences: Sequences, columns: list[int]
    ) -> NDArray[np.float64]:
        """Give columns at the end of each sequence, their mean where it is empty."""
        last = np.tile(self.scaler_.mean_[columns], (len(sequences), 1))
        filled = sequences.lengths > 0
        last[filled] = sequences.rows[sequences.stops[filled] - 1][:, columns]
        return last

    def _count_states(self) -> int:
        module = self.net_.module_
        if isinstance(module, SequenceModel):
            return module.encoder.output_size
        shape = 1, self.n_timesteps_, len(self.scaler_.mean_)
        nothing = Sequences.from_array(np.zeros(shape, dtype=np.float32))
        return self._run_net(nothing, self._method_of_net("encode")).shape[1]

    def _method_of_net(self, name: str) -> Reader:
        """Find what the network can do, which parameters set since do not tell."""
        module: Any = self.net_.module_
        attends = getattr(module, "attention", None) is not None
        if not hasattr(module, name) or (name == "attend" and not attends):
            missing = "attention" if name == "attend" else "a method `encode`"
            raise ValueError(
                f"{type(self).__name__} was fitted with a network without {missing}, "
                "and its parameters were changed since. Call fit once more."
            )
        return getattr(module, name)

    @abstractmethod
    def _past_of(self, sequences: Sequences) -> Sequences:
        """Let windows begin where the network begins to read."""

    @abstractmethod
    def _run_net(
        self, sequences: Sequences, read: Reader | None = None, per_step: bool = False
    ) -> NDArray[np.float32]:
        """Compute what a method of the module gives of sequences."""

    @abstractmethod
    def _step_form(self, X: Any) -> StepForm:
        """Find where the steps of X stand."""


# Not inside the class: there TransformerMixin wraps it once more for `set_output`, and
# what is wrapped is always there.
_has = available_if(_has_states)
HiddenStatesMixin.transform = _has(HiddenStatesMixin.transform)  # type: ignore[method-assign]


def _share_segments(
    weights: NDArray[np.float32], lengths: NDArray[np.intp], segment_length: int
) -> NDArray[np.float64]:
    """Divide the weight of each segment (n_samples, n_segments) among its steps."""
    if segment_length == 1:
        return weights.astype(np.float64)
    longest = int(lengths.max())
    n_missing = -lengths % segment_length  # of the first segment, filled in front
    step = np.arange(longest)
    segment = (step + n_missing[:, None]) // segment_length
    segment = segment.clip(max=max(0, weights.shape[1] - 1))
    n_steps = np.where(
        segment == 0, segment_length - n_missing[:, None], segment_length
    )
    return np.take_along_axis(weights, segment, axis=1) / n_steps


class PooledAttentionMixin(HiddenStatesMixin):
    """Show how much the pooling attends to each step."""

    @available_if(_has_attention)
    def attention_weights(self, X):
        """Compute how much each time step counts.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_timesteps)
            Weights at the steps of `X`; those of a sequence sum to one, absent steps
            have none, and the steps of a segment share its weight. Short windows stand
            at the end of their row, as in the array that `Sequences` become; the arrays
            of a list at its beginning.
        """
        return self._attention_at_steps(X)
