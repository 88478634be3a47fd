"""Index of a table -> gaps, elapsed times, and what is refused."""

import datetime

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.exceptions import ShortHistoryWarning
from sklearn_rnn.windowing import SequenceWindower

VALUES = np.arange(6.0)[:, None]
HOURS = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 1, 2, 9, 10, 11], unit="h")
BROKEN = [[], [0], [0, 1], [], [3], [3, 4]]


def frame(index, values=VALUES):
    return pd.DataFrame(values, index=index, columns=["value"])


def values_of(windows):
    return [list(window[:, 0]) for window in windows]


@pytest.mark.parametrize(
    ("index", "max_gap"),
    [
        (HOURS, "1h"),
        (HOURS, pd.Timedelta(hours=2)),
        (HOURS, datetime.timedelta(hours=1)),
        (HOURS, np.timedelta64(90, "m")),
        (HOURS.tz_localize("Europe/Berlin"), "1h"),
        (HOURS - HOURS[0], "1h"),
        (HOURS.to_period("h"), 1),
        ([0, 1, 2, 9, 10, 11], 1),
        ([0, 0.5, 1, 9, 9.5, 10], 0.5),
    ],
)
def test_longer_step_than_max_gap_starts_a_new_sequence(index, max_gap):
    windower = SequenceWindower(2, max_gap=max_gap)
    assert values_of(windower.fit_transform(frame(index))) == BROKEN


@pytest.mark.parametrize(
    ("index", "max_gap", "message"),
    [
        (HOURS, 1, "a duration such as '1h', as the index holds datetimes. Got 1"),
        (range(6), "1h", "a number, as the index holds numbers. Got '1h'"),
        (HOURS.to_period("h"), "1h", "a number, as the index holds periods of h"),
        (HOURS, "soon", "a positive duration.*Got 'soon'"),
        (HOURS, "-1h", "a positive duration.*Got '-1h'"),
        (list("abcdef"), 1, "max_gap expects rows with a place in time"),
    ],
)
def test_max_gap_that_does_not_fit_the_index_is_refused(index, max_gap, message):
    with pytest.raises(ValueError, match=message):
        SequenceWindower(2, max_gap=max_gap).fit(frame(index))


def test_max_gap_that_cuts_every_row_from_the_one_before_is_named():
    hours = pd.date_range("2024-01-01", periods=6, freq="h")
    message = (
        "longest has 0 rows. max_gap='30min' cuts every row .* from index 2024-01-01 "
        "00:00:00 to 2024-01-01 01:00:00, is longer. Enlarge max_gap"
    )
    with pytest.warns(ShortHistoryWarning, match=message):
        SequenceWindower(48, max_gap="30min").fit(frame(hours))
    nearer = hours[:5].append(hours[4:5] + pd.Timedelta("5min"))
    with pytest.warns(ShortHistoryWarning, match="1 rows. Every window is a short one"):
        SequenceWindower(2, max_gap="30min").fit(frame(nearer))


@pytest.mark.parametrize("parameter", [{"max_gap": 1}, {"time_delta": True}])
def test_time_parameters_refuse_arrays(parameter):
    with pytest.raises(ValueError, match="Got X without an index of numbers or dates"):
        SequenceWindower(2, **parameter).fit(VALUES)
    fitted = SequenceWindower(2, context=None, **parameter).fit(frame(range(6)))
    with (
        pytest.warns(UserWarning, match="valid feature names"),
        pytest.raises(ValueError, match="without an index"),
    ):
        fitted.transform(VALUES)


def test_time_delta_is_the_last_feature_in_units_of_the_median_step():
    windower = SequenceWindower(6, horizon=0, time_delta=True)
    windows = windower.fit_transform(frame(HOURS))
    assert windows.feature_names == ("value", "time_delta")
    assert list(windows[5][:, 1]) == [0, 1, 1, 7, 1, 1]
    assert windower.time_step_ == 3600e9


def test_time_delta_continues_from_the_training_rows():
    table = frame([0, 2, 4, 7, 11, 12])
    table.iloc[2] = np.nan
    windower = SequenceWindower(1, horizon=0, time_delta=True).fit(table[:3])
    got = [list(window.ravel()) for window in windower.transform(table[3:])]
    assert got == [[3, 2.5], [4, 2], [5, 0.5]]
    alone = windower.set_params(context=None).transform(table[3:])
    assert alone[0].tolist() == [[3, 0]]


def test_time_delta_counts_within_each_group():
    table = frame([0, 1, 2, 5, 6, 9]).assign(cell=list("abaabb"))
    windower = SequenceWindower(1, horizon=0, time_delta=True, group_by="cell")
    windows = windower.fit_transform(table)
    assert windower.time_step_ == 3
    assert [window[0, 1] * 3 for window in windows] == [0, 0, 2, 3, 5, 3]


def test_time_delta_needs_a_step_to_learn():
    with pytest.raises(ValueError, match="expects two rows of one group"):
        SequenceWindower(1, horizon=0, time_delta=True).fit(frame([0], VALUES[:1]))


def test_time_delta_needs_its_name():
    table = frame(range(6)).rename(columns={"value": "time_delta"})
    with pytest.raises(ValueError, match="X has a column of that name"):
        SequenceWindower(2, time_delta=True).fit(table)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([0, 2, 1, 3, 4, 5], r"Index 1 comes after 2\. Call sort_index\(\)"),
        ([0, 1, 2, 0, 1, 2], "Index 0 comes after 2.*several series.*group_by="),
        ([0, 1, 1, 2, 3, 4], r"Index 1 is a duplicate.*reset_index\(drop=True\)"),
        (HOURS[::-1], "Index 2024-01-01 10:00:00 comes after 2024-01-01 11:00:00"),
        (HOURS[::-1] - HOURS[0], "Index 0 days 10:00:00 comes after"),
        (HOURS[::-1].to_period("h"), "Index 2024-01-01 10:00 comes after"),
        ([0, 1, np.nan, 3, 4, 5], "index of row 2 is nan"),
        (pd.Index([0, 1, 2, None, 4, 5], dtype="Int64"), "index of row 3 is <NA>"),
        (HOURS.where(HOURS.hour != 2), "index of row 2 is NaT"),
    ],
)
def test_index_that_does_not_increase_is_refused(index, message):
    with pytest.raises(ValueError, match=message):
        SequenceWindower(2).fit(frame(index))


def test_index_must_increase_within_each_group_only():
    table = frame([0, 1, 2, 0, 1, 2]).assign(cell=list("aaabbb"))
    windows = SequenceWindower(2, group_by="cell").fit_transform(table)
    assert values_of(windows) == BROKEN
    with pytest.raises(ValueError, match="Index 1 of group 'a' is a duplicate"):
        SequenceWindower(2, group_by="cell").fit(table.set_axis([0, 1, 1, 0, 1, 2]))
    with pytest.raises(ValueError, match="Index 0 of group 'b' comes after 3"):
        SequenceWindower(2, group_by="cell").fit(table.set_axis([0, 1, 2, 1, 3, 0]))


@pytest.mark.parametrize("index", [list("fbcdea"), [True, False] * 3])
def test_index_of_words_or_flags_says_nothing_about_time(index):
    windows = SequenceWindower(2).fit_transform(frame(index))
    assert values_of(windows)[2] == [0, 1]
