"""Private or version-bound names of torch -> one place to mend them.

Those of scikit-learn stand in `sklearn_rnn._compat`, which must not import torch.
"""

from __future__ import annotations

import inspect
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook
from torch.optim.optimizer import (
    _global_optimizer_post_hooks,
    _global_optimizer_pre_hooks,
)

HOOKS = (
    "_forward_pre_hooks",
    "_forward_hooks",
    "_backward_pre_hooks",
    "_backward_hooks",
    "_post_accumulate_grad_hooks",
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
)


def has_hooks(thing: Any) -> bool:
    """Tell whether torch calls something of the user's around a part of its own.

    Parameters
    ----------
    thing : torch.nn.Module, Tensor or torch.optim.Optimizer
        The part.

    Returns
    -------
    bool
        Whether any hook is registered with it.
    """
    return any(getattr(thing, name, None) for name in HOOKS)


def modules_have_hooks() -> bool:
    """Tell whether torch calls something of the user's around any module."""
    return bool(_has_any_global_hook())


def is_untouched(module: nn.Module, kind: type) -> bool:
    """Tell whether a module is as it was made, and ready to predict.

    Parameters
    ----------
    module : torch.nn.Module
        Network, or a part of it.

    kind : type
        Class that it is to be of, not of one derived from it.

    Returns
    -------
    bool
        False as well in training, with hooks, where torch has compiled it, and where
        it has a method of its own.
    """
    own = vars(module)  # a module itself takes ten times as long to look a name up
    return (
        type(module) is kind
        and not own["training"]
        and not any(map(own.get, (*HOOKS, "_compiled_call_impl")))
        and own.keys().isdisjoint(_names_of_methods(kind))  # type: ignore[arg-type]
    )


@cache
def _names_of_methods(kind: type) -> frozenset[str]:
    return frozenset(name for name in dir(kind) if callable(getattr(kind, name)))


def has_step_hooks(optimizer: torch.optim.Optimizer) -> bool:
    """Tell whether somebody but torch has a part in the steps of an optimizer.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Any.

    Returns
    -------
    bool
        Whether there are hooks of it or of all, or its `step` was replaced or wrapped
        by anything but torch's own schedulers of the step size.
    """
    own, step = vars(optimizer).get("step"), type(optimizer).step
    return (
        has_hooks(optimizer)
        or bool(_global_optimizer_pre_hooks or _global_optimizer_post_hooks)
        or not (own is None or hasattr(own, "_wrapped_by_lr_sched"))
        or _unwrap(step) is not inspect.unwrap(step)
    )


def give_memory(module: nn.Module) -> None:
    """Give a module on the meta device memory on the CPU, with any numbers in it.

    They are of float32, whatever torch's default is at the time. `Module.to_empty` does
    the same for that default, but imports sympy, which takes half a second.

    Parameters
    ----------
    module : torch.nn.Module
        Changed in place.
    """

    def allocate(weight: Tensor) -> Tensor:
        dtype = torch.float32 if weight.is_floating_point() else weight.dtype
        return torch.empty(weight.shape, dtype=dtype, device="cpu")

    module._apply(allocate)


def make_optimizer(
    kind: type[torch.optim.Optimizer], groups: Any, options: dict[str, Any]
) -> torch.optim.Optimizer:
    """Make an optimizer without importing torch's compiler, which takes a second.

    Torch wraps `add_param_group` in a function that does; this calls what is inside.

    Parameters
    ----------
    kind : type of torch.optim.Optimizer
        Its class.

    groups : iterable
        Parameters, or groups of them.

    options : dict
        Other arguments of its constructor.

    Returns
    -------
    torch.optim.Optimizer
        An instance of that very class.
    """
    optimizer = kind.__new__(kind)
    inside = partial(_unwrap(kind.add_param_group), optimizer)
    vars(optimizer)["add_param_group"] = inside  # hides the method from __init__
    optimizer.__init__(groups, **options)  # type: ignore[misc]  # it is a new one
    del optimizer.add_param_group
    return optimizer


@torch.no_grad()
def step_inside(optimizer: torch.optim.Optimizer) -> None:
    """Let an optimizer without hooks take a step, without what torch does around it.

    That, too, would import its compiler.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Whose weights have gradients, with no `has_step_hooks`.
    """
    vars(optimizer)["_opt_called"] = True  # which schedulers of the step size ask
    inspect.unwrap(type(optimizer).step)(optimizer)


def step_of_adam(group: dict[str, Any], tensors: list[list[Tensor]]) -> None:
    """Call the operation that a fused Adam or AdamW of torch ends with.

    Parameters
    ----------
    group : dict
        Its options.

    tensors : list of list of Tensor
        Weights, gradients, both moments, nothing, numbers of steps.
    """
    operation = torch._fused_adam_
    if group["decoupled_weight_decay"]:
        operation = torch._fused_adamw_
    beta1, beta2 = group["betas"]
    torch._foreach_add_(tensors[-1], 1)
    operation(
        *tensors,
        lr=group["lr"],
        beta1=beta1,
        beta2=beta2,
        weight_decay=group["weight_decay"],
        eps=group["eps"],
        amsgrad=False,
        maximize=False,
    )


def _unwrap(function: Any) -> Any:
    """Take off what torch has wrapped around a function, but nobody else's layers."""

    def is_foreign(layer: Any) -> bool:
        home = getattr(layer, "__globals__", {}).get("__name__", "")
        return not home.startswith("torch.")

    return inspect.unwrap(function, stop=is_foreign)
