"""Fitted estimator with new parameters -> its net with new settings, or a refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._callbacks import exchange_callbacks
from sklearn_rnn.training._schedules import set_schedule

MAY_CHANGE = {
    "lr",
    "lr_schedule",
    "lr_schedule_params",
    "weight_decay",
    "l1",
    "clip_grad_norm",
    "clip_grad_value",
    "teacher_forcing_ratio",
    "record_gradients",
    "max_epochs",
    "batch_size",
    "early_stopping",
    "validation_fraction",
    "patience",
    "restore_best",
    "warm_start",
    "checkpoint_path",
    "checkpoint_every",
    "n_threads",
    "random_state",  # its generators go on where they were
    "callbacks",
    "verbose",
}


def hand_on_settings(estimator: Any, is_fit: bool) -> None:
    """Let a training that goes on follow the parameters as they are now.

    Parameters
    ----------
    estimator : BaseRecurrent
        Fitted estimator.

    is_fit : bool
        Whether it is in `fit`, where the schedule of the step size begins anew, and not
        in `partial_fit`, which goes on with it.

    Raises
    ------
    ValueError
        If a parameter was changed that its network cannot follow, or callbacks that
        may freeze weights or change gradients.
    """
    _refuse_changes(estimator, is_fit)
    _hand_on_callbacks(estimator)
    net = estimator.net_
    net.l1 = estimator.l1
    net.clip_grad_norm = estimator.clip_grad_norm
    net.clip_grad_value = estimator.clip_grad_value
    net.record_gradients = estimator.record_gradients
    net.verbose = estimator.verbose
    # The net knows what it was last given, also by a training that failed.
    begins_anew = is_fit or net.lr != estimator.lr
    if is_fit:
        net.epochs_before = len(net.history)
    if net.lr != estimator.lr:
        net.lr = estimator.lr
        _set_in_optimizer(net, "lr", estimator.lr)
    decay_before = getattr(net, "optimizer__weight_decay", estimator.weight_decay)
    if decay_before != estimator.weight_decay:
        net.optimizer__weight_decay = estimator.weight_decay
        _set_in_optimizer(net, "weight_decay", estimator.weight_decay)
    if begins_anew or not _has_schedule(net, estimator):
        set_schedule(
            net,
            estimator.lr_schedule,
            estimator.lr_schedule_params,
            estimator.max_epochs,
            estimator.patience,
        )


def hand_on_class_weights(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> None:
    """Weigh classes by the data of this fit, and not by those of the first one.

    Parameters
    ----------
    estimator : BaseRecurrent
        Fitted estimator.

    sequences, targets, weights : Sequences and ndarray of length n_samples
        What it learns from now.
    """
    if hasattr(estimator, "class_weight"):
        task = estimator._task(sequences, targets, weights)
        if task.class_weights is not None:
            estimator.net_.criterion_.weigh_classes(task.class_weights)


def _refuse_changes(estimator: Any, is_fit: bool) -> None:
    before, now = estimator._made_with, estimator.get_params(deep=False)
    refused = [
        name
        for name, value in sorted(now.items())
        if name not in MAY_CHANGE
        and value is not before[name]
        and not _equal(value, before[name])
    ]
    if refused:
        anew = "call fit with warm_start=False"
        if not is_fit:
            anew = "begin anew with a copy: clone(estimator).partial_fit(X, y)"
        raise ValueError(
            f"{type(estimator).__name__} goes on with the network of the last fit, and "
            f"{', '.join(refused)} cannot change there. Set it back, or {anew}."
        )


def _hand_on_callbacks(estimator: Any) -> None:
    callbacks = list(estimator.callbacks or [])
    if callbacks != list(estimator._made_with["callbacks"] or []):
        exchange_callbacks(estimator.net_, callbacks)
        estimator._made_with["callbacks"] = callbacks


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def _has_schedule(net: Any, estimator: Any) -> bool:
    if net.schedule is None:
        return estimator.lr_schedule is None and not estimator.lr_schedule_params
    return (net.schedule.name, net.schedule.params) == (
        estimator.lr_schedule,
        estimator.lr_schedule_params or {},
    )


def _set_in_optimizer(net: Any, name: str, value: float) -> None:
    for group in net.optimizer_.param_groups:
        group[name] = value
        if name == "lr" and "initial_lr" in group:  # what a scheduler begins with
            group["initial_lr"] = value
