"""y with something for each time step of X -> one array of it, or what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn._warning import warn_caller

TEXT = "SU"  # kinds of arrays that hold nothing but texts

ONE_HOT = " For one-hot labels pass y.argmax(axis=1)."
FEWEST = 10  # rows with a single one each, fewer of which may be chance
A_LIST = " Beside a list pass a list, with an array for each of X."


def side_by_side(
    parts: Sequence[NDArray[Any]], n_timesteps: int, at_end: bool
) -> NDArray[Any]:
    """Stack arrays of any length, with zeros or empty texts beside the shorter.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n_timesteps_i, ...)
        What belongs to the steps of each sequence.

    n_timesteps : int
        Length of the result.

    at_end : bool
        Whether short ones stand at the end of their row, and not at its beginning.

    Returns
    -------
    ndarray of shape (n_samples, n_timesteps, ...)
        All of them.
    """
    if any(part.dtype.kind in TEXT for part in parts):  # NaN would become a text
        parts = [part.astype(object) if pd.isna(part).any() else part for part in parts]
    example = np.concatenate(parts)
    shape = len(parts), n_timesteps, *example.shape[1:]
    whole = np.zeros(shape, dtype=example.dtype)  # no NaN, inf or sign by chance
    for row, part in zip(whole, parts, strict=True):
        start = n_timesteps - len(part) if at_end else 0
        row[start : start + len(part)] = part
    return whole


def refuse_other_lengths(y: Any, lengths: Sequence[int], x_is_list: bool) -> None:
    """Refuse targets of more or fewer steps than X has.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_timesteps, ...) or list of arrays
        What is to stand at the steps.

    lengths : sequence of int
        Number of steps of each sample of X.

    x_is_list : bool
        Whether X is a list of arrays.

    Raises
    ------
    ValueError
        If a sample has another number of them.
    """
    for i, (steps, length) in enumerate(zip(y, lengths, strict=True)):
        if len(steps) != length:
            raise ValueError(
                f"A y of this form has a target for each time step. Sample {i} has "
                f"{len(steps)} of them, and {length} steps in X."
                + (A_LIST if x_is_list and isinstance(y, np.ndarray) else "")
                + ONE_HOT * is_one_hot(y)
            )


def refuse_shifted(real: NDArray[np.bool_], y: NDArray[Any]) -> None:
    """Refuse targets that are padded at one end where X is padded at the other.

    Where lengths differ, several are short, and the targets of every sample stop after
    as many steps as it has, this is no chance.

    Parameters
    ----------
    real : ndarray of bool of shape (n_samples, n_timesteps)
        Which steps of X are real.

    y : ndarray of shape (n_samples, n_timesteps, ...)
        Targets, NaN or None where unknown.

    Raises
    ------
    ValueError
        If targets are known at absent steps and not at the real ones.
    """
    known = ~pd.isna(y)
    if known.ndim > 2:
        known = known.any(axis=2)
    n_real = real.sum(axis=1)
    n_short = np.count_nonzero(n_real < real.shape[1])
    if known.all() or n_short < 2 or len(np.unique(n_real)) < 2:
        return
    for side, other, step in (
        ("behind", "in front of", 1),
        ("in front of", "behind", -1),
    ):
        found, expected = _last_steps(known[:, ::step]), _last_steps(real[:, ::step])
        if (found == n_real).all() and (expected != n_real).any():
            raise ValueError(
                f"y has NaN or None {side} the targets of short sequences, but in X "
                f"absent steps stand {other} the real ones. Pad y as X is padded; "
                "beside Sequences or a list pass a list of arrays without padding."
            )


def is_one_hot(y: Any) -> bool:
    """Tell whether each row has a single one among zeros.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_columns), or list of arrays
        What may be labels.

    Returns
    -------
    bool
        False for rows of unequal length, and for other values.
    """
    if len({len(row) for row in y}) > 1:
        return False
    y = np.asarray(y)
    if y.ndim != 2 or y.dtype.kind not in "iufb":
        return False
    return bool(((y == 1).sum(axis=1) == 1).all() and np.isin(y, (0, 1)).all())


def warn_of_one_hot(y: Any, estimator: Any) -> None:
    """Warn of labels for each step that look like one-hot labels of something else.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_timesteps) or \
            (n_samples, n_timesteps, n_labels), or other
        As the user passed it to `fit`. Lists say of themselves that they have steps.

    estimator : estimator
        For the message.

    Warns
    -----
    UserWarning
        If there is a single one among zeros in the last axis, at any place.
    """
    if isinstance(y, (list, tuple)):
        return
    y = np.asarray(y)
    if y.size < 2 * FEWEST or y.shape[-1] < 2:
        return
    rows = y.reshape(-1, y.shape[-1])
    if len(rows) < FEWEST:
        return
    if not is_one_hot(rows) or not rows.any(axis=0).all():
        return
    what = "one label for each time step" if y.ndim == 2 else "several labels per step"
    warn_caller(
        f"{type(estimator).__name__} reads y of shape {y.shape} as {what}, but it has "
        "a single one among zeros everywhere in its last axis. If it is one-hot, pass "
        f"y.argmax(axis={y.ndim - 1}). If not, list(np.asarray(y)) says so."
    )


def _last_steps(where: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Count the steps of each row up to the last that is true."""
    counted = np.arange(1, where.shape[1] + 1) * where
    return counted.max(axis=1, initial=0)
