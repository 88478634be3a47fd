"""Class of a user's module, parameters of an estimator -> the module, or a refusal."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

from sklearn_rnn.training._seeds import own_random_numbers

NEEDED = ("input_size", "output_size")


def build_custom_module(
    kind: type[nn.Module],
    weight_seed: int,
    sizes: dict[str, Any],
    parameters: dict[str, Any],
    defaults: dict[str, Any],
) -> nn.Module:
    """Make a module of the user's, with those of the parameters that it asks for.

    Parameters
    ----------
    kind : type of torch.nn.Module
        Its constructor names what it wants.

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
        If it is no module, or does not take the sizes.

    ValueError
        If a parameter is set that it does not take, and would be ignored.
    """
    name = kind.__name__
    if not issubclass(kind, nn.Module):
        raise TypeError(f"module={name} must be a class of torch.nn.Module.")
    known = inspect.signature(kind).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in known.values())
    missing = [size for size in NEEDED if size not in known and not takes_all]
    if missing:
        raise TypeError(
            f"The constructor of module={name} must take input_size and output_size. "
            f"It takes {list(known)}."
        )
    given = {k: v for k, v in parameters.items() if takes_all or k in known}
    sizes = {k: v for k, v in sizes.items() if takes_all or k in known}
    for parameter in [k for k in parameters if k not in given]:
        if parameters[parameter] != defaults[parameter]:
            raise ValueError(
                f"{parameter}={parameters[parameter]!r} has no effect: the constructor "
                f"of module={name} does not take {parameter!r}. Let it, or leave the "
                "parameter out."
            )
    with own_random_numbers(True, weight_seed):
        return kind(**sizes, **given)
