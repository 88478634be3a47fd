"""Sequences and sequences of labels -> Seq2SeqClassifier, an encoder and a decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_rnn._compat import StrOptions
from sklearn_rnn.estimators._class_targets import (
    encode_labels,
    share_right,
    weigh_classes,
)
from sklearn_rnn.estimators._documentation import complete_docstring
from sklearn_rnn.estimators._label_learner import LabelLearnerMixin
from sklearn_rnn.estimators._label_sequences import read_label_sequences
from sklearn_rnn.estimators._seq2seq import NO_LABEL, BaseSeq2Seq, pad_steps
from sklearn_rnn.estimators._task import Task


@complete_docstring
class Seq2SeqClassifier(LabelLearnerMixin, BaseSeq2Seq):
    """Write a sequence of labels for each sequence with an encoder and a decoder.

    The encoder reads a sequence one step at a time, as :class:`LSTMClassifier` does.
    The decoder begins from its final states and writes one label after the other, each
    from its own state and from the label before, which it looks up in an embedding. So
    the labels need not stand at steps of the input, and there may be more or fewer.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    {_parameter_texts.SEQ2SEQ_PARAMETERS}

    {_parameter_texts.CLASSIFIER_PARAMETERS}

    teacher_forcing_ratio : float or tuple of float, default=1.0
        Probability that a step of the decoder reads the true label of the step before
        in training, and not its own (scheduled sampling, Bengio 2015). A tuple gives
        that of the first and of the last epoch, with even steps between. No gradient
        goes through labels that it chose, and below one training is several times
        slower, so that less of it is the exception here.

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    classes_ : ndarray of shape (n_classes,)
        Labels, ascending.

    n_outputs_ : int
        Number of outputs of the network at each output step: one for each label.

    n_output_steps_ : int
        Number of output steps, that of the longest sequence of labels in `fit`.

    See Also
    --------
    Seq2SeqRegressor : The same network for numbers; the equations stand there.
    LSTMClassifier : One label per sequence, or one for each of its own steps.
    SequenceVectorizer : Turns texts into sequences of tokens.

    Notes
    -----
    `predict` gives as many labels as the longest sequence in `fit` has. The network is
    not trained on what stands behind shorter ones: where the length is to be learnt
    too, end each sequence with a label of its own, "end", and cut there.

    The label before is that with the largest score (greedy decoding). Time is that of
    :class:`Seq2SeqRegressor`.

    References
    ----------
    .. [1] I. Sutskever, O. Vinyals and Q. V. Le, "Sequence to sequence learning with
           neural networks", 2014. :doi:`10.48550/arXiv.1409.3215`

    .. [2] S. Bengio, O. Vinyals, N. Jaitly and N. Shazeer, "Scheduled sampling for
           sequence prediction with recurrent neural networks", 2015.
           :doi:`10.48550/arXiv.1506.03099`

    Examples
    --------
    The sign of each of three numbers, from the last to the first:

    >>> import numpy as np
    >>> from sklearn_rnn import Seq2SeqClassifier
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = np.where(X[:, ::-1] > 0, "up", "down")
    >>> classifier = Seq2SeqClassifier(16, lr=0.02, max_epochs=20, random_state=0)
    >>> classifier.fit(X, y).predict(X).shape
    (200, 3)
    >>> bool(classifier.score(X, y) > 0.9)
    True
    """

    _parameter_constraints = {
        **BaseSeq2Seq._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
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
        teacher_forcing_ratio=1.0,
        num_embeddings=None,
        embedding_dim=None,
        recurrent_init="orthogonal",
        input_init="xavier_uniform",
        standardize=True,
        n_channels=None,
        class_weight=None,
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

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train the network for one more epoch, on these samples.

        The first call draws the weights and learns the labels, the number of output
        steps and the scale of the data; later calls keep them, and go on with the
        schedules. `max_epochs` says how many epochs these are planned for.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples, n_steps) or list of arrays
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
        """Predict the label of each output step.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`; the number of time steps may differ.

        Returns
        -------
        ndarray of shape (n_samples, n_steps) or (n_samples,)
            Labels from `classes_`, as many as the longest sequence of `fit` has; an
            array also where y was a list.
        """
        scores = self._scores(X)
        return self.classes_[scores.argmax(axis=-1)]

    def predict_proba(self, X):
        """Predict the probability of each label at each output step.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_steps, n_classes) or (n_samples, n_classes)
            Probabilities that sum to one, in the order of `classes_`; given the labels
            before, as :meth:`predict` writes them.
        """
        return softmax(self._scores(X), axis=-1)

    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each label.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_steps, n_classes) or (n_samples, n_classes)
            As :meth:`predict_proba`.
        """
        return log_softmax(self._scores(X), axis=-1)

    def score(self, X, y, sample_weight=None):
        """Compute the share of labels that are right.

        Parameters
        ----------
        X : Sequences, list of arrays, or array-like
            As in :meth:`fit`.

        y : array-like of shape (n_samples, n_steps) or list of arrays
            True labels. Those that are unknown do not count, and new ones are wrong.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.

        Returns
        -------
        float
            Of all output steps together.
        """
        check_is_fitted(self)
        labels, form, flat = read_label_sequences(y, self)
        if flat:
            self._learn_steps(1, flat, reset=False)
        truth = encode_labels(labels, self.classes_, form, refuse_others=False)
        codes = self._forward(X).argmax(axis=-1)[..., None]  # (n, H, 1)
        check_consistent_length(truth, codes)
        truth = pad_steps(truth, codes.shape[1], np.nan)
        codes = pad_steps(codes, truth.shape[1], NO_LABEL)
        return share_right(truth, codes, sample_weight)

    def _scores(self, X: Any) -> NDArray[np.float64]:
        scores = self._forward(X)  # (n, H, C)
        return scores[:, 0] if self._y_was_flat else scores

    def _read_targets(self, X: Any, y: Any, reset: bool) -> NDArray[np.float64]:
        labels, form, flat = read_label_sequences(y, self)
        self._learn_classes(labels, form, reset)
        codes = encode_labels(labels, self.classes_, form)  # (n, H, 1)
        if not reset and not flat:  # unknown labels stand behind short ones
            codes = pad_steps(codes, self.n_output_steps_, np.nan)
        self._learn_steps(codes.shape[1], flat, reset)
        return codes

    def _task(self, sequences, targets, weights):
        given = weigh_classes(self.class_weight, self.classes_, targets, weights)
        return Task(
            len(self.classes_),
            "log_loss",
            class_weights=given,
            has_scale=False,
            n_steps=self.n_output_steps_,
        )

    def _classes_to_split(self, targets: NDArray[np.float64]) -> NDArray[Any] | None:
        return targets[:, 0, 0] if self._y_was_flat else None
