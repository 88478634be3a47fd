"""Class of a user's module, parameters of an estimator -> the module, or a refusal."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

from torch import nn

from sklearn_rnn.training._seeds import own_random_numbers

NEEDED = ("input_size", "output_size")


def class_of(kind: Any) -> Any:
    """Find the class in what was passed as `module`.

    Parameters
    ----------
    kind : type or functools.partial
        Class, or a class and some arguments of its constructor.

    Returns
    -------
    type
        Whatever a partial calls, which may be no class.
    """
    return kind.func if isinstance(kind, partial) else kind


def build_custom_module(
    kind: Any,
    weight_seed: int,
    sizes: dict[str, Any],
    parameters: dict[str, Any],
    defaults: dict[str, Any],
) -> nn.Module:
    """Make a module of the user's, with those of the parameters that it asks for.

    Parameters
    ----------
    kind : type of torch.nn.Module, or functools.partial of one
        Its constructor names what it wants; a partial has given it some of that.

    weight_seed : int
        What torch's generator begins with while it draws its weights.

    sizes : dict
        `input_size` and `output_size`, which it must take, and `every_step`.

    parameters : dict
        Parameters of the estimator that say what a network is made of.

    defaults : dict
        Their defaults.

    Returns
    -------
    torch.nn.Module
        On the CPU.

    Raises
    ------
    TypeError
        If it is no module, does not take the sizes or the lengths, or needs what nobody
        gives it.

    ValueError
        If a parameter is set that it does not take, and would be ignored; or if it has
        no weights.
    """
    name = class_of(kind).__name__
    known, takes_all = _check_signatures(kind, name)
    given = {k: v for k, v in parameters.items() if takes_all or k in known}
    given = {k: v for k, v in given.items() if k not in _bound(kind)}
    sizes = {k: v for k, v in sizes.items() if takes_all or k in known}
    for parameter in [k for k in parameters if k not in given]:
        if parameters[parameter] != defaults[parameter]:
            raise ValueError(
                f"{parameter}={parameters[parameter]!r} has no effect: the constructor "
                f"of module={name} does not take {parameter!r}. Let it, or leave the "
                "parameter out."
            )
    for parameter, kept in known.items():
        if parameter not in given and parameter not in sizes and _is_required(kept):
            raise TypeError(
                f"The constructor of module={name} needs {parameter!r}, which is no "
                "parameter of the estimator. Give it a default, or pass "
                f"module=functools.partial({name}, {parameter}=...)."
            )
    with own_random_numbers(True, weight_seed):
        module = kind(**sizes, **given)
    if not any(weight.requires_grad for weight in module.parameters()):
        raise ValueError(f"module={name} has no weights, so there is nothing to train.")
    return module


def _check_signatures(
    kind: Any, name: str
) -> tuple[dict[str, inspect.Parameter], bool]:
    """Give what a constructor takes, and whether that is anything at all."""
    found = class_of(kind)
    if not isinstance(found, type) or not issubclass(found, nn.Module):
        raise TypeError(f"module={name} must be a class of torch.nn.Module.")
    if found in (nn.RNN, nn.LSTM, nn.GRU):
        raise TypeError(
            f"module={name} is a layer without outputs. Use {name}Regressor or "
            f"{name}Classifier, or put the layer into a module with a linear layer."
        )
    known = dict(inspect.signature(kind).parameters)
    takes_all = any(p.kind is p.VAR_KEYWORD for p in known.values())
    if not takes_all and any(s not in known or s in _bound(kind) for s in NEEDED):
        raise TypeError(
            f"The constructor of module={name} must take input_size and output_size. "
            f"It takes {list(known)}."
        )
    forward = inspect.signature(found.forward)
    try:
        forward.bind("self", "x", "lengths")
    except TypeError as error:
        raise TypeError(
            f"module={name} needs forward(self, x, lengths=None), called with lengths "
            "of shape (n_samples,), or None where all are equal. Got "
            f"forward{forward}."
        ) from error
    return known, takes_all


def _bound(kind: Any) -> dict[str, Any]:
    return kind.keywords if isinstance(kind, partial) else {}


def _is_required(parameter: inspect.Parameter) -> bool:
    several = parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL
    return parameter.default is parameter.empty and parameter.kind not in several
