"""Sequences and numbers -> GRURegressor, one state and two gates."""

from __future__ import annotations

from sklearn_rnn.estimators._documentation import complete_docstring
from sklearn_rnn.estimators._regressor import BaseRecurrentRegressor


@complete_docstring
class GRURegressor(BaseRecurrentRegressor):
    r"""Predict numbers from sequences with a gated recurrent unit network.

    The network reads a sequence one step at a time and keeps one hidden state. An
    update gate blends the old state with a candidate, a reset gate decides how much of
    the old state the candidate sees. After the last real step the hidden state goes
    through one linear layer, whose output is the prediction.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    {_attribute_texts.REGRESSOR_ATTRIBUTES}

    See Also
    --------
    RNNRegressor : One state and no gates: cheapest per step, forgets soonest.
    LSTMRegressor : Two states and three gates: a quarter more weights, faster on a CPU.
    SequenceWindower : Turns rows of a table into the sequences this class reads.

    Notes
    -----
    A time step whose features are all NaN is absent and is skipped. Time grows with
    n_samples x n_timesteps x hidden_size squared; memory with one batch of that.
    One step computes, with :math:`r, z, n` the reset, update and candidate gates of the
    three row blocks of the weights,

    .. math::
        r_t &= \sigma(W_{ir} x_t + W_{hr} h_{t-1} + b_r) \\
        z_t &= \sigma(W_{iz} x_t + W_{hz} h_{t-1} + b_z) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    A layer has :math:`3 H (F + H + 1) + H` weights for F features and a state of length
    H: the candidate has a second bias inside the reset gate.

    References
    ----------
    .. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
           statistical machine translation", EMNLP 2014. :doi:`10.3115/v1/D14-1179`

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import GRURegressor, SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> X, y = make_battery_fade(n_cycles=200, random_state=0)
    >>> pipe = make_pipeline(
    ...     SequenceWindower(10), GRURegressor(16, max_epochs=5, random_state=0)
    ... )
    >>> pipe.fit(X[:160], y[:160]).predict(X[160:]).shape
    (40,)
    """

    _cell = "gru"
