"""Class that inherits methods -> the same, under its own name in Python's messages."""

from __future__ import annotations

import inspect
from functools import update_wrapper
from types import CellType, FunctionType
from typing import TypeVar

Class = TypeVar("Class", bound=type)


def own_methods(cls: Class) -> Class:
    """Let Python name this class where a call has wrong arguments.

    It would name the class that defines the method, which no user has called:
    `BaseRecurrent.fit() missing 1 required positional argument`.

    Parameters
    ----------
    cls : type
        Public class, below which nobody looks for the methods.

    Returns
    -------
    type
        The same class, with copies of the public methods of this package.
    """
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        is_public = name == "__init__" or not name.startswith("_")
        if is_public and _is_inherited(method, cls):
            setattr(cls, name, _copy(method, f"{cls.__qualname__}.{name}"))
    return cls


def _is_inherited(method: object, cls: type) -> bool:
    return (
        isinstance(method, FunctionType)
        and method.__module__.startswith(__package__ + ".")
        and not method.__qualname__.startswith(cls.__qualname__ + ".")
    )


def _copy(function: FunctionType, qualified_name: str) -> FunctionType:
    """Copy a function and, if it is a decorated one, what it calls."""
    cells = function.__closure__
    wrapped = getattr(function, "__wrapped__", None)
    inner = None if wrapped is None else _copy(wrapped, qualified_name)
    if cells is not None and inner is not None:
        cells = tuple(
            CellType(inner) if cell.cell_contents is wrapped else cell for cell in cells
        )
    code, names = function.__code__, function.__globals__
    copy = FunctionType(code, names, function.__name__, function.__defaults__, cells)
    copy.__kwdefaults__ = function.__kwdefaults__  # type: ignore[assignment]
    update_wrapper(copy, function)
    copy.__qualname__ = qualified_name
    del copy.__wrapped__  # type: ignore[attr-defined]
    if inner is not None:
        copy.__wrapped__ = inner  # type: ignore[attr-defined]
    return copy
