"""Optimizer over one tensor -> its updates, without what torch does around each."""

from __future__ import annotations

import torch
from torch import Tensor

from sklearn_rnn.training._inside_torch import (
    has_step_hooks,
    step_inside,
    step_of_adam,
)


class Update:
    """Update the weights by the rule and the state of an optimizer.

    `Optimizer.step` looks through groups, hooks, gradients and profilers, which takes
    many times what the update of a small network does. For Adam as the estimators make
    it, this calls the operation behind it, once the optimizer has made its state.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Over one tensor that has a gradient, and keeps it.

    directly : bool, default=True
        Whether to leave out what a step does besides; otherwise, or where somebody has
        hooked in, each update is a step of the optimizer.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, directly: bool = True) -> None:
        self.optimizer = optimizer
        self._directly = directly and not has_step_hooks(optimizer)
        self._is_simple_adam = self._directly and _is_simple_adam(optimizer)
        self._tensors: list[list[Tensor]] | None = None

    def __call__(self) -> None:
        """Update the weights once."""
        if self._tensors is not None:
            step_of_adam(self.optimizer.param_groups[0], self._tensors)
        elif self._directly:
            step_inside(self.optimizer)
            self._tensors = self._find_tensors() if self._is_simple_adam else None
        else:
            self.optimizer.step()

    def _find_tensors(self) -> list[list[Tensor]]:
        [weights] = self.optimizer.param_groups[0]["params"]
        state = self.optimizer.state[weights]
        moments = [[state["exp_avg"]], [state["exp_avg_sq"]], list[Tensor]()]
        return [[weights.detach()], [weights.grad], *moments, [state["step"]]]


def _is_simple_adam(optimizer: torch.optim.Optimizer) -> bool:
    """Tell whether `step_of_adam` has all that a step of this optimizer heeds."""
    if type(optimizer) not in (torch.optim.Adam, torch.optim.AdamW):
        return False
    [group, *others] = optimizer.param_groups
    others += group["params"][1:]
    variants = "amsgrad", "maximize", "capturable", "differentiable"
    return (
        not others
        and bool(group["fused"])
        and not any(group[name] for name in variants)
        and "decoupled_weight_decay" in group  # since torch 2.7
        and not isinstance(group["lr"], Tensor)
    )
