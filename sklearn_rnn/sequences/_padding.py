"""List of sequences of any length -> one array padded with absent steps, and back."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._steps import common_width, with_two_axes

SIDES = ("left", "right")
NUMBERS = "biuf"  # kinds of dtype


def pad_sequences(
    X: Sequences | Iterable[ArrayLike],
    *,
    side: str = "right",
    length: int | None = None,
    value: float = np.nan,
) -> NDArray[Any]:
    """Put sequences of any length into one array.

    The networks read lists and :class:`Sequences` as they are; this is for the rest of
    the world, such as files and other libraries. With the default `value` the added
    time steps are absent ones, so every network of this package reads the result as it
    reads `X`.

    Parameters
    ----------
    X : Sequences or list of array-like of shape (n_timesteps_i, n_features) or \
            (n_timesteps_i,)
        Sequences; one axis means one feature. A sequence without time steps fits to any
        number of features.

    side : {"left", "right"}, default="right"
        Where the added time steps stand: before the first real one, or after the last.

    length : int or None, default=None
        Number of time steps of the result; None means that of the longest sequence.
        Nothing is ever cut off.

    value : float, default=nan
        What fills the added time steps. Other numbers than NaN are real time steps to
        the networks.

    Returns
    -------
    ndarray of shape (n_sequences, length, n_features)
        Padded copy. Floating types are kept; integers become float64 unless `value` is
        an integer too.

    Raises
    ------
    ValueError
        If a sequence is longer than `length`, has more than two axes or another number
        of features than the first, or `side` is unknown.

    TypeError
        If a sequence or `value` holds anything but real numbers, or `length` is no
        integer.

    See Also
    --------
    unpad_sequences : The way back.
    Sequences.to_array : The same in float32, padded on the left.

    Examples
    --------
    >>> from sklearn_rnn import pad_sequences
    >>> pad_sequences([[1, 2, 3], [4]])[:, :, 0]
    array([[ 1.,  2.,  3.],
           [ 4., nan, nan]])
    >>> pad_sequences([[1, 2, 3], [4]], side="left", length=4, value=0)[:, :, 0]
    array([[0, 1, 2, 3],
           [0, 0, 0, 4]])
    """
    _check_side("pad_sequences", side)
    _check_value(value)
    if hasattr(X, "__array__") and not isinstance(X, Sequences):
        X = np.asarray(X)  # iterating over a DataFrame would give names
    parts = [_as_numbers(i, steps) for i, steps in enumerate(X)]
    n_features = common_width(parts)
    padded = np.full(
        (len(parts), _padded_length(parts, length), n_features),
        value,
        dtype=_padded_type(parts, value),
    )
    for row, steps in zip(padded, parts, strict=True):
        _real_steps(row, len(steps), side)[...] = steps.reshape(-1, n_features)
    return padded


def unpad_sequences(
    X: ArrayLike, lengths: ArrayLike | None = None, *, side: str = "right"
) -> list[NDArray[Any]]:
    """Take padded sequences out of an array.

    Parameters
    ----------
    X : array-like of shape (n_sequences, n_timesteps, n_features) or \
            (n_sequences, n_timesteps)
        Padded sequences.

    lengths : array-like of int of shape (n_sequences,) or None, default=None
        Number of real time steps of each. None takes those that are not all NaN,
        wherever they stand, as the networks do; after padding with another value the
        lengths must be given.

    side : {"left", "right"}, default="right"
        Where the padding stands. Without `lengths` it is found by itself.

    Returns
    -------
    list of ndarray of shape (n_timesteps_i, n_features) or (n_timesteps_i,)
        Copies, with as many axes as a sequence has in `X`.

    Raises
    ------
    ValueError
        If `X` has other axes, `lengths` do not fit to it, or `side` is unknown.

    TypeError
        If `X` holds anything but real numbers, or `lengths` are no integers.

    See Also
    --------
    pad_sequences : The way there.
    Sequences.to_list : The same for sequences that are read already.

    Examples
    --------
    >>> from sklearn_rnn import pad_sequences, unpad_sequences
    >>> padded = pad_sequences([[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]])
    >>> unpad_sequences(padded)
    [array([[1., 2.]]), array([[3., 4.],
           [5., 6.]])]
    >>> unpad_sequences([[1, 2, 3], [4, 0, 0]], lengths=[3, 1])
    [array([1, 2, 3]), array([4])]
    """
    _check_side("unpad_sequences", side)
    dense = np.asarray(X)
    if dense.ndim not in (2, 3):
        raise ValueError(
            "unpad_sequences expects X of shape (n_sequences, n_timesteps, n_features) "
            f"or (n_sequences, n_timesteps). Got shape {dense.shape}."
        )
    if dense.dtype.kind not in NUMBERS:
        raise TypeError(
            f"unpad_sequences expects real numbers. Got dtype {dense.dtype}."
        )
    if lengths is not None:
        n_steps = _check_lengths(lengths, dense.shape)
        return [
            _real_steps(row, n, side).copy()
            for row, n in zip(dense, n_steps, strict=True)
        ]
    absent = np.isnan(dense)
    if dense.ndim == 3:
        absent = absent.all(axis=2)
    return [row[~gone] for row, gone in zip(dense, absent, strict=True)]


def _real_steps(row: NDArray[Any], n: int, side: str) -> NDArray[Any]:
    return row[:n] if side == "right" else row[len(row) - n :]


def _check_side(function: str, side: str) -> None:
    if side not in SIDES:
        raise ValueError(f"{function} expects side 'left' or 'right'. Got {side!r}.")


def _check_value(value: Any) -> None:
    if not isinstance(value, Real):
        raise TypeError(f"pad_sequences expects a real number as value. Got {value!r}.")


def _as_numbers(i: int, array: ArrayLike) -> NDArray[Any]:
    steps = with_two_axes(i, np.asarray(array))
    if steps.dtype.kind not in NUMBERS:
        raise TypeError(
            f"pad_sequences expects real numbers. Sequence {i} has dtype "
            f"{steps.dtype}; convert it with astype(float)."
        )
    return steps


def _padded_length(parts: list[NDArray[Any]], length: Any) -> int:
    longest = max(map(len, parts), default=0)
    if length is None:
        return longest
    if not isinstance(length, Integral):
        raise TypeError(f"pad_sequences expects an integer length. Got {length!r}.")
    if length < longest:
        i = next(i for i, steps in enumerate(parts) if len(steps) > length)
        raise ValueError(
            f"Sequence {i} has {len(parts[i])} time steps, more than length={length}. "
            "pad_sequences cuts nothing off. Pass X=[steps[-length:] for steps in X] "
            "to keep the last ones of each."
        )
    return int(length)


def _padded_type(parts: list[NDArray[Any]], value: Any) -> np.dtype[Any]:
    typed = [steps for steps in parts if steps.size] or parts  # [] has a type too
    if not typed:
        return np.dtype(np.float64)
    dtype = np.result_type(*typed)
    if dtype.kind == "f":
        return dtype
    if not isinstance(value, Integral):
        return np.dtype(np.float64)
    return np.result_type(dtype, np.min_scalar_type(int(value)))


def _check_lengths(lengths: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.intp]:
    n_steps = np.asarray(lengths)
    if n_steps.size and n_steps.dtype.kind not in "iu":
        raise TypeError(
            f"unpad_sequences expects integer lengths. Got dtype {n_steps.dtype}."
        )
    if n_steps.shape != shape[:1]:
        raise ValueError(
            f"unpad_sequences expects one length for each of the {shape[0]} sequences. "
            f"Got lengths of shape {n_steps.shape}."
        )
    bad = (n_steps < 0) | (n_steps > shape[1])
    if bad.any():
        i = int(np.argmax(bad))
        raise ValueError(
            f"Sequence {i} has {shape[1]} time steps with its padding. Got length "
            f"{n_steps[i]}."
        )
    return n_steps.astype(np.intp)
