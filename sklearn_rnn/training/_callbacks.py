"""Callbacks of skorch -> what they ask for and may touch; a net with others; a log."""

from __future__ import annotations

import copy
from typing import Any

from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, LRScheduler, ParamMapper, PrintLog

BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class LogWhenAsked(PrintLog):
    """Print a line per epoch; skorch's own also sets the line that nobody reads."""

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Print a line if the net is to tell what it does."""
        if net.verbose:
            super().on_epoch_end(net, **kwargs)


def watches_batches(callback: Callback) -> bool:
    """Tell whether a callback wants to know of each batch.

    Parameters
    ----------
    callback : skorch.callbacks.Callback
        Instance.

    Returns
    -------
    bool
        False for a scheduler that acts once in an epoch.
    """
    if getattr(callback, "step_every", None) == "epoch":
        return False
    return any(
        getattr(type(callback), hook) is not getattr(Callback, hook)
        for hook in BATCH_HOOKS
    )


def is_known(callback: Callback) -> bool:
    """Tell whether a callback is one of skorch, or of this package.

    Parameters
    ----------
    callback : skorch.callbacks.Callback
        Instance.

    Returns
    -------
    bool
        False for a class of the user's, which may change anything at any time.
    """
    package = type(callback).__module__.partition(".")[0]
    return package in ("skorch", "sklearn_rnn")


def may_touch_weights(callback: Callback) -> bool:
    """Tell whether a callback may freeze weights or change gradients.

    Parameters
    ----------
    callback : skorch.callbacks.Callback
        Instance.

    Returns
    -------
    bool
        False for a scheduler of the step size.
    """
    if isinstance(callback, LRScheduler):
        return False
    sees_gradients = type(callback).on_grad_computed is not Callback.on_grad_computed
    return sees_gradients or isinstance(callback, ParamMapper)


def ended(callback: Callback) -> bool:
    """Tell whether a callback has ended the training.

    Parameters
    ----------
    callback : skorch.callbacks.Callback
        Instance.

    Returns
    -------
    bool
        Whether it is skorch's EarlyStopping, and out of patience.
    """
    if not isinstance(callback, EarlyStopping):
        return False
    return callback.misses_ >= callback.patience


def exchange_callbacks(net: Any, callbacks: list[Any]) -> None:
    """Give a trained net other callbacks of the user's, and drop those it has.

    Parameters
    ----------
    net : SequenceNet
        Initialised net. A step size that one of its callbacks has changed is set back.

    callbacks : list of skorch.callbacks.Callback or (str, Callback)
        Copied and initialised.

    Raises
    ------
    ValueError
        If one of them, old or new, may freeze weights or change gradients: the
        optimizer was made for the weights and gradients as they were.
    """
    old = net.callbacks, net.callbacks_
    scheduled = any(
        isinstance(callback, LRScheduler) and callback is not net.schedule
        for _, callback in net.callbacks_
    )
    try:
        _refuse_touching(net)
        net.callbacks = list(copy.deepcopy(callbacks))
        net.initialize_callbacks()
        _refuse_touching(net)
    except Exception:
        net.callbacks, net.callbacks_ = old
        raise
    if net.schedule is not None:  # in front, as set_schedule does
        net.callbacks_.insert(0, ("lr_schedule", net.schedule))
    for group in net.optimizer_.param_groups:
        group["initial_lr"] = net.lr  # which a scheduler of skorch goes on from
        if scheduled:
            group["lr"] = net.lr


def _refuse_touching(net: Any) -> None:
    for name, callback in net.callbacks_:
        if may_touch_weights(callback):
            raise ValueError(
                f"The callback {name!r} may freeze weights or change gradients, and "
                "can neither come nor go in a training that goes on. Set callbacks "
                "back, or begin anew: clone(estimator).fit(X, y)."
            )
