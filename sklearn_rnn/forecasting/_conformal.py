"""Regressor, and its errors on rows that it has not learnt from -> intervals."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils import Tags, check_array, get_tags, indexable
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._compat import HasMethods, Interval, StrOptions, safe_indexing
from sklearn_rnn._warning import warn_caller
from sklearn_rnn.forecasting._calibration_rows import (
    CalibrationRows,
    hold_out_groups,
    hold_out_last_rows,
    largest_lead,
)
from sklearn_rnn.forecasting._row_series import RowSeries, read_series
from sklearn_rnn.forecasting._table_series import find_id_columns, read_table_series
from sklearn_rnn.sequences._sequences import Sequences


class ConformalIntervals(MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    r"""Predict intervals that cover the target as often as asked for.

    A copy of the regressor is fitted without the last rows of each group and predicts
    these. The size of its errors there says how wide an interval must be, whatever the
    regressor is and however the errors are distributed (split conformal prediction).

    For remaining life set `hold_out="groups"`: the last rows of units that ran to their
    end are the easiest, so intervals measured on them are too narrow for all others.

    It goes around a whole pipeline, or stands as the last step of one, around the
    network.

    Parameters
    ----------
    estimator : estimator
        Regressor, or Pipeline that ends in one.

    coverage : float, default=0.9
        Share of the targets that lie within their interval.

    calibration_fraction : float, default=0.2
        Share of the rows of each group, or of the groups, on which the errors are
        measured. More of it settles the width better and leaves less to learn from.

    hold_out : {"last_rows", "groups"}, default="last_rows"
        What the errors are measured on. "last_rows": the last rows of each group, for
        series that go on. "groups": all rows of the groups that appear last, for units
        that are new, as in remaining life.

    refit : bool, default=True
        Whether to fit once more, to all rows, for the predictions. False saves the time
        of a fit, but the rows that are predicted later then follow a gap: the
        calibration rows, which the windower has not seen.

    Attributes
    ----------
    estimator_ : estimator
        Fitted regressor that predicts.

    half_widths_ : ndarray of shape (n_outputs,)
        Half the width of the intervals of each output, in the units of y.

    n_calibration_ : int
        Number of rows on which the errors were measured.

    n_features_in_ : int
        Number of columns, if the regressor counts them.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the regressor knows them.

    Warns
    -----
    UserWarning
        If there are too few calibration rows for the coverage: the intervals are then
        infinite.

    See Also
    --------
    sklearn_rnn.LSTMRegressor : `criterion="quantile"` learns intervals whose width
        varies from row to row.
    forecast : `n_samples` gives paths further into the future; of this estimator only
        the centres of the intervals are rolled out.

    Notes
    -----
    Of the sorted absolute errors :math:`e_1 \le \dots \le e_n` the half width is
    :math:`e_k`, :math:`k = \lceil (n + 1) \cdot \text{coverage} \rceil`. If the errors
    of the calibration rows and of later rows can be exchanged, an interval covers with
    at least this probability. In series this holds as far as the errors stay as large
    as they were; where they grow with time, the intervals are too narrow. With `refit`
    the predictions are those of a regressor that has learnt from more rows than the one
    whose errors were measured. Rows of one unit err together: with
    `hold_out="groups"` the coverage is that of the mean of many units, not of each, and
    a handful of units held out settles it poorly.

    Targets of several steps reach into the rows behind their own, which shows where
    they copy a column of `X` or are NaN at the end of each group. The copy does not
    learn from rows whose targets lie in the rows held back. Others lie in their row.

    References
    ----------
    Lei, J., G'Sell, M., Rinaldo, A., Tibshirani, R. J. and Wasserman, L. (2018).
    Distribution-free predictive inference for regression. Journal of the American
    Statistical Association, 113(523), 1094-1111.
    https://doi.org/10.1080/01621459.2017.1307116

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> from sklearn_rnn.forecasting import ConformalIntervals, PersistenceRegressor
    >>> X, y = make_battery_fade(300, random_state=0)
    >>> pipe = make_pipeline(SequenceWindower(5), PersistenceRegressor())
    >>> intervals = ConformalIntervals(pipe, coverage=0.8).fit(X[:200], y[:200])
    >>> low, high = intervals.predict_interval(X[200:]).T
    >>> bool(0.7 < ((low <= y[200:]) & (y[200:] <= high)).mean() < 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "coverage": [Interval(Real, 0, 1, closed="neither")],
        "calibration_fraction": [Interval(Real, 0, 1, closed="neither")],
        "hold_out": [StrOptions({"last_rows", "groups"})],
        "refit": ["boolean"],
    }

    def __init__(
        self,
        estimator,
        *,
        coverage=0.9,
        calibration_fraction=0.2,
        hold_out="last_rows",
        refit=True,
    ):
        self.estimator = estimator
        self.coverage = coverage
        self.calibration_fraction = calibration_fraction
        self.hold_out = hold_out
        self.refit = refit

    def fit(self, X, y, groups=None):
        """Fit the regressor, and measure its errors on the rows held out.

        Parameters
        ----------
        X : array-like of shape (n_rows, ...) or Sequences
            Rows, in the order of time within each group.

        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Targets. With two axes NaN is a target that is not known.

        groups : array-like of shape (n_rows,), default=None
            Id of the group of each row. None reads it from the `group_by` of the
            windower in `estimator`, from windows, or from all but the last level of a
            MultiIndex of `X`.

        Returns
        -------
        self : estimator
            Fitted estimator.
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                "ConformalIntervals requires y to be passed, but the target y is None."
            )
        X, y = indexable(X, y)
        train, behind, calibration = self._split(X, y, self._read_series(X, groups))
        part = safe_indexing(X, train), safe_indexing(y, train)
        fitted = clone(self.estimator).fit(*part)
        predictions = np.asarray(fitted.predict(safe_indexing(X, behind)))
        self.half_widths_ = self._measure(
            predictions[np.isin(behind, calibration)], safe_indexing(y, calibration)
        )
        self.n_calibration_ = len(calibration)
        self.estimator_ = clone(self.estimator).fit(X, y) if self.refit else fitted
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def predict(self, X):
        """Predict the target of each row.

        Parameters
        ----------
        X : array-like of shape (n_rows, ...) or Sequences
            Rows, as in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_outputs)
            Predictions of the regressor.
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)

    def predict_interval(self, X):
        """Predict an interval for the target of each row.

        Parameters
        ----------
        X : array-like of shape (n_rows, ...) or Sequences
            Rows, as in :meth:`fit`. A row of NaN at the next time gives the intervals
            of what comes next.

        Returns
        -------
        ndarray of shape (n_rows, 2) or (n_rows, n_outputs, 2)
            Lower and upper bounds, in the units of y.
        """
        predictions = np.asarray(self.predict(X), dtype=np.float64)
        half = self.half_widths_ if predictions.ndim > 1 else self.half_widths_[0]
        return np.stack([predictions - half, predictions + half], axis=-1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.target_tags.multi_output = inner.target_tags.multi_output
        tags.regressor_tags = inner.regressor_tags
        return tags

    def _split(self, X: Any, y: Any, series: RowSeries) -> CalibrationRows:
        if self.hold_out == "groups":
            return hold_out_groups(series, self.calibration_fraction)
        lead = largest_lead(self.estimator, X, y, series)
        return hold_out_last_rows(series, self.calibration_fraction, lead)

    def _read_series(self, X: Any, groups: ArrayLike | None) -> RowSeries:
        name = type(self).__name__
        if isinstance(X, Sequences):
            return read_series(name, len(X), X.groups if groups is None else groups)
        id_columns = find_id_columns(self.estimator, X)
        return read_table_series(name, X, id_columns, groups)

    def _measure(self, predictions: Any, y: Any) -> NDArray[np.float64]:
        """Give the error that the asked share of the calibration rows stays within."""
        targets = check_array(
            y,
            dtype=np.float64,
            ensure_2d=False,
            ensure_all_finite="allow-nan",
            input_name="y",
            estimator=self,
        )
        targets = targets.reshape(len(targets), -1)
        errors = np.abs(np.asarray(predictions).reshape(len(targets), -1) - targets)
        half_widths = [self._quantile(error[~np.isnan(error)]) for error in errors.T]
        if not np.isfinite(half_widths).all():
            warn_caller(
                f"ConformalIntervals has {len(errors)} rows to measure errors on, too "
                f"few for coverage={self.coverage!r}: its intervals are infinite. Use "
                "more rows, a larger calibration_fraction or a smaller coverage.",
            )
        return np.array(half_widths)

    def _quantile(self, errors: NDArray[np.float64]) -> float:
        k = int(np.ceil(round((len(errors) + 1) * self.coverage, 9)))
        return float(np.sort(errors)[k - 1]) if k <= len(errors) else np.inf
