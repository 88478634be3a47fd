"""Loss of a fit on its validation samples -> a warning where a constant does better."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_regressor

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.estimators._target_columns import resolve_target_columns
from sklearn_rnn.exceptions import NoSkillWarning
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._anchors import find_anchors
from sklearn_rnn.training._batches import Batches, BatchIterator

FEWEST = 30  # samples, fewer of which say little of which of two losses is smaller
TINY = 1e-6  # of the average count: the logarithm of nothing is not finite


def warn_of_no_skill(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    valid: Batches | None,
) -> None:
    """Compare the best epoch with the last value repeated, or with the mean.

    Parameters
    ----------
    estimator : BaseRecurrent
        Whose network has just been trained. Only a regressor is judged.

    sequences : Sequences of length n_samples
        Inputs.

    targets : ndarray of shape (n_samples, [n_timesteps,] n_outputs)
        Targets in the units of y.

    valid : BatchIterator or other or None
        Batches that were validated on. Those of a state that runs on are not judged,
        and neither is a validation of a few samples.
    """
    if not isinstance(valid, BatchIterator) or len(valid.index) < FEWEST:
        return
    if not is_regressor(estimator):
        return
    values, repeats = _baseline(estimator, sequences, targets, valid.index)
    baseline = _loss(estimator, values, valid)
    net = estimator.net_
    loss = net.history[net.best_epoch - 1, "valid_loss"]
    if loss <= baseline:
        return
    what = "repeating the last value" if repeats else "the mean of the training targets"
    warn_caller(  # without numbers, so that a search says it once
        f"{type(estimator).__name__} has no skill on its validation samples: the loss "
        f"of its best epoch is larger than that of {what}. More epochs, another lr or "
        "more data may help; else use the simpler forecast.",
        NoSkillWarning,
    )


def _baseline(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    index: NDArray[np.intp],
) -> tuple[NDArray[np.float64], bool]:
    """Predict samples without a network, (n, [1,] O[, Q]) in the scale of its outputs.

    The second value tells whether a column is known whose last value is repeated.
    """
    scaler, samples = estimator.scaler_, sequences[index]
    average = scaler.target_average_  # (O,) or (O, Q)
    values = np.tile(average, (len(samples), *[1] * average.ndim))
    found = scaler.target_columns
    if found is None and targets.ndim == 2:  # it may be known, though read as it is
        found = resolve_target_columns(estimator.target_feature, sequences, targets)
    repeats = found is not None
    if found is not None:
        anchors, _ = find_anchors(samples, found, len(found.columns), None)  # (n, O)
        for k in np.flatnonzero(found.columns >= 0):
            last = anchors[:, k]
            values[:, k] = last if values.ndim == 2 else last[:, None]  # of all levels
    if targets.ndim == 3:  # the same at all steps
        values = values[:, None]
    if scaler.quantiles is None:
        values = scaler.scale_targets(samples, values)
    else:
        levels = np.moveaxis(values, -1, 0)
        scaled = [scaler.scale_targets(samples, level) for level in levels]
        values = np.stack(scaled, axis=-1)
    return np.log(np.maximum(values, TINY)) if scaler.log else values, repeats


def _loss(estimator: Any, values: NDArray[np.float64], valid: BatchIterator) -> float:
    """Compute the validation loss of predictions."""
    tensors, index = valid.tensors, torch.as_tensor(valid.index)
    index = index.to(tensors.device)
    target = tensors.targets[index]
    weight = None if tensors.weights is None else tensors.weights[index]
    output = torch.as_tensor(values, dtype=target.dtype, device=target.device)
    output = output.expand(*target.shape, *output.shape[target.ndim :])
    with torch.no_grad():
        return float(estimator.net_.criterion_(output, target, weight))
