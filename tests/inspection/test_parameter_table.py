"""parameter_table -> weights and biases of each layer; the guide's figure."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_rnn import (
    GRUClassifier,
    GRURegressor,
    LSTMRegressor,
    RNNClassifier,
    RNNRegressor,
    SequenceWindower,
)
from sklearn_rnn.inspection import parameter_table
from sklearn_rnn.modules._counting import count_weights

X = np.random.default_rng(0).normal(size=(12, 4, 50))
Y = np.arange(12.0)


def table_of(estimator, X=X, y=Y):
    estimator.set_params(max_epochs=1, random_state=0).fit(X, y)
    table = parameter_table(estimator)
    assert table.columns.tolist() == ["layer", "weights", "biases", "total"]
    table = table.set_index("layer")
    assert (table["weights"] + table["biases"] == table["total"]).all()
    parts, total = table.iloc[:-1], table.loc["total"]
    assert (parts.sum() == total).all()
    assert total["total"] == estimator.n_parameters_
    return table


def test_the_figure_of_the_guide():
    """An RNN cell with 50 features and 128 units."""
    table = table_of(RNNRegressor(128))
    assert table.loc["encoder.layers.0.directions.0", "total"] == 22_912
    assert table.loc["head"].tolist() == [128, 1, 129]
    assert len(table) == 3


@pytest.mark.parametrize(
    ("cls", "gates", "biases"),
    [(RNNRegressor, 1, 5), (LSTMRegressor, 4, 4 * 5), (GRURegressor, 3, 3 * 5 + 5)],
)
def test_gates(cls, gates, biases):
    cell = table_of(cls(5)).loc["encoder.layers.0.directions.0"]
    assert cell.tolist()[:2] == [gates * 5 * (50 + 5), biases]


def test_directions_layers_and_norms():
    table = table_of(
        RNNRegressor((5, 3), bidirectional=True, layer_norm=True, pooling="attention")
    )
    for direction in (0, 1):
        first = table.loc[f"encoder.layers.0.directions.{direction}"]
        second = table.loc[f"encoder.layers.1.directions.{direction}"]
        assert first.tolist() == [5 * 55, 5, 5 * 56]
        assert second.tolist() == [3 * (10 + 3), 3, 3 * 14]
    assert table.loc["encoder.norms.0"].tolist() == [10, 10, 20]
    assert table.loc["encoder.norms.1"].tolist() == [6, 6, 12]
    assert table.loc["attention.hidden"].tolist() == [36, 6, 42]
    assert table.loc["attention.score"].tolist() == [6, 0, 6]
    assert table.loc["head"].tolist() == [6, 1, 7]


def test_an_embedding_without_its_padding():
    tokens = np.tile([[1, 2, 3], [3, 2, 1]], (6, 1))
    table = table_of(GRUClassifier(4, embedding_dim=7), tokens, Y > 5)
    assert table.loc["inputs.embedding"].tolist() == [3 * 7, 0, 3 * 7]
    assert table.index[0] == "inputs.embedding"
    assert table.loc["head"].tolist() == [2 * 4, 2, 10]


def test_quantiles():
    table = table_of(RNNRegressor(4, criterion="quantile"))
    assert table.loc["head", "total"] == 3 * (4 + 1)


def test_of_a_pipeline_it_is_that_of_the_last_step():
    pipe = make_pipeline(SequenceWindower(3), RNNClassifier(4, max_epochs=1))
    pipe.fit(X[:, 0], Y > 5)
    assert parameter_table(pipe).equals(parameter_table(pipe[-1]))


def test_of_a_search_it_is_that_of_what_it_found():
    search = GridSearchCV(RNNRegressor(max_epochs=1), {"hidden_size": [2]}, cv=2)
    search.fit(X, Y)
    with pytest.raises(TypeError, match=r"Got GridSearchCV\. Pass the best_estimator_"):
        parameter_table(search)
    assert len(parameter_table(search.best_estimator_)) == 3


def test_of_a_pipeline_that_ends_in_another_model():
    pipe = make_pipeline(RNNRegressor(2, max_epochs=1), LinearRegression()).fit(X, Y)
    with pytest.raises(TypeError, match=r"Got LinearRegression\. .* the step"):
        parameter_table(pipe)
    assert len(parameter_table(pipe[0])) == 3


def test_before_fit():
    with pytest.raises(NotFittedError):
        parameter_table(RNNRegressor())


class Shared(nn.Module):
    """Parts that share a weight, one that is frozen, and a padded embedding."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(5, 3, padding_idx=0)
        self.ahead = nn.Linear(3, 5)
        self.back = nn.Linear(3, 5, bias=False)
        self.back.weight = self.ahead.weight
        self.frozen = nn.Linear(2, 2)
        self.frozen.requires_grad_(False)


def test_shared_and_frozen_weights():
    assert count_weights(Shared()) == [("tokens", 12, 0), ("ahead", 15, 5)]
