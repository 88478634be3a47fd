"""What comes next: targets ahead, baselines, splits, remaining life, roll-outs."""

from sklearn_rnn.forecasting._baselines import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
)
from sklearn_rnn.forecasting._make_targets import make_targets
from sklearn_rnn.forecasting._skill import skill_score

__all__ = [
    "PersistenceRegressor",
    "SeasonalNaiveRegressor",
    "make_targets",
    "skill_score",
]
