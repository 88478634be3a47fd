"""What comes next: targets ahead, baselines, splits, remaining life, roll-outs."""

from sklearn_rnn.forecasting._baselines import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
)
from sklearn_rnn.forecasting._leakage import check_leakage
from sklearn_rnn.forecasting._make_targets import make_targets
from sklearn_rnn.forecasting._skill import skill_score
from sklearn_rnn.forecasting._splits import GroupTimeSeriesSplit

__all__ = [
    "GroupTimeSeriesSplit",
    "PersistenceRegressor",
    "SeasonalNaiveRegressor",
    "check_leakage",
    "make_targets",
    "skill_score",
]
