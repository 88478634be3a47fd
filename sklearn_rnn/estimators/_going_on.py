"""Fitted estimator with new parameters -> its net with new settings, or a refusal."""

from __future__ import annotations

from typing import Any

MAY_CHANGE = {
    "lr",
    "weight_decay",
    "clip_grad_norm",
    "clip_grad_value",
    "max_epochs",
    "batch_size",
    "early_stopping",
    "validation_fraction",
    "patience",
    "warm_start",
    "n_threads",
    "random_state",  # its generators go on where they were
}


def hand_on_settings(estimator: Any) -> None:
    """Let a training that goes on follow the parameters as they are now.

    Parameters
    ----------
    estimator : BaseRecurrent
        Fitted estimator.

    Raises
    ------
    ValueError
        If a parameter was changed that its network cannot follow.
    """
    before, now = estimator._made_with, estimator.get_params(deep=False)
    changed = {
        name
        for name, value in now.items()
        if value is not before[name] and value != before[name]
    }
    if changed - MAY_CHANGE:
        raise ValueError(
            f"{type(estimator).__name__} goes on with the network of the last fit, and "
            f"{', '.join(sorted(changed - MAY_CHANGE))} cannot change there. Set it "
            "back, or call fit with warm_start=False."
        )
    net = estimator.net_
    net.clip_grad_norm = estimator.clip_grad_norm
    net.clip_grad_value = estimator.clip_grad_value
    # The net knows what it was last given, also by a training that failed.
    if net.lr != estimator.lr:
        net.lr = estimator.lr
        _set_in_optimizer(net, "lr", estimator.lr)
    decay_before = getattr(net, "optimizer__weight_decay", estimator.weight_decay)
    if decay_before != estimator.weight_decay:
        net.optimizer__weight_decay = estimator.weight_decay
        _set_in_optimizer(net, "weight_decay", estimator.weight_decay)


def _set_in_optimizer(net: Any, name: str, value: float) -> None:
    for group in net.optimizer_.param_groups:
        group[name] = value
