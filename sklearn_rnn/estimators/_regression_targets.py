"""y of a regression -> targets (n_samples, [n_timesteps,] n_outputs), and the task."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import r2_score
from sklearn.utils import check_array

from sklearn_rnn._compat import check_sample_weight
from sklearn_rnn.estimators._target_columns import (
    resolve_columns_of_steps,
    resolve_target_columns,
)
from sklearn_rnn.estimators._task import Task
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns
from sklearn_rnn.training._losses import check_quantiles, learns_log_of_mean


def check_numbers(y: Any, estimator: Any) -> NDArray[np.float64]:
    """Read y as numbers, NaN where unknown.

    Parameters
    ----------
    y : array-like of shape (n_samples,), (n_samples, n_outputs) or \
            (n_samples, n_timesteps, n_outputs)
        Targets.

    estimator : estimator
        Whose criterion decides what is legal.

    Returns
    -------
    ndarray
        Targets in the units of y.

    Raises
    ------
    ValueError
        If a value is infinite or no number, or NaN in a y of one axis, or negative
        where counts are learnt.
    """
    try:
        y = check_array(
            y,
            dtype=np.float64,
            ensure_2d=False,
            allow_nd=True,
            ensure_all_finite="allow-nan",
            input_name="y",
            estimator=estimator,
        )
    except ValueError as error:
        _refuse_texts(y, estimator, error)
        raise
    if y.ndim > 3:
        raise ValueError(
            f"y has shape {y.shape}. Expected (n_samples,), (n_samples, n_outputs) or "
            "(n_samples, n_timesteps, n_outputs)."
        )
    if y.ndim == 1 and np.isnan(y).any():
        raise ValueError(
            "Input y contains NaN. Leave those samples out; or pass y of shape "
            "(n_samples, n_outputs), as y.reshape(-1, 1) of an array or y.to_frame() "
            "of a Series: there NaN is a target that is not known and weighs nothing."
        )
    if learns_log_of_mean(estimator.criterion) and (y < 0).any():
        raise ValueError(
            f"criterion='poisson' needs y >= 0, as counts are. Got {np.nanmin(y):.6g}."
        )
    return y


def regression_task(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    n_steps: int | None = None,
) -> Task:
    """Say what a regressor learns.

    Parameters
    ----------
    estimator : BaseRecurrentRegressor
        With checked parameters.

    sequences : Sequences of length n_samples
        What it is to learn from.

    targets : ndarray of shape (n_samples, [n_timesteps,] n_outputs)
        Targets in the units of y, NaN where unknown.

    n_steps : int or None, default=None
        Steps of the targets, where they are not those of the sequences.

    Returns
    -------
    Task
        Its outputs, loss and scale.

    Raises
    ------
    ValueError
        If an output is nowhere known, or parameters do not go with the targets.
    """
    _refuse_unknown_outputs(targets)
    norm = estimator.instance_norm
    return Task(
        targets.shape[-1],
        estimator.criterion,
        check_quantiles(estimator.criterion, estimator.quantiles),
        learns_log_of_mean(estimator.criterion),
        "last" if norm == "auto" else norm,
        _find_target_columns(estimator, sequences, targets, n_steps is not None),
        n_steps=n_steps,
    )


def known_r2(y: Any, predictions: Any, sample_weight: Any) -> float:
    """Compute R² over the known targets, averaged over the outputs.

    Parameters
    ----------
    y, predictions : ndarray of shape (n_samples, n_outputs)
        Targets, NaN where unknown, and their predictions.

    sample_weight : ndarray of shape (n_samples,) or None
        Weights.

    Returns
    -------
    float
        One is perfect; outputs that are nowhere known do not count.

    Raises
    ------
    ValueError
        If no known target has a weight, or there are not as many weights as samples.
    """
    weight = check_sample_weight(sample_weight, y, dtype=np.float64)
    scores = []
    for target, prediction in zip(y.T, predictions.T, strict=True):
        known = ~np.isnan(target)
        if weight[known].any():
            score = r2_score(
                target[known], prediction[known], sample_weight=weight[known]
            )
            scores.append(score)
    if not scores:
        raise ValueError("y has no known target with a sample_weight above zero.")
    return float(np.mean(scores))


def _refuse_texts(y: Any, estimator: Any, error: Exception) -> None:
    values = np.asarray(y).ravel()
    if any(isinstance(value, str) for value in values):
        name = type(estimator).__name__
        other = name.replace("Regressor", "Classifier")
        raise ValueError(
            f"{name} predicts numbers, and y holds texts ({error}). For labels take "
            f"{other}."
        ) from error


def _refuse_unknown_outputs(targets: NDArray[np.float64]) -> None:
    n_outputs = targets.shape[-1]
    unknown = np.flatnonzero(np.isnan(targets).reshape(-1, n_outputs).all(axis=0))
    if len(unknown):
        raise ValueError(
            f"y has NaN in all rows of output {unknown[0]} that there are to learn "
            f"from. Leave it out: y has {n_outputs} outputs."
        )


def _find_target_columns(
    estimator: Any, sequences: Sequences, targets: NDArray[np.float64], ahead: bool
) -> TargetColumns | None:
    norm, named = estimator.instance_norm, estimator.target_feature
    asked = norm not in ("auto", None) or not (named is None or named == "auto")
    reason = None
    if learns_log_of_mean(estimator.criterion):
        reason = "may be negative, and criterion='poisson' a number above zero"
    elif targets.ndim == 3 and not ahead:
        reason = "is that behind the last step, and y has a target for each step"
    elif estimator.embedding_dim is not None:
        reason = "is a difference of numbers, and X holds tokens"
    if norm is None or (reason and not asked):
        return None
    if reason:
        raise ValueError(
            f"instance_norm={norm!r} with target_feature={named!r} predicts a change, "
            f"which {reason}. Pass instance_norm=None."
        )
    resolve = resolve_columns_of_steps if ahead else resolve_target_columns
    found = resolve(named, sequences, targets)
    if norm != "auto" and found is None:
        raise ValueError(
            f"instance_norm={norm!r} reads the column that y copies relative to its "
            "last value, and none is known. Name it by target_feature=, or pass "
            "instance_norm='auto'."
        )
    return found
