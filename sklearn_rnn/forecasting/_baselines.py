"""Sequences -> the last value of each, or the one a period before the target."""

from __future__ import annotations

from numbers import Integral

from sklearn_rnn._compat import Interval
from sklearn_rnn.forecasting._naive import NaiveRegressor


class PersistenceRegressor(NaiveRegressor):
    """Predict that the next value is the last one.

    It stands in a pipeline where a recurrent network would, reads the same windows and
    repeats the last value of the column that y copies, for every step ahead. A network
    that is no better has learnt nothing from the order of the rows.

    Parameters
    ----------
    target_feature : "auto", int, str, list of these or None, default="auto"
        The column that y copies. "auto" takes what
        :class:`~sklearn_rnn.SequenceWindower` found in the rows; a name or index says
        it for other input, where y has the units of that column; a list names one per
        output. None predicts averages.

    Attributes
    ----------
    target_feature_ : str, int, list of these or None
        Column that each output copies; None where that is not known.

    target_average_ : ndarray of shape (n_outputs,)
        Averages of the known training targets, predicted where a sequence has no time
        step, and by outputs that copy no column.

    n_outputs_ : int
        Number of outputs.

    n_features_in_ : int
        Number of features, or of time steps in a 2-D X.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of a DataFrame.

    Warns
    -----
    UserWarning
        If no column is known for an output.

    See Also
    --------
    SeasonalNaiveRegressor : Repeats the value of a day, week or year before.
    skill_score : Compares predictions with those of a baseline.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import SequenceWindower
    >>> from sklearn_rnn.datasets import make_battery_fade
    >>> from sklearn_rnn.forecasting import PersistenceRegressor
    >>> X, y = make_battery_fade(60, random_state=0)
    >>> pipe = make_pipeline(SequenceWindower(5), PersistenceRegressor()).fit(X, y)
    >>> bool(abs(pipe.predict(X)[1:] - y[:-1]).max() < 1e-6)
    True
    """

    def __init__(self, *, target_feature="auto"):
        self.target_feature = target_feature

    def _steps_back(self, ahead: int) -> int:
        return 0


class SeasonalNaiveRegressor(NaiveRegressor):
    r"""Predict that the next season is as the last one.

    It repeats the value that the column which y copies had one period before the
    target; for targets further ahead than a period, the same moment of the last season
    that is known. The windows must reach back that far: with `horizon=1` a
    `window_length` of at least `period`.

    Parameters
    ----------
    period : int, default=1
        Number of rows in a season, such as 24 for hours of a day. 1 repeats the last
        value.

    target_feature : "auto", int, str, list of these or None, default="auto"
        The column that y copies. "auto" takes what
        :class:`~sklearn_rnn.SequenceWindower` found in the rows; a name or index says
        it for other input, where y has the units of that column; a list names one per
        output. None predicts averages.

    Attributes
    ----------
    target_feature_ : str, int, list of these or None
        Column that each output copies; None where that is not known.

    target_average_ : ndarray of shape (n_outputs,)
        Averages of the known training targets, predicted where a sequence does not
        reach back far enough, and by outputs that copy no column.

    n_outputs_ : int
        Number of outputs.

    n_features_in_ : int
        Number of features, or of time steps in a 2-D X.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of a DataFrame.

    Warns
    -----
    UserWarning
        If no column is known for an output.

    ShortHistoryWarning
        If no training sequence reaches back to the value that is to be repeated.

    See Also
    --------
    PersistenceRegressor : Repeats the last value.
    skill_score : Compares predictions with those of a baseline.

    Notes
    -----
    Of a target :math:`a` rows behind the last time step, the value
    :math:`(-a) \bmod p` steps before that one is repeated, with period :math:`p`.
    Rows are counted, so a time step that is absent moves those before it by one.
    Several outputs are taken for the next steps of a column where they copy the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import SequenceWindower
    >>> from sklearn_rnn.forecasting import SeasonalNaiveRegressor
    >>> y = np.tile([1.0, 5.0, 2.0], 6)
    >>> pipe = make_pipeline(SequenceWindower(3), SeasonalNaiveRegressor(period=3))
    >>> pipe.fit(y[:, None], y).predict(y[:, None])[3:9]
    array([1., 5., 2., 1., 5., 2.])
    """

    _parameter_constraints = NaiveRegressor._parameter_constraints | {
        "period": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, period=1, *, target_feature="auto"):
        self.period = period
        self.target_feature = target_feature

    def _steps_back(self, ahead: int) -> int:
        return -ahead % self.period
