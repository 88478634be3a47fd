"""Estimator with a trained net -> what its epochs were, as attributes."""

from __future__ import annotations

from typing import Any

import pandas as pd

NOT_SHOWN = ("batches", "_best", "gradient_norms")  # of skorch's history


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
    estimator.best_epoch_ = estimator.net_.best_epoch
    estimator.loss_curve_ = history["train_loss"].to_numpy()
    estimator.validation_loss_curve_ = None
    if "valid_loss" in history:
        estimator.validation_loss_curve_ = history["valid_loss"].to_numpy()
    estimator.gradient_norms_ = _gradient_norms(estimator.net_.history)


def _gradient_norms(epochs: list[dict[str, Any]]) -> pd.DataFrame | None:
    """Give a row per update, or None where no epoch was recorded."""
    rows = [
        (epoch["epoch"], update, *norms)
        for epoch in epochs
        for update, norms in enumerate(epoch.get("gradient_norms", ()), start=1)
    ]
    columns = ["epoch", "update", "norm_before", "norm_after"]
    return pd.DataFrame(rows, columns=columns) if rows else None
