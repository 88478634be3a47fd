"""One array of time steps -> float32 (n_timesteps, n_features), and what is absent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def as_float32(array: ArrayLike) -> NDArray[np.float32]:
    """Convert to float32 in C order, without a copy where none is due.

    Parameters
    ----------
    array : array-like
        Numbers.

    Returns
    -------
    ndarray
        What is too large for float32 becomes infinite, to be refused by name.
    """
    with np.errstate(over="ignore"):
        return np.asarray(array, dtype=np.float32, order="C")


def as_steps(i: int, array: ArrayLike) -> NDArray[np.float32]:
    """Read one array of a list.

    Parameters
    ----------
    i : int
        Its place in the list, for the message.

    array : array-like of shape (n_timesteps, n_features) or (n_timesteps,)
        One sequence.

    Returns
    -------
    ndarray of shape (n_timesteps, n_features)
        Its time steps.

    Raises
    ------
    ValueError
        If it has another number of axes.
    """
    return with_two_axes(i, as_float32(array))


def with_two_axes(i: int, steps: NDArray[Any]) -> NDArray[Any]:
    """Read one axis as one feature.

    Parameters
    ----------
    i : int
        Place of the sequence in its list, for the message.

    steps : ndarray of shape (n_timesteps, n_features) or (n_timesteps,)
        Time steps.

    Returns
    -------
    ndarray of shape (n_timesteps, n_features)
        A view.

    Raises
    ------
    ValueError
        If it has another number of axes.
    """
    if steps.ndim == 1:
        steps = steps[:, None]
    if steps.ndim != 2:
        raise ValueError(
            "A list of sequences holds arrays of shape (n_timesteps_i, n_features) or "
            f"(n_timesteps_i,). Sequence {i} has shape {steps.shape}."
        )
    return steps


def common_width(parts: list[NDArray[Any]]) -> int:
    """Count the features of sequences that belong together.

    Parameters
    ----------
    parts : list of ndarray of shape (n_timesteps_i, n_features)
        Sequences. Those without time steps count only where all are without.

    Returns
    -------
    int
        Number of features, 0 where there is no sequence.

    Raises
    ------
    ValueError
        If it is not the same in all.
    """
    counted = [i for i, part in enumerate(parts) if len(part)] or range(len(parts))
    widths = [parts[i].shape[1] for i in counted]
    for i, width in zip(counted, widths, strict=True):
        if width != widths[0]:
            raise ValueError(
                "A list of sequences needs the same number of features in each. "
                f"Got {sorted(set(widths))}: sequence {counted[0]} has {widths[0]}, "
                f"sequence {i} has {width}."
            )
    return widths[0] if widths else 0


def all_finite(rows: NDArray[np.floating]) -> bool:
    """Tell whether no value is NaN or infinite, in one pass without a mask in memory.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Time steps.

    Returns
    -------
    bool
        False as well where finite numbers add up to infinity.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(rows.sum(dtype=np.float64)))


def find_absent(
    rows: NDArray[np.float32],
    starts: NDArray[np.intp],
    stops: NDArray[np.intp],
    feature_names: tuple[str, ...] | None,
) -> NDArray[np.bool_]:
    """Find the time steps whose features are all NaN, and refuse other bad values.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Time steps.

    starts, stops : ndarray of shape (n_sequences,)
        Sequences, to name the sample and step of a bad value.

    feature_names : tuple of str or None
        Names of the columns.

    Returns
    -------
    ndarray of bool of shape (n_rows,)
        True where absent.

    Raises
    ------
    ValueError
        If a value is infinite, or a time step is partly NaN.
    """
    finite = np.isfinite(rows)
    absent = np.asarray(np.isnan(rows).all(axis=1))
    bad = ~(finite.all(axis=1) | absent)
    if not bad.any():
        return absent
    row = int(np.argmax(bad))
    column = int(np.argmin(finite[row]))
    name = feature_names[column] if feature_names else column
    owner = np.flatnonzero((starts <= row) & (row < stops))
    sample = int(owner[0]) if len(owner) else -1
    step = row - int(starts[sample])
    if np.isinf(rows[row, column]):
        raise ValueError(
            "Input X contains infinity or a value too large for dtype('float32'): "
            f"sample {sample}, step {step}, feature {name!r}."
        )
    raise ValueError(
        f"Input X contains NaN: sample {sample}, step {step} has NaN in feature "
        f"{name!r} but not in all features. Impute it, or drop the step."
    )
