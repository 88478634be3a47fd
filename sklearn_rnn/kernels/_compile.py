"""Function of arrays -> the same, compiled by numba and kept on disk.

What is kept is renewed when the source file of a function changes, not when another
file does from which it takes compiled functions: after a change to any of these files,
delete `__pycache__` beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",  # a division that is not checked can be a vector's
    "fastmath": {"contract"},  # a * b + c in one rounding; a NaN stays one
    "nogil": True,  # fits in threads run side by side
}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call."""
    return _compile(function, None, OPTIONS)


def compiled_for(
    signature: str, sums_in_any_order: bool = False
) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function at once, for arguments of the types that numba calls so.

    Sums in any order are faster, but another processor may round them otherwise.
    """
    options = OPTIONS
    if sums_in_any_order:
        options = OPTIONS | {"fastmath": OPTIONS["fastmath"] | {"reassoc"}}
    return lambda function: _compile(function, signature, options)


def _compile(
    function: Callable[..., Any], signature: str | None, options: dict[str, Any]
) -> Any:
    try:
        return numba.njit(signature, cache=True, **options)(function)
    except RuntimeError:  # numba found no folder that it may write to
        return numba.njit(signature, **options)(function)
