"""module= -> the user's network is trained in place of ours, like any other."""

import pickle
import threading

import numpy as np
import pandas as pd
import pytest
import torch
from own_modules import (
    Convolution,
    Recorder,
    Steps,
    TorchLSTM,
)
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMClassifier, LSTMRegressor, SequenceWindower
from sklearn_rnn.inspection import find_lr, parameter_table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6, 2))
Y = X[:, -1, 0]
LENGTHS = np.arange(60) % 7
RAGGED = [steps[:n] for steps, n in zip(X, LENGTHS, strict=True)]
TABLE = pd.DataFrame(RNG.normal(size=(60, 2)).cumsum(axis=0), columns=["a", "b"])


def quick(module=TorchLSTM, cls=LSTMRegressor, **parameters):
    return cls(**{"max_epochs": 3, "random_state": 0} | parameters, module=module)


class TestTraining:
    @pytest.mark.parametrize("module", [TorchLSTM, Convolution, Steps])
    def test_it_learns(self, module):
        regressor = quick(module, max_epochs=60, lr=0.03).fit(X, X.mean(axis=(1, 2)))
        assert regressor.loss_curve_[-1] < 0.9 * regressor.loss_curve_[0]
        assert isinstance(regressor.net_.module_, module)
        assert regressor.predict(X).shape == (60,)

    def test_predictions_are_its_outputs_in_the_units_of_y(self):
        y = 1000 * Y + 5
        regressor = quick().fit(X, y)
        scaler = regressor.scaler_
        x = (X - scaler.mean_) / scaler.scale_
        with torch.inference_mode():
            output = regressor.net_.module_(
                torch.tensor(x, dtype=torch.float32)
            ).numpy()
        np.testing.assert_allclose(
            regressor.predict(X),
            output[:, 0] * scaler.target_scale_ + scaler.target_mean_,
            rtol=1e-4,
        )

    def test_lengths_tell_what_is_real(self):
        regressor = quick().fit(RAGGED, Y)
        predictions = regressor.predict(RAGGED)
        for i in (1, 4, 6):
            assert regressor.predict(X[i : i + 1, : LENGTHS[i]]) == pytest.approx(
                predictions[i], abs=1e-5
            )
        empty = [np.empty((0, 2))]
        assert regressor.predict(empty) == pytest.approx(predictions[0], abs=1e-5)

    def test_they_are_none_in_training_where_all_are_equal(self):
        quick(Recorder, max_epochs=1, batch_size=30).fit(X, Y)
        batches = Recorder.seen[1:3]
        assert batches == [((30, 6, 2), None)] * 2
        quick(Recorder, max_epochs=1, batch_size=60).fit(RAGGED, Y)
        shape, lengths = Recorder.seen[1]
        assert shape == (60, 6, 2)
        assert sorted(lengths.tolist()) == sorted(LENGTHS)

    def test_it_is_told_what_it_asks_for(self):
        quick(Recorder, hidden_size=7, pooling="max").fit(X, np.c_[Y, Y, Y])
        n_inputs, n_outputs, others = Recorder.seen[0]
        assert (n_inputs, n_outputs) == (2, 3)
        assert others["hidden_size"] == 7
        assert others["pooling"] == "max"
        assert others["forget_bias"] == 1.0
        assert others["every_step"] is False
        assert not {"lr", "max_epochs", "random_state"} & others.keys()

    def test_tokens_come_with_their_number(self):
        tokens = RNG.integers(1, 9, size=(60, 4))
        quick(Recorder, embedding_dim=3, max_epochs=1).fit(tokens, Y)
        assert Recorder.seen[0][2]["num_embeddings"] == 9

    def test_segments_stand_side_by_side(self):
        quick(Recorder, segment_length=3, max_epochs=1).fit(X, Y)
        assert Recorder.seen[0][0] == 6
        assert Recorder.seen[1][0] == (32, 2, 6)

    def test_a_target_for_each_step(self):
        regressor = quick(Steps, max_epochs=80, lr=0.1).fit(X, 3 * X)
        assert regressor.predict(X).shape == (60, 6, 2)
        assert regressor.score(X, 3 * X) > 0.95

    def test_it_cuts_its_gradient_itself(self):
        class Cutting(Steps):
            def __init__(self, input_size, output_size, every_step, bptt_steps=None):
                super().__init__(input_size, output_size, every_step)
                self.bptt_steps = bptt_steps

        regressor = quick(Cutting, bptt_steps=2).fit(X, X)
        assert regressor.net_.module_.bptt_steps == 2
        assert regressor.history_["train_batch_count"][0] == 2  # of whole sequences

    def test_classes(self):
        classifier = quick(cls=LSTMClassifier, class_weight="balanced")
        labels = np.where(Y > 0, "up", "down")
        probabilities = classifier.fit(X, labels).predict_proba(X)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert classifier.classes_.tolist() == ["down", "up"]


class TestRandomNumbers:
    def test_a_fit_can_be_repeated_and_leaves_the_global_generator_alone(self):
        torch.manual_seed(5)
        before = torch.get_rng_state()
        first = quick(dropout=0.5).fit(X, Y).predict(X)
        assert torch.equal(torch.get_rng_state(), before)
        torch.rand(3)
        second = quick(dropout=0.5).fit(X, Y).predict(X)
        np.testing.assert_array_equal(first, second)
        assert (quick(dropout=0.5, random_state=1).fit(X, Y).predict(X) != first).all()
        assert (quick(dropout=0.0).fit(X, Y).predict(X) != first).any()

    def test_a_training_that_goes_on_draws_new_ones(self):
        """Not the same units again in each call."""
        kept = []

        class Watched(TorchLSTM):
            def forward(self, x, lengths=None):
                h = self.dropout(torch.ones(1, 40))
                if self.training:
                    kept.append(tuple((h > 0)[0].tolist()))
                return super().forward(x, lengths)

        regressor = quick(Watched, dropout=0.5, batch_size=60)
        for _ in range(3):
            regressor.partial_fit(X, Y)
        assert len(set(kept)) == len(kept) == 3

    def test_in_two_threads_at_once(self):
        expected = quick(dropout=0.4).fit(X, Y).predict(X)
        found = {}

        def fit(place):
            found[place] = quick(dropout=0.4).fit(X, Y).predict(X)

        threads = [threading.Thread(target=fit, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for predictions in found.values():
            np.testing.assert_array_equal(predictions, expected)


class TestCompany:
    def test_a_grid_over_its_size_inside_a_pipeline(self):
        pipe = make_pipeline(SequenceWindower(4), quick())
        grid = {
            "lstmregressor__hidden_size": [2, 5],
            "lstmregressor__dropout": [0, 0.2],
        }
        search = GridSearchCV(pipe, grid, cv=TimeSeriesSplit(2), error_score="raise")
        search.fit(TABLE, TABLE["a"])
        assert search.best_estimator_[-1].target_feature_ == "a"
        assert search.predict(TABLE).shape == (60,)

    def test_clones_pickles_and_goes_on(self):
        regressor = clone(quick(warm_start=True)).fit(X, Y)
        again = pickle.loads(pickle.dumps(regressor))
        np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
        regressor.fit(X, Y)
        again.fit(X, Y)
        assert regressor.n_epochs_ == 6
        np.testing.assert_array_equal(again.predict(X), regressor.predict(X))

    def test_running_means_belong_to_the_best_epoch(self):
        settings = {"early_stopping": True, "patience": 3, "lr": 0.3, "max_epochs": 30}
        regressor = quick(Convolution, **settings).fit(X, Y)
        assert 0 < regressor.best_epoch_ < regressor.n_epochs_
        settings["max_epochs"] = int(regressor.best_epoch_)
        shorter = quick(Convolution, **settings).fit(X, Y)
        np.testing.assert_array_equal(regressor.predict(X), shorter.predict(X))

    def test_a_search_of_a_step_size(self):
        assert find_lr(quick(), X, Y, n_steps=30).suggestion > 0

    def test_its_weights_are_counted(self):
        table = parameter_table(quick(Convolution).fit(X, Y)).set_index("layer")
        assert table.loc["filters"].tolist() == [4 * 2 * 3, 4, 28]
        assert table.loc["norm"].tolist() == [4, 4, 8]
        assert table.loc["head"].tolist() == [4, 1, 5]
        assert table.loc["total", "total"] == 41
        assert quick(Convolution).fit(X, Y).n_parameters_ == 41


class TestTransform:
    def test_what_encode_gives(self):
        regressor = quick(hidden_size=5, standardize=False).fit(X, Y)
        states = regressor.transform(X)
        with torch.inference_mode():
            expected = regressor.net_.module_.encode(torch.tensor(X, dtype=torch.float))
        np.testing.assert_allclose(states, expected, atol=1e-6)
        names = regressor.get_feature_names_out()
        assert names.tolist() == [f"hidden_state_{i}" for i in range(5)]

    def test_without_encode_there_is_none(self):
        regressor = quick(Convolution).fit(X, Y)
        assert not hasattr(regressor, "transform")
        with pytest.raises(AttributeError) as caught:
            regressor.transform(X)
        assert "needs a module with a method `encode" in str(caught.value.__cause__)
        assert not hasattr(regressor, "attention_weights")
        assert not hasattr(regressor, "get_feature_names_out")

    def test_without_encode_no_parameter_brings_it_back(self):
        regressor = quick(Convolution).fit(X, Y).set_params(module=None)
        for show in (lambda: regressor.transform(X), regressor.get_feature_names_out):
            with pytest.raises(ValueError, match="network without a method `encode`"):
                show()
