"""y with numbers for each step -> predictions of the form of X, from known steps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 6, 2))
Y = np.stack([X[:, :, 0].cumsum(axis=1), X[:, :, 1]], axis=2)  # (n, T, K)
LENGTHS = np.arange(40) % 6 + 1
RAGGED_X = [steps[:n] for steps, n in zip(X, LENGTHS, strict=True)]
RAGGED_Y = [steps[:n] for steps, n in zip(Y, LENGTHS, strict=True)]
FAMILY = [RNNRegressor, LSTMRegressor, GRURegressor]
ABSENT = RNG.random((40, 6)) < 0.3


def quick(cls=RNNRegressor, **parameters):
    return cls(4, **{"max_epochs": 3, "random_state": 0} | parameters)


def loss_by_hand(regressor, predictions, targets, weights):
    """Average the squared errors of all known steps, one by one."""
    scale = regressor.scaler_.target_scale_
    total = weight = 0.0
    for p, t, w in zip(predictions, targets, weights, strict=True):
        for step in range(len(p)):
            for k in range(len(scale)):
                if not np.isnan(t[step, k]):
                    total += w * ((p[step, k] - t[step, k]) / scale[k]) ** 2
                    weight += w
    return total / weight


@pytest.mark.parametrize("cls", FAMILY)
def test_they_learn_each_step(cls):
    regressor = quick(cls, max_epochs=30, lr=0.05)
    assert regressor.fit(X, Y).score(X, Y) > 0.8
    assert regressor.fit(RAGGED_X, RAGGED_Y).score(RAGGED_X, RAGGED_Y) > 0.8


class TestForms:
    def test_three_axes(self):
        regressor = quick().fit(X, Y)
        assert regressor.n_outputs_ == 2
        assert regressor.predict(X).shape == (40, 6, 2)
        assert regressor.predict(X[:, :3]).shape == (40, 3, 2)

    def test_one_target_keeps_its_axis(self):
        assert quick().fit(X, Y[:, :, :1]).predict(X).shape == (40, 6, 1)

    def test_lists_of_columns(self):
        predictions = quick().fit(RAGGED_X, RAGGED_Y).predict(RAGGED_X)
        assert [p.shape for p in predictions] == [(n, 2) for n in LENGTHS]

    def test_lists_of_numbers(self):
        flat = [steps[:, 0] for steps in RAGGED_Y]
        predictions = quick().fit(RAGGED_X, flat).predict(RAGGED_X)
        assert [p.shape for p in predictions] == [(n,) for n in LENGTHS]
        assert predictions[0].dtype == np.float64

    def test_lists_of_lists(self):
        nested = [steps.tolist() for steps in RAGGED_Y]
        one, other = quick().fit(RAGGED_X, nested), quick().fit(RAGGED_X, RAGGED_Y)
        for p, q in zip(one.predict(RAGGED_X), other.predict(RAGGED_X), strict=True):
            np.testing.assert_array_equal(p, q)

    def test_an_array_after_a_list(self):
        regressor = quick().fit(RAGGED_X, RAGGED_Y)
        array = regressor.predict(X[:3])
        for row, steps in zip(array, regressor.predict(list(X[:3])), strict=True):
            np.testing.assert_array_equal(row, steps)

    def test_a_sequence_without_steps(self):
        empty = [*RAGGED_X, np.empty((0, 2))]
        regressor = quick().fit(empty, [*RAGGED_Y, np.empty((0, 2))])
        assert regressor.predict(empty)[-1].shape == (0, 2)
        assert regressor.predict([np.empty((0, 2))])[0].shape == (0, 2)

    @pytest.mark.parametrize("bidirectional", [False, True])
    def test_a_step_knows_the_past_alone_unless_bidirectional(self, bidirectional):
        regressor = quick(bidirectional=bidirectional).fit(X, Y)
        changed = X.copy()
        changed[:, 3:] += 1.0
        same = (regressor.predict(changed) == regressor.predict(X))[:, :3]
        assert same.all() if not bidirectional else not same.any()

    def test_quantiles(self):
        regressor = quick(criterion="quantile", quantiles=(0.1, 0.5)).fit(X, Y)
        quantiles = regressor.predict_quantiles(X)
        assert quantiles.shape == (40, 6, 2, 2)
        np.testing.assert_array_equal(quantiles[..., 1], regressor.predict(X))
        assert (np.diff(quantiles, axis=-1) >= 0).all()
        flat = [steps[:, 0] for steps in RAGGED_Y]
        regressor.fit(RAGGED_X, flat)
        assert regressor.predict_quantiles(RAGGED_X)[3].shape == (4, 2)

    def test_counts(self):
        regressor = quick(criterion="poisson").fit(RAGGED_X, [abs(y) for y in RAGGED_Y])
        assert all((p > 0).all() for p in regressor.predict(RAGGED_X))


class TestAbsentSteps:
    def test_they_are_as_if_they_were_not_there(self):
        """NaN rows anywhere, with any y beside them."""
        gappy, targets = X.copy(), Y.copy()
        gappy[ABSENT], targets[ABSENT] = np.nan, 1e6
        parts = [x[~a] for x, a in zip(X, ABSENT, strict=True)]
        part_targets = [y[~a] for y, a in zip(Y, ABSENT, strict=True)]
        dense = quick(dropout=0.2).fit(gappy, targets)
        ragged = quick(dropout=0.2).fit(parts, part_targets)
        predictions = dense.predict(gappy)
        assert np.isnan(predictions[ABSENT]).all()
        for row, absent, expected in zip(
            predictions, ABSENT, ragged.predict(parts), strict=True
        ):
            np.testing.assert_array_equal(row[~absent], expected)

    def test_infinity_beside_an_absent_step_is_still_refused(self):
        gappy, targets = X.copy(), Y.copy()
        gappy[0, 0], targets[0, 0] = np.nan, np.inf
        with pytest.raises(ValueError, match="infinity"):
            quick().fit(gappy, targets)

    @settings(max_examples=15)
    @given(seed=st.integers(0, 1000), extra=st.integers(0, 3), reverse=st.booleans())
    @pytest.mark.parametrize("cls", FAMILY)
    def test_padding_and_company_change_no_bit(self, cls, seed, extra, reverse):
        regressor = fitted(cls)
        rng = np.random.default_rng(seed)
        chosen = rng.choice(40, size=rng.integers(1, 6), replace=False)
        if reverse:
            chosen = chosen[::-1]
        whole = regressor.predict(RAGGED_X)
        padded = np.full((len(chosen), 6 + extra, 2), np.nan)
        places = []
        for row, i in zip(padded, chosen, strict=True):
            place = np.sort(rng.choice(6 + extra, size=LENGTHS[i], replace=False))
            row[place] = RAGGED_X[i]
            places.append(place)
        predictions = regressor.predict(padded)
        for row, place, i in zip(predictions, places, chosen, strict=True):
            np.testing.assert_array_equal(row[place], whole[i])
            assert np.isnan(np.delete(row, place, axis=0)).all()


FITTED = {}


def fitted(cls):
    if cls not in FITTED:
        FITTED[cls] = quick(cls, bidirectional=True).fit(RAGGED_X, RAGGED_Y)
    return FITTED[cls]


class TestUnknownTargets:
    @pytest.mark.parametrize("batch_size", [7, 40])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_the_loss_is_the_mean_over_known_steps(self, batch_size, weighted):
        gaps = [y.copy() for y in RAGGED_Y]
        for i in range(0, 40, 3):
            gaps[i][0, i % 2] = np.nan
        weight = RNG.integers(1, 4, size=40) if weighted else np.ones(40)
        regressor = quick(lr=1e-30, batch_size=batch_size)
        regressor.fit(RAGGED_X, gaps, weight if weighted else None)
        predictions = regressor.predict(RAGGED_X)
        expected = loss_by_hand(regressor, predictions, gaps, weight)
        np.testing.assert_allclose(regressor.loss_curve_, expected, rtol=1e-5)

    def test_so_is_the_loss_of_validation(self, monkeypatch):
        valid = np.arange(30, 40)
        monkeypatch.setattr(
            "sklearn_rnn.estimators._base.split_validation",
            lambda *_: (np.arange(30), valid),
        )
        monkeypatch.setattr(
            "sklearn_rnn.estimators._base.merge_equal_samples", lambda *data: data
        )
        regressor = quick(lr=1e-30, early_stopping=True).fit(RAGGED_X, RAGGED_Y)
        held_X, held_Y = RAGGED_X[30:], RAGGED_Y[30:]
        expected = loss_by_hand(
            regressor, regressor.predict(held_X), held_Y, np.ones(10)
        )
        np.testing.assert_allclose(regressor.validation_loss_curve_, expected, 1e-5)

    def test_unknown_steps_at_the_end_are_as_if_cut_off(self):
        gaps = Y.copy()
        gaps[:, 4:] = np.nan
        options = {"standardize": False, "batch_size": 40}
        whole = quick(**options).fit(X, gaps).predict(X)[:, :4]
        cut = quick(**options).fit(X[:, :4], Y[:, :4]).predict(X[:, :4])
        np.testing.assert_allclose(whole, cut, rtol=1e-3, atol=1e-5)

    def test_sequences_without_a_known_step_are_as_absent(self):
        gaps = Y.copy()
        gaps[::3] = np.nan
        kept = np.arange(40) % 3 > 0
        one = quick().fit(X, gaps).predict(X)
        other = quick().fit(X[kept], Y[kept]).predict(X)
        np.testing.assert_array_equal(one, other)

    def test_an_output_that_is_nowhere_known(self):
        gaps = Y.copy()
        gaps[:, :, 1] = np.nan
        with pytest.raises(ValueError, match="NaN in all rows of output 1"):
            quick().fit(X, gaps)

    def test_scale_is_learnt_from_known_steps(self):
        scaler = quick().fit(RAGGED_X, RAGGED_Y).scaler_
        steps = np.concatenate(RAGGED_Y)
        np.testing.assert_allclose(scaler.target_mean_, steps.mean(axis=0))
        np.testing.assert_allclose(scaler.target_scale_, steps.std(axis=0))


def test_sample_weight_is_repetition():
    weight = RNG.integers(0, 3, size=40)
    one = quick().fit(X, Y, sample_weight=weight)
    other = quick().fit(X.repeat(weight, axis=0), Y.repeat(weight, axis=0))
    np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-6)


class TestScore:
    def test_of_lists_it_is_over_all_steps_together(self):
        regressor = quick().fit(RAGGED_X, RAGGED_Y)
        steps = np.concatenate(regressor.predict(RAGGED_X))
        expected = r2_score(np.concatenate(RAGGED_Y), steps)
        assert regressor.score(RAGGED_X, RAGGED_Y) == pytest.approx(expected)

    def test_unknown_and_absent_steps_do_not_count(self):
        gappy, targets = X.copy(), Y.copy()
        gappy[ABSENT] = np.nan
        targets[:, 2, 0] = np.nan
        regressor = quick().fit(gappy, targets)
        predictions, scores = regressor.predict(gappy), []
        for k in range(2):
            known = ~ABSENT & ~np.isnan(targets[:, :, k])
            scores.append(r2_score(targets[known, k], predictions[known, k]))
        assert regressor.score(gappy, targets) == pytest.approx(np.mean(scores))

    def test_weights(self):
        weight = RNG.integers(0, 3, size=40)
        regressor = quick().fit(X, Y)
        repeated = regressor.score(X.repeat(weight, axis=0), Y.repeat(weight, axis=0))
        assert regressor.score(X, Y, sample_weight=weight) == pytest.approx(repeated)


def test_validation_ends_a_training():
    regressor = quick(early_stopping=True, max_epochs=60, patience=2, lr=0.1)
    regressor.fit(RAGGED_X, RAGGED_Y)
    assert len(regressor.validation_loss_curve_) < 60


def test_cross_validation_of_lists():
    assert cross_val_score(quick(), RAGGED_X, RAGGED_Y, cv=2).shape == (2,)
    assert cross_val_predict(quick(), X, Y, cv=2).shape == (40, 6, 2)


class TestWindows:
    TABLE = pd.DataFrame(RNG.normal(size=(40, 2)), columns=["a", "b"])

    def test_targets_stand_at_the_end_of_their_row(self):
        windows = SequenceWindower(5).fit_transform(self.TABLE)
        dense = np.asarray(windows)
        targets = dense[:, :, :1] * 10.0 + 3.0
        regressor = quick(max_epochs=60, lr=0.05).fit(windows, targets)
        predictions = regressor.predict(windows)
        absent = np.isnan(dense[:, :, 0])
        np.testing.assert_array_equal(np.isnan(predictions[:, :, 0]), absent)
        assert np.isnan(predictions[0]).all()  # no history
        assert r2_score(targets[~absent], predictions[~absent]) > 0.9
        for row, steps in zip(
            predictions, regressor.predict(windows.to_list()), strict=True
        ):
            np.testing.assert_array_equal(row[5 - len(steps) :], steps)

    def test_in_a_pipeline(self):
        targets = np.asarray(SequenceWindower(5).fit_transform(self.TABLE))[:, :, :1]
        pipe = make_pipeline(SequenceWindower(5), quick())
        pipe.fit(self.TABLE, np.nan_to_num(targets))
        assert pipe.predict(self.TABLE).shape == (40, 5, 1)
        assert np.isfinite(pipe.score(self.TABLE, targets))


class TestRefusals:
    @pytest.mark.parametrize(
        "setting",
        [
            {"pooling": "mean"},
            {"pooling": "attention"},
            {"segment_length": 2},
        ],
        ids=str,
    )
    def test_what_has_no_meaning_for_steps(self, setting):
        [(name, value)] = setting.items()
        with pytest.raises(ValueError, match=rf"needs {name}=.*Got {value!r}"):
            quick(**setting).fit(X, Y)

    def test_a_state_that_runs_on(self):
        windows = SequenceWindower(5).fit_transform(TestWindows.TABLE)
        with pytest.raises(ValueError, match="learns one target per row"):
            quick(stateful=True).fit(windows, np.zeros((40, 5, 1)))
        assert quick(stateful=True).fit(X, Y).predict(X).shape == (40, 6, 2)

    @pytest.mark.parametrize(
        "setting", [{"target_feature": 0}, {"instance_norm": "last"}], ids=str
    )
    def test_a_change_from_the_last_step(self, setting):
        with pytest.raises(ValueError, match=r"has a target for each step\. Pass"):
            quick(**setting).fit(X, Y)

    def test_other_lengths(self):
        short = [y[:-1] if i == 7 else y for i, y in enumerate(RAGGED_Y)]
        message = r"Sample 7 has 1 of them, and 2 steps in X"
        with pytest.raises(ValueError, match=message):
            quick().fit(RAGGED_X, short)
        with pytest.raises(ValueError, match="Sample 0 has 5 of them, and 6 steps"):
            quick().fit(X, Y[:, :-1])

    def test_another_number_of_sequences(self):
        with pytest.raises(ValueError, match=r"numbers of samples: \[40, 39\]"):
            quick().fit(RAGGED_X, RAGGED_Y[:-1])

    def test_another_kind_of_y_when_going_on_or_scoring(self):
        regressor = quick().fit(X, Y)
        with pytest.raises(ValueError, match=r"has a target for each time step\. Got"):
            regressor.partial_fit(X, Y[:, -1])
        with pytest.raises(ValueError, match=r"has a target for each time step\. Got"):
            regressor.score(X, Y[:, -1])
        with pytest.raises(ValueError, match="was fitted with 2 outputs"):
            regressor.partial_fit(X, Y[:, :, :1])
        with pytest.raises(ValueError, match="was fitted with 2 outputs"):
            regressor.score(X, Y[:, :, :1])
        with pytest.raises(ValueError, match="has no steps"):
            quick().fit(X, Y[:, -1]).partial_fit(X, Y)

    def test_four_axes(self):
        with pytest.raises(ValueError, match="y has shape"):
            quick().fit(X, Y[..., None])


@pytest.mark.parametrize(
    "form", [lambda parts: [pd.Series(part) for part in parts], pd.Series]
)
def test_targets_in_any_container(form):
    parts = [RNG.normal(size=(n, 2)) for n in [3, 1, 4] * 5]
    targets = [part[:, 0] for part in parts]
    plain, other = (RNNRegressor(4, max_epochs=2, random_state=0) for _ in range(2))
    plain.fit(parts, targets)
    other.fit(parts, form(targets))
    for one, same in zip(plain.predict(parts), other.predict(parts), strict=True):
        np.testing.assert_array_equal(one, same)
