"""Estimator and training data -> its checkpoint_path checked, its Checkpointer."""

from __future__ import annotations

from hashlib import blake2b
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._checkpoint import PAIRING, Checkpointer, Identity
from sklearn_rnn.training._custom_module import class_of
from sklearn_rnn.training._schedules import DEFAULTS, Plan

MAY_CHANGE = {
    "max_epochs",  # more of them go on where fewer ended, if no schedule was planned
    "checkpoint_path",  # a file may be moved
    "checkpoint_every",
    "warm_start",
    "restore_best",  # both the best and the last weights are saved
    "record_gradients",
    "callbacks",  # the user's own, whose state is not saved
    "n_threads",  # changes roundings at most
    "verbose",
}


def check_checkpoint(estimator: Any, method: str) -> None:
    """Refuse what a checkpoint cannot continue.

    Parameters
    ----------
    estimator : BaseRecurrent
        About to be fitted.

    method : {"fit", "partial_fit"}
        What was called.

    Raises
    ------
    ValueError
        If a checkpoint is asked for beside something it does not go with.
    """
    if estimator.checkpoint_path is None:
        return
    name = type(estimator).__name__
    if method == "partial_fit":
        raise ValueError(
            f"{name}.partial_fit trains a single epoch and keeps no checkpoint. Pass "
            "checkpoint_path=None, or call fit."
        )
    if estimator.warm_start:
        raise ValueError(
            f"{name} goes on either from the last fit (warm_start=True) or from a file "
            "(checkpoint_path). Pass one of them."
        )
    if estimator.module is not None:
        raise ValueError(
            f"{name} cannot save the random numbers of module="
            f"{class_of(estimator.module).__name__}, to go on with the same ones. Pass "
            "checkpoint_path=None."
        )
    if not isinstance(estimator.random_state, Integral):
        raise ValueError(
            f"{name} with checkpoint_path needs an int as random_state, to be the same "
            f"training when it goes on. Got {estimator.random_state!r}."
        )


def make_checkpointer(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Checkpointer | None:
    """Make the object that saves and restores a training.

    Parameters
    ----------
    estimator : BaseRecurrent
        With its scaler fitted.

    sequences, targets, weights
        All its training data, those for validation included.

    Returns
    -------
    Checkpointer or None
        None where no checkpoint is asked for.
    """
    if estimator.checkpoint_path is None:
        return None
    settings: dict[str, Any] = {"estimator": type(estimator).__name__}
    for name, value in estimator.get_params(deep=False).items():
        if name not in MAY_CHANGE:
            settings[name] = _describe(value)
    found = estimator.scaler_.target_columns
    settings["target_feature_"] = None if found is None else found.columns.tolist()
    if hasattr(estimator, "classes_"):
        settings["classes_"] = _describe(estimator.classes_)
    settings["plan of lr_schedule"] = _describe_schedule(estimator)
    if isinstance(getattr(estimator, "teacher_forcing_ratio", None), (tuple, list)):
        settings["epochs of teacher_forcing_ratio"] = estimator.max_epochs
    return Checkpointer(
        estimator.checkpoint_path,
        estimator.checkpoint_every,
        estimator.max_epochs,
        Identity(settings, _digest(sequences, targets, weights)),
        _describe_hooks(estimator.callbacks),
    )


def _describe_hooks(callbacks: Any) -> str:
    """Tell the user's callbacks apart by their types and what they were given."""
    return repr([(_describe(type(c)), _describe(vars(c))) for c in callbacks or []])


def _describe_schedule(estimator: Any) -> Any:
    """Give the options of a schedule; some follow from `max_epochs`."""
    schedule = estimator.net_.schedule
    if schedule is None:
        return None
    plan = Plan(schedule.n_epochs, 1, schedule.patience)
    options = DEFAULTS[schedule.name](plan, estimator.lr) | schedule.params
    return _describe(options)


def _describe(value: Any) -> Any:
    """Turn a parameter into what JSON can hold and a later process can compare."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_describe(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _describe(each) for name, each in value.items()}
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    return repr(value)


def _digest(
    sequences: Sequences,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> dict[str, str]:
    """Give each part of the data a digest that changes with that part alone."""
    if sequences.groups is not None:
        series = sequences.series
        begins = np.empty(0) if series is None else series.firsts
        indices = (sequences.starts, sequences.stops, sequences.groups, begins)
        X = _hash(sequences.rows, *indices)
        return {"X": X, "y": _hash(targets), "sample_weight": _hash(weights)}
    # Merging has brought the samples into an order that depends on each part.
    own = np.array([_hash(steps) for steps in sequences], dtype=bytes)
    flat = targets.reshape(len(targets), -1)
    order = np.lexsort((weights, *flat.T, own))
    return {
        "X": _hash(own[order]),
        "y": _hash(targets[np.lexsort(flat.T)]),
        "sample_weight": _hash(np.sort(weights)),
        PAIRING: _hash(targets[order], weights[order]),
    }


def _hash(*arrays: NDArray[Any]) -> str:
    digest = blake2b(digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
