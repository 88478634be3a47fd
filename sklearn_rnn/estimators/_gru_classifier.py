"""Sequences and labels -> GRUClassifier, one state and two gates."""

from __future__ import annotations

from sklearn_rnn.estimators._classifier import BaseRecurrentClassifier
from sklearn_rnn.estimators._documentation import complete_docstring


@complete_docstring
class GRUClassifier(BaseRecurrentClassifier):
    """Predict classes from sequences with a gated recurrent unit network.

    The network reads a sequence one step at a time, as that of :class:`GRURegressor`
    does. After the last real step the hidden state goes through one linear layer, whose
    outputs are the scores of the classes; softmax makes probabilities of them, and
    training minimises the cross-entropy. Where y has a label for each time step, so
    have the predictions.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    {_parameter_texts.CLASSIFIER_PARAMETERS}

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    {_attribute_texts.CLASSIFIER_ATTRIBUTES}

    See Also
    --------
    RNNClassifier : One state and no gates: cheapest per step, forgets soonest.
    LSTMClassifier : Two states and three gates: remembers much longer.
    GRURegressor : The same network for numbers; the equations stand there.
    SequenceWindower : Turns rows of a table into the sequences this class reads.

    Notes
    -----
    A time step whose features are all NaN is absent and is skipped. Time grows with
    n_samples x n_timesteps x hidden_size squared; memory with one batch of that.

    References
    ----------
    .. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
           statistical machine translation", EMNLP 2014. :doi:`10.3115/v1/D14-1179`

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import GRUClassifier
    >>> X = np.random.default_rng(0).normal(size=(60, 5))  # 5 steps, one feature
    >>> y = np.where(X.sum(axis=1) > 0, "up", "down")
    >>> classifier = GRUClassifier(8, max_epochs=20, lr=0.02, random_state=0)
    >>> classifier.fit(X, y).predict_proba(X).shape
    (60, 2)
    >>> bool(classifier.score(X, y) > 0.9)
    True
    """

    _cell = "gru"
