"""Callback of skorch -> whether it asks for single batches, or may touch weights."""

from __future__ import annotations

from skorch.callbacks import Callback, LRScheduler, ParamMapper

BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


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
