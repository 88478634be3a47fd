"""Estimator, training data -> its scaler, its net with new weights, its generators."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_rnn.estimators._combinations import check_combinations
from sklearn_rnn.estimators._targets import (
    describe_target_columns,
    resolve_target_columns,
)
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns
from sklearn_rnn.training._build import build_module, build_net
from sklearn_rnn.training._losses import check_quantiles, learns_log_of_mean
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._schedules import set_schedule
from sklearn_rnn.training._seeds import Seeds

GATES = {"lstm": 4, "gru": 3}


def start_network(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    seeds: Seeds,
) -> None:
    """Learn the scale of the data and make the net, as attributes of the estimator.

    Parameters
    ----------
    estimator : BaseRecurrent
        With checked parameters.

    sequences : Sequences of length n_samples
        What it is to learn from.

    targets : ndarray of shape (n_samples, n_outputs)
        Targets in the units of y.

    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    seeds : Seeds
        What its generators begin with.
    """
    check_combinations(estimator)
    _refuse_unknown_outputs(targets)
    quantiles = check_quantiles(estimator.criterion, estimator.quantiles)
    found = _find_target_columns(estimator, sequences, targets)
    norm = estimator.instance_norm
    scaler = SequenceScaler(
        estimator.standardize,
        "last" if norm == "auto" else norm,
        found,
        quantiles,
        log=learns_log_of_mean(estimator.criterion),
        stream=estimator._streaming,
    ).fit(sequences, targets, weights)
    module = build_module(
        seeds.weights,
        quantiles=quantiles,
        **_module_parameters(estimator, sequences.shape[2], targets.shape[1], seeds),
    )
    estimator.net_ = build_net(
        module,
        criterion=estimator.criterion,
        quantiles=quantiles,
        optimizer=estimator.optimizer,
        lr=estimator.lr,
        weight_decay=estimator.weight_decay,
        l1=estimator.l1,
        clip_grad_norm=estimator.clip_grad_norm,
        clip_grad_value=estimator.clip_grad_value,
        callbacks=estimator.callbacks,
        device=estimator.device,
        verbose=estimator.verbose,
        record_gradients=estimator.record_gradients,
    )
    set_schedule(
        estimator.net_,
        estimator.lr_schedule,
        estimator.lr_schedule_params,
        estimator.max_epochs,
        estimator.patience,
    )
    estimator._made_with = estimator.get_params(deep=False)
    estimator.quantiles_ = quantiles
    estimator.scaler_ = scaler
    estimator.target_feature_ = describe_target_columns(found, sequences)
    estimator.n_outputs_ = targets.shape[1]
    estimator.n_timesteps_ = max(1, sequences.shape[1])
    estimator.n_parameters_ = module.n_parameters
    estimator._stream_ends, estimator._live_streams = {}, {}
    estimator._order = torch.Generator().manual_seed(seeds.order)


def work_per_step(estimator: Any, n_features: int, n_samples: int | None = None) -> int:
    """Count the multiplications in one step of the widest layer.

    Parameters
    ----------
    estimator : BaseRecurrent
        With checked parameters.

    n_features : int
        Features of a time step.

    n_samples : int or None, default=None
        Sequences side by side; None means a batch of training.

    Returns
    -------
    int
        Decides how many threads are worth while.
    """
    hidden_size = estimator.hidden_size
    width = hidden_size * (1 + estimator.bidirectional)
    n_read = n_features * estimator.segment_length
    n_inputs = max(n_read, width if estimator.num_layers > 1 else 0)
    gates = GATES.get(estimator._cell, 1)
    batch = n_samples or estimator.batch_size
    return batch * gates * hidden_size * (hidden_size + n_inputs)


def _refuse_unknown_outputs(targets: NDArray[np.float64]) -> None:
    unknown = np.flatnonzero(np.isnan(targets).all(axis=0))
    if len(unknown):
        raise ValueError(
            f"y has NaN in all rows of output {unknown[0]} that there are to learn "
            f"from. Leave it out: y has {targets.shape[1]} outputs."
        )


def _find_target_columns(
    estimator: Any, sequences: Sequences, targets: NDArray[np.float64]
) -> TargetColumns | None:
    norm = estimator.instance_norm
    if norm is not None and learns_log_of_mean(estimator.criterion):
        if norm == "auto":
            return None
        raise ValueError(
            f"instance_norm={norm!r} predicts a change, which may be negative, and "
            "criterion='poisson' a number above zero. Pass instance_norm=None."
        )
    if norm is None:
        return None
    found = resolve_target_columns(estimator.target_feature, sequences, targets)
    if norm != "auto" and found is None:
        raise ValueError(
            f"instance_norm={norm!r} reads the column that y copies relative to its "
            "last value, and none is known. Name it by target_feature=, or pass "
            "instance_norm='auto'."
        )
    return found


def _module_parameters(
    estimator: Any, n_features: int, n_outputs: int, seeds: Seeds
) -> dict[str, Any]:
    bptt_steps, segment_length = estimator.bptt_steps, estimator.segment_length
    return {
        "cell": estimator._cell,
        "input_size": n_features * segment_length,
        "hidden_size": estimator.hidden_size,
        "output_size": n_outputs,
        "num_layers": estimator.num_layers,
        "bidirectional": estimator.bidirectional,
        "dropout": estimator.dropout,
        "input_dropout": estimator.input_dropout,
        "layer_norm": estimator.layer_norm,
        "pooling": estimator.pooling,
        "bptt_steps": bptt_steps and -(-bptt_steps // segment_length),
        "segment_length": segment_length,
        "options": _cell_options(estimator),
        "seed": seeds.dropout,
    }


def _cell_options(estimator: Any) -> CellOptions:
    """Take the parameters of these names, as far as its cell has them."""
    parameters = estimator.get_params(deep=False)
    names = {field.name for field in fields(CellOptions)} & parameters.keys()
    return CellOptions(**{name: parameters[name] for name in names})
