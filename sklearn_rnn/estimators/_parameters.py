"""Flat parameters of every recurrent estimator -> stored as given, checked in fit."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_rnn._compat import Interval, StrOptions
from sklearn_rnn.modules._initialization import INPUT_INITS, RECURRENT_INITS
from sklearn_rnn.modules._pooling import POOLINGS
from sklearn_rnn.training._build import OPTIMIZERS
from sklearn_rnn.training._losses import CRITERIA
from sklearn_rnn.training._schedules import SCHEDULES


class RecurrentParameters(BaseEstimator):
    """Store the parameters that all recurrent estimators share; abstract."""

    _parameter_constraints: dict[str, list[Any]] = {
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "recurrent_dropout": [Interval(Real, 0, 1, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "zoneout": [Interval(Real, 0, 1, closed="left")],
        "layer_norm": ["boolean"],
        "pooling": [StrOptions(set(POOLINGS))],
        "recurrent_init": [StrOptions(set(RECURRENT_INITS))],
        "input_init": [StrOptions(set(INPUT_INITS))],
        "standardize": ["boolean"],
        "instance_norm": [StrOptions({"auto", "last", "standard"}), None],
        "target_feature": [str, Integral, list, tuple, None],
        "n_channels": [Interval(Integral, 1, None, closed="left"), None],
        "segment_length": [Interval(Integral, 1, None, closed="left")],
        "criterion": [StrOptions(set(CRITERIA)), type],
        "quantiles": ["array-like", None],
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

    def __init__(
        self,
        hidden_size=32,
        *,
        num_layers=1,
        bidirectional=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        input_dropout=0.0,
        zoneout=0.0,
        layer_norm=False,
        pooling="last",
        recurrent_init="orthogonal",
        input_init="xavier_uniform",
        standardize=True,
        instance_norm="auto",
        target_feature="auto",
        n_channels=None,
        segment_length=1,
        criterion="squared_error",
        quantiles=None,
        optimizer="adam",
        lr=0.002,
        lr_schedule=None,
        lr_schedule_params=None,
        max_epochs=100,
        batch_size=32,
        bptt_steps=None,
        stateful=False,
        weight_decay=0.0,
        l1=0.0,
        clip_grad_norm=1.0,
        clip_grad_value=None,
        record_gradients=False,
        early_stopping=False,
        validation_fraction=0.1,
        patience=10,
        restore_best=True,
        warm_start=False,
        checkpoint_path=None,
        checkpoint_every=1,
        callbacks=None,
        random_state=None,
        device="cpu",
        n_threads="auto",
        verbose=0,
    ):
        self._store(locals())

    def _store(self, parameters: dict[str, Any]) -> None:
        """Keep each argument of a constructor, `locals()`, under its name."""
        for name, value in parameters.items():
            if name != "self":
                setattr(self, name, value)
