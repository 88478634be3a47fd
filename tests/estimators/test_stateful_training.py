"""Training with stateful=True: what acts, what does not, what is refused."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    Sequences,
    SequenceWindower,
)
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.estimators import _base
from sklearn_rnn.exceptions import TrainingDivergedError

FAMILY = [RNNRegressor, LSTMRegressor, GRURegressor]


def streaming(cls=LSTMRegressor, window_length=5, **changes):
    parameters = {"max_epochs": 2, "lr": 0.05, "random_state": 0, "stateful": True}
    windower = SequenceWindower(window_length, group_by="group")
    return make_pipeline(windower, cls(3, **parameters | changes))


def weights_of(regressor):
    return [w.detach().numpy().copy() for w in regressor.net_.module_.parameters()]


def same(one, other):
    return all(map(np.array_equal, weights_of(one), weights_of(other)))


@pytest.fixture
def table(make_table):
    return make_table(n_rows=200, p_gap=0)


@pytest.fixture
def y(table):
    return table["a"].fillna(0) + table["b"].shift().fillna(0)


@pytest.mark.parametrize("cls", FAMILY)
def test_the_option_acts_on_windows_and_not_on_independent_samples(cls, table, y):
    streams = streaming(cls).fit(table, y)[-1]
    windows = streaming(cls, stateful=False).fit(table, y)[-1]
    assert not same(streams, windows)
    assert streams.history_["train_batch_count"][0] < 10
    X = np.random.default_rng(0).normal(size=(40, 6, 2))
    streams, windows = (each.fit(X, X[:, 0, 0]) for each in (streams, windows))
    assert same(streams, windows)
    assert_array_equal(streams.predict(X), windows.predict(X))


def test_an_update_covers_bptt_steps_rows_of_each_lane(table, y):
    whole, window, short = (
        streaming(bptt_steps=n, batch_size=2).fit(table, y)[-1] for n in (None, 5, 2)
    )
    assert same(whole, window)
    counts = [each.history_["train_batch_count"][0] for each in (whole, short)]
    assert counts[0] == pytest.approx(200 / (2 * 5), abs=2)
    assert counts[1] == pytest.approx(200 / (2 * 2), abs=2)


def test_what_lies_before_the_window_is_learnt():
    """The sum of two rows, of which no window has the first."""
    rng = np.random.default_rng(0)
    rows = rng.choice([-1.0, 1.0], size=(3000, 1))
    y = rows[:, 0] + np.r_[np.zeros(3), rows[:-3, 0]]
    settings = {"lr": 0.02, "max_epochs": 60, "bptt_steps": 6, "random_state": 0}
    scores = {}
    for stateful in (False, True):
        regressor = LSTMRegressor(8, stateful=stateful, **settings)
        pipe = make_pipeline(SequenceWindower(2, horizon=0, context="fit"), regressor)
        scores[stateful] = pipe.fit(rows[:2500], y[:2500]).score(rows[2500:], y[2500:])
    assert scores[False] < 0.6
    assert scores[True] > 0.95


@pytest.mark.parametrize("cls", FAMILY)
def test_a_seed_gives_the_same_bits(cls, table, y):
    settings = {"dropout": 0.2, "recurrent_dropout": 0.1, "num_layers": 2}
    one, other = (streaming(cls, **settings).fit(table, y) for _ in range(2))
    assert same(one[-1], other[-1])
    assert_array_equal(one.predict(table), other.predict(table))
    another = streaming(cls, **settings | {"random_state": 1}).fit(table, y)
    assert not same(one[-1], another[-1])


def test_parts_of_training_are_the_whole(table, y):
    windows = SequenceWindower(5, group_by="group").fit_transform(table)
    whole = streaming(max_epochs=3)[-1].fit(windows, y)
    by_parts, warm = streaming()[-1], streaming(warm_start=True, max_epochs=2)[-1]
    for _ in range(3):
        by_parts.partial_fit(windows, y)
    warm.fit(windows, y).set_params(max_epochs=1).fit(windows, y)
    for each in (by_parts, warm):
        assert same(each, whole)


@pytest.mark.parametrize("go_on", ["fit", "partial_fit"])
def test_training_on_the_same_rows_reads_them_anew(table, y, go_on):
    """The state at their end belongs to the new weights, and to no row read twice."""
    pipe = streaming(warm_start=True).fit(table[:150], y[:150])
    windows = pipe[0].transform(table[:150])
    getattr(pipe[-1], go_on)(windows, y[:150])
    whole = pipe[-1].predict(clone(pipe[0]).fit_transform(table))
    assert_allclose(pipe.predict(table[150:]), whole[150:], atol=1e-5)
    row = table[["a", "b"]].iloc[150].to_numpy()
    got = pipe[-1].predict_next(row, group=table["group"].iloc[150])
    assert got == pytest.approx(whole[150], abs=1e-5)


def test_training_on_the_rows_that_follow_goes_on_from_the_state(table, y):
    pipe = streaming().fit(table[:150], y[:150])
    pipe[-1].set_params(lr=1e-30)  # weights that stay tell one state from another
    whole = pipe[-1].predict(clone(pipe[0]).fit_transform(table))
    following = pipe[0].transform(table[150:180])
    pipe[-1].partial_fit(following, y[150:180])
    # the rows behind: the windower has to know of them, the network does
    pipe[0].fit(table[:180])
    assert_allclose(pipe.predict(table[180:]), whole[180:], atol=1e-5)
    # the rows themselves: no state from their future
    assert_array_equal(following.own_rows >= 0, table["a"][150:180].notna())
    changed = table.copy()
    changed.loc[changed.index[179], ["a", "b"]] = 50.0
    before = pipe[-1].predict(following)[:20]
    pipe[-1].partial_fit(
        clone(pipe[0]).fit(changed[:150]).transform(changed[150:180]), y[150:180]
    )
    assert_allclose(pipe[-1].predict(following)[:20], before, atol=1e-5)


def test_early_stopping_holds_out_the_end_of_each_series(table, y):
    settings = {"early_stopping": True, "patience": 2, "max_epochs": 40, "lr": 0.3}
    pipe = streaming(**settings).fit(table[:150], y[:150])
    regressor = pipe[-1]
    assert regressor.n_epochs_ == regressor.best_epoch_ + 2
    assert_array_equal(
        regressor.validation_loss_curve_.argmin() + 1, regressor.best_epoch_
    )
    again = streaming(**settings | {"max_epochs": regressor.best_epoch_})
    again.fit(table[:150], y[:150])
    assert_array_equal(again.predict(table[150:]), pipe.predict(table[150:]))
    whole = regressor.predict(clone(pipe[0]).fit_transform(table))
    assert_allclose(pipe.predict(table[150:]), whole[150:], atol=1e-5)


def test_validation_rows_are_judged_with_the_rows_before_them(table, y, monkeypatch):
    """Their loss is that of predict, but for what lies before the warm-up."""
    seen = []

    def spy(*args):
        seen.append(split(*args))
        return seen[-1]

    split = _base.split_validation
    monkeypatch.setattr(_base, "split_validation", spy)
    pipe = streaming(window_length=60, early_stopping=True, max_epochs=1, lr=1e-30)
    pipe.fit(table, y)
    regressor, [(_, valid)] = pipe[-1], seen
    windows = pipe[0].fit_transform(table)
    target = regressor.scaler_.scale_targets(windows, np.array(y)[:, None])
    predicted = regressor.scaler_.scale_targets(windows, pipe.predict(table)[:, None])
    loss = np.mean((predicted - target)[valid] ** 2)
    assert regressor.validation_loss_curve_[0] == pytest.approx(loss, rel=1e-3)


def test_sample_weight_weighs_rows_that_are_all_read(table, y):
    step = {"lstmregressor__sample_weight": np.where(table["group"] == "p", 1.0, 0.0)}
    pipe = streaming(max_epochs=30).fit(table, y, **step)
    is_p = (table["group"] == "p").to_numpy()
    error = np.abs(pipe.predict(table) - y)
    assert error[is_p].mean() < error[~is_p].mean()
    half = np.where(np.arange(200) % 2, 1.0, 0.0)
    pipe = streaming().fit(
        table[:150], y[:150], lstmregressor__sample_weight=half[:150]
    )
    whole = pipe[-1].predict(clone(pipe[0]).fit_transform(table))
    assert_allclose(pipe.predict(table[150:]), whole[150:], atol=1e-5)
    once = streaming().fit(table, y, lstmregressor__sample_weight=np.ones(200))
    thrice = streaming().fit(table, y, lstmregressor__sample_weight=np.full(200, 3.0))
    assert same(once[-1], thrice[-1])


def test_a_fold_with_holes_reads_the_rows_between(table, y):
    windows = SequenceWindower(5, group_by="group").fit_transform(table)
    for train, test in KFold(4, shuffle=True, random_state=0).split(windows):
        regressor = streaming()[-1].fit(windows[train], y.iloc[train])
        whole = regressor.predict(windows)
        assert_allclose(regressor.predict(windows[test]), whole[test], atol=1e-5)
    pipe = streaming()
    scores = cross_val_score(pipe, table, y, cv=TimeSeriesSplit(3), error_score="raise")
    assert np.isfinite(scores).all()


class Stop(Callback):
    """Break off the training where it is told to."""

    def __init__(self, epoch, hook):
        self.epoch, self.hook = epoch, hook

    def on_train_begin(self, net, **kwargs):
        self._stop("on_train_begin", net)

    def on_epoch_begin(self, net, **kwargs):
        self._stop("on_epoch_begin", net)

    def _stop(self, hook, net):
        if (hook, len(net.history)) == (self.hook, self.epoch):
            raise KeyboardInterrupt


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_an_interrupted_training_stands_at_the_end_of_its_rows(table, y, dropout):
    settings = {"callbacks": [Stop(3, "on_epoch_begin")], "dropout": dropout}
    pipe = streaming(max_epochs=5, **settings)
    with pytest.raises(KeyboardInterrupt):
        pipe.fit(table[:150], y[:150])
    assert pipe[-1].n_epochs_ == 2
    whole = pipe[-1].predict(clone(pipe[0]).fit_transform(table))
    assert_allclose(pipe.predict(table[150:]), whole[150:], atol=1e-5)


@pytest.mark.parametrize("how", ["diverged", "interrupted"])
def test_a_failed_continuation_leaves_the_ends_where_they_were(table, y, how):
    callbacks = [Stop(2, "on_train_begin")] if how == "interrupted" else None
    settings = {"warm_start": True, "optimizer": "sgd", "callbacks": callbacks}
    pipe = streaming(**settings).fit(table[:150], y[:150])
    regressor = pipe[-1]
    regressor.predict_next([1.0, 2.0], group="p")
    ends, expected = pickle.dumps(regressor._stream_ends), pipe.predict(table[150:])
    live = dict(regressor._live_streams)
    if how == "diverged":
        regressor.set_params(lr=1e38, clip_grad_norm=None)
    with pytest.raises((TrainingDivergedError, KeyboardInterrupt)):
        regressor.fit(pipe[0].transform(table[150:]), y[150:])
    assert pickle.dumps(regressor._stream_ends) == ends
    assert regressor._live_streams == live
    assert_array_equal(pipe.predict(table[150:]), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bidirectional": True}, "stateful=True.*needs bidirectional=False. Got True"),
        ({"pooling": "mean"}, "needs pooling='last'. Got 'mean'"),
        ({"instance_norm": "standard"}, "no window whose spread instance_norm='stand"),
    ],
)
def test_what_has_no_meaning_for_a_stream_is_refused(table, change, message):
    with pytest.raises(ValueError, match=message):
        streaming(**change).fit(table, table["a"].fillna(0))


def test_windows_that_do_not_tell_their_series_are_refused(table, y):
    windows = SequenceWindower(5, group_by="group").fit_transform(table)
    bare = Sequences(windows.rows, windows.starts, windows.stops, groups=windows.groups)
    with pytest.raises(ValueError, match="Got Sequences without `series`"):
        streaming()[-1].fit(bare, y)
    with pytest.raises(ValueError, match="Got Sequences without `series`"):
        streaming()[-1].fit(windows, y).predict(bare)


def test_windows_and_independent_samples_do_not_go_on_as_one_another(table, y):
    windows = SequenceWindower(5, group_by="group").fit_transform(table)
    X = np.ones((3, 4, 2))
    on_windows = streaming()[-1].fit(windows, y)
    with pytest.raises(ValueError, match="on the windows of a table and cannot go on"):
        on_windows.partial_fit(X, np.arange(3.0))
    on_samples = streaming()[-1].fit(X, np.arange(3.0))
    with pytest.raises(ValueError, match="on independent samples and cannot go on"):
        on_samples.partial_fit(windows, y)


@pytest.mark.slow
@pytest.mark.parametrize("cls", FAMILY)
def test_a_battery_is_forecast_as_well_as_with_windows(cls):
    X, y = make_battery_fade(random_state=0)
    errors = {}
    for stateful in (False, True):
        regressor = cls(
            16, stateful=stateful, bptt_steps=10, max_epochs=60, random_state=0
        )
        pipe = make_pipeline(SequenceWindower(20), regressor).fit(X[:800], y[:800])
        errors[stateful] = np.sqrt(np.mean((pipe.predict(X[800:]) - y[800:]) ** 2))
    print(cls.__name__, errors)
    assert errors[True] < 0.0109  # the same as last cycle


@pytest.mark.parametrize("criterion", ["squared_error", "quantile"])
def test_targets_with_gaps_train(make_table, criterion):
    table = make_table(p_absent=0)
    y = np.column_stack([table["a"], table["a"] ** 2])
    y[::3, 1] = np.nan
    pipe = make_pipeline(
        SequenceWindower(5, group_by="group"),
        LSTMRegressor(
            3, criterion=criterion, stateful=True, max_epochs=2, random_state=0
        ),
    )
    assert np.isfinite(pipe.fit(table, y).predict(table)).all()
