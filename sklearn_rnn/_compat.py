"""Private or version-bound names of other packages -> one place to mend them."""

from __future__ import annotations

import contextlib
from typing import Any

from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    RealNotInt,
    StrOptions,
)
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9 has no callbacks

    class _SilentContext:
        """Stand in for scikit-learn's CallbackContext: no callback, nothing to call."""

        def subcontext(self, *args: Any, **kwargs: Any) -> _SilentContext:
            return self

        def call_on_fit_task_begin(self, **kwargs: Any) -> _SilentContext:
            return self

        def call_on_fit_task_end(self, **kwargs: Any) -> bool:
            return False

        def propagate_callback_context(self, sub_estimator: Any) -> Any:
            return contextlib.nullcontext()

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Accept the calls that scikit-learn 1.9's callbacks need, and do nothing."""

        def _init_callback_context(self, *args: Any, **kwargs: Any) -> _SilentContext:
            return _SilentContext()

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is."""
        return method


def has_callbacks(context: Any) -> bool:
    """Tell whether a CallbackContext has any callback to call."""
    return bool(getattr(context, "_callbacks", ()))


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "RealNotInt",
    "StrOptions",
    "check_sample_weight",
    "has_callbacks",
    "num_samples",
    "safe_indexing",
    "with_callbacks",
]
