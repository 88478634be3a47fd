"""hidden_size of each layer, residual -> other networks; states that run on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 6, 2))
Y = X[:, :, 0].mean(axis=1)
TABLE = pd.DataFrame(RNG.normal(size=(60, 2)), columns=["a", "b"])
FAMILY = [RNNRegressor, LSTMRegressor, GRURegressor]


def quick(cls=RNNRegressor, hidden_size=4, **parameters):
    settings = {"max_epochs": 2, "random_state": 0}
    return cls(hidden_size, **settings | parameters)


@pytest.mark.parametrize("cls", FAMILY)
class TestSizes:
    def test_a_tuple_of_equal_sizes_is_num_layers(self, cls):
        one = quick(cls, (4, 4, 4)).fit(X, Y)
        other = quick(cls, 4, num_layers=3).fit(X, Y)
        np.testing.assert_array_equal(one.predict(X), other.predict(X))

    def test_they_may_be_told_twice(self, cls):
        one = quick(cls, (5, 3), num_layers=2).fit(X, Y)
        np.testing.assert_array_equal(
            one.predict(X), quick(cls, [5, 3]).fit(X, Y).predict(X)
        )

    def test_numbers_of_numpy(self, cls):
        one = quick(cls, (np.int64(5), 3)).fit(X, Y)
        np.testing.assert_array_equal(
            one.predict(X), quick(cls, (5, 3)).fit(X, Y).predict(X)
        )
        assert quick(cls, np.int64(5)).fit(X, Y).n_outputs_ == 1

    def test_the_last_size_is_that_of_the_states(self, cls):
        for pooling in ("last", "mean", "attention"):
            regressor = quick(cls, (5, 3), bidirectional=True, pooling=pooling)
            assert regressor.fit(X, Y).transform(X).shape == (40, 6)

    @pytest.mark.parametrize("bptt_steps", [2, None])
    def test_the_gradient_may_be_cut(self, cls, bptt_steps):
        regressor = quick(cls, (5, 3), bptt_steps=bptt_steps, pooling="mean")
        assert np.isfinite(regressor.fit(X, Y).predict(X)).all()


@pytest.mark.parametrize("cls", FAMILY)
class TestResidual:
    def test_one_layer_has_nothing_to_add_to(self, cls):
        one, other = (quick(cls, residual=r).fit(X, Y) for r in (False, True))
        np.testing.assert_array_equal(one.predict(X), other.predict(X))

    @pytest.mark.parametrize(
        "options", [{"layer_norm": True}, {"zoneout": 0.2}, {"dropout": 0.2}], ids=str
    )
    def test_a_state_that_runs_on_shows_the_same(self, cls, options):
        network = quick(cls, num_layers=3, residual=True, stateful=True, **options)
        pipe = make_pipeline(SequenceWindower(4), network).fit(
            TABLE[:40], TABLE["a"][:40]
        )
        expected = pipe.predict(TABLE)[40:]
        one_by_one = [network.predict_next(row) for row in TABLE[40:].to_numpy()]
        np.testing.assert_allclose(one_by_one, expected, rtol=1e-5, atol=1e-6)

    def test_a_stream_is_a_window_over_everything(self, cls, slow_predictions):
        options = {"num_layers": 2, "residual": True, "stateful": True}
        pipe = make_pipeline(SequenceWindower(4), quick(cls, **options))
        pipe.fit(TABLE, TABLE["a"])
        expected = slow_predictions(pipe[-1], TABLE, horizon=1)
        plain = quick(cls, **options | {"residual": False})
        other = make_pipeline(SequenceWindower(4), plain).fit(TABLE, TABLE["a"])
        assert abs(other.predict(TABLE) - pipe.predict(TABLE)).max() > 1e-3
        np.testing.assert_allclose(pipe.predict(TABLE), expected, rtol=1e-4, atol=1e-5)


class TestRefusals:
    @pytest.mark.parametrize(
        "sizes",
        [True, (), [], (4, 0), (4, -1), ("a",), (4.5,), (True,), (None, 3)],
        ids=str,
    )
    def test_sizes_that_are_none(self, sizes):
        with pytest.raises(ValueError, match=r"all at least 1\. Got"):
            quick(hidden_size=sizes).fit(X, Y)

    def test_another_number_of_layers(self):
        with pytest.raises(
            ValueError, match=r"\(4, 3\) has 2 layers, and num_layers is 3"
        ):
            quick(hidden_size=(4, 3), num_layers=3).fit(X, Y)

    def test_residual_layers_of_unequal_sizes(self):
        with pytest.raises(ValueError, match=r"need the same size. Got .*\(4, 3\)"):
            quick(hidden_size=(4, 3), residual=True).fit(X, Y)
        assert quick(hidden_size=(4, 4), residual=True).fit(X, Y).n_epochs_ == 2

    def test_attention_over_a_gradient_that_is_cut(self):
        with pytest.raises(ValueError, match="which weighs all of them at once"):
            quick(pooling="attention", bptt_steps=2).fit(X, Y)

    def test_attention_to_a_stream(self):
        with pytest.raises(ValueError, match=r"pooling='last'\. Got 'attention'"):
            quick(pooling="attention", stateful=True).fit(X, Y)

    def test_a_change_when_going_on(self):
        regressor = quick(hidden_size=(4, 3), warm_start=True).fit(X, Y)
        regressor.set_params(hidden_size=(4, 4))
        with pytest.raises(ValueError, match="hidden_size cannot change there"):
            regressor.fit(X, Y)
