"""Estimator, training data -> its scaler, its net with new weights, its generators."""

from __future__ import annotations

from dataclasses import fields
from inspect import signature
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sklearn_rnn.estimators._task import Task
from sklearn_rnn.modules._cell_options import CellOptions
from sklearn_rnn.modules._counting import count_weights
from sklearn_rnn.modules._encoder import layer_sizes
from sklearn_rnn.modules._seq2seq import Seq2SeqModel
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._build import build_module, build_net
from sklearn_rnn.training._custom_module import build_custom_module, class_of
from sklearn_rnn.training._losses import build_criterion
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._schedules import set_schedule
from sklearn_rnn.training._seeds import Seeds

GATES = {"lstm": 4, "gru": 3}
ARCHITECTURE = (  # parameters that say what a network is made of
    "hidden_size",
    "num_layers",
    "bidirectional",
    "residual",
    "dropout",
    "recurrent_dropout",
    "input_dropout",
    "zoneout",
    "layer_norm",
    "pooling",
    "num_embeddings",
    "embedding_dim",
    "recurrent_init",
    "input_init",
    "forget_bias",
    "nonlinearity",
    "bptt_steps",
    "stateful",
)


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
        With parameters that were checked, also beside each other.

    sequences : Sequences of length n_samples
        What it is to learn from.

    targets : ndarray of shape (n_samples, [n_timesteps,] n_outputs)
        Targets in the units of y.

    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    seeds : Seeds
        What its generators begin with.
    """
    task = estimator._task(sequences, targets, weights)
    scaler = SequenceScaler(
        estimator.standardize,
        task.instance_norm,
        task.target_columns,
        task.quantiles,
        log=task.log,
        stream=estimator._streaming,
        rows_are_tokens=estimator.embedding_dim is not None,
        targets_are_classes=not task.has_scale,
    ).fit(sequences, targets, weights)
    module = _build_module(estimator, sequences.shape[2], task, seeds)
    estimator.net_ = build_net(
        module,
        build_criterion(task.criterion, task.quantiles, task.class_weights),
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
    given = list(estimator.callbacks or [])  # a copy, since a list can be changed
    estimator._made_with = {**estimator.get_params(deep=False), "callbacks": given}
    estimator.scaler_ = scaler
    estimator._n_targets, estimator.n_outputs_ = targets.shape[-1], task.n_outputs
    estimator.n_timesteps_ = max(1, sequences.shape[1])
    estimator.n_parameters_ = _count_parameters(module)
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
    sizes = layer_sizes(estimator.hidden_size, estimator.num_layers)
    n_read = n_features * estimator.segment_length * (estimator.embedding_dim or 1)
    widths = [n_read, *(size * (1 + estimator.bidirectional) for size in sizes)]
    largest = max(
        size * (size + n_inputs) for size, n_inputs in zip(sizes, widths, strict=False)
    )
    batch = n_samples or estimator.batch_size
    return batch * GATES.get(estimator._cell, 1) * largest


def _build_module(
    estimator: Any, n_features: int, task: Task, seeds: Seeds
) -> nn.Module:
    if task.n_steps is not None:
        return build_module(
            seeds.weights,
            Seq2SeqModel,
            output_size=task.n_outputs,
            n_steps=task.n_steps,
            attention=estimator.attention,
            labels=not task.has_scale,
            **_layer_parameters(estimator, n_features, seeds),
        )
    if estimator.module is None:
        return build_module(
            seeds.weights,
            quantiles=task.quantiles,
            output_size=task.n_outputs,
            every_step=estimator._per_step,
            **_module_parameters(estimator, n_features, seeds),
        )
    if task.quantiles is not None:
        raise ValueError(
            "criterion='quantile' needs outputs that never cross, which "
            f"module={class_of(estimator.module).__name__} cannot promise. Use another "
            "criterion."
        )
    parameters = estimator.get_params(deep=False)
    defaults = {
        name: parameter.default
        for name, parameter in signature(type(estimator)).parameters.items()
    }
    sizes = {
        "input_size": n_features * estimator.segment_length,
        "output_size": task.n_outputs,
        "every_step": estimator._per_step,
    }
    architecture = {n: parameters[n] for n in ARCHITECTURE if n in parameters}
    if estimator.num_embeddings_ is not None:
        architecture["num_embeddings"] = estimator.num_embeddings_
    return build_custom_module(
        estimator.module, seeds.weights, sizes, architecture, defaults
    )


def _count_parameters(module: nn.Module) -> int:
    """Count the weights that training can change."""
    if isinstance(module, (SequenceModel, Seq2SeqModel)):
        return module.n_parameters
    return sum(weights + biases for _, weights, biases in count_weights(module))


def _module_parameters(estimator: Any, n_features: int, seeds: Seeds) -> dict[str, Any]:
    bptt_steps, segment_length = estimator.bptt_steps, estimator.segment_length
    return {
        **_layer_parameters(estimator, n_features * segment_length, seeds),
        "pooling": estimator.pooling,
        "bptt_steps": bptt_steps and -(-bptt_steps // segment_length),
        "segment_length": segment_length,
    }


def _layer_parameters(estimator: Any, input_size: int, seeds: Seeds) -> dict[str, Any]:
    return {
        "cell": estimator._cell,
        "input_size": input_size,
        "hidden_size": estimator.hidden_size,
        "num_layers": estimator.num_layers,
        "residual": estimator.residual,
        "bidirectional": estimator.bidirectional,
        "dropout": estimator.dropout,
        "input_dropout": estimator.input_dropout,
        "layer_norm": estimator.layer_norm,
        "num_embeddings": estimator.num_embeddings_,
        "embedding_dim": estimator.embedding_dim,
        "options": _cell_options(estimator),
        "seed": seeds.dropout,
    }


def _cell_options(estimator: Any) -> CellOptions:
    """Take the parameters of these names, as far as its cell has them."""
    parameters = estimator.get_params(deep=False)
    names = {field.name for field in fields(CellOptions)} & parameters.keys()
    return CellOptions(**{name: parameters[name] for name in names})
