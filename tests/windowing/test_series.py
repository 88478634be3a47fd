"""Where series begin, break, go on and end -> what the longest windows say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_rnn.windowing import SequenceWindower

pytestmark = [
    pytest.mark.filterwarnings(f"ignore::sklearn_rnn.exceptions.{name}")
    for name in ("ShortHistoryWarning", "HistoryGapWarning")  # drawn tables are short
]
windowings = st.fixed_dictionaries(
    {
        "window_length": st.integers(1, 5),
        "horizon": st.integers(0, 3),
        "max_gap": st.sampled_from([None, 3]),
    }
)


@st.composite
def tables(draw):
    """Draw rows of interleaved groups, some absent, some behind a gap."""
    n_rows = draw(st.integers(2, 30))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    values = rng.normal(size=(n_rows, 2)).astype(np.float32)
    values[rng.random(n_rows) < draw(st.sampled_from([0, 0.4]))] = np.nan
    times = np.cumsum(rng.choice([1, 9], p=[0.8, 0.2], size=n_rows))
    frame = pd.DataFrame(values, index=times, columns=["a", "b"])
    return frame.assign(group=rng.choice(["p", "q", "r"], n_rows))


def assert_same(left, right):
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        assert_array_equal(one, other)


def fit(windowing, frame):
    return SequenceWindower(group_by="group", **windowing).fit(frame)


def last_of_each(frame, series):
    """Give the place in the table of the last row of each series."""
    groups = frame["group"].to_numpy()
    return [np.flatnonzero(groups == name)[-1] for name in series.ids]


@given(tables(), windowings)
def test_from_the_begin_of_its_run_a_window_is_as_long_as_any(frame, windowing):
    windows = fit(windowing, frame).transform(frame)
    longest = fit(windowing | {"window_length": 99}, frame).transform(frame)
    spans = zip(windows.series.begins, windows.stops, strict=True)
    assert_same([windows.rows[a:b] for a, b in spans], list(longest))
    assert (np.diff(windows.series.firsts) >= 0).all()
    assert (windows.series.seen_stops == -1).all()


@given(tables(), windowings)
def test_each_series_ends_with_its_last_window_and_the_rows_behind(frame, windowing):
    windows = fit(windowing, frame).transform(frame)
    longest = fit(windowing | {"window_length": 99}, frame).transform(frame)
    series, last = windows.series, last_of_each(frame, windows.series)
    read = zip(series.last_firsts, series.read_stops, strict=True)
    assert_same([windows.rows[a:b] for a, b in read], [longest[t] for t in last])


@given(tables(), windowings, st.data())
def test_rows_that_follow_know_where_fit_ended(frame, windowing, data):
    split = data.draw(st.integers(1, len(frame) - 1))
    train, test = frame[:split], frame[split:]
    windower = fit(windowing, train)
    before, after = (windower.transform(rows) for rows in (train, test))
    for code, name in enumerate(after.series.ids):
        stop = after.series.seen_stops[code]
        if name not in before.series.ids:
            assert stop == -1
            continue
        # the last row that was read, and all that is pending
        old = before.series.ids.index(name)
        own = np.flatnonzero(before.own_rows[(train["group"] == name).to_numpy()] >= 0)
        n_read = len(own) - (before.series.tails[old] >= 0).sum()
        n_rows = len(own) - max(0, n_read - 1)
        known = before.rows[before.series.last_stops[old] - n_rows :][:n_rows]
        assert_array_equal(after.rows[stop - n_rows : stop], known)


def test_tails_are_the_rows_that_no_window_may_read():
    values = [0.0, 1.0, np.nan, 3.0, 4.0, 5.0]
    frame = pd.DataFrame({"a": values, "group": list("pppqqq")})
    frame.index = [0, 1, 2, 3, 99, 100]
    windows = fit({"window_length": 2, "horizon": 3, "max_gap": 5}, frame)
    series = windows.transform(frame).series
    # rows are 0, 1, 3, 4, 5; the second series was broken before its last two
    assert series.tails.tolist() == [[0, 1, -1], [-1, 3, 4]]
    assert series.read_stops.tolist() == [0, 3]
    assert series.last_firsts.tolist() == [0, 3]
    assert series.last_stops.tolist() == [2, 5]
    assert series.firsts.tolist() == [0, 2, 3]
    assert series.runs.tolist() == [0, 0, 0, 1, 2, 2]
    none = fit({"horizon": 0}, frame).transform(frame).series
    assert none.tails.shape == (2, 0)
    assert none.read_stops.tolist() == none.last_stops.tolist() == [2, 5]


@pytest.mark.parametrize("key", [slice(1, 4), [5, 0], np.arange(6) > 3, []])
def test_selected_windows_know_their_runs(key):
    frame = pd.DataFrame({"a": np.arange(6.0), "group": list("pqpqpr")})
    windows = fit({"window_length": 2}, frame).transform(frame)
    chosen = windows[key]
    number = np.arange(6)[key or slice(0) if isinstance(key, list) else key]
    assert_array_equal(chosen.series.runs, windows.series.runs[number])
    assert chosen.series.ids == windows.series.ids == ("p", "q", "r")


def test_an_absent_series_lies_between_or_behind_the_others():
    frame = pd.DataFrame(
        {"a": [1, 2, np.nan, np.nan, 5, np.nan], "group": list("ppqqrs")}
    )
    series = fit({"window_length": 2, "horizon": 0}, frame).transform(frame).series
    assert series.runs.tolist() == [0, 0, 1, 1, 2, 3]
    assert series.firsts.tolist() == [0, 2, 2, 3]
    assert series.last_stops.tolist() == [2, 2, 3, 3]


@pytest.mark.parametrize(("window_length", "horizon"), [(1, 0), (1, 2), (3, 1)])
def test_context_reaches_back_to_a_row_that_a_stream_has_read(window_length, horizon):
    values = np.arange(20.0)
    values[8:15] = np.nan
    frame = pd.DataFrame({"a": values})
    windower = SequenceWindower(window_length, horizon=horizon, max_gap=1)
    windows = windower.fit(frame[:15]).transform(frame[15:])
    assert windows.rows[windows.series.begins[0], 0] == 7
    longest = SequenceWindower(window_length, horizon=horizon).fit_transform(frame)
    assert_same(windows, longest[15:])
