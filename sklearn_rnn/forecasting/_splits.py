"""Rows of several series -> folds: the past of each trains, its future tests."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_scalar

from sklearn_rnn._compat import num_samples
from sklearn_rnn.forecasting._row_series import RowSeries, read_series


class GroupTimeSeriesSplit(BaseCrossValidator):
    """Split every group in time: its past trains, its future tests.

    In each fold all groups are trained on up to some row and tested on the rows that
    follow, and the next fold goes on from there. Long groups give more rows to every
    fold than short ones. With one group the folds
    are those of :class:`~sklearn.model_selection.TimeSeriesSplit`.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2. More of them train more often, and the first ones
        on less.

    test_size : int or None, default=None
        Number of test rows of each group in a fold. None takes the number of its rows
        divided by `n_splits + 1`, rounded down.

    purge : int, default=0
        Number of rows of each group between training and test that belong to neither.
        Targets that reach `k` rows ahead need at least `purge=k`, or the training sees
        values of the test rows.

    See Also
    --------
    check_leakage : Finds out whether a fold lets the future through.
    sklearn.model_selection.TimeSeriesSplit : Splits one series.
    sklearn.model_selection.GroupKFold : Holds out whole groups.

    Notes
    -----
    The groups are those passed to `split`, or else all but the last level of the
    MultiIndex of `X`. Time is counted in each group by itself: where the groups share a
    calendar, other groups may be trained on later days than one is tested on.

    A purged row is not there at all. :class:`~sklearn_rnn.SequenceWindower` would take
    the last training rows for those right in front of the test rows; with
    `max_gap` of one step of the index it lets their windows begin anew.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.forecasting import GroupTimeSeriesSplit
    >>> X, groups = np.zeros((9, 1)), list("aaaaaabbb")
    >>> for train, test in GroupTimeSeriesSplit(n_splits=2).split(X, groups=groups):
    ...     print(train, test)
    [0 1 6] [2 3 7]
    [0 1 2 3 6 7] [4 5 8]
    """

    __metadata_request__split = {"groups": True}  # as GroupKFold has it

    def __init__(
        self,
        n_splits: int = 5,
        *,
        test_size: int | None = None,
        purge: int = 0,
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.purge = purge

    def get_n_splits(
        self, X: Any = None, y: Any = None, groups: ArrayLike | None = None
    ) -> int:
        """Count the folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Not read.

        Returns
        -------
        int
            `n_splits`.
        """
        return self.n_splits

    def split(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Give the rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_rows, ...)
            Rows, in the order of time within each group.

        y : object, default=None
            Not read.

        groups : array-like of shape (n_rows,) or None, default=None
            Id of the group of each row. None reads it from all but the last level of a
            MultiIndex of `X`; without one all rows are one group.

        Yields
        ------
        train, test : ndarray of int
            Rows, each in ascending order.

        Raises
        ------
        ValueError
            If a parameter is out of range, a group has too few rows, or the index does
            not increase within a group.
        """
        self._check_parameters()
        series = read_series("GroupTimeSeriesSplit", num_samples(X), groups, X)
        test_sizes = self._test_sizes(series)
        places, ends = series.places, series.sizes
        for fold in range(self.n_splits):
            begins = ends - (self.n_splits - fold) * test_sizes
            begin = begins[series.codes]
            is_test = (places >= begin) & (places < begin + test_sizes[series.codes])
            train = np.flatnonzero(places < begin - self.purge)
            if not len(train):
                raise ValueError(
                    f"GroupTimeSeriesSplit leaves no row to train on in fold {fold}. "
                    f"Use a smaller purge (now {self.purge}) or fewer or smaller folds."
                )
            yield train, np.flatnonzero(is_test)

    def _check_parameters(self) -> None:
        check_scalar(self.n_splits, "n_splits", Integral, min_val=2)
        check_scalar(self.purge, "purge", Integral, min_val=0)
        if self.test_size is not None:
            check_scalar(self.test_size, "test_size", Integral, min_val=1)

    def _test_sizes(self, series: RowSeries) -> NDArray[np.intp]:
        """Count the test rows of each group in a fold."""
        sizes = series.sizes
        if self.test_size is not None:
            test_sizes = np.full(len(sizes), self.test_size)
        else:
            test_sizes = sizes // (self.n_splits + 1)
        short = np.flatnonzero((test_sizes == 0) | (sizes < self.n_splits * test_sizes))
        if len(short):
            name = series.ids[short[0]]
            group = "the table" if name is None else f"group {name!r}"
            raise ValueError(
                f"GroupTimeSeriesSplit(n_splits={self.n_splits}, test_size="
                f"{self.test_size}) needs more rows than the {sizes[short[0]]} of "
                f"{group}. Use fewer or smaller folds, or leave it out."
            )
        return test_sizes
