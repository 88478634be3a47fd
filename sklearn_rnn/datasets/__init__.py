"""Made series, one real one, and readers of others: NumPy and pandas only."""

from sklearn_rnn.datasets._adding import make_adding_problem
from sklearn_rnn.datasets._battery import make_battery_fade
from sklearn_rnn.datasets._cmapss import load_cmapss
from sklearn_rnn.datasets._ett import load_ett
from sklearn_rnn.datasets._nasa import load_nasa_battery

__all__ = [
    "load_cmapss",
    "load_ett",
    "load_nasa_battery",
    "make_adding_problem",
    "make_battery_fade",
]
