"""X that is one sequence -> refused with a word on how to pass it, where it shows."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import GRURegressor, Sequences

RNG = np.random.default_rng(0)


class TestOneSequence:
    """It is told from a table of univariate sequences wherever that is possible."""

    LENGTHS = [3, 5, 4, 2] * 5

    @pytest.mark.parametrize("n_features", [1, 2])
    @pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, np.ndarray.tolist])
    @pytest.mark.parametrize(
        "fitted_with",
        [list, Sequences.from_list, lambda X: np.ones((20, 5, X[0].shape[1]))],
    )
    def test_is_to_be_wrapped_in_a_list(self, fitted_with, form, n_features):
        X = [RNG.normal(size=(n, n_features)) for n in self.LENGTHS]
        net = GRURegressor(2, max_epochs=1, random_state=0)
        net.fit(fitted_with(X), np.arange(20.0))
        one = form(X[0])
        message = (
            rf"\(n_timesteps, {n_features}\) each.*shape \(3, {n_features}\).*\[X\]"
        )
        for method in (net.predict, net.transform, net.score, net.partial_fit):
            y = [np.arange(3.0)][: method in (net.score, net.partial_fit)]
            with pytest.raises(ValueError, match=message):
                method(one, *y)
        assert net.predict([np.asarray(one)]).shape == (1,)

    def test_of_one_axis(self):
        X = [RNG.normal(size=n) for n in self.LENGTHS]
        net = GRURegressor(2, max_epochs=1, random_state=0).fit(X, np.arange(20.0))
        with pytest.raises(ValueError, match=r"shape \(3,\).*wrap it in a list: \[X\]"):
            net.predict(X[0])

    @pytest.mark.parametrize("shape", [(20, 5), (20, 1)])
    def test_rows_of_a_table_are_sequences_where_they_were(self, shape):
        X = RNG.normal(size=shape)
        net = GRURegressor(2, max_epochs=1, random_state=0).fit(X, np.arange(20.0))
        assert net.predict(X).shape == (20,)
        with pytest.raises(ValueError, match="Reshape your data"):
            net.predict(X[:, 0])

    def test_channels_and_tokens_stay_what_they_are(self):
        X = RNG.normal(size=(20, 4))
        net = GRURegressor(2, n_channels=2, max_epochs=1, random_state=0)
        assert net.fit(X, np.arange(20.0)).predict(X).shape == (20,)
        tokens = RNG.integers(1, 4, size=(20, 3))
        net = GRURegressor(2, embedding_dim=2, max_epochs=1, random_state=0)
        assert net.fit(tokens, np.arange(20.0)).predict(tokens[:, :1]).shape == (20,)
