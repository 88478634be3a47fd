"""Rows that follow the training rows, or do not -> history, none, or a clear word."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from sklearn_rnn.exceptions import HistoryGapWarning, ShortHistoryWarning
from sklearn_rnn.windowing import SequenceWindower

X = np.arange(20.0)[:, None]
FRAME = pd.DataFrame(X, columns=["value"])


def last_values(windows):
    return [None if len(window) == 0 else window[-1, 0] for window in windows]


def values(windows):
    return [list(window[:, 0]) for window in windows]


def test_rows_that_follow_get_the_training_tail():
    windows = SequenceWindower(3).fit(FRAME[:10]).transform(FRAME[10:])
    assert values(windows)[:2] == [[7, 8, 9], [8, 9, 10]]


def test_one_new_row_gets_its_full_window():
    windows = SequenceWindower(3, horizon=0).fit(FRAME[:10]).transform(FRAME[10:11])
    assert values(windows) == [[8, 9, 10]]


def test_training_rows_never_get_the_tail():
    windower = SequenceWindower(3)
    first = windower.fit_transform(FRAME)
    assert values(windower.transform(FRAME)) == values(first)
    assert values(first)[:2] == [[], [0]]


@pytest.mark.parametrize("context", ["auto", "fit"])
def test_training_array_is_recognised(context):
    windower = SequenceWindower(3, context=context)
    first = windower.fit_transform(X)
    assert values(windower.transform(X.copy())) == values(first)


def test_rows_that_overlap_the_training_rows_get_no_tail():
    windows = SequenceWindower(3).fit(FRAME[:10]).transform(FRAME[8:])
    assert values(windows)[:2] == [[], [8]]


def test_fold_in_the_middle_never_sees_the_training_tail():
    for train, test in KFold(4).split(FRAME):
        windows = SequenceWindower(3).fit(FRAME.iloc[train]).transform(FRAME.iloc[test])
        seen = {value for window in values(windows) for value in window}
        assert max(seen) < test[-1]
        follows = test[0] > train[-1]
        assert last_values(windows)[0] == (test[0] - 1 if follows else None)


def test_context_none_never_gives_the_tail_and_never_warns():
    windower = SequenceWindower(3, context=None).fit(X[:10])
    assert values(windower.transform(X[10:]))[0] == []
    assert values(windower.fit(FRAME[:10]).transform(FRAME[10:]))[0] == []


def test_array_that_is_not_the_training_set_warns_once_with_both_ways_out():
    windower = SequenceWindower(3).fit(X[:10])
    with pytest.warns(ShortHistoryWarning, match=r"set_output.*context='fit'") as seen:
        windows = windower.transform(X[10:])
    assert len(seen) == 1
    assert values(windows)[:2] == [[], [10]]


def test_windower_that_needs_no_history_does_not_warn():
    windows = SequenceWindower(1, horizon=0).fit(X[:10]).transform(X[10:])
    assert last_values(windows) == list(range(10, 20))


def test_array_of_unknown_groups_does_not_warn():
    windower = SequenceWindower(3).fit(X[:10], groups=["a"] * 10)
    windows = windower.transform(X[10:], groups=["b"] * 10)
    assert values(windows)[0] == []


def test_context_fit_forces_the_tail_in_front_of_arrays():
    windower = SequenceWindower(3, context="fit").fit(X[:10])
    assert values(windower.transform(X[10:]))[0] == [7, 8, 9]
    assert values(windower.transform(X[10:11]))[0] == [7, 8, 9]


def test_context_fit_refuses_rows_that_do_not_follow():
    windower = SequenceWindower(3, context="fit").fit(FRAME[5:10])
    with pytest.raises(ValueError, match=r"end at index 9\. Got rows from index 8"):
        windower.transform(FRAME[8:])
    assert values(windower.transform(FRAME[5:10]))[0] == []


def test_context_fit_knows_the_training_rows_by_their_index():
    windower = SequenceWindower(3, context="fit").fit(FRAME[5:10])
    assert values(windower.transform(FRAME[5:10] + 1))[0] == []


def test_context_fit_names_the_group_that_does_not_follow():
    frame = FRAME.assign(cell=["a", "b"] * 10)
    windower = SequenceWindower(3, group_by="cell", context="fit").fit(frame[:10])
    late = pd.concat([frame[10:11], frame[3:4]])
    with pytest.raises(ValueError, match="of group 'b'"):
        windower.transform(late)


def test_context_fit_refuses_an_index_of_another_kind():
    windower = SequenceWindower(3, context="fit").fit(FRAME[:10])
    dated = FRAME[10:].set_index(pd.date_range("2020", periods=10))
    with pytest.raises(ValueError, match=r"fitted on, numbers\. Got datetimes"):
        windower.transform(dated)


def test_index_of_another_kind_warns():
    windower = SequenceWindower(3).fit(FRAME[:10])
    dated = FRAME[10:].set_index(pd.date_range("2020", periods=10))
    with pytest.warns(ShortHistoryWarning, match="index holds datetimes"):
        windows = windower.transform(dated)
    assert values(windows)[0] == []


def test_index_of_words_is_no_place_in_time():
    named = FRAME.set_index(pd.Index(list("abcdefghijklmnopqrst")))
    windower = SequenceWindower(3).fit(named[:10])
    with pytest.warns(ShortHistoryWarning, match="without a place in time"):
        windows = windower.transform(named[10:])
    assert values(windows)[0] == []


def test_each_group_is_judged_by_itself():
    frame = FRAME.assign(cell=["a"] * 10 + ["b"] * 10)
    frame.index = [*range(10), *range(10)]
    train = pd.concat([frame[:5], frame[10:18]])
    windower = SequenceWindower(2, group_by="cell").fit(train)
    # 'a' continues, 'b' comes from before its own tail, 'c' is new
    test = pd.concat([frame[5:7], frame[13:15], frame[8:9].assign(cell="c")])
    assert values(windower.transform(test)) == [[3, 4], [4, 5], [], [13], []]


def test_interleaved_groups_each_get_their_own_tail():
    frame = FRAME.assign(cell=["a", "b"] * 10)
    windows = SequenceWindower(2, group_by="cell").fit(frame[:10]).transform(frame[10:])
    assert values(windows)[:4] == [[6, 8], [7, 9], [8, 10], [9, 11]]


def test_horizon_needs_that_many_more_rows_of_the_tail():
    windows = SequenceWindower(2, horizon=3).fit(FRAME[:10]).transform(FRAME[10:])
    assert values(windows)[:3] == [[6, 7], [7, 8], [8, 9]]


def test_a_gap_after_the_training_rows_cuts_the_tail_only_with_max_gap():
    later = FRAME[13:]
    with pytest.warns(HistoryGapWarning, match="from index 13 .* end at index 9"):
        windows = SequenceWindower(2).fit(FRAME[:10]).transform(later)
    assert values(windows)[0] == [8, 9]
    windower = SequenceWindower(2, max_gap=1).fit(FRAME[:10])
    assert values(windower.transform(later))[:2] == [[], [13]]


def test_another_series_under_a_known_id_is_noticed():
    """Engines of a test set that are numbered like those of the training set."""
    table = pd.DataFrame({"x": np.arange(12.0)})
    train = table.set_index([np.repeat(["a", "b"], 6), np.tile(np.arange(6), 2)])
    test = table[:4].set_index([np.repeat("b", 4), np.arange(30, 34)])
    windower = SequenceWindower(3, horizon=0).fit(train)
    with pytest.warns(HistoryGapWarning, match="of group 'b' from index 30"):
        windower.transform(test)
    windower = SequenceWindower(3, horizon=0, context=None).fit(train)
    assert windower.transform(test).lengths.tolist() == [1, 2, 3, 3]


def test_new_rows_without_their_earlier_rows_are_noticed():
    windower = SequenceWindower(3, horizon=0).fit(FRAME[:10])
    with pytest.warns(ShortHistoryWarning, match="has 3 rows, as in training"):
        windower.transform(FRAME[4:5])


def test_absent_rows_of_the_tail_keep_their_place():
    frame = FRAME.copy()
    frame.iloc[8] = np.nan
    windows = SequenceWindower(3).fit(frame[:10]).transform(frame[10:])
    assert values(windows)[:3] == [[7, 9], [9, 10], [9, 10, 11]]


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-03-30", periods=20, freq="h"),
        pd.date_range("2024-03-30", periods=20, freq="h", tz="Europe/Berlin"),
        pd.period_range("2020-01", periods=20, freq="M"),
        pd.timedelta_range("1h", periods=20, freq="h"),
        pd.Index(np.arange(20) / 10),
        pd.Index(range(20), dtype="Int64"),
        pd.Index(np.arange(20), dtype="uint8"),
    ],
    ids=["dates", "zone", "periods", "durations", "floats", "Int64", "uint8"],
)
@pytest.mark.parametrize("context", ["auto", "fit"])
def test_every_kind_of_time_index_hands_over(index, context):
    frame = FRAME.set_index(index)
    windower = SequenceWindower(3, context=context).fit(frame[:10])
    assert values(windower.transform(frame[10:]))[0] == [7, 8, 9]
    if context == "fit":
        if getattr(index, "tz", None) is not None:
            frame = frame.tz_convert("UTC")
        last = re.escape(str(frame.index[9])[:22])
        with pytest.raises(ValueError, match=f"rows, which end at index {last}"):
            windower.transform(frame[8:])


def test_dates_of_another_resolution_are_the_same_dates():
    dates = pd.date_range("2024", periods=20)
    train = FRAME[:10].set_index(dates[:10].as_unit("s"))
    test = FRAME[10:].set_index(dates[10:].as_unit("ns"))
    assert values(SequenceWindower(3).fit(train).transform(test))[0] == [7, 8, 9]


def test_dates_with_and_without_a_zone_cannot_be_compared():
    dates = pd.date_range("2024", periods=20)
    windower = SequenceWindower(3).fit(FRAME[:10].set_index(dates[:10]))
    with pytest.warns(ShortHistoryWarning, match="with a time zone"):
        windower.transform(FRAME[10:].set_index(dates[10:].tz_localize("UTC")))


@pytest.mark.parametrize(("n_rows", "warns"), [(20, True), (21, False)])
def test_window_longer_than_every_series_warns_once(n_rows, warns):
    rows = np.ones((n_rows, 1))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        windows = SequenceWindower(20).fit_transform(rows)
    assert len(windows) == n_rows
    assert [w.category for w in seen] == [ShortHistoryWarning] * warns
    assert not warns or "longest has 19 rows" in str(seen[0].message)
