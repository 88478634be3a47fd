"""Rows + (start, stop) of each sequence -> Sequences, the one data structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn.sequences._series import Series
from sklearn_rnn.sequences._steps import (
    all_finite,
    as_float32,
    as_steps,
    common_width,
    find_absent,
)
from sklearn_rnn.sequences._target_columns import TargetColumns


class Sequences:
    """Hold a ragged collection of sequences over shared rows.

    Sequence `i` is `rows[starts[i]:stops[i]]`. Overlapping windows share their rows, so
    memory grows with the number of rows and not with the length of the windows.
    Indexing by slice, mask or integer array selects sequences and keeps the rows.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Time steps, float32, finite.

    starts, stops : ndarray of shape (n_sequences,)
        First row of each sequence, and one past its last. An empty sequence has
        `start == stop`.

    feature_names : tuple of str or None, default=None
        Name of each column of `rows`.

    groups : ndarray of shape (n_sequences,) or None, default=None
        Integer code of the series that each sequence is a window of, in the order of
        time within each code. None means that the sequences are independent samples.

    own_rows : ndarray of shape (n_sequences,) or None, default=None
        Row that each window belongs to, whose target it predicts; -1 where that row is
        absent. None for independent samples.

    target_columns : TargetColumns or None, default=None
        Columns that the targets are affine copies of, found by
        :class:`~sklearn_rnn.SequenceWindower`.

    series : Series or None, default=None
        Where the series begin that the windows were cut from.

    n_tokens : int or None, default=None
        Size of the vocabulary, where the one feature is a token from 0 to
        `n_tokens - 1`. None means unknown.

    Attributes
    ----------
    lengths : ndarray of shape (n_sequences,)
        Number of time steps of each sequence.

    shape : tuple of (n_sequences, longest, n_features)
        Shape of the dense array that :meth:`to_array` returns.

    See Also
    --------
    SequenceWindower : Makes one sequence per row of a table.

    Notes
    -----
    A time step whose features are all NaN is absent: `from_array` and `from_list` drop
    it, and `to_array` fills with such steps in front of short sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import Sequences
    >>> sequences = Sequences.from_list([np.ones((3, 2)), np.zeros((1, 2))])
    >>> sequences.shape, sequences.lengths
    ((2, 3, 2), array([3, 1]))
    >>> sequences[[1]].to_list()
    [array([[0., 0.]], dtype=float32)]
    """

    ndim = 3

    def __init__(
        self,
        rows: NDArray[np.float32],
        starts: NDArray[np.intp],
        stops: NDArray[np.intp],
        *,
        feature_names: tuple[str, ...] | None = None,
        groups: NDArray[np.intp] | None = None,
        own_rows: NDArray[np.intp] | None = None,
        target_columns: TargetColumns | None = None,
        series: Series | None = None,
        n_tokens: int | None = None,
    ) -> None:
        self.rows = rows
        self.starts = starts
        self.stops = stops
        self.feature_names = feature_names
        self.groups = groups
        self.own_rows = own_rows
        self.target_columns = target_columns
        self.series = series
        self.n_tokens = n_tokens

    @classmethod
    def from_array(cls, X: ArrayLike) -> Sequences:
        """Read an array of sequences of equal length.

        Parameters
        ----------
        X : array-like of shape (n_sequences, n_timesteps, n_features) or \
                (n_sequences, n_timesteps)
            Sequences; two axes mean one feature. All-NaN time steps are dropped.

        Returns
        -------
        Sequences
            Over a view of `X` where it is float32, in C order and free of NaN.

        Raises
        ------
        ValueError
            If a value is infinite, or a time step is partly NaN.
        """
        dense = as_float32(X)
        if dense.ndim == 2:
            dense = dense[:, :, None]
        if dense.ndim != 3:
            raise ValueError(
                "Sequences.from_array expects shape (n_sequences, n_timesteps, "
                f"n_features) or (n_sequences, n_timesteps). Got shape {dense.shape}."
            )
        n_sequences, n_timesteps, n_features = dense.shape
        stops = np.arange(1, n_sequences + 1) * n_timesteps
        rows = dense.reshape(n_sequences * n_timesteps, n_features)
        return cls(rows, stops - n_timesteps, stops).drop_absent_steps()

    @classmethod
    def from_list(cls, arrays: Sequence[ArrayLike]) -> Sequences:
        """Read a list of sequences of any length.

        Parameters
        ----------
        arrays : list of array-like of shape (n_timesteps_i, n_features) or \
                (n_timesteps_i,)
            Sequences; one axis means one feature. All-NaN time steps are dropped.

        Returns
        -------
        Sequences
            Over the concatenated rows.

        Raises
        ------
        ValueError
            If the arrays differ in their number of features, a value is infinite, or a
            time step is partly NaN.
        """
        parts = [as_steps(i, array) for i, array in enumerate(arrays)]
        n_features = common_width(parts)
        stops = np.cumsum([len(part) for part in parts], dtype=np.intp)
        starts = stops - np.array([len(part) for part in parts], dtype=np.intp)
        empty = np.empty((0, n_features), dtype=np.float32)
        rows = np.concatenate([empty, *(part for part in parts if len(part))])
        return cls(rows, starts, stops).drop_absent_steps()

    @property
    def lengths(self) -> NDArray[np.intp]:
        """Count the time steps of each sequence."""
        return self.stops - self.starts

    @property
    def shape(self) -> tuple[int, int, int]:
        """Give the shape of the dense form, (n_sequences, longest, n_features)."""
        longest = int(self.lengths.max()) if len(self) else 0
        return len(self), longest, self.rows.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Give the type of the values."""
        return self.rows.dtype

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for start, stop in zip(self.starts, self.stops, strict=True):
            yield self.rows[start:stop]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):  # scikit-learn's splitters ask for X[index, ...]
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError(
                    "Sequences are indexed along their first axis only. Use to_array() "
                    "to select time steps or features."
                )
            key = key[0]
        if isinstance(key, (int, np.integer)):
            return self.rows[self.starts[key] : self.stops[key]]
        if isinstance(key, list) and not key:
            key = slice(0, 0)
        chosen = copy(self)
        for name in ("starts", "stops", "groups", "own_rows"):
            values = getattr(self, name)
            setattr(chosen, name, None if values is None else values[key])
        chosen.series = self.series and self.series.take(key)
        return chosen

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("Sequences become an array only by copying.")
        return self.to_array().astype(dtype or self.dtype, copy=False)

    def __repr__(self) -> str:
        n_sequences, longest, n_features = self.shape
        return (
            f"Sequences({n_sequences} sequences of up to {longest} time steps, "
            f"{n_features} features, over {len(self.rows)} rows)"
        )

    def to_array(self) -> NDArray[np.float32]:
        """Copy the sequences into one dense array.

        Returns
        -------
        ndarray of shape (n_sequences, longest, n_features)
            Sequences, with NaN steps in front of those shorter than the longest.
        """
        dense = np.full(self.shape, np.nan, dtype=self.dtype)
        steps = self.stops[:, None] + np.arange(-dense.shape[1], 0)
        real = steps >= self.starts[:, None]
        dense[real] = self.rows[steps[real]]
        return dense

    def to_list(self) -> list[NDArray[np.float32]]:
        """List the sequences.

        Returns
        -------
        list of ndarray of shape (n_timesteps_i, n_features)
            Views of the rows.
        """
        return list(self)

    def compact(self) -> Sequences:
        """Copy the rows that independent samples use, in the order of the samples.

        Returns
        -------
        Sequences
            Equal sequences that share no row with each other or with `self`.
        """
        stops = np.cumsum(self.lengths)
        index = np.arange(stops[-1] if len(self) else 0)
        index += np.repeat(self.starts - (stops - self.lengths), self.lengths)
        return Sequences(
            self.rows[index],
            stops - self.lengths,
            stops,
            feature_names=self.feature_names,
            target_columns=self.target_columns,
            n_tokens=self.n_tokens,
        )

    def drop_absent_steps(self) -> Sequences:
        """Leave out the time steps whose features are all NaN.

        Returns
        -------
        Sequences
            `self` where no step is absent.

        Raises
        ------
        ValueError
            If a value is infinite, or a time step is partly NaN.
        """
        if all_finite(self.rows):
            return self
        absent = find_absent(self.rows, self.starts, self.stops, self.feature_names)
        kept_before = np.concatenate([[0], np.cumsum(~absent)])
        present = copy(self)
        present.rows = self.rows[~absent]
        present.starts, present.stops = kept_before[[self.starts, self.stops]]
        if self.own_rows is not None:
            gone = (self.own_rows < 0) | absent[self.own_rows]
            present.own_rows = np.where(gone, -1, kept_before[self.own_rows])
        if self.series is not None:
            present.series = self.series.without(kept_before)
        return present
