"""Sequences and labels -> LSTMClassifier, two states and three gates."""

from __future__ import annotations

from numbers import Real

from sklearn_rnn._compat import Interval
from sklearn_rnn.estimators._classifier import BaseRecurrentClassifier
from sklearn_rnn.estimators._documentation import complete_docstring


@complete_docstring
class LSTMClassifier(BaseRecurrentClassifier):
    """Predict classes from sequences with a long short-term memory network.

    The network reads a sequence one step at a time, as that of :class:`LSTMRegressor`
    does. After the last real step the hidden state goes through one linear layer, whose
    outputs are the scores of the classes; softmax makes probabilities of them, and
    training minimises the cross-entropy. Where y has a label for each time step, so
    have the predictions.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    {_parameter_texts.CLASSIFIER_PARAMETERS}

    forget_bias : float, default=1.0
        What the bias of the forget gate begins with. From 1 on a new cell keeps most of
        its state, and gradients reach far back (Jozefowicz 2015).

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    {_attribute_texts.CLASSIFIER_ATTRIBUTES}

    See Also
    --------
    RNNClassifier : One state and no gates: cheapest per step, forgets soonest.
    GRUClassifier : One state and two gates: fewer weights, often as accurate.
    LSTMRegressor : The same network for numbers; the equations stand there.
    SequenceWindower : Turns rows of a table into the sequences this class reads.

    Notes
    -----
    A time step whose features are all NaN is absent and is skipped. Time grows with
    n_samples x n_timesteps x hidden_size squared; memory with one batch of that.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
           Computation 9(8), 1997. :doi:`10.1162/neco.1997.9.8.1735`

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import LSTMClassifier
    >>> X = np.random.default_rng(0).normal(size=(60, 5))  # 5 steps, one feature
    >>> y = np.where(X.sum(axis=1) > 0, "up", "down")
    >>> classifier = LSTMClassifier(8, max_epochs=20, lr=0.02, random_state=0)
    >>> classifier.fit(X, y).predict_proba(X).shape
    (60, 2)
    >>> bool(classifier.score(X, y) > 0.9)
    True
    """

    _cell = "lstm"
    _parameter_constraints = {
        **BaseRecurrentClassifier._parameter_constraints,
        "forget_bias": [Interval(Real, None, None, closed="neither")],
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
        forget_bias=1.0,
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
