"""Parameters and a table -> its series, its windows, the targets found in it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._compat import Interval, StrOptions
from sklearn_rnn._warning import warn_caller
from sklearn_rnn.exceptions import TargetLeakWarning
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns
from sklearn_rnn.windowing._context import Context, Fingerprint
from sklearn_rnn.windowing._lags import lag_names, lag_table
from sklearn_rnn.windowing._panel import Panel
from sklearn_rnn.windowing._spans import Windows, cut_windows
from sklearn_rnn.windowing._table import Table, name_columns, read_table
from sklearn_rnn.windowing._target import find_target_columns, warn_if_reordered


def _is_flat(windower: TableReader) -> bool:
    return bool(windower.flatten)


class TableReader(BaseEstimator):
    """Store the parameters of a windower, and read tables by them; abstract."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "window_length": [Interval(Integral, 1, None, closed="left")],
        "horizon": [Interval(Integral, 0, None, closed="left")],
        "group_by": [None, str, Integral, list, tuple],
        "context": [None, StrOptions({"auto", "fit"})],
        "max_gap": [
            None,
            str,
            datetime.timedelta,
            np.timedelta64,
            Interval(Real, 0, None, closed="neither"),
        ],
        "time_delta": ["boolean"],
        "flatten": ["boolean"],
    }

    def __init__(
        self,
        window_length=20,
        *,
        horizon=1,
        group_by=None,
        context="auto",
        max_gap=None,
        time_delta=False,
        flatten=False,
    ):
        self.window_length = window_length
        self.horizon = horizon
        self.group_by = group_by
        self.context = context
        self.max_gap = max_gap
        self.time_delta = time_delta
        self.flatten = flatten

    @available_if(_is_flat)
    def get_feature_names_out(
        self, input_features: Sequence[str] | None = None
    ) -> NDArray[np.object_]:
        """Name the columns of the table of lags.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the columns of X; those seen in `fit`, if it saw names.

        Returns
        -------
        ndarray of str of shape (window_length * n_features,)
            `capacity_lag1` is the capacity one row before the predicted row.
        """
        check_is_fitted(self)
        names = self._feature_names(input_features)
        return np.array(
            lag_names(names, self.window_length, self.horizon), dtype=object
        )

    def _read(self, X: Any, groups: ArrayLike | None) -> Table:
        return read_table(
            self,
            X,
            groups,
            group_columns=self._group_columns,
            names=self._feature_names(),
            dtype=[np.float64, np.float32] if self.flatten else np.float32,
        )

    @contextmanager
    def _unchanged_by_failure(self) -> Iterator[None]:
        """Leave everything as it was before, unless the block comes to its end."""
        before = self.__dict__.copy()
        try:
            yield
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _feature_names(self, input_features: Sequence[str] | None = None) -> list[str]:
        columns = name_columns(self, input_features)
        names = [columns[i] for i in self._feature_columns()]
        if not self.time_delta:
            return names
        if "time_delta" in names:
            raise ValueError(
                "SequenceWindower(time_delta=True) adds a feature 'time_delta', but X "
                "has a column of that name. Rename or drop it."
            )
        return [*names, "time_delta"]

    def _feature_columns(self) -> list[int]:
        return [i for i in range(self.n_features_in_) if i not in self._group_columns]

    def _find_targets(self, X: Any, y: Any, table: Table) -> TargetColumns | None:
        if y is None:
            return None
        check_consistent_length(X, y)
        warn_if_reordered(X, y)
        present = table.in_order_of_table(table.panel.present)
        found = find_target_columns(
            X, y, self._feature_columns(), present, table.groups.codes
        )
        if found is None or self.horizon > 0:
            return found
        leaking = found.columns[(found.columns >= 0) & (found.leads == 0)]
        if not len(leaking):
            return found
        column = leaking[0]
        warn_caller(
            f"Feature {self._feature_names()[column]!r} is an exact affine copy of y, "
            "and with horizon=0 the window of a row includes the row itself. Drop the "
            "feature, or set horizon=1 to forecast.",
            TargetLeakWarning,
        )
        return None

    def _remember(self, table_panel: Panel, panel: Panel) -> Context | None:
        if self.context is None:
            return None
        n_steps = self.window_length + self.horizon - 1
        return Context.of(
            panel,
            Fingerprint.of(table_panel),
            n_steps,
            self.horizon,
            gaps_known=self.max_gap is not None,
            is_read=n_steps > 0 or self.time_delta,
        )

    def _cut(self, table: Table, history: Panel | None) -> Windows:
        return cut_windows(
            table,
            history,
            window_length=self.window_length,
            horizon=self.horizon,
            max_gap=self.max_gap,
            time_step=self.time_step_,
        )

    def _output(self, windows: Windows, table: Table) -> Any:
        rows = windows.panel.rows
        if self.flatten:
            return lag_table(rows, windows.starts, windows.stops, self.window_length)
        return Sequences(
            rows,
            windows.starts,
            windows.stops,
            feature_names=tuple(self._feature_names()),
            groups=table.groups.codes,
            own_rows=windows.own_rows,
            target_columns=self.target_columns_,
            series=windows.series,
        ).drop_absent_steps()
