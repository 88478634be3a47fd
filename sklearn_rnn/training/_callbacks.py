"""Callback of skorch -> does it ask for single batches, may it touch weights; a log."""

from __future__ import annotations

from typing import Any

from skorch import NeuralNet
from skorch.callbacks import Callback, LRScheduler, ParamMapper, PrintLog

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
