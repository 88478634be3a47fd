"""What comes next: targets ahead, baselines, splits, remaining life, roll-outs."""

from sklearn_rnn.forecasting._baselines import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
)
from sklearn_rnn.forecasting._conformal import ConformalIntervals
from sklearn_rnn.forecasting._forecast import forecast
from sklearn_rnn.forecasting._leakage import check_leakage
from sklearn_rnn.forecasting._make_targets import make_targets
from sklearn_rnn.forecasting._remaining_life import (
    last_row_per_group,
    rul_score,
    rul_scorer,
    rul_targets,
)
from sklearn_rnn.forecasting._skill import skill_score
from sklearn_rnn.forecasting._splits import GroupTimeSeriesSplit
from sklearn_rnn.forecasting._threshold import steps_to_threshold

__all__ = [
    "ConformalIntervals",
    "GroupTimeSeriesSplit",
    "PersistenceRegressor",
    "SeasonalNaiveRegressor",
    "check_leakage",
    "forecast",
    "last_row_per_group",
    "make_targets",
    "rul_score",
    "rul_scorer",
    "rul_targets",
    "skill_score",
    "steps_to_threshold",
]
