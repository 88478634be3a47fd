"""Outputs and targets (B, O) or (B, T, O), weights -> loss, a scalar."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

DEFAULT_QUANTILES = (0.1, 0.5, 0.9)


class PinballLoss(nn.Module):
    r"""Average the pinball loss over several quantiles.

    The loss of quantile :math:`\alpha` is :math:`\alpha (y - q)` where y lies above q
    and :math:`(1 - \alpha)(q - y)` where it lies below (Koenker and Bassett 1978).

    Parameters
    ----------
    quantiles : sequence of float, default=DEFAULT_QUANTILES
        Levels, in (0, 1).

    reduction : {"mean", "none"}, default="mean"
        Whether to average over samples and outputs as well.
    """

    levels: Tensor

    def __init__(
        self, quantiles: Sequence[float] = DEFAULT_QUANTILES, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.reduction = reduction
        self.register_buffer("levels", torch.tensor(quantiles, dtype=torch.float32))

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compare quantiles (B, O, Q) with targets (B, O)."""
        error = target.unsqueeze(-1) - output  # (B, O, Q)
        levels = self.levels.to(error.dtype)
        loss = torch.maximum(levels * error, (levels - 1) * error).mean(dim=-1)
        return loss.mean() if self.reduction == "mean" else loss


class ClassLoss(nn.Module):
    """Compute the cross-entropy of classes that are given by their numbers.

    Parameters
    ----------
    class_weights : sequence of float
        Weight of each class in the loss.

    reduction : {"mean", "none"}, default="mean"
        Whether to average over samples and steps.
    """

    weights: Tensor

    def __init__(self, class_weights: Sequence[float], reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction
        weights = torch.tensor(class_weights, dtype=torch.float32)
        self.register_buffer("weights", weights)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compare scores (..., C) with classes (..., 1); no score is broadcast."""
        classes = target.long()  # (..., 1)
        scores = output.log_softmax(dim=-1).gather(-1, classes)
        loss = -self.weights.to(scores.dtype)[classes] * scores
        return loss.mean() if self.reduction == "mean" else loss


CRITERIA: dict[str, type[nn.Module]] = {
    "squared_error": nn.MSELoss,
    "absolute_error": nn.L1Loss,
    "huber": nn.HuberLoss,
    "quantile": PinballLoss,
    "poisson": nn.PoissonNLLLoss,
}
CLASS_CRITERIA: dict[str, type[nn.Module]] = {
    "log_loss": ClassLoss,
    "multilabel": nn.BCEWithLogitsLoss,
}


class WeightedLoss(nn.Module):
    """Average an elementwise loss over outputs and weighted samples.

    Parameters
    ----------
    criterion : type of torch.nn.Module
        Loss class of torch whose constructor takes `reduction`.

    quantiles : sequence of float or None, default=None
        Levels, where the output has one more axis for them.

    class_weights : sequence of float or None, default=None
        Weight of each class, where the output has a score for each on its last axis and
        the target the number of one.
    """

    def __init__(
        self,
        criterion: type[nn.Module],
        quantiles: Sequence[float] | None = None,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        given = {"quantiles": quantiles, "class_weights": class_weights}
        options = {name: value for name, value in given.items() if value is not None}
        self.mean = criterion(reduction="mean", **options)
        self.elementwise = criterion(reduction="none", **options)
        self.n_levels = None if quantiles is None else len(quantiles)
        self.n_classes = None if class_weights is None else len(class_weights)

    def forward(self, output: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Compute the mean of weight * loss; weights average 1 over the training set.

        Parameters
        ----------
        output, target : Tensor of shape (B, O) or (B, T, O)
            Predictions and truth; with quantiles the output has one more axis, with
            classes its last one is that of the scores. No shape is broadcast: (B, 1)
            against (B,) would silently compare every row with every other.

        weight : Tensor of shape (B,) or that of the target, or None
            Weight of each sample, or of each of its targets; those of a sample then
            have the sum one on average.

        Returns
        -------
        Tensor of shape ()
            Loss.
        """
        self.check_shapes(output, target)
        if weight is None:
            return self.mean(output, target)
        loss = self.elementwise(output, target)  # (B, O) or (B, T, O)
        if weight.ndim == 1:
            return (loss.flatten(1).mean(dim=1) * weight).mean()
        return (loss * weight).sum() / len(loss)

    def weigh_classes(self, class_weights: Sequence[float]) -> None:
        """Replace the weight of each class.

        Parameters
        ----------
        class_weights : sequence of float
            As many as before.
        """
        for loss in (self.mean, self.elementwise):
            loss.get_buffer("weights").copy_(torch.tensor(class_weights))

    def check_shapes(self, output: Tensor, target: Tensor) -> None:
        """Raise ValueError where torch would broadcast outputs and targets."""
        expected = self._output_shape(target)
        if output.shape != expected:
            raise ValueError(
                f"The network's output has shape {tuple(output.shape)}. With targets "
                f"of shape {tuple(target.shape)} it must be {expected}."
            )

    def _output_shape(self, target: Tensor) -> tuple[int, ...]:
        if self.n_levels is not None:
            return (*target.shape, self.n_levels)
        if self.n_classes is not None:
            return (*target.shape[:-1], self.n_classes)
        return tuple(target.shape)


def build_criterion(
    criterion: Any,
    quantiles: Sequence[float] | None = None,
    class_weights: Sequence[float] | None = None,
) -> WeightedLoss:
    """Turn the `criterion` parameter of an estimator into a loss.

    Parameters
    ----------
    criterion : str or type of torch.nn.Module
        Name from `CRITERIA`, or a loss class of torch.

    quantiles : sequence of float or None, default=None
        Levels that the network predicts, for "quantile".

    class_weights : sequence of float or None, default=None
        Weight of each class, for "log_loss".

    Returns
    -------
    WeightedLoss
        Loss over a batch.

    Raises
    ------
    TypeError
        If the class cannot give the loss of each element.
    """
    criterion = (CRITERIA | CLASS_CRITERIA).get(criterion, criterion)
    if "reduction" not in inspect.signature(criterion).parameters:
        raise TypeError(
            f"criterion={criterion!r} must be a loss class of torch whose constructor "
            "takes reduction='none', such as torch.nn.SmoothL1Loss."
        )
    return WeightedLoss(criterion, quantiles, class_weights)


def is_squared_error(criterion: nn.Module) -> bool:
    """Tell whether a loss is the mean of squared errors.

    Parameters
    ----------
    criterion : torch.nn.Module
        Loss.

    Returns
    -------
    bool
        Whether its slope is twice the error.
    """
    return type(criterion) is WeightedLoss and type(criterion.mean) is nn.MSELoss


def learns_log_of_mean(criterion: Any) -> bool:
    """Tell whether the network's output is the logarithm of what it predicts.

    Parameters
    ----------
    criterion : str or type of torch.nn.Module
        As in `build_criterion`.

    Returns
    -------
    bool
        True for "poisson".
    """
    return criterion in ("poisson", nn.PoissonNLLLoss)


def check_quantiles(criterion: Any, quantiles: Any) -> tuple[float, ...] | None:
    """Give the levels that the network is to predict.

    Parameters
    ----------
    criterion : str or type of torch.nn.Module
        As in `build_criterion`.

    quantiles : array-like of float or None
        What the user asked for.

    Returns
    -------
    tuple of float or None
        None for any criterion but "quantile".

    Raises
    ------
    ValueError
        If another criterion cannot learn them, or they are no increasing levels with
        the median among them.
    """
    if criterion != "quantile":
        if quantiles is None:
            return None
        raise ValueError(
            f"quantiles={quantiles!r} are learnt with criterion='quantile'. Got "
            f"criterion={criterion!r}."
        )
    has_one_axis = getattr(quantiles, "ndim", 1) == 1
    levels = DEFAULT_QUANTILES
    if quantiles is not None:
        levels = tuple(quantiles) if has_one_axis else ()
    between = all(isinstance(q, (float, np.floating)) and 0 < q < 1 for q in levels)
    if not has_one_axis or not between or sorted(set(levels)) != list(levels):
        raise ValueError(
            "quantiles expects numbers between 0 and 1, each larger than the one "
            f"before. Got {quantiles!r}."
        )
    if 0.5 not in levels:
        raise ValueError(
            "quantiles needs 0.5 among its levels: predict returns the median. Got "
            f"{quantiles!r}."
        )
    return tuple(map(float, levels))
