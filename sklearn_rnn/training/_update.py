"""Optimizer over one tensor -> its updates, without what torch does around each."""

from __future__ import annotations

import torch
from torch.optim.adam import adam

from sklearn_rnn._compat import has_hooks


class Update:
    """Update the weights by the rule and the state of an optimizer.

    `Optimizer.step` looks through groups, hooks, gradients and profilers, which takes
    several times what the update of a small network does. For Adam as the estimators
    make it, this calls the function behind it, once the optimizer has made its state.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Over one tensor that has a gradient.

    directly : bool, default=True
        Whether to do so; otherwise each update is a step of the optimizer.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, directly: bool = True) -> None:
        self.optimizer = optimizer
        self._directly = directly and _is_simple_adam(optimizer)
        self._has_begun = False

    def __call__(self) -> None:
        """Update the weights once."""
        if self._directly and self._has_begun:
            self._call_adam()
        else:
            self.optimizer.step()  # which a scheduler of the step size waits for
            self._has_begun = True

    @torch.no_grad()
    def _call_adam(self) -> None:
        [group] = self.optimizer.param_groups
        [weights] = group["params"]
        state = self.optimizer.state[weights]
        beta1, beta2 = group["betas"]
        adam(
            [weights],
            [weights.grad],
            [state["exp_avg"]],
            [state["exp_avg_sq"]],
            [],
            [state["step"]],
            fused=group["fused"],
            foreach=group["foreach"],
            decoupled_weight_decay=group["decoupled_weight_decay"],
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )


def _is_simple_adam(optimizer: torch.optim.Optimizer) -> bool:
    """Tell whether `Update` has all that a step of this optimizer heeds."""
    if type(optimizer) not in (torch.optim.Adam, torch.optim.AdamW):
        return False
    [group, *others] = optimizer.param_groups
    others += group["params"][1:]
    variants = "amsgrad", "maximize", "capturable", "differentiable"
    return (
        not others
        and not any(group[name] for name in variants)
        and "decoupled_weight_decay" in group  # since torch 2.7
        and not has_hooks(optimizer)
    )
