"""Estimator with a trained net -> what its epochs were, as attributes."""

from __future__ import annotations

from typing import Any

import pandas as pd

NOT_SHOWN = ("batches", "_best")  # of skorch's history


def record_history(estimator: Any) -> None:
    """Turn skorch's history into attributes.

    Parameters
    ----------
    estimator : BaseRecurrent
        With a trained `net_`.
    """
    rows = [
        {k: v for k, v in epoch.items() if not k.endswith(NOT_SHOWN)}
        for epoch in estimator.net_.history
    ]
    history = estimator.history_ = pd.DataFrame(rows)
    estimator.n_epochs_ = len(rows)
    estimator.best_epoch_ = estimator.net_.kept_epoch
    estimator.loss_curve_ = history["train_loss"].to_numpy()
    estimator.validation_loss_curve_ = None
    if "valid_loss" in history:
        estimator.validation_loss_curve_ = history["valid_loss"].to_numpy()
