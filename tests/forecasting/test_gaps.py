"""forecast warns where windows meet a gap, as predict does."""

import numpy as np
import pandas as pd
import pytest
from waves import ridge, waves

from sklearn_rnn.exceptions import HistoryGapWarning, ShortHistoryWarning
from sklearn_rnn.forecasting import forecast

HOURS = pd.date_range("2024-01-01", periods=60, freq="h")
TABLE = waves()[["a"]].set_axis(HOURS)
KNOWN = waves().set_axis(HOURS)


def coming(first, n_steps=3):
    index = pd.date_range(first, periods=n_steps, freq="h")
    return pd.DataFrame({"b": np.zeros(n_steps)}, index=index)


class TestRowsToCome:
    def test_that_follow_directly_are_not_remarked_upon(self):
        for max_gap in (None, "1h"):
            pipe = ridge(max_gap=max_gap).fit(KNOWN, KNOWN["a"])
            forecast(pipe, KNOWN, 3, X_future=coming("2024-01-03 12:00"))

    def test_behind_an_unusual_step(self):
        pipe = ridge().fit(KNOWN, KNOWN["a"])
        forecast(pipe, KNOWN, 3, X_future=coming("2024-01-03 13:00"))  # two hours
        message = (
            "goes on from index 2024-01-03 11:00:00 to index 2024-01-03 14:00:00: a "
            "longer step than any of X. The window runs across it"
        )
        with pytest.warns(HistoryGapWarning, match=message):
            forecast(pipe, KNOWN, 3, X_future=coming("2024-01-03 14:00"))

    def test_behind_a_step_longer_than_max_gap(self):
        pipe = ridge(max_gap="1h").fit(KNOWN, KNOWN["a"])
        message = "than max_gap. The window starts anew behind it and is empty"
        with pytest.warns(ShortHistoryWarning, match=message):
            forecast(pipe, KNOWN, 3, X_future=coming("2024-01-03 13:00"))

    def test_with_a_gap_among_them(self):
        known = coming("2024-01-03 12:00", 9).iloc[[0, 1, 8]]
        pipe = ridge().fit(KNOWN, KNOWN["a"])
        forecast(pipe, KNOWN, 2, X_future=known)
        with pytest.warns(HistoryGapWarning, match="13:00:00 to .* 20:00:00"):
            forecast(pipe, KNOWN, 3, X_future=known)

    def test_of_one_group(self):
        X = pd.concat({"p": KNOWN, "q": KNOWN[:50]}, names=["cell"])
        pipe = ridge().fit(X, X["a"])
        known = coming("2024-01-03 12:00")
        with pytest.warns(HistoryGapWarning, match="of group 'q' from .* 01:00:00 to"):
            forecast(pipe, X, 3, X_future=known)


class TestLastRows:
    @pytest.mark.parametrize(("n_left", "horizon"), [(3, 1), (4, 2)])
    def test_that_follow_a_gap(self, n_left, horizon):
        X = TABLE.drop(TABLE.index[-n_left - 2 : -n_left])
        pipe = ridge(max_gap="1h", horizon=horizon).fit(TABLE, TABLE["a"])
        message = f"goes on from {n_left} rows since index {X.index[-n_left]}, where"
        with pytest.warns(ShortHistoryWarning, match=message):
            forecast(pipe, X, 2)
        X = TABLE.drop(TABLE.index[-n_left - 3 : -n_left - 1])  # a full window
        forecast(pipe, X, 2)
