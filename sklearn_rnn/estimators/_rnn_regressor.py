"""Sequences and numbers -> RNNRegressor, one state and no gates."""

from __future__ import annotations

from sklearn_rnn._compat import StrOptions
from sklearn_rnn.estimators._documentation import complete_docstring
from sklearn_rnn.estimators._regressor import BaseRecurrentRegressor


@complete_docstring
class RNNRegressor(BaseRecurrentRegressor):
    r"""Predict numbers from sequences with a plain recurrent network (Elman network).

    The network reads a sequence one step at a time and keeps one hidden state, a
    squashed sum of the step and the state before. Its gradient shrinks or grows with
    every step back, so it learns short memories best. After the last real step the
    hidden state goes through one linear layer, whose output is the prediction.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    nonlinearity : {"tanh", "relu"}, default="tanh"
        What squashes the sum. relu does not saturate, and can explode; with
        `recurrent_init="identity"` it makes an IRNN, which remembers longer [2]_.

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    {_attribute_texts.REGRESSOR_ATTRIBUTES}

    See Also
    --------
    LSTMRegressor : Two states and three gates: remembers much longer.
    GRURegressor : One state and two gates: remembers longer with fewer weights.
    SequenceWindower : Turns rows of a table into the sequences this class reads.

    Notes
    -----
    A time step whose features are all NaN is absent and is skipped. Time grows with
    n_samples x n_timesteps x hidden_size squared; memory with one batch of that.
    One step computes

    .. math::
        h_t = \tanh(W_{ih} x_t + W_{hh} h_{t-1} + b)

    or the same with relu. A layer has :math:`H (F + H + 1)` weights for F features and
    a state of length H: 22,912 for 50 features and 128 states.

    References
    ----------
    .. [1] J. L. Elman, "Finding structure in time", Cognitive Science 14(2), 1990.
           :doi:`10.1207/s15516709cog1402_1`

    .. [2] Q. V. Le, N. Jaitly and G. E. Hinton, "A simple way to initialize recurrent
           networks of rectified linear units", 2015. :doi:`10.48550/arXiv.1504.00941`

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import RNNRegressor, SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> X, y = make_battery_fade(n_cycles=200, random_state=0)
    >>> pipe = make_pipeline(
    ...     SequenceWindower(10), RNNRegressor(16, max_epochs=5, random_state=0)
    ... )
    >>> pipe.fit(X[:160], y[:160]).predict(X[160:]).shape
    (40,)
    """

    _parameter_constraints = {
        **BaseRecurrentRegressor._parameter_constraints,
        "nonlinearity": [StrOptions({"tanh", "relu"})],
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
        nonlinearity="tanh",
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

    @property
    def _cell(self) -> str:
        return f"rnn_{self.nonlinearity}"
