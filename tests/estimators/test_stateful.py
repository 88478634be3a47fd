"""Predictions with stateful=True -> the slow reading row by row, never the future."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

FAMILY = [RNNRegressor, LSTMRegressor, GRURegressor]
pytestmark = [  # drawn tables are short, and drawn horizons zero
    pytest.mark.filterwarnings(f"ignore::sklearn_rnn.exceptions.{name}")
    for name in ("ShortHistoryWarning", "HistoryGapWarning", "TargetLeakWarning")
]
few = settings(max_examples=15)
seeds = st.integers(0, 999)
windowings = st.fixed_dictionaries(
    {
        "window_length": st.sampled_from([1, 2, 5, 20]),
        "horizon": st.sampled_from([0, 1, 3]),
        "max_gap": st.sampled_from([None, 10]),
    }
)


def streaming(cls=LSTMRegressor, windowing=None, **changes):
    parameters = {"max_epochs": 1, "lr": 0.05, "random_state": 0, "stateful": True}
    windower = SequenceWindower(**{"group_by": "group", **(windowing or {})})
    return make_pipeline(windower, cls(3, **parameters | changes))


def fit(pipe, table, y):
    """Fit where the drawn rows leave something to learn from."""
    assume(pipe[0].fit_transform(table).lengths.any())
    return pipe.fit(table, y)


def target(table, copied):
    """Give a target that copies a column, or one that does not."""
    y = table["a"].fillna(0.5)
    return 2 * y + 1 if copied else y**2


@pytest.mark.parametrize("copied", [False, True])
@given(seed=seeds, windowing=windowings)
@few
def test_predict_is_the_slow_reading_of_each_run(
    make_table, slow_predictions, copied, seed, windowing
):
    table = make_table(seed, n_rows=40, groups="pqr", p_absent=0.3)
    pipe = fit(streaming(windowing=windowing), table, target(table, copied))
    assert pipe[-1].scaler_.shifted_.any() == (copied and windowing["horizon"] > 0)
    other = make_table(seed + 1, n_rows=40, groups="pqs", p_absent=0.3)
    for rows in (table, other):
        windows = clone(pipe[0]).fit_transform(rows)
        expected = slow_predictions(
            pipe[-1], rows, windowing["horizon"], windowing["max_gap"]
        )
        np.testing.assert_allclose(
            pipe[-1].predict(windows), expected, rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize("cls", FAMILY)
def test_deep_networks_with_several_targets(make_table, slow_predictions, cls):
    table = make_table(1)
    y = np.column_stack([table["a"].fillna(0), table["b"].fillna(0) ** 2])
    pipe = streaming(cls, {"window_length": 4}, num_layers=2, dropout=0.3)
    pipe.fit(table, y)
    assert pipe[-1].scaler_.shifted_.tolist() == [True, False]
    expected = slow_predictions(pipe[-1], table, 1)
    np.testing.assert_allclose(pipe.predict(table), expected, rtol=1e-5, atol=1e-5)


@given(seed=seeds, windowing=windowings, follows=st.booleans(), data=st.data())
@few
def test_no_prediction_changes_with_later_rows_or_other_groups(
    make_table, seed, windowing, follows, data
):
    table = make_table(seed, n_rows=50, p_absent=0.2)
    train, test = (table[:25], table[25:]) if follows else (table, table)
    pipe = fit(streaming(windowing=windowing), train, target(train, copied=True))
    before = pipe.predict(test)
    t = data.draw(st.integers(0, len(test) - 1))
    group, late = test["group"].iloc[t], np.arange(len(test)) > t
    scrambled = test.copy()
    own = np.flatnonzero((test["group"] == group) & ~late)
    hidden = np.zeros(len(test), dtype=bool)
    hidden[own[max(0, len(own) - windowing["horizon"]) :]] = True
    unread = late | hidden | (test["group"] != group).to_numpy()
    scrambled.loc[unread, ["a", "b"]] = [1e3, -7.0]
    scrambled.loc[late, "group"] = group
    assert pipe.predict(scrambled)[t] == pytest.approx(before[t], abs=1e-5)


@pytest.mark.parametrize("copied", [False, True])
@given(seed=seeds, windowing=windowings, split=st.integers(2, 38))
@few
def test_rows_that_follow_go_on_from_the_training_rows(
    make_table, slow_predictions, copied, seed, windowing, split
):
    table = make_table(seed, n_rows=40, groups="pqrst", p_absent=0.3)
    y = target(table, copied)
    pipe = fit(streaming(windowing=windowing), table[:split], y[:split])
    expected = slow_predictions(
        pipe[-1], table, windowing["horizon"], windowing["max_gap"]
    )
    got = pipe.predict(table[split:])
    np.testing.assert_allclose(got, expected[split:], rtol=1e-5, atol=1e-5)
    again = pipe.predict(table[:split])  # the training rows begin from nothing
    np.testing.assert_allclose(again, expected[:split], rtol=1e-5, atol=1e-5)
    windows = pipe[0].transform(table[split:])
    order = np.random.default_rng(seed).permutation(len(got))[: len(got) // 2 + 1]
    some = pipe[-1].predict(windows[order])
    np.testing.assert_allclose(some, got[order], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("window_length", [1, 20])
@pytest.mark.parametrize("horizon", [0, 1, 3])
def test_the_state_reaches_back_beyond_any_window(make_table, window_length, horizon):
    table = make_table(groups="p", p_absent=0, p_gap=0)
    windowing = {"window_length": window_length, "horizon": horizon}
    pipe = streaming(RNNRegressor, windowing, instance_norm=None)
    pipe.fit(table[:40], table["b"][:40])
    for weights in (
        pipe[-1].net_.module_.encoder.layers[0].directions[0].rnn.parameters()
    ):
        weights.data *= 0.3 if weights.ndim == 1 else 1.0
    changed = table.copy()
    changed.iloc[0, 0] += 3
    first, other = pipe.predict(table), pipe.predict(changed)
    assert first[25 + horizon] != other[25 + horizon]
    windowed = streaming(RNNRegressor, windowing, stateful=False)
    windowed.fit(table[:40], table["b"][:40])
    first, other = windowed.predict(table), windowed.predict(changed)
    assert first[25 + horizon] == other[25 + horizon]


@pytest.mark.parametrize("horizon", [0, 2, 5])
def test_windows_of_another_horizon_read_as_far_as_they_may(make_table, horizon):
    table = make_table(p_absent=0, p_gap=0)
    regressor = streaming().fit(table[:40], table["a"][:40] ** 2)[-1]
    windower = SequenceWindower(9, horizon=horizon, group_by="group", context="fit")
    whole = regressor.predict(windower.fit_transform(table))
    got = regressor.predict(windower.fit(table[:40]).transform(table[40:]))
    if horizon <= 2:  # of the first row, the window ends where the state stands
        np.testing.assert_allclose(got, whole[40:], rtol=1e-5, atol=1e-5)
    else:  # it would be too late to go on from the state; the history is read anew
        first = windower.transform(table[40:])[:1]
        alone = regressor.predict([first.rows[first.series.begins[0] : first.stops[0]]])
        assert regressor.predict(first) == pytest.approx(alone, abs=1e-5)


def test_without_context_every_table_begins_anew(make_table):
    table = make_table(p_gap=0)
    pipe = streaming(windowing={"context": None}).fit(table[:40], table.index[:40])
    alone = SequenceWindower(group_by="group", context=None).fit_transform(table[40:])
    np.testing.assert_allclose(
        pipe.predict(table[40:]), pipe[-1].predict(alone), atol=1e-6
    )


def test_arrays_of_independent_samples_begin_from_nothing(make_table, slow_predictions):
    table = make_table(groups="p", p_absent=0, p_gap=0)
    pipe = streaming().fit(table, table["a"])
    assert pipe[-1].target_feature_ == "a"
    steps = table[["a", "b"]].to_numpy()[:24].reshape(4, 6, 2)
    expected = [
        slow_predictions(pipe[-1], table.iloc[6 * i : 6 * i + 6], 0)[-1]
        for i in range(4)
    ]
    np.testing.assert_allclose(pipe[-1].predict(steps), expected, rtol=1e-5, atol=1e-5)
    pipe[-1].predict([steps[0], steps[1, :2]])
