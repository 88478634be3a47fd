"""Rows of a table -> for each row, the window of rows that comes before it."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._compat import CallbackSupportMixin, with_callbacks
from sklearn_rnn.exceptions import MissingGroupsError
from sklearn_rnn.windowing._groups import refuse_lost_groups, resolve_group_columns
from sklearn_rnn.windowing._reader import TableReader
from sklearn_rnn.windowing._spans import (
    Windows,
    learn_time_step,
    warn_if_never_full,
    warn_if_new_rows_short,
)
from sklearn_rnn.windowing._table import Table, check_whole_table


class SequenceWindower(CallbackSupportMixin, TransformerMixin, TableReader):
    """Give each row of a table the window of rows that comes before it.

    A row in, a window out: the number and the order of the rows never change, so `y`,
    scorers and splitters line up with the windows as they do with the rows. A window
    never reads a row later than `horizon` rows before its own, and never a row of
    another group. Rows with little history get short windows.

    The last training rows of each group are kept. Rows that follow them in time, such
    as the test fold of a :class:`~sklearn.model_selection.TimeSeriesSplit`, get them as
    history, so that their first windows are full.

    Parameters
    ----------
    window_length : int, default=20
        Number of rows in a full window. More of it lets the network see further back,
        and training time grows in proportion; memory does not.

    horizon : int, default=1
        How many rows before the predicted row the window ends. 1 forecasts the next
        row from the rows before it; 0 lets the window include the row itself, as for
        remaining life and soft sensors.

    group_by : str, int, list of them or None, default=None
        Columns that name the group (cell, engine, store) of each row: names for a
        DataFrame, positions for an array. They are no features. None reads the groups
        from all but the last level of a MultiIndex, or else from `groups` in `fit`
        and `transform`. Prefer a column: scikit-learn drops `groups` in places.

    context : {"auto", "fit"} or None, default="auto"
        When `transform` puts the last training rows of a group in front of its rows.
        "auto": if all given rows of the group come after them in the index of a
        DataFrame; never for arrays, whose rows have no place in time. "fit": whenever
        the table is not the training set, arrays too. None: never.

    max_gap : float, str, datetime.timedelta or None, default=None
        Longest step of the index within a window: a number for an index of numbers or
        periods, a duration such as `"1h"` for one of dates. After a longer step
        windows start anew. None lets them run across gaps.

    time_delta : bool, default=False
        Whether to add the feature `"time_delta"`: the time since the previous row with
        values, in units of the median training step, 0 where there is none. For
        irregular sampling.

    flatten : bool, default=False
        Whether to give a 2-D table of lags instead of :class:`~sklearn_rnn.Sequences`,
        for any regressor of scikit-learn on the very same windows. Missing history is
        NaN: put a :class:`~sklearn.impute.SimpleImputer` in front of
        :class:`~sklearn.linear_model.Ridge`;
        :class:`~sklearn.ensemble.HistGradientBoostingRegressor` takes NaN as it is.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`, those that name groups included.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of these columns, where all are strings.

    groups_ : list or None
        Ids of the groups seen in `fit`. None for a table without groups.

    target_columns_ : TargetColumns or None
        Features that the targets are exact affine copies of, in their row or later
        ones, when forecasting. The windows carry it to the network.

    time_step_ : float or None
        Median training step, in units of the index (nanoseconds for dates). None
        without `time_delta`.

    Raises
    ------
    ValueError
        If a row is partly NaN, a value is infinite, the index does not increase within
        a group, or group ids do not fit the rows.

    MissingGroupsError
        If the windower was fitted with groups and `transform` gets none.

    Warns
    -----
    ShortHistoryWarning
        If no training window is full, or new rows come without the rows before them.

    HistoryGapWarning
        If rows continue the training rows after an unusually long step of the index.

    TargetLeakWarning
        If `horizon=0` and a feature is an exact affine copy of `y`.

    UserWarning
        If the index of `y` has the labels of that of `X` in another order.

    See Also
    --------
    Sequences : What `transform` returns: windows that share their rows.
    sklearn.model_selection.TimeSeriesSplit : Splits rows in time, before windowing.

    Notes
    -----
    Row `t` gets rows `t - horizon - window_length + 1` to `t - horizon`, counted within
    its group. A row whose features are all NaN is absent: it gets a window, and is no
    step of any. Windows are slices of shared rows, so time and memory are
    O(n_rows * n_features) at any `window_length`; `flatten` costs `window_length` times
    that.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn import SequenceWindower
    >>> X = pd.DataFrame({"capacity": [1.0, 0.9, 0.8, 0.7, 0.6]})
    >>> windower = SequenceWindower(window_length=2)
    >>> for window in windower.fit_transform(X):
    ...     print(window.ravel())
    []
    [1.]
    [1.  0.9]
    [0.9 0.8]
    [0.8 0.7]

    Rows that follow the training rows have their full history:

    >>> for window in windower.fit(X[:3]).transform(X[3:]):
    ...     print(window.ravel())
    [0.9 0.8]
    [0.8 0.7]

    The same windows as a table of lags:

    >>> windower.set_params(flatten=True).fit(X).get_feature_names_out()
    array(['capacity_lag2', 'capacity_lag1'], dtype=object)
    """

    @with_callbacks
    def fit(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> SequenceWindower:
        """Learn the columns, the groups and the last rows of each.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Rows, in the order of time within each group. A DataFrame places them in
            time by its index.

        y : array-like of shape (n_rows,) or (n_rows, n_outputs), default=None
            Targets, that of each row at its position; only compared with the features,
            never changed.

        groups : array-like of shape (n_rows,), default=None
            Id of the group of each row, where neither `group_by` nor a MultiIndex
            names it.

        Returns
        -------
        SequenceWindower
            Fitted windower.
        """
        self._fit_windows(X, y, groups)
        return self

    @with_callbacks
    def fit_transform(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> Any:
        """Fit, and give the windows of the training rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Rows, in the order of time within each group.

        y : array-like of shape (n_rows,) or (n_rows, n_outputs), default=None
            Targets; only compared with the features, never changed.

        groups : array-like of shape (n_rows,), default=None
            Id of the group of each row.

        Returns
        -------
        Sequences of length n_rows, or table of shape \
                (n_rows, window_length * n_features)
            Window of each row; a table with `flatten=True`.
        """
        return self._fit_windows(X, y, groups)

    def transform(self, X: Any, groups: ArrayLike | None = None) -> Any:
        """Give each row its window.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Rows, in the order of time within each group.

        groups : array-like of shape (n_rows,), default=None
            Id of the group of each row, if it was passed to `fit`. A group that `fit`
            did not see has no history.

        Returns
        -------
        Sequences of length n_rows, or table of shape \
                (n_rows, window_length * n_features)
            Window of each row; a table with `flatten=True`.
        """
        check_is_fitted(self)
        table = self._read(check_whole_table(self, X, reset=False), groups)
        if self.groups_ is not None and not table.groups.named:
            raise MissingGroupsError(
                "SequenceWindower was fitted with groups, but transform got none; "
                "scikit-learn drops them in make_scorer, cross_val_predict and others. "
                "Make the id a column of X and name it in group_by=, where nothing can "
                "drop it."
            )
        history = None
        if self.context is not None and self._context is not None:
            history = self._context.history_for(table.panel, self.context)
        windows = self._cut(table, history)
        if table.panel.times is not None:
            warn_if_new_rows_short(windows, self._longest_window)
        return self._output(windows, table)

    def set_output(self, *, transform: str | None = None) -> SequenceWindower:
        """Choose the container of the table of lags.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Container; None changes nothing. Without `flatten` there is no table, and
            this does nothing, so that `set_output` of a Pipeline works.

        Returns
        -------
        SequenceWindower
            The windower itself.
        """
        return super().set_output(transform=transform) if self.flatten else self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        kept = ["float64", "float32"] if self.flatten else ["float32"]
        tags.transformer_tags.preserves_dtype = kept
        return tags

    def _fit_windows(self, X: Any, y: Any, groups: ArrayLike | None) -> Any:
        self._validate_params()
        data = {"estimator": self, "X": X, "y": y, "metadata": {"groups": groups}}
        task = self._init_callback_context()
        task.call_on_fit_task_begin(**data)
        with self._unchanged_by_failure():
            windows, table = self._learn(X, y, groups)
        task.call_on_fit_task_end(**data, reconstruction_attributes={})
        return self._output(windows, table)

    def _learn(self, X: Any, y: Any, groups: ArrayLike | None) -> tuple[Windows, Table]:
        X = check_whole_table(self, X, reset=True)
        self._group_columns = resolve_group_columns(self.group_by, X)
        table = self._read(X, groups)
        if not table.groups.named:
            refuse_lost_groups(X, y)
        self.groups_ = table.groups.ids if table.groups.named else None
        self.time_step_ = learn_time_step(table.panel) if self.time_delta else None
        self.target_columns_ = self._find_targets(X, y, table)
        windows = self._cut(table, None)
        self._context = self._remember(table.panel, windows.panel)
        self._longest_window = windows.longest
        warn_if_never_full(windows, self.window_length, self.max_gap)
        return windows, table
