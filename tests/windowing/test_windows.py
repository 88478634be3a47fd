"""Random tables -> windows that equal plain loops, and never see the future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.model_selection import TimeSeriesSplit

from sklearn_rnn.windowing import SequenceWindower

pytestmark = [
    pytest.mark.filterwarnings(f"ignore::sklearn_rnn.exceptions.{name}")
    for name in ("ShortHistoryWarning", "HistoryGapWarning")  # drawn tables are short
]


@st.composite
def tables(draw, min_rows=1):
    """Draw features, times, and the group of each row; some rows are absent."""
    n_rows = draw(st.integers(min_rows, 24))
    n_features = draw(st.integers(1, 3))

    def per_row(values):
        return draw(st.lists(values, min_size=n_rows, max_size=n_rows))

    rng = np.random.default_rng(draw(st.integers(0, 99)))
    features = rng.normal(size=(n_rows, n_features)).astype(np.float32)
    features[np.array(per_row(st.booleans())) & draw(st.booleans())] = np.nan
    times = np.cumsum(per_row(st.integers(1, 5)))
    n_groups = draw(st.integers(1, 3))
    groups = np.array(per_row(st.integers(0, n_groups - 1)))
    frame = pd.DataFrame(features, index=times, columns=list("abc")[:n_features])
    return frame.assign(group=[f"g{i}" for i in groups])


settings_of_windows = st.fixed_dictionaries(
    {
        "window_length": st.integers(1, 6),
        "horizon": st.integers(0, 3),
        "max_gap": st.none() | st.integers(1, 6),
    }
)


def slow_windows(frame, window_length, horizon, max_gap):
    """Cut the windows as one would explain them."""
    features = frame.drop(columns="group").to_numpy()
    groups, times = list(frame["group"]), list(frame.index)
    windows = []
    for t in range(len(frame)):
        own = [i for i in range(t + 1) if groups[i] == groups[t]]
        unbroken = [t]
        for later, earlier in zip(own[::-1], own[-2::-1], strict=False):
            if max_gap is not None and times[later] - times[earlier] > max_gap:
                break
            unbroken.insert(0, earlier)
        seen = unbroken[: max(0, len(unbroken) - horizon)]
        steps = [features[i] for i in seen[-window_length:]] if seen else []
        steps = [step for step in steps if not np.isnan(step).all()]
        windows.append(np.array(steps).reshape(len(steps), features.shape[1]))
    return windows


def slow_elapsed(frame):
    """Measure the time since the previous present row, as one would explain it."""
    values = []
    for t in range(len(frame)):
        before = [
            frame.index[i]
            for i in range(t)
            if frame["group"].iloc[i] == frame["group"].iloc[t]
            and not frame.drop(columns="group").iloc[i].isna().all()
        ]
        values.append(frame.index[t] - before[-1] if before else 0)
    return np.array(values, dtype=float)


def assert_same_windows(left, right):
    left, right = list(left), list(right)
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert_array_equal(a, b)


@given(tables(), settings_of_windows)
def test_windows_equal_plain_loops(frame, settings):
    windows = SequenceWindower(group_by="group", **settings).fit_transform(frame)
    assert len(windows) == len(frame)
    assert_same_windows(windows, slow_windows(frame, **settings))


@given(tables(), settings_of_windows, st.data())
def test_no_window_reads_later_rows(frame, settings, data):
    t = data.draw(st.integers(0, len(frame) - 1))
    windower = SequenceWindower(group_by="group", **settings)
    before = windower.fit_transform(frame)[t]
    changed = frame.copy()
    later = np.arange(len(frame)) > t
    changed.loc[later, changed.columns[:-1]] = 7.0
    changed.loc[later, "group"] = frame["group"].iloc[t]
    assert_array_equal(windower.fit_transform(changed)[t], before)


@given(tables(), settings_of_windows, st.data())
def test_no_window_reads_the_last_horizon_rows_of_its_group(frame, settings, data):
    t = data.draw(st.integers(0, len(frame) - 1))
    windower = SequenceWindower(group_by="group", **settings)
    before = windower.fit_transform(frame)[t]
    changed = frame.copy()
    own = np.flatnonzero(frame["group"].iloc[: t + 1] == frame["group"].iloc[t])
    hidden = own[max(0, len(own) - settings["horizon"]) :]
    changed.iloc[hidden, :-1] = 7.0
    assert_array_equal(windower.fit_transform(changed)[t], before)


@given(tables(), settings_of_windows, st.data())
def test_no_window_reads_another_group(frame, settings, data):
    t = data.draw(st.integers(0, len(frame) - 1))
    windower = SequenceWindower(group_by="group", **settings)
    before = windower.fit_transform(frame)[t]
    changed = frame.copy()
    other = (frame["group"] != frame["group"].iloc[t]).to_numpy()
    changed.loc[other, changed.columns[:-1]] = 7.0
    assert_array_equal(windower.fit_transform(changed)[t], before)


@given(tables(min_rows=4), settings_of_windows)
def test_windows_of_a_test_fold_equal_those_of_the_unsplit_table(frame, settings):
    windower = SequenceWindower(group_by="group", **settings)
    whole = windower.fit_transform(frame)
    for train, test in TimeSeriesSplit(3).split(frame):
        windows = windower.fit(frame.iloc[train]).transform(frame.iloc[test])
        assert_same_windows(windows, whole[test])


@given(tables(min_rows=4), settings_of_windows)
def test_no_test_window_reads_later_test_rows(frame, settings):
    windower = SequenceWindower(group_by="group", **settings)
    train, test = frame.iloc[: len(frame) // 2], frame.iloc[len(frame) // 2 :]
    windows = windower.fit(train).transform(test)
    changed = test.copy()
    changed.iloc[1:, :-1] = 7.0
    assert_array_equal(windower.transform(changed)[0], windows[0])


@given(tables(), st.integers(1, 6), st.integers(0, 3))
def test_groups_beside_the_table_and_in_the_index_give_the_same_windows(
    frame, window_length, horizon
):
    windower = SequenceWindower(window_length, horizon=horizon)
    by_column = slow_windows(frame, window_length, horizon, None)
    features = frame.drop(columns="group")
    beside = windower.fit_transform(features, groups=frame["group"])
    assert_same_windows(beside, by_column)
    array = windower.fit_transform(features.to_numpy(), groups=list(frame["group"]))
    assert_same_windows(array, by_column)
    stacked = frame.set_index("group", append=True).swaplevel()
    assert_same_windows(windower.fit_transform(stacked), by_column)


@given(tables(min_rows=6), settings_of_windows, st.data())
def test_time_delta_is_the_time_since_the_previous_present_row(frame, settings, data):
    frame["group"] = frame["group"].iloc[0]
    frame.iloc[:2, :-1] = 1.0
    split = data.draw(st.integers(2, len(frame) - 1))
    windower = SequenceWindower(group_by="group", time_delta=True, **settings)
    windower.fit(frame.iloc[:split])
    got = windower.transform(frame.iloc[split:])
    timed = frame.drop(columns="group")
    timed["time_delta"] = slow_elapsed(frame) / windower.time_step_
    timed.loc[timed.iloc[:, 0].isna(), "time_delta"] = np.nan
    expected = slow_windows(timed.assign(group=frame["group"]), **settings)
    assert len(got) == len(frame) - split
    for a, b in zip(got, expected[split:], strict=True):
        np.testing.assert_allclose(a, b.astype(np.float32), rtol=1e-6)


@given(tables(), settings_of_windows)
def test_lag_table_holds_the_3d_windows(frame, settings):
    filled = frame.fillna(0.5)
    windower = SequenceWindower(group_by="group", **settings)
    windows = windower.fit_transform(filled).to_array()
    flat = windower.set_params(flatten=True).fit_transform(filled)
    n_rows, longest, n_features = windows.shape
    assert flat.shape == (n_rows, settings["window_length"] * n_features)
    missing = (settings["window_length"] - longest) * n_features
    assert np.isnan(flat[:, :missing]).all()
    assert_array_equal(flat[:, missing:], windows.reshape(n_rows, -1))
