"""y of a classification -> numbers of classes (n_samples, [n_timesteps,] n_targets)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from sklearn_rnn._compat import check_sample_weight
from sklearn_rnn._warning import warn_caller
from sklearn_rnn.estimators._step_forms import (
    StepForm,
    as_list,
    has_steps,
    is_row,
    keep_missing,
)

EITHER = np.array([0, 1])  # classes of each of several labels


def labels_have_steps(X: Any, y: Any) -> bool:
    """Tell whether y has a label for each time step of X.

    Parameters
    ----------
    X, y : object
        As the user passed them to `fit`.

    Returns
    -------
    bool
        True for a y of two axes too, but for a single column.
    """
    if has_steps(X, y):
        return True
    y = as_list(y)
    if isinstance(y, (list, tuple)):  # rows of a table of labels
        return bool(len(y)) and all(is_row(row) for row in y) and len(y[0]) > 1
    shape = np.asarray(y).shape
    return len(shape) == 2 and shape[1] > 1


def check_labels(y: Any, estimator: Any) -> NDArray[Any]:
    """Read one label per sample.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels.

    estimator : estimator
        For the messages.

    Returns
    -------
    ndarray of shape (n_samples,)
        Labels, none of them missing.

    Raises
    ------
    ValueError
        If y has NaN, or numbers that are no classes.
    """
    y = check_array(
        keep_missing(y),
        dtype=None,
        ensure_2d=False,
        input_name="y",
        estimator=estimator,
    )
    if y.ndim == 2 and y.shape[1] == 1:
        warn_caller(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
        )
        y = y.ravel()
    if pd.isna(y).any():  # None; scikit-learn has found NaN among numbers
        raise ValueError(
            f"Input y contains None for {int(pd.isna(y).sum())} of {len(y)} samples. "
            "Leave out samples without a label."
        )
    check_classification_targets(y)
    return y


def learn_classes(y: NDArray[Any], form: StepForm | None) -> NDArray[Any]:
    """List the classes in y.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), (n_samples, n_timesteps) or \
            (n_samples, n_timesteps, n_labels)
        Labels; of three axes they are 0 or 1 each.

    form : StepForm or None
        Where the steps are, if y has any.

    Returns
    -------
    ndarray
        Ascending.

    Raises
    ------
    ValueError
        If there is none, or of three axes another than 0 and 1.
    """
    if form is None:
        return np.unique(y)
    labels = y[form.real]
    labels = labels[~pd.isna(labels)]
    if y.ndim == 3:
        _refuse_others_than_either(labels, y.shape)
        return EITHER
    if not len(labels):
        raise ValueError("y has no label at any time step.")
    if labels.dtype.kind == "O":
        labels = np.array(labels.tolist())
    check_classification_targets(labels)
    return np.unique(labels)


def keep_classes(announced: NDArray[Any] | None, known: NDArray[Any]) -> None:
    """Refuse a later call of `partial_fit` that announces other classes.

    Parameters
    ----------
    announced : ndarray or None
        Classes that the user names, ascending, if any.

    known : ndarray of shape (n_classes,)
        Those of the first call.

    Raises
    ------
    ValueError
        If they differ.
    """
    if announced is not None and not np.array_equal(announced, known):
        raise ValueError(
            f"classes={announced.tolist()} is not the same as on the last call, "
            f"{known.tolist()}."
        )


def encode_labels(
    y: NDArray[Any],
    classes: NDArray[Any],
    form: StepForm | None,
    refuse_others: bool = True,
) -> NDArray[np.float64]:
    """Replace labels by the numbers of their classes.

    Parameters
    ----------
    y : ndarray
        As in `learn_classes`.

    classes : ndarray
        Known classes, ascending.

    form : StepForm or None
        Where the steps are, if y has any.

    refuse_others : bool, default=True
        Whether a label that is none of the classes is an error; else it is -1.

    Returns
    -------
    ndarray of shape (n_samples, 1), (n_samples, longest, 1) or \
            (n_samples, longest, n_labels)
        Packed where there are steps, NaN where no label is known.

    Raises
    ------
    ValueError
        If a label is none of the classes.
    """
    codes = np.full(y.shape, np.nan)
    known = ~pd.isna(y)
    if form is not None:
        known[~form.real] = False
    labels = y[known]
    number = {label: i for i, label in enumerate(classes.tolist())}
    others = set(labels.tolist()) - number.keys()
    if others and refuse_others:
        raise ValueError(
            f"y has labels that are none of the classes {classes.tolist()}: "
            f"{sorted(others, key=str)[:5]}."
        )
    codes[known] = [number.get(label, -1) for label in labels.tolist()]
    codes = codes[..., None] if y.ndim < 3 else codes
    return codes if form is None else form.pack(codes)


def weigh_classes(
    class_weight: Any,
    classes: NDArray[Any],
    codes: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> list[float]:
    """Give each class its weight in the loss.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        As scikit-learn reads it.

    classes : ndarray of shape (n_classes,)
        Classes.

    codes : ndarray of shape (n_samples, ...)
        Numbers of the classes of all targets, NaN where unknown.

    weights : ndarray of shape (n_samples,)
        Sample weights.

    Returns
    -------
    list of float
        Such that the targets of the training have weight one on average.

    Raises
    ------
    ValueError
        If a weight is negative, or there is none, or it is that of no class.
    """
    if isinstance(class_weight, dict) and min(class_weight.values(), default=1) < 0:
        raise ValueError(f"class_weight needs weights of at least 0: {class_weight!r}.")
    known = ~np.isnan(codes)
    each = np.broadcast_to(weights.reshape(-1, *[1] * (codes.ndim - 1)), codes.shape)[
        known
    ]
    share = np.bincount(codes[known].astype(int), weights=each, minlength=len(classes))
    if isinstance(class_weight, str):  # a class that is in no training sample counts
        share = share / share.sum()
        present = share > 0
        given = np.divide(
            1.0, share * present.sum(), out=np.ones_like(share), where=present
        )
        return given.tolist()
    given = compute_class_weight(class_weight, classes=classes, y=classes)
    average = (given * share).sum() / share.sum()
    if not average > 0:
        raise ValueError(f"class_weight={class_weight!r} leaves no sample a weight.")
    return (given / average).tolist()


def share_right(
    truth: NDArray[np.float64], codes: NDArray[Any], sample_weight: Any
) -> float:
    """Compute the share of predicted classes that are right.

    Parameters
    ----------
    truth, codes : ndarray of shape (n_samples, n_timesteps, n_targets)
        Numbers of classes, NaN in `truth` where unknown.

    sample_weight : array-like of shape (n_samples,) or None
        Weights.

    Returns
    -------
    float
        Of all known targets together.

    Raises
    ------
    ValueError
        If no known target has a weight, or there are not as many weights as samples.
    """
    known = ~np.isnan(truth)
    weight = check_sample_weight(sample_weight, truth, dtype=np.float64)
    weight = np.broadcast_to(weight[:, None, None], known.shape)[known]
    if not weight.sum():
        raise ValueError("y has no known label with a sample_weight above zero.")
    return float(np.average((truth == codes)[known], weights=weight))


def _refuse_others_than_either(labels: NDArray[Any], shape: tuple[int, ...]) -> None:
    others = sorted(set(labels.tolist()) - {*EITHER.tolist()}, key=str)
    if not others:
        return
    what_to_do = "Make a column of zeros and ones of each label."
    if shape[2] == 1:
        what_to_do = "For one label per step leave out the last axis, y[..., 0]."
    raise ValueError(
        "y of three axes, (n_samples, n_timesteps, n_labels), holds 0 or 1 for each of "
        f"several labels per step. Got {', '.join(map(repr, others[:5]))}. {what_to_do}"
    )
