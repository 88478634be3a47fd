"""predict_next: row by row the numbers of predict, one step of the network each."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.modules._encoder import RecurrentEncoder

FAMILY = [RNNRegressor, LSTMRegressor, GRURegressor]
pytestmark = [  # drawn tables are short, and drawn horizons zero
    pytest.mark.filterwarnings(f"ignore::sklearn_rnn.exceptions.{name}")
    for name in ("ShortHistoryWarning", "HistoryGapWarning", "TargetLeakWarning")
]


def streaming(cls=LSTMRegressor, window_length=5, horizon=1, hidden_size=3, **changes):
    parameters = {"max_epochs": 1, "lr": 0.05, "random_state": 0, "stateful": True}
    windower = SequenceWindower(window_length, horizon=horizon, group_by="group")
    return make_pipeline(windower, cls(hidden_size, **parameters | changes))


def one_by_one(regressor, table):
    return np.array(
        [
            regressor.predict_next(row[:-1].astype(float), group=row[-1])
            for row in table.to_numpy()
        ]
    )


@pytest.fixture
def fitted(make_table):
    """Return a fitted regressor, and the rows that follow."""
    table = make_table(p_gap=0)
    pipe = streaming().fit(table[:40], table["a"][:40].fillna(0))
    return pipe, table[40:]


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("cls", FAMILY)
@given(
    seed=st.integers(0, 999),
    window_length=st.sampled_from([1, 7]),
    horizon=st.sampled_from([0, 1, 3]),
    split=st.integers(8, 38),
)
@settings(max_examples=8)
def test_rows_one_by_one_give_what_predict_gives(
    make_table, cls, copied, seed, window_length, horizon, split
):
    table = make_table(seed, 40, groups="pqrst", p_absent=0.3, p_gap=0)
    y = table["a"].fillna(0.0) / 5
    y = y if copied else np.tanh(y)
    pipe = streaming(cls, window_length, horizon, num_layers=2)
    assume(pipe[0].fit_transform(table[:split]).lengths.any())
    pipe.fit(table[:split], y[:split])
    expected = pipe.predict(table[split:])
    got = one_by_one(pipe[-1], table[split:])
    np.testing.assert_allclose(got, expected, atol=1e-5)
    whole = pipe[-1].predict(pipe[0].fit_transform(table))[split:]
    np.testing.assert_allclose(got, whole, atol=1e-5)
    assert np.isfinite(got).all()


@pytest.mark.parametrize("instance_norm", ["auto", "last", None])
def test_instance_norm_and_the_scale(make_table, instance_norm):
    table = make_table(p_gap=0)
    pipe = streaming(instance_norm=instance_norm, standardize=instance_norm is None)
    pipe.fit(table[:40], 3 * table["b"][:40].fillna(0) - 1)
    shifted = pipe[-1].scaler_.shifted_.tolist()
    assert shifted == [False, instance_norm is not None]
    np.testing.assert_allclose(
        one_by_one(pipe[-1], table[40:]), pipe.predict(table[40:]), atol=1e-5
    )


def test_one_series_without_a_name_and_several_targets(make_table):
    table = make_table(p_gap=0).drop(columns="group")
    pipe = streaming().set_params(sequencewindower__group_by=None)
    pipe.fit(table[:40], table[:40].fillna(0.0))
    got = [pipe[-1].predict_next(row) for row in table[40:].to_numpy()]
    assert got[0].shape == (2,)
    np.testing.assert_allclose(got, pipe.predict(table[40:]), atol=1e-5)


def test_groups_named_by_two_columns(make_table):
    table = make_table(p_gap=0).assign(hall=lambda rows: np.arange(len(rows)) % 2)
    pipe = streaming().set_params(sequencewindower__group_by=["group", "hall"])
    expected = pipe.fit(table[:40], table["b"][:40].fillna(0)).predict(table[40:])
    got = [
        pipe[-1].predict_next([a, b], group=(group, hall))
        for a, b, group, hall in table[40:].to_numpy()
    ]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_time_delta_is_the_last_feature(make_table):
    table = make_table(groups="p", p_absent=0, p_gap=0.2)
    pipe = streaming().set_params(sequencewindower__time_delta=True)
    expected = pipe.fit(table[:40], table["b"][:40]).predict(table[40:])
    steps = np.diff(table.index)[39:] / pipe[0].time_step_
    got = [
        pipe[-1].predict_next([a, b, step], group="p")
        for (a, b, _), step in zip(table[40:].to_numpy(), steps, strict=True)
    ]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_row_is_one_step_of_the_network_wherever_it_stands(fitted, monkeypatch):
    pipe, later = fitted
    read = []

    def spy(encoder, x, states=None, lengths=None):
        read.append(tuple(x.shape))
        return advance(encoder, x, states, lengths)

    advance = RecurrentEncoder.advance
    monkeypatch.setattr(RecurrentEncoder, "advance", spy)
    present = later[later["a"].notna()]
    one_by_one(pipe[-1], pd.concat([present] * 10))
    # the first of each series reads the last training row that was pending
    assert read == [(1, 1, 2)] * (10 * len(present))


@pytest.mark.parametrize(
    "save", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_a_copy_in_the_middle_of_a_stream_goes_on_by_itself(fitted, save):
    pipe, later = fitted
    expected = pipe.predict(later)
    one_by_one(pipe[-1], later[:10])
    again = save(pipe[-1])
    np.testing.assert_allclose(one_by_one(again, later[10:]), expected[10:], atol=1e-5)
    got = one_by_one(pipe[-1], later[10:])  # the other has not moved it
    np.testing.assert_allclose(got, expected[10:], atol=1e-5)


def test_a_pickle_does_not_grow_with_the_square_of_the_series(make_table):
    sizes = []
    for n_groups in (10, 100):
        table = make_table(n_rows=20 * n_groups, groups=range(n_groups))
        pipe = streaming(hidden_size=32).fit(table, table["b"].fillna(0))
        sizes.append(len(pickle.dumps(pipe[-1]._stream_ends)))
    assert sizes[1] < 12 * sizes[0]


def test_predict_and_predict_next_leave_each_other_alone(fitted):
    pipe, later = fitted
    before = pipe.predict(later)
    got = []
    for t, row in enumerate(later.to_numpy()):
        got.append(pipe[-1].predict_next(row[:-1].astype(float), group=row[-1]))
        if t % 7 == 0:
            np.testing.assert_array_equal(pipe.predict(later), before)
    np.testing.assert_allclose(got, before, atol=1e-5)


def test_training_on_moves_the_streams_that_it_saw_and_no_other(fitted, make_table):
    pipe, later = fitted
    one_by_one(pipe[-1], later)
    live = pipe[-1]._live_streams
    assert set(live) == {"p", "q"}
    only_p = later[later["group"] == "p"]
    windows = pipe[0].transform(only_p)
    pipe[-1].partial_fit(windows, only_p["a"].fillna(0))
    assert pipe[-1]._live_streams == {"q": live["q"]}
    more = make_table(seed=5, p_gap=0)[:20]
    more.index += later.index[-1]
    got = one_by_one(pipe[-1], more)
    assert np.isfinite(got).all()


@pytest.mark.parametrize("horizon", [1, 3])
def test_rows_of_nan_forecast_the_rows_to_come(make_table, horizon):
    table = make_table(groups="p", p_gap=0)
    pipe = streaming(horizon=horizon).fit(table[:40], table["a"][:40].fillna(0))
    expected, nothing = pipe.predict(table[40:]), [np.nan, np.nan]
    for t, row in enumerate(table[["a", "b"]].to_numpy()[40:-horizon]):
        pipe[-1].predict_next(row, group="p")
        ahead = copy.deepcopy(pipe[-1])
        got = [ahead.predict_next(nothing, group="p") for _ in range(horizon)]
        np.testing.assert_allclose(got, expected[t + 1 :][:horizon], atol=1e-5)
        if horizon == 1:  # an absent row is no step
            assert pipe[-1].predict_next(nothing, group="p") == got[0]


def test_the_row_may_have_two_axes(fitted):
    regressor = fitted[0][-1]
    other = copy.deepcopy(regressor)
    one = regressor.predict_next([0.5, 2.0], group="p")
    assert isinstance(one, float)
    assert other.predict_next(np.array([[0.5, 2.0]]), group="p") == one


@pytest.mark.parametrize(
    ("row", "group", "message"),
    [
        ([1.0], "p", r"expects one row of 2 features, as in fit. Got shape \(1,\)"),
        ([[1.0, 2.0], [3.0, 4.0]], "p", r"Got shape \(2, 2\)"),
        ([1.0, np.nan], "p", "row contains NaN or infinity. All NaN would be absent"),
        ([1.0, np.inf], "p", "row contains NaN or infinity"),
        ([1.0, 2.0], None, r"needs the id of the series in group=.*Got group=None"),
    ],
)
def test_bad_rows_are_refused_and_move_nothing(fitted, row, group, message):
    pipe, later = fitted
    expected = pipe.predict(later)
    with pytest.raises(ValueError, match=message):
        pipe[-1].predict_next(row, group=group)
    np.testing.assert_allclose(one_by_one(pipe[-1], later), expected, atol=1e-5)


def test_a_group_is_refused_where_there_is_one_series(make_table):
    table = make_table().drop(columns="group")
    pipe = streaming().set_params(sequencewindower__group_by=None)
    pipe.fit(table, table["a"].fillna(0))
    with pytest.raises(ValueError, match=r"has one series, as in fit. Got group='p'"):
        pipe[-1].predict_next([1.0, 2.0], group="p")


def test_what_has_no_next_row_says_so():
    assert not hasattr(LSTMRegressor(), "predict_next")
    with pytest.raises(AttributeError, match="predict_next"):
        _ = LSTMRegressor().predict_next
    regressor = LSTMRegressor(2, stateful=True, max_epochs=1)
    with pytest.raises(NotFittedError):
        regressor.predict_next([1.0])
    regressor.fit(np.arange(12.0).reshape(4, 3), np.arange(4.0))
    with pytest.raises(ValueError, match="independent samples, which have no next row"):
        regressor.predict_next([1.0])


@pytest.mark.parametrize(
    "changes", [{"criterion": "quantile"}, {"criterion": "poisson"}], ids=str
)
def test_medians_and_counts_are_those_of_predict(make_table, changes):
    table = make_table(p_gap=0, p_absent=0)
    y = table["a"].abs()
    pipe = streaming(**changes).fit(table[:40], y[:40])
    got = one_by_one(pipe[-1], table[40:])
    assert got.shape == (len(table) - 40,)
    np.testing.assert_allclose(got, pipe.predict(table[40:]), atol=1e-5)


def test_a_row_knows_its_columns(fitted):
    pipe, table = fitted
    regressor, row = pipe[-1], table.iloc[[0], :-1].astype(float)
    group = table["group"].iloc[0]
    turned = row[row.columns[::-1]]
    with pytest.raises(ValueError, match=r"expects the features \['a', .* this order"):
        regressor.predict_next(turned, group=group)
    with pytest.raises(ValueError, match="in this order"):
        regressor.predict_next(turned.iloc[0], group=group)
    expected = copy.deepcopy(regressor).predict_next(row.to_numpy(), group=group)
    assert copy.deepcopy(regressor).predict_next(row, group=group) == expected
    assert regressor.predict_next(row.iloc[0], group=group) == expected


@pytest.mark.parametrize("group", [3, ("p",), ("p", "q")])
def test_an_id_of_another_kind_is_refused(fitted, group):
    pipe, table = fitted
    with pytest.raises(ValueError, match="is of another kind than the ids of fit"):
        pipe[-1].predict_next(table.iloc[0, :-1].astype(float), group=group)


@pytest.mark.parametrize("horizon", [0, 1, 3])
def test_a_part_of_the_windows_ends_where_its_last_window_stands(make_table, horizon):
    table = make_table(p_gap=0, p_absent=0, groups="p")
    windows = SequenceWindower(5, horizon=horizon).fit_transform(table[["a"]])
    cut = len(table) // 2
    regressor = LSTMRegressor(3, stateful=True, max_epochs=1, random_state=0)
    regressor.fit(windows[:cut], table["a"][:cut])
    expected = regressor.predict(windows)[cut:]
    got = [regressor.predict_next([value]) for value in table["a"][cut:]]
    np.testing.assert_allclose(got, expected, atol=1e-5)
