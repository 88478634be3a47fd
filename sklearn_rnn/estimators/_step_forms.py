"""X as the user passed it <-> what belongs to its time steps, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn._validation import is_ragged
from sklearn_rnn.estimators._step_targets import (
    TEXT,
    refuse_other_lengths,
    refuse_shifted,
    side_by_side,
)
from sklearn_rnn.sequences._sequences import Sequences


class StepForm:
    """Know where the time steps of each sequence stand in X.

    A network reads no absent step, so what belongs to steps is packed for it: that of
    the real ones, in order, and NaN behind.

    Parameters
    ----------
    real : ndarray of bool of shape (n_samples, n_timesteps)
        Which steps of X are real.

    lengths : list of int or None
        Number of steps of each array, absent ones included, for a list of arrays.

    from_end : list of int or None
        Number of steps of each sequence where these stand at the end of their rows.
    """

    def __init__(
        self,
        real: NDArray[np.bool_],
        lengths: list[int] | None = None,
        from_end: list[int] | None = None,
    ) -> None:
        self.real = real
        self.lengths = lengths
        self.from_end = from_end
        n_real = real.sum(axis=1)
        self.packed = np.arange(n_real.max(initial=0)) < n_real[:, None]

    def pack(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring what stands at the steps of X side by side.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_timesteps, ...)
            What belongs to each step of X.

        Returns
        -------
        ndarray of shape (n_samples, longest, ...)
            That of the real steps, and NaN behind the last one.
        """
        shape = *self.packed.shape, *values.shape[2:]
        packed = np.full(shape, np.nan)
        packed[self.packed] = values[self.real]
        return packed

    @property
    def has_absent(self) -> bool:
        """Tell whether a step of X is absent."""
        n_steps = self.real.size if self.lengths is None else sum(self.lengths)
        return bool(self.packed.sum() < n_steps)

    def unpack(self, packed: NDArray[Any]) -> Any:
        """Put what belongs to real steps where they stand in X.

        Parameters
        ----------
        packed : ndarray of shape (n_samples, longest, ...)
            What belongs to the real steps.

        Returns
        -------
        ndarray of shape (n_samples, n_timesteps, ...) or list of arrays
            The form of X. At absent steps stands NaN, or None among objects.
        """
        shape = *self.real.shape, *packed.shape[2:]
        values = np.zeros(shape, dtype=packed.dtype)
        if packed.dtype.kind in "fO":
            values[...] = np.nan if packed.dtype.kind == "f" else None
        values[self.real] = packed[self.packed]
        if self.lengths is None:
            return values
        return [steps[:n] for steps, n in zip(values, self.lengths, strict=True)]

    def read_targets(self, y: Any) -> NDArray[Any]:
        """Read a y that has something for each step of X.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_timesteps, ...) or list of arrays
            Arrays of shape (n_timesteps_i, ...), also beside Sequences.

        Returns
        -------
        ndarray of shape (n_samples, n_timesteps, ...)
            The same; zeros or empty texts beside the steps of short sequences.

        Raises
        ------
        ValueError
            If it has not as many samples or steps as X, or is padded at the other end.
        """
        n_samples, n_timesteps = self.real.shape
        y = as_list(y)
        if not isinstance(y, (list, tuple)):  # a DataFrame has a column per step
            y = np.asarray(y)
        if len(y) != n_samples:
            raise ValueError(
                "Found input variables with inconsistent numbers of samples: "
                f"{[n_samples, len(y)]}"
            )
        is_array = isinstance(y, np.ndarray)
        from_end = None if is_array or not _are_uneven(y) else self.from_end
        lengths = from_end or self.lengths or [n_timesteps] * n_samples
        refuse_other_lengths(y, lengths, self.lengths is not None)
        if not is_array:
            parts = [np.asarray(keep_missing(steps)) for steps in y]
            y = side_by_side(parts, n_timesteps, at_end=from_end is not None)
        if self.lengths is None and from_end is None:
            refuse_shifted(self.real, y)
        return y


def has_steps(X: Any, y: Any) -> bool:
    """Tell whether y has something for each time step of X.

    Parameters
    ----------
    X, y : object
        As the user passed them to `fit`.

    Returns
    -------
    bool
        True for a y of three axes, and for a list of arrays beside a list of arrays.
    """
    if getattr(y, "ndim", 0) == 3:
        return True
    y = as_list(y)
    if not isinstance(y, (list, tuple)) or not len(y):
        return False
    if not all(is_row(steps) for steps in y):
        return False
    if any(_is_table(steps) for steps in y if len(steps)):
        return True
    if _are_uneven(y):
        return True
    return is_ragged(X) and [len(steps) for steps in y] == [len(x) for x in X]


def as_list(y: Any) -> Any:
    """Make a list of an array or a Series of arrays.

    Parameters
    ----------
    y : object
        As the user passed it to `fit`.

    Returns
    -------
    object
        Anything else as it is.
    """
    kind = getattr(getattr(y, "dtype", None), "kind", None)
    if kind != "O" or y.ndim != 1:
        return y
    rows = list(y)
    return rows if rows and all(is_row(row) for row in rows) else y


def is_row(steps: Any) -> bool:
    """Tell whether an element of y is an array, and so no single target.

    Parameters
    ----------
    steps : object
        Element of a list.

    Returns
    -------
    bool
        True for lists, arrays, Series and tables.
    """
    return isinstance(steps, (list, tuple)) or getattr(steps, "ndim", 0) in (1, 2)


def keep_missing(labels: Any) -> Any:
    """Make an array of a list of texts without writing out what is missing.

    Parameters
    ----------
    labels : object
        Labels of any form.

    Returns
    -------
    object
        An array of objects for a list of texts with NaN, of which NumPy would make
        `"nan"`; anything else as it is.
    """
    if (
        not isinstance(labels, (list, tuple))
        or np.asarray(labels).dtype.kind not in TEXT
    ):
        return labels
    objects = np.asarray(labels, dtype=object)
    return objects if pd.isna(objects).any() else labels


def find_step_form(X: Any, n_channels: int | None, tokens: bool) -> StepForm:
    """Find where the steps of X stand.

    Parameters
    ----------
    X : Sequences, list of arrays, or array-like
        As in `check_sequences`, which has checked it.

    n_channels : int or None
        Number of features in an array of two axes; None means one.

    tokens : bool
        Whether its values are tokens, of which 0 is padding.

    Returns
    -------
    StepForm
        For Sequences that of their dense form, with short ones filled in front.
    """
    if isinstance(X, Sequences):
        steps = X.stops[:, None] + np.arange(-X.shape[1], 0)
        inside = steps >= X.starts[:, None]
        present = _is_real(X.rows, tokens)
        real = inside.copy()
        real[inside] = present[steps[inside]]
        return StepForm(real, from_end=X.lengths.tolist())
    if is_ragged(X):
        parts = [_is_real(_with_features(np.asarray(steps)), tokens) for steps in X]
        lengths = [len(part) for part in parts]
        real = np.arange(max(lengths, default=0)) < np.array(lengths)[:, None]
        real[real] = np.concatenate(parts)
        return StepForm(real, lengths)
    dense = np.asarray(X)
    if dense.ndim == 2:
        dense = dense.reshape(len(dense), -1, n_channels or 1)
    return StepForm(_is_real(dense, tokens))


def _are_uneven(y: Any) -> bool:
    return len({len(steps) for steps in y}) > 1


def _is_table(steps: Any) -> bool:
    """Tell whether the targets of a sequence have several outputs."""
    if isinstance(steps, (list, tuple)):
        return np.ndim(steps[0]) == 1
    return bool(steps.ndim == 2)


def _is_real(steps: NDArray[Any], tokens: bool) -> NDArray[np.bool_]:
    steps = steps.astype(np.float32)
    absent = np.isnan(steps) | (steps == 0) if tokens else np.isnan(steps)
    return ~absent.all(axis=-1)


def _with_features(steps: NDArray[Any]) -> NDArray[Any]:
    return steps[:, None] if steps.ndim == 1 else steps
