"""Flat parameters of every recurrent estimator -> stored as given, checked in fit."""

from __future__ import annotations

import os
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_rnn._compat import Interval, StrOptions
from sklearn_rnn.modules._initialization import INPUT_INITS, RECURRENT_INITS
from sklearn_rnn.modules._pooling import POOLINGS
from sklearn_rnn.training._build import OPTIMIZERS
from sklearn_rnn.training._schedules import SCHEDULES


class RecurrentParameters(BaseEstimator):
    """Store the parameters that all recurrent estimators share; abstract."""

    _parameter_constraints: dict[str, list[Any]] = {
        "hidden_size": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "residual": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "recurrent_dropout": [Interval(Real, 0, 1, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "zoneout": [Interval(Real, 0, 1, closed="left")],
        "layer_norm": ["boolean"],
        "pooling": [StrOptions({*POOLINGS, "attention"})],
        "num_embeddings": [Interval(Integral, 2, None, closed="left"), None],
        "embedding_dim": [Interval(Integral, 1, None, closed="left"), None],
        "module": [type, partial, None],
        "recurrent_init": [StrOptions(set(RECURRENT_INITS))],
        "input_init": [StrOptions(set(INPUT_INITS))],
        "standardize": ["boolean"],
        "n_channels": [Interval(Integral, 1, None, closed="left"), None],
        "segment_length": [Interval(Integral, 1, None, closed="left")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), type],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "lr_schedule": [StrOptions(set(SCHEDULES)), None],
        "lr_schedule_params": [dict, None],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "bptt_steps": [Interval(Integral, 1, None, closed="left"), None],
        "stateful": ["boolean"],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "l1": [Interval(Real, 0, None, closed="left")],
        "clip_grad_norm": [Interval(Real, 0, None, closed="neither"), None],
        "clip_grad_value": [Interval(Real, 0, None, closed="neither"), None],
        "record_gradients": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "restore_best": ["boolean"],
        "warm_start": ["boolean"],
        "checkpoint_path": [str, os.PathLike, None],
        "checkpoint_every": [Interval(Integral, 1, None, closed="left")],
        "callbacks": [list, tuple, None],
        "random_state": ["random_state", np.random.Generator],
        "device": [str],
        "n_threads": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "verbose": ["verbose"],
    }

    def _store(self, parameters: dict[str, Any]) -> None:
        """Keep each argument of a constructor, `locals()`, under its name."""
        for name, value in parameters.items():
            if name != "self":
                setattr(self, name, value)
