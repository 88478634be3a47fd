"""Sequences and numbers -> LSTMRegressor, two states and three gates."""

from __future__ import annotations

from numbers import Real

from sklearn_rnn._compat import Interval
from sklearn_rnn.estimators._documentation import complete_docstring
from sklearn_rnn.estimators._regressor import BaseRecurrentRegressor


@complete_docstring
class LSTMRegressor(BaseRecurrentRegressor):
    r"""Predict numbers from sequences with a long short-term memory network.

    The network reads a sequence one step at a time and keeps a hidden state and a cell
    state. Gates decide what the cell state forgets, takes in and shows, so that a
    gradient can travel far back along it. After the last real step the hidden state
    goes through one linear layer, whose output is the prediction.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    forget_bias : float, default=1.0
        What the bias of the forget gate begins with. From 1 on a new cell keeps most of
        its state, and gradients reach far back (Jozefowicz 2015).

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    {_attribute_texts.REGRESSOR_ATTRIBUTES}

    See Also
    --------
    RNNRegressor : One state and no gates: cheapest per step, forgets soonest.
    GRURegressor : One state and two gates: fewer weights, often as accurate.
    SequenceWindower : Turns rows of a table into the sequences this class reads.

    Notes
    -----
    A time step whose features are all NaN is absent and is skipped. Time grows with
    n_samples x n_timesteps x hidden_size squared; memory with one batch of that.
    One step computes, with :math:`i, f, g, o` the input, forget, candidate and output
    gates of the four row blocks of the weights,

    .. math::
        i_t &= \sigma(W_{ii} x_t + W_{hi} h_{t-1} + b_i) \\
        f_t &= \sigma(W_{if} x_t + W_{hf} h_{t-1} + b_f) \\
        g_t &= \tanh(W_{ig} x_t + W_{hg} h_{t-1} + b_g) \\
        o_t &= \sigma(W_{io} x_t + W_{ho} h_{t-1} + b_o) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    A layer has :math:`4 H (F + H + 1)` weights for F features and a state of length H.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
           Computation 9(8), 1997. :doi:`10.1162/neco.1997.9.8.1735`

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import LSTMRegressor, SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> X, y = make_battery_fade(n_cycles=200, random_state=0)
    >>> pipe = make_pipeline(
    ...     SequenceWindower(10), LSTMRegressor(16, max_epochs=5, random_state=0)
    ... )
    >>> pipe.fit(X[:160], y[:160]).predict(X[160:]).shape
    (40,)
    """

    _cell = "lstm"
    _parameter_constraints = {
        **BaseRecurrentRegressor._parameter_constraints,
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
