"""Outputs and targets (B, O), weights (B,) -> loss, a scalar."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

CRITERIA: dict[str, type[nn.Module]] = {
    "squared_error": nn.MSELoss,
    "absolute_error": nn.L1Loss,
    "huber": nn.HuberLoss,
}


class WeightedLoss(nn.Module):
    """Average an elementwise loss over outputs and weighted samples.

    Parameters
    ----------
    criterion : type of torch.nn.Module
        Loss class of torch whose constructor takes `reduction`.
    """

    def __init__(self, criterion: type[nn.Module]) -> None:
        super().__init__()
        self.mean = criterion(reduction="mean")
        self.elementwise = criterion(reduction="none")

    def forward(self, output: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Compute the mean of weight * loss; weights average 1 over the training set.

        Parameters
        ----------
        output, target : Tensor of shape (B, O)
            Predictions and truth. Equal shapes are demanded: broadcasting (B, 1)
            against (B,) would silently compare every row with every other.

        weight : Tensor of shape (B,) or None
            Weight of each sample.

        Returns
        -------
        Tensor of shape ()
            Loss.
        """
        if output.shape != target.shape:
            raise ValueError(
                f"The network's output has shape {tuple(output.shape)} and the target "
                f"{tuple(target.shape)}; a loss needs them equal."
            )
        if weight is None:
            return self.mean(output, target)
        loss = self.elementwise(output, target)  # (B, O)
        return (loss.mean(dim=1) * weight).mean()


def build_criterion(criterion: Any) -> WeightedLoss:
    """Turn the `criterion` parameter of an estimator into a loss.

    Parameters
    ----------
    criterion : str or type of torch.nn.Module
        Name from `CRITERIA`, or a loss class of torch.

    Returns
    -------
    WeightedLoss
        Loss over a batch.

    Raises
    ------
    TypeError
        If the class cannot give the loss of each element.
    """
    criterion = CRITERIA.get(criterion, criterion)
    if "reduction" not in inspect.signature(criterion).parameters:
        raise TypeError(
            f"criterion={criterion!r} must be a loss class of torch whose constructor "
            "takes reduction='none', such as torch.nn.SmoothL1Loss."
        )
    return WeightedLoss(criterion)
