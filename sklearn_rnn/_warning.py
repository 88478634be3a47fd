"""Message and category -> a warning at the line of the caller's own code."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

OWN = "sklearn_rnn"
BETWEEN = {OWN, "sklearn", "joblib", "contextlib", "threading", "multiprocessing"}


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as if the line that called this package, or scikit-learn, had warned.

    Through pipelines and searches a fixed `stacklevel` would end in scikit-learn.

    Parameters
    ----------
    message : str
        What is wrong, and what to do.

    category : type of Warning, default=UserWarning
        Name to filter it by.
    """
    packages = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        packages.append(frame.f_globals.get("__name__", "").partition(".")[0])
        frame = frame.f_back
    outside = [i for i, package in enumerate(packages) if package != OWN]
    callers = [i for i in outside if packages[i] not in BETWEEN]
    place = (callers or outside or [0])[0]  # in a worker there may be no caller
    warnings.warn(message, category, stacklevel=place + 2)
