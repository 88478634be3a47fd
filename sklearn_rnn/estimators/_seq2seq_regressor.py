"""Sequences and curves of numbers -> Seq2SeqRegressor, an encoder and a decoder."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import StrOptions
from sklearn_rnn.estimators._documentation import complete_docstring
from sklearn_rnn.estimators._regression_targets import (
    check_numbers,
    known_r2,
    regression_task,
)
from sklearn_rnn.estimators._seq2seq import BaseSeq2Seq, even_out, pad_steps
from sklearn_rnn.estimators._target_columns import describe_target_columns


@complete_docstring
class Seq2SeqRegressor(RegressorMixin, BaseSeq2Seq):
    r"""Predict several steps from a sequence with an encoder and a decoder.

    The encoder reads a sequence one step at a time, as :class:`LSTMRegressor` does. The
    decoder begins from its final states and writes one output step after the other,
    each from its own state and from the output of the step before. So the steps of a
    prediction know of each other, and a curve may have another length than what it
    follows from, or follow from a single step.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    {_parameter_texts.SEQ2SEQ_PARAMETERS}

    instance_norm : {"auto", "last", "standard"} or None, default="auto"
        How the column that y copies is read, if there is one. "last" reads it relative
        to its last value in each sequence, and the decoder writes the change from it;
        "standard" also divides by the standard deviation of the sequence (RevIN, Kim
        2022). "auto" is "last" where the column is known and nothing elsewhere.

    target_feature : "auto", int, str, list of these or None, default="auto"
        The column whose later values y has. "auto" takes what
        :class:`SequenceWindower` found in the rows; a name or index says it for other
        input, where y has the units of that column; a list names one per output.

    criterion : str or type, default="squared_error"
        Loss: "squared_error", "absolute_error", "huber", or a loss class of torch that
        takes `reduction`.

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    n_outputs_ : int
        Number of targets at each output step.

    n_output_steps_ : int
        Number of output steps.

    target_feature_ : str, int, list of these or None
        The column that y copies, as far as it is known and used.

    See Also
    --------
    Seq2SeqClassifier : Writes a label at each output step.
    LSTMRegressor : Gives all steps at once from the final state: faster, and often as
        good where the steps need not know of each other.
    SequenceWindower : Turns rows of a table into the sequences this class reads.

    Notes
    -----
    With :math:`s_i` the state of the decoder, :math:`s_0` the final state of the
    encoder and :math:`\hat y_0` a learnt vector,

    .. math::
        s_i &= \mathrm{cell}(\hat y_{i-1}, s_{i-1}) \\
        \hat y_i &= W s_i + b

    In training the true :math:`y_{i-1}` may stand for :math:`\hat y_{i-1}`, see
    `teacher_forcing_ratio`; where it is not known, the decoder reads its own. With
    `attention` the second line reads, in place of :math:`s_i`,

    .. math::
        a_{it} &= \exp(s_i^\top W_a h_t) / \sum_r \exp(s_i^\top W_a h_r) \\
        \tilde s_i &= \tanh(W_c [\sum_t a_{it} h_t; s_i] + b_c)

    where :math:`h_t` are the states of the encoder [3]_. All outputs of y are scaled
    alike at every step.

    Time grows with n_samples x (n_timesteps + n_output_steps) x hidden_size squared.
    `predict`, and training with a ratio below one, take output steps one by one, which
    is several times slower per step.

    References
    ----------
    .. [1] I. Sutskever, O. Vinyals and Q. V. Le, "Sequence to sequence learning with
           neural networks", 2014. :doi:`10.48550/arXiv.1409.3215`

    .. [2] S. Bengio, O. Vinyals, N. Jaitly and N. Shazeer, "Scheduled sampling for
           sequence prediction with recurrent neural networks", 2015.
           :doi:`10.48550/arXiv.1506.03099`

    .. [3] M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches to
           attention-based neural machine translation", 2015.
           :doi:`10.18653/v1/D15-1166`

    Examples
    --------
    A set-point, a sequence of one step, gives a curve:

    >>> import numpy as np
    >>> from sklearn_rnn import Seq2SeqRegressor
    >>> set_point = np.random.default_rng(0).uniform(1, 3, size=(100, 1, 1))
    >>> curve = set_point[:, 0] * (1 - np.exp(-np.arange(1, 7) / 2))
    >>> regressor = Seq2SeqRegressor(8, lr=0.01, max_epochs=20, random_state=0)
    >>> regressor.fit(set_point, curve).predict(set_point).shape
    (100, 6)
    >>> bool(regressor.score(set_point, curve) > 0.9)
    True
    """

    quantiles = None
    _parameter_constraints = {
        **BaseSeq2Seq._parameter_constraints,
        "instance_norm": [StrOptions({"auto", "last", "standard"}), None],
        "target_feature": [str, Integral, list, tuple, None],
        "criterion": [StrOptions({"squared_error", "absolute_error", "huber"}), type],
    }

    def __init__(
        self,
        hidden_size=32,
        *,
        cell="lstm",
        num_layers=1,
        bidirectional=False,
        residual=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        input_dropout=0.0,
        zoneout=0.0,
        layer_norm=False,
        attention=False,
        teacher_forcing_ratio=(1.0, 0.0),
        num_embeddings=None,
        embedding_dim=None,
        recurrent_init="orthogonal",
        input_init="xavier_uniform",
        standardize=True,
        instance_norm="auto",
        target_feature="auto",
        n_channels=None,
        criterion="squared_error",
        optimizer="adam",
        lr=0.002,
        lr_schedule=None,
        lr_schedule_params=None,
        max_epochs=100,
        batch_size=32,
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
        keep both, and go on with the schedules. `max_epochs` says how many epochs
        these are planned for.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
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
        """Predict the targets of each output step.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
            Predictions in the units of y, float64, in the order of `X` and in the form
            of the y of `fit`.
        """
        outputs = self._forward(X)  # (n, H, K)
        if self._n_axes < 3:
            outputs = outputs[..., 0]
        return outputs[:, 0] if self._y_was_flat else outputs

    def score(self, X, y, sample_weight=None):
        """Compute R² of the predictions.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
            True targets. Those that are NaN do not count.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.

        Returns
        -------
        float
            Mean of the R² of each output at each step, as scikit-learn has it.
        """
        check_is_fitted(self)
        targets = self._read_targets(X, y, reset=False)
        predictions = self._forward(X)
        check_consistent_length(targets, predictions)
        flat = targets.reshape(len(targets), -1)
        return known_r2(flat, predictions.reshape(flat.shape), sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _read_targets(self, X: Any, y: Any, reset: bool) -> NDArray[np.float64]:
        listed = isinstance(y, (list, tuple))
        y = check_numbers(even_out(y), self)
        targets = y.reshape(*y.shape[:2], -1) if y.ndim > 1 else y[:, None, None]
        if listed and y.ndim > 1 and not reset:  # all of these may be short
            targets = pad_steps(targets, self.n_output_steps_, np.nan)
        self._learn_steps(targets.shape[1], y.ndim == 1, reset)
        if reset:
            self._n_axes = y.ndim
        return targets

    def _task(self, sequences, targets, weights):
        task = regression_task(self, sequences, targets, self.n_output_steps_)
        self.target_feature_ = describe_target_columns(task.target_columns, sequences)
        return task
