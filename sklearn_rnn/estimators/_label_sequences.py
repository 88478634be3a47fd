"""y with labels of output steps -> labels (n_samples, longest), and where they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.estimators._class_targets import check_labels
from sklearn_rnn.estimators._step_forms import StepForm, as_list, keep_missing
from sklearn_rnn.estimators._step_targets import is_one_hot


def read_label_sequences(y: Any, estimator: Any) -> tuple[NDArray[Any], StepForm, bool]:
    """Read labels of output steps, or one label per sample.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_steps) or (n_samples,), or list of arrays
        Labels, NaN or None where unknown; the arrays of a list have shape (n_steps_i,).

    estimator : estimator
        For the messages.

    Returns
    -------
    labels : ndarray of shape (n_samples, longest)
        Anything behind shorter ones.

    form : StepForm
        Where there are steps.

    flat : bool
        Whether y had one axis.

    Raises
    ------
    ValueError
        If y has other axes, or no step at all.

    Warns
    -----
    UserWarning
        If y has texts as labels that look as if they should be spelt.
    """
    y = as_list(y)
    if isinstance(y, (list, tuple)) and _has_rows(y):
        lengths = [len(steps) for steps in y]
        real = np.arange(max(lengths)) < np.array(lengths)[:, None]
        form = StepForm(real, lengths)
        labels, flat = form.read_targets(y), False
    else:
        labels = np.asarray(keep_missing(y))
        flat = labels.ndim < 2 or labels.shape[1:] == (1,)
        if flat:
            _warn_of_texts(labels, estimator)
            labels = check_labels(y, estimator)[:, None]
        form = StepForm(np.ones(labels.shape[:2], dtype=bool))
    if labels.ndim != 2 or not labels.size:
        one_hot = labels.ndim == 3 and is_one_hot(labels.reshape(-1, labels.shape[2]))
        raise ValueError(
            f"{type(estimator).__name__} expects y of shape (n_samples, n_steps), with "
            "a label for each output step, or a list of arrays of labels. Got shape "
            f"{labels.shape}." + " For one-hot labels pass y.argmax(axis=2)." * one_hot
        )
    return labels, form, flat


def _has_rows(y: Any) -> bool:
    """Tell whether a list has sequences of labels, and not a column of single ones."""
    rows = all(isinstance(row, (list, tuple, np.ndarray, pd.Series)) for row in y)
    return bool(len(y)) and rows and any(len(row) != 1 for row in y)


def _warn_of_texts(labels: NDArray[Any], estimator: Any) -> None:
    """Say that a text is one label, where its characters would be fewer labels."""
    texts = {label for label in labels.ravel().tolist() if isinstance(label, str)}
    if len(texts) > len(set("".join(texts))):
        warn_caller(
            f"{type(estimator).__name__} reads each text in y as one label, "
            f"{len(texts)} different ones. For a label for each character pass "
            "[list(text) for text in y]."
        )
