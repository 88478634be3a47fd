"""What the user names, or the windower found -> the column each output is fed into."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from sklearn_rnn.forecasting._past import Past
from sklearn_rnn.forecasting._scramble import numeric_columns, take_columns
from sklearn_rnn.forecasting._table_series import find_windower
from sklearn_rnn.windowing._groups import resolve_group_columns
from sklearn_rnn.windowing._target import find_target_columns


@dataclass(frozen=True)
class Feedback:
    """Say where the outputs of a prediction lie in the table.

    Parameters
    ----------
    columns : ndarray of shape (n_outputs,)
        Position of the column, -1 for an output that is fed into none.

    slopes, intercepts : ndarray of shape (n_outputs,)
        From the units of the column to those of the output.

    leads : ndarray of shape (n_outputs,)
        Rows from the predicted row to the one where the value lies.
    """

    columns: NDArray[np.intp]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    leads: NDArray[np.intp]

    @property
    def first_lead(self) -> int:
        """Count the rows from a predicted row to its first value."""
        return int(self.leads.min())

    @property
    def offsets(self) -> NDArray[np.intp]:
        """Give the step of each output, counted from the first."""
        return self.leads - self.first_lead

    @property
    def n_ahead(self) -> int:
        """Count the steps of one prediction."""
        return int(self.offsets.max()) + 1

    @property
    def fed(self) -> list[int]:
        """List the columns that predictions are fed into."""
        return np.unique(self.columns[self.columns >= 0]).tolist()

    @property
    def variables(self) -> NDArray[np.intp]:
        """Number what is forecast: the outputs, or columns where outputs are steps."""
        if self.n_ahead == 1:
            return np.arange(len(self.columns))
        return np.searchsorted(self.fed, self.columns)

    def check(self) -> Feedback:
        """Refuse outputs that are neither single values nor all steps of columns."""
        steps = sorted(zip(self.columns.tolist(), self.offsets.tolist(), strict=True))
        whole = [(column, k) for column in self.fed for k in range(self.n_ahead)]
        if self.n_ahead > 1 and steps != whole:
            raise ValueError(
                "forecast expects the outputs to be one value of each column, or the "
                "same number of next values of each. Got outputs that lie "
                f"{self.leads.tolist()} rows ahead."
            )
        return self


def resolve_feedback(
    feedback: Any, estimator: BaseEstimator, past: Past, n_outputs: int
) -> Feedback:
    """Find the column that each output is fed into.

    Parameters
    ----------
    feedback : str, int, list of these or None
        As in :func:`forecast`.

    estimator : estimator
        Fitted.

    past : Past
        Rows that the forecast goes on from.

    n_outputs : int
        Number of outputs.

    Returns
    -------
    Feedback
        Checked.
    """
    if feedback is None:
        return _found_by_windower(estimator, past, n_outputs).check()
    named = feedback
    if isinstance(feedback, (str, int, np.integer)):
        named = [feedback] * n_outputs
    named = list(named) or [None] * n_outputs
    if len(named) != n_outputs:
        raise ValueError(
            f"forecast got feedback for {len(named)} outputs, but the estimator has "
            f"{n_outputs}. Name one column for each, or None."
        )
    columns = np.array([_position(name, past.frame) for name in named])
    # Outputs that are fed into one column are its next values, in their order.
    order = [named[:k].count(name) for k, name in enumerate(named)]
    leads = np.where(columns >= 0, order, 0) + _first_lead(estimator, columns)
    ones = np.ones(n_outputs)
    return Feedback(columns, ones, np.zeros(n_outputs), leads).check()


def _first_lead(estimator: BaseEstimator, columns: NDArray[np.intp]) -> int:
    """Count the rows from a predicted row to the first value that it predicts."""
    windower = find_windower(estimator)
    if windower is None or (columns < 0).all():
        return 0
    found = getattr(windower, "target_columns_", None)  # a copy may not be fitted
    if found is not None and found.leads is not None:
        return int(found.leads[found.columns >= 0].min())
    return 1 if windower.horizon == 0 else 0


def _position(name: Hashable, frame: pd.DataFrame) -> int:
    if name is None:
        return -1
    if name not in frame.columns:
        raise ValueError(
            f"feedback={name!r} is no column of X, whose columns are "
            f"{list(frame.columns)!r}."
        )
    return int(frame.columns.get_loc(name))


def _found_by_windower(
    estimator: BaseEstimator, past: Past, n_outputs: int
) -> Feedback:
    """Follow the columns that the windower found back to the table of the user."""
    windower = find_windower(estimator)
    found = getattr(windower, "target_columns_", None)
    if windower is None or found is None or not isinstance(estimator, Pipeline):
        raise ValueError(
            "forecast knows no column of X that y copies. Name it in feedback=, one "
            "for each output; feedback=[] feeds nothing back."
        )
    if len(found.columns) != n_outputs:
        raise ValueError(
            f"forecast got a windower fitted to {len(found.columns)} outputs and a "
            f"regressor fitted to {n_outputs}. Clone what two pipelines share."
        )
    names = [name for name, step in estimator.steps if step is windower]
    if not names:
        raise ValueError(
            "forecast expects the windower to be a step of the pipeline itself. Name "
            "the column that y copies in feedback=."
        )
    front = estimator[: list(estimator.named_steps).index(names[0])]
    table = past.as_given(past.frame)
    inner = front.transform(table) if len(front.steps) else table
    ids = resolve_group_columns(windower.group_by, inner)
    features = [i for i in range(inner.shape[1]) if i not in ids]
    columns = np.full(n_outputs, -1)
    slopes, intercepts = np.ones(n_outputs), np.zeros(n_outputs)
    for k in np.flatnonzero(found.columns >= 0):
        if inner is table:
            columns[k] = features[found.columns[k]]
            slopes[k], intercepts[k] = found.slopes[k], found.intercepts[k]
            continue
        values = take_columns(inner, [features[found.columns[k]]])[:, 0]
        y = found.slopes[k] * values + found.intercepts[k]
        columns[k], slopes[k], intercepts[k] = _column_of(past, y)
    leads = np.where(columns >= 0, found.leads, found.leads[columns >= 0].min())
    return Feedback(columns, slopes, intercepts, leads.astype(np.intp))


def _column_of(past: Past, y: NDArray[np.float64]) -> tuple[int, float, float]:
    """Find the column of the table that values are an affine copy of."""
    features: Sequence[int] = numeric_columns(past.frame, past.id_columns)
    one_series = np.zeros(len(y), dtype=np.intp)
    for table in (past.frame, past.frame.iloc[:, features].astype(np.float32)):
        places = features if table is past.frame else range(len(features))
        found = find_target_columns(table, y, places, ~np.isnan(y), one_series)
        if found is not None and found.leads is not None and not found.leads[0]:
            slope, intercept = float(found.slopes[0]), float(found.intercepts[0])
            return features[found.columns[0]], slope, intercept
    raise ValueError(
        "forecast cannot tell which column of X y copies: a step in front of the "
        "windower changes it. Name it in feedback=."
    )
