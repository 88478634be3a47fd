"""NoSkillWarning: fires once where a constant is better, and is silent where not."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMClassifier, Seq2SeqRegressor, SequenceWindower
from sklearn_rnn.datasets import make_adding_problem
from sklearn_rnn.estimators import _skill_check
from sklearn_rnn.exceptions import NoSkillWarning
from sklearn_rnn.forecasting import make_targets

RNG = np.random.default_rng(0)
WALK = pd.DataFrame({"a": RNG.normal(size=400).cumsum()})
WAVE = pd.DataFrame({"a": np.sin(np.arange(400.0)) + RNG.normal(0, 0.1, 400)})
UNTRAINED = {"lr": 1e-9, "max_epochs": 2}  # predicts anything


def network(cls=GRURegressor, **parameters):
    settings = {"lr": 0.01, "max_epochs": 8, "validation_fraction": 0.25}
    return cls(8, early_stopping=True, random_state=0, **settings | parameters)


def caught(estimator, *data, **fit_params):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        estimator.fit(*data, **fit_params)
    assert {warning.category for warning in seen} <= {NoSkillWarning}
    return seen


@pytest.fixture
def judged(monkeypatch):
    """Record the losses of what networks are compared with."""
    losses = []

    def spy(*args):
        losses.append(loss(*args))
        return losses[-1]

    loss = _skill_check._loss
    monkeypatch.setattr(_skill_check, "_loss", spy)
    return losses


def validation_error(pipe, y, baseline, metric=np.square):
    """Give the loss of a baseline on the last quarter, in the scale of the network."""
    error = (y - baseline)[300:] / pipe[-1].scaler_.target_scale_
    return float(np.mean(metric(error)))


class TestFires:
    def test_once_and_where_fit_was_called(self):
        [warning] = caught(network(**UNTRAINED), WAVE.to_numpy()[:, None], WAVE["a"])
        text = str(warning.message)
        assert text.startswith("GRURegressor has no skill on its validation samples")
        assert "that of the mean of the training targets" in text
        assert warning.filename == __file__

    def test_at_the_line_of_the_search_around_it(self):
        """Every fold says it, and a filter that shows a line once shows it once."""
        pipe = make_pipeline(SequenceWindower(5), network(**UNTRAINED))
        search = GridSearchCV(pipe, {}, cv=TimeSeriesSplit(2, test_size=20))
        seen = caught(search, WALK, WALK["a"])
        assert len(seen) == 3
        [(filename, line)] = {(warning.filename, warning.lineno) for warning in seen}
        assert filename == __file__
        assert line == caught.__code__.co_firstlineno + 3

    def test_where_the_last_value_is_better(self):
        pipe = make_pipeline(SequenceWindower(5), network(**UNTRAINED))
        [warning] = caught(pipe, WALK, WALK["a"])
        assert "that of repeating the last value" in str(warning.message)

    def test_where_the_column_is_known_but_read_as_it_is(self):
        """A network that has to extrapolate beats the mean, not the last value."""
        trend = WALK + np.arange(400.0)[:, None]
        net = network(instance_norm=None, max_epochs=20)
        [warning] = caught(make_pipeline(SequenceWindower(5), net), trend, trend["a"])
        assert "repeating the last value" in str(warning.message)

    def test_again_in_another_fit(self):
        pipe = make_pipeline(SequenceWindower(5), network(**UNTRAINED, warm_start=True))
        assert len(caught(pipe, WALK, WALK["a"])) == 1
        assert len(caught(pipe, WALK, WALK["a"])) == 1


class TestIsSilent:
    @pytest.mark.parametrize("criterion", ["squared_error", "huber", "quantile"])
    def test_on_a_good_fit(self, criterion):
        pipe = make_pipeline(SequenceWindower(10), network(criterion=criterion))
        assert caught(pipe, WAVE, WAVE["a"]) == []

    def test_on_a_good_fit_of_a_decoder(self):
        net = network(Seq2SeqRegressor, max_epochs=20)
        pipe = make_pipeline(SequenceWindower(10), net)
        assert caught(pipe, WAVE, make_targets(WAVE["a"], 3)) == []

    @pytest.mark.parametrize(
        "change",
        [{"early_stopping": False}, {"validation_fraction": 0.05}, {"stateful": True}],
    )
    def test_where_nothing_or_little_is_held_out(self, change, judged):
        net = network(**UNTRAINED).set_params(**change)
        pipe = make_pipeline(SequenceWindower(5), net)
        assert caught(pipe, WALK, WALK["a"]) == judged == []

    def test_of_classifiers(self, judged):
        X, y = make_adding_problem(200, 6, random_state=0)
        assert caught(network(LSTMClassifier, **UNTRAINED), X, y > 1) == judged == []


class TestBaseline:
    """It is what repeating or averaging gives on the validation samples."""

    def test_repeats_the_last_value_as_every_quantile(self, judged):
        levels, y = (0.1, 0.5, 0.9), 2 * WALK["a"] + 1
        net = network(criterion="quantile", quantiles=levels, **UNTRAINED)
        pipe = make_pipeline(SequenceWindower(5), net)
        caught(pipe, WALK, y)
        losses = [
            mean_pinball_loss(y[300:], y.shift()[300:], alpha=level) for level in levels
        ]
        expected = np.mean(losses) / pipe[-1].scaler_.target_scale_[0]
        assert judged == [pytest.approx(expected, rel=1e-4)]

    @pytest.mark.parametrize("criterion", ["squared_error", "quantile"])
    def test_counts_in_the_spread_of_each_window(self, judged, criterion):
        y = 2 * WALK["a"] + 1
        net = network(instance_norm="standard", criterion=criterion, **UNTRAINED)
        pipe = make_pipeline(SequenceWindower(5), net)
        caught(pipe, WALK, y)
        spread = y.rolling(5).std(ddof=0).shift()[300:]
        error = (y - y.shift())[300:] / spread / pipe[-1].scaler_.target_scale_[0]
        expected = np.mean(error**2)
        if criterion == "quantile":  # two levels that mirror each other, and the median
            expected = np.mean(np.abs(error)) / 2
        assert judged == [pytest.approx(expected, rel=1e-3)]

    def test_in_the_units_of_y_where_nothing_is_standardised(self, judged):
        y = 2 * WALK["a"] + 1
        net = network(standardize=False, **UNTRAINED)
        caught(make_pipeline(SequenceWindower(5), net), WALK, y)
        expected = np.mean((y - y.shift())[300:] ** 2)
        assert judged == [pytest.approx(expected, rel=1e-4)]

    @pytest.mark.parametrize("levels", [None, (0.25, 0.5, 0.9)])
    def test_of_targets_of_each_step(self, judged, levels):
        """It is the same at all steps, and that of the steps there are."""
        y = RNG.exponential(size=(400, 4, 2)) * [1, 10]
        y[:4][~np.tri(4, k=-1, dtype=bool)[:, ::-1]] = np.nan  # before the first row
        quantile = {"criterion": "quantile", "quantiles": levels} if levels else {}
        net = network(**UNTRAINED, **quantile)
        caught(make_pipeline(SequenceWindower(4), net), WALK, y)
        train, valid = y[:296].reshape(-1, 2), y[300:].reshape(-1, 2)
        average, scale = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
        expected = np.mean(((valid - average) / scale) ** 2)
        if levels:
            places = np.nanquantile(train, levels, axis=0, method="inverted_cdf")
            error = (valid[:, None] - places) / scale  # (n, Q, O)
            level = np.array(levels)[:, None]
            expected = np.mean(np.maximum(level * error, (level - 1) * error))
        assert judged == [pytest.approx(expected, rel=1e-4)]

    @pytest.mark.parametrize("norm", ["last", None])
    def test_repeats_the_last_value(self, judged, norm):
        y = 2 * WALK["a"] + 1
        net = network(instance_norm=norm, **UNTRAINED)
        pipe = make_pipeline(SequenceWindower(5), net)
        caught(pipe, WALK, y)
        expected = validation_error(pipe, y, y.shift())
        assert judged == [pytest.approx(expected, rel=1e-4)]

    def test_averages_where_no_column_is_known(self, judged):
        y = (WALK["a"] ** 2).to_numpy()
        pipe = make_pipeline(SequenceWindower(5), network(**UNTRAINED))
        caught(pipe, WALK, y)
        average = pipe[-1].scaler_.target_average_[0]
        assert average == pytest.approx(y[:295].mean())
        assert judged == [pytest.approx(validation_error(pipe, y, average), rel=1e-4)]

    def test_of_quantiles(self, judged):
        levels = (0.1, 0.5, 0.9)
        y = (WALK["a"] ** 2).to_numpy()
        net = network(criterion="quantile", quantiles=levels, **UNTRAINED)
        pipe = make_pipeline(SequenceWindower(5), net)
        caught(pipe, WALK, y)
        losses = [
            mean_pinball_loss(y[300:], np.full(100, value), alpha=level)
            for level, value in zip(
                levels, pipe[-1].scaler_.target_average_[0], strict=True
            )
        ]
        expected = np.mean(losses) / pipe[-1].scaler_.target_scale_[0]
        assert judged == [pytest.approx(expected, rel=1e-4)]

    def test_of_counts(self, judged):
        y = RNG.poisson(3.0, size=400).astype(float)
        pipe = make_pipeline(
            SequenceWindower(5), network(criterion="poisson", **UNTRAINED)
        )
        caught(pipe, WALK, y)
        assert judged == [pytest.approx(1.0, rel=1e-4)]  # exp(0) - 0 y: it predicts 1

    def test_of_several_steps_with_unknown_ones_and_weights(self, judged):
        y = make_targets(WALK["a"], 3)
        weight = RNG.uniform(0.5, 1.5, size=400)
        pipe = make_pipeline(SequenceWindower(5), network(**UNTRAINED))
        caught(pipe, WALK, y, gruregressor__sample_weight=weight)
        last = WALK["a"].shift().to_numpy()[:, None]
        error = ((y.to_numpy() - last) / pipe[-1].scaler_.target_scale_)[300:] ** 2
        known = ~np.isnan(error) * weight[300:, None]
        expected = np.sum(np.nan_to_num(error) * known) / known.sum()
        assert judged == [pytest.approx(expected, rel=1e-4)]
        network_loss = pipe[-1].validation_loss_curve_.min()
        assert network_loss == pytest.approx(expected, rel=0.5)  # of one scale

    def test_of_steps_of_a_decoder(self, judged):
        y = make_targets(WALK["a"], 3)
        pipe = make_pipeline(
            SequenceWindower(5), network(Seq2SeqRegressor, **UNTRAINED)
        )
        caught(pipe, WALK, y)
        last = WALK["a"].shift().to_numpy()[:, None]
        error = ((y.to_numpy() - last) / pipe[-1].scaler_.target_scale_)[300:]
        assert judged == [pytest.approx(np.nanmean(error**2), rel=1e-4)]
