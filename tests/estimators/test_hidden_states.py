"""transform and attention_weights -> what the network makes of X inside."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import (
    GRUClassifier,
    GRURegressor,
    LSTMClassifier,
    LSTMRegressor,
    RNNRegressor,
    SequenceWindower,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 6, 2))
Y = X[:, :, 0].mean(axis=1)
LENGTHS = np.arange(40) % 7
RAGGED = [steps[:n] for steps, n in zip(X, LENGTHS, strict=True)]
TABLE = pd.DataFrame(RNG.normal(size=(60, 2)), columns=["a", "b"])


def quick(cls=LSTMRegressor, **parameters):
    return cls(4, **{"max_epochs": 2, "random_state": 0} | parameters)


def outputs_of(estimator, states):
    """Read states out by the last layer."""
    head = estimator.net_.module_.head
    with torch.inference_mode():
        return head(torch.tensor(states, dtype=torch.float32)).numpy()


class TestTransform:
    @pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
    @pytest.mark.parametrize("bidirectional", [False, True])
    def test_it_is_what_the_last_layer_reads(self, pooling, bidirectional):
        settings = {"pooling": pooling, "bidirectional": bidirectional}
        regressor = quick(num_layers=2, standardize=False, **settings).fit(RAGGED, Y)
        states = regressor.transform(RAGGED)
        assert states.shape == (40, 4 * (1 + bidirectional))
        assert states.dtype == np.float64
        np.testing.assert_allclose(
            outputs_of(regressor, states)[:, 0], regressor.predict(RAGGED), atol=1e-6
        )
        assert (states[LENGTHS == 0] == 0).all()

    def test_it_is_the_final_state_of_the_encoder(self):
        regressor = quick(standardize=False).fit(X, Y)
        x = torch.tensor(X, dtype=torch.float32).transpose(0, 1)
        with torch.inference_mode():
            h = regressor.net_.module_.encoder(x)
        np.testing.assert_allclose(regressor.transform(X), h[-1], atol=1e-6)

    def test_of_a_classifier(self):
        classifier = quick(GRUClassifier, dropout=0.5).fit(X, Y > 0)
        scores = outputs_of(classifier, classifier.transform(X))
        np.testing.assert_array_equal(
            scores[:, 1] > scores[:, 0], classifier.predict(X)
        )

    def test_of_a_network_for_each_step(self):
        regressor = quick(standardize=False).fit(X, X)
        states = regressor.transform(X)
        np.testing.assert_allclose(
            outputs_of(regressor, states), regressor.predict(X)[:, -1], atol=1e-6
        )

    def test_same_bits_in_any_company(self):
        regressor = quick().fit(RAGGED, Y)
        states = regressor.transform(RAGGED)
        np.testing.assert_array_equal(regressor.transform(RAGGED[::-1])[::-1], states)
        np.testing.assert_array_equal(regressor.transform(RAGGED[5:6]), states[5:6])

    def test_fit_transform(self):
        np.testing.assert_array_equal(
            quick().fit_transform(X, Y), quick().fit(X, Y).transform(X)
        )

    def test_a_state_that_runs_on(self):
        network = quick(GRURegressor, stateful=True, target_feature=None)
        pipe = make_pipeline(SequenceWindower(4), network).fit(TABLE, TABLE["a"])
        states = pipe.transform(TABLE)
        scaled = outputs_of(network, states)[:, 0]
        scaler = network.scaler_
        np.testing.assert_allclose(
            scaled * scaler.target_scale_ + scaler.target_mean_,
            pipe.predict(TABLE),
            atol=1e-6,
        )
        rows = (TABLE.to_numpy() - scaler.mean_) / scaler.scale_
        x = torch.tensor(rows, dtype=torch.float32)[:, None]
        with torch.inference_mode():
            h = network.net_.module_.encoder(x)[:, 0]
        np.testing.assert_allclose(states[1:], h[:-1], atol=1e-5)  # of the row before
        assert (states[0] == 0).all()

    def test_before_fit(self):
        with pytest.raises(NotFittedError):
            quick().transform(X)
        with pytest.raises(NotFittedError):
            quick().get_feature_names_out()


class TestNames:
    def test_one_for_each_state(self):
        regressor = quick(bidirectional=True).fit(X, Y)
        names = regressor.get_feature_names_out()
        assert names.tolist() == [f"hidden_state_{i}" for i in range(8)]
        assert names.dtype == object

    def test_a_table_if_asked_for(self):
        regressor = quick().set_output(transform="pandas").fit(X, Y)
        states = regressor.transform(X)
        assert states.columns.tolist() == [f"hidden_state_{i}" for i in range(4)]
        assert isinstance(regressor.predict(X), np.ndarray)

    def test_a_table_keeps_the_index_of_its_rows(self):
        wide = pd.DataFrame(X[:, :, 0], index=range(100, 140)).rename(columns=str)
        states = quick().set_output(transform="pandas").fit(wide, Y).transform(wide)
        assert states.index.tolist() == list(range(100, 140))

    def test_in_a_union(self):
        wide = X[:, :, 0]
        union = make_union(StandardScaler(), quick()).fit(wide, Y)
        assert union.get_feature_names_out()[-1] == "lstmregressor__hidden_state_3"
        assert union.transform(wide).shape == (40, 6 + 4)


class TestHybrid:
    def test_states_into_gradient_boosting(self):
        pipe = make_pipeline(
            SequenceWindower(4), quick(), HistGradientBoostingRegressor(max_iter=5)
        )
        scores = cross_val_score(
            pipe, TABLE, TABLE["a"], cv=TimeSeriesSplit(2), error_score="raise"
        )
        assert np.isfinite(scores).all()
        pipe.fit(TABLE, TABLE["a"])
        by_hand = HistGradientBoostingRegressor(max_iter=5)
        states = pipe[:-1].transform(TABLE)
        assert states.shape == (60, 5)  # and the last value of the column that y copies
        expected = by_hand.fit(states, TABLE["a"]).predict(states)
        np.testing.assert_array_equal(pipe.predict(TABLE), expected)

    def test_states_into_a_linear_classifier(self):
        pipe = make_pipeline(quick(LSTMClassifier), LogisticRegression())
        assert pipe.fit(X, Y > 0).predict_proba(X).shape == (40, 2)


class TestAttention:
    def test_a_network_fitted_without_it_has_none(self):
        regressor = quick().fit(X, Y).set_params(pooling="attention")
        with pytest.raises(ValueError, match="fitted with a network without attention"):
            regressor.attention_weights(X)

    def attending(self, **parameters):
        return quick(pooling="attention", **parameters)

    def test_weights_of_an_array(self):
        weights = self.attending().fit(X, Y).attention_weights(X)
        assert weights.shape == (40, 6)
        assert (weights > 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)

    def test_they_average_the_states(self):
        regressor = self.attending(standardize=False).fit(X, Y)
        x = torch.tensor(X, dtype=torch.float32).transpose(0, 1)
        with torch.inference_mode():
            h = regressor.net_.module_.encoder(x).numpy()  # (T, B, H)
        mean = np.einsum("bt,tbh->bh", regressor.attention_weights(X), h)
        np.testing.assert_allclose(mean, regressor.transform(X), atol=1e-6)

    def test_of_a_list_they_stand_at_the_beginning(self):
        regressor = self.attending().fit(RAGGED, Y)
        weights = regressor.attention_weights(RAGGED)
        assert weights.shape == (40, 6)
        np.testing.assert_array_equal(weights > 0, np.arange(6) < LENGTHS[:, None])
        np.testing.assert_allclose(weights.sum(axis=1), LENGTHS > 0, rtol=1e-6)
        alone = regressor.attention_weights(RAGGED[5:6])
        np.testing.assert_array_equal(alone, weights[5:6, :5])

    def test_absent_steps_have_none(self):
        gappy = X.copy()
        gappy[RNG.random((40, 6)) < 0.3] = np.nan
        regressor = self.attending().fit(gappy, Y)
        weights = regressor.attention_weights(gappy)
        np.testing.assert_array_equal(weights == 0, np.isnan(gappy[:, :, 0]))
        parts = [steps[~np.isnan(steps[:, 0])] for steps in gappy]
        for row, part in zip(weights, regressor.attention_weights(parts), strict=True):
            np.testing.assert_array_equal(row[row > 0], part[part > 0])

    def test_of_windows_they_stand_at_the_end(self):
        windows = SequenceWindower(4).fit_transform(TABLE)
        regressor = self.attending().fit(windows, TABLE["a"])
        weights = regressor.attention_weights(windows)
        assert weights.shape == (60, 4)
        real = ~np.isnan(np.asarray(windows)[:, :, 0])
        np.testing.assert_array_equal(weights > 0, real)
        assert not weights[0].any()  # no history

    def test_of_columns_and_of_channels(self):
        flat = self.attending(n_channels=2).fit(X.reshape(40, 12), Y)
        whole = self.attending().fit(X, Y)
        np.testing.assert_array_equal(
            flat.attention_weights(X.reshape(40, 12)), whole.attention_weights(X)
        )

    @pytest.mark.parametrize("segment_length", [2, 4, 6, 9])
    def test_the_steps_of_a_segment_share_its_weight(self, segment_length):
        regressor = self.attending(segment_length=segment_length).fit(RAGGED, Y)
        weights = regressor.attention_weights(RAGGED)
        np.testing.assert_array_equal(weights > 0, np.arange(6) < LENGTHS[:, None])
        np.testing.assert_allclose(weights.sum(axis=1), LENGTHS > 0, rtol=1e-6)
        for n, row in zip(LENGTHS, weights, strict=True):
            ends = np.arange(n, 0, -segment_length)
            for end in ends:
                segment = row[max(0, end - segment_length) : end]
                assert (segment == segment[0]).all()

    def test_without_attention(self):
        regressor = quick().fit(X, Y)
        assert not hasattr(regressor, "attention_weights")
        with pytest.raises(AttributeError) as caught:
            regressor.attention_weights(X)
        assert "needs pooling='attention'. Got 'last'" in str(caught.value.__cause__)

    def test_it_finds_the_step_that_tells(self):
        """One step is marked, and its other feature is the target."""
        rng = np.random.default_rng(0)
        place = rng.integers(0, 8, size=300)
        data = rng.normal(size=(300, 8, 2))
        data[:, :, 1] = 0.0
        data[np.arange(300), place, 1] = 3.0
        target = data[np.arange(300), place, 0]
        regressor = RNNRegressor(
            8, pooling="attention", max_epochs=40, lr=0.02, random_state=0
        ).fit(data[:250], target[:250])
        weights = regressor.attention_weights(data[250:])
        assert np.mean(weights.argmax(axis=1) == place[250:]) > 0.7


class TestCopiedColumns:
    """A network that predicts the change of a column knows no level by its states."""

    TABLE = pd.DataFrame({"load": np.arange(60.0), "other": TABLE["a"]})

    def test_the_last_value_stands_behind_the_states(self):
        windows = SequenceWindower(5).fit_transform(self.TABLE, self.TABLE["load"])
        regressor = quick().fit(windows, self.TABLE["load"])
        features = regressor.transform(windows)
        assert regressor.get_feature_names_out()[-1] == "last_load"
        assert features.shape == (60, 5)
        np.testing.assert_array_equal(features[1:, -1], self.TABLE["load"][:-1])
        assert features[0, -1] == regressor.scaler_.mean_[0]  # an empty window

    def test_another_model_goes_on_where_the_network_does(self):
        pipe = make_pipeline(SequenceWindower(5), quick(max_epochs=20), Ridge())
        pipe.fit(self.TABLE[:40], self.TABLE["load"][:40])
        assert pipe.score(self.TABLE[40:], self.TABLE["load"][40:]) > 0.9
