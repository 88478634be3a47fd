"""module= with arguments of its own, or that does not fit -> trained, or refused."""

import pickle
from functools import partial

import numpy as np
import pytest
from own_modules import (
    Convolution,
    Deaf,
    Flat,
    Last,
    Recorder,
    Sizeless,
    TorchLSTM,
    Wide,
)
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_rnn import GRURegressor, LSTMRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6, 2))
Y = X[:, -1, 0]


def quick(module=TorchLSTM, cls=LSTMRegressor, **parameters):
    return cls(**{"max_epochs": 3, "random_state": 0} | parameters, module=module)


class TestArgumentsOfItsOwn:
    def test_a_partial_gives_them(self):
        regressor = quick(partial(Wide, kernel=5), hidden_size=3).fit(X, Y)
        assert regressor.net_.module_.filters.weight.shape == (3, 2, 5)
        assert regressor.transform(X).shape == (60, 3)
        bound = quick(partial(Wide, kernel=3, hidden_size=7)).fit(X, Y)
        assert bound.net_.module_.filters.weight.shape == (7, 2, 3)
        with pytest.raises(ValueError, match="hidden_size=6 has no effect"):
            bound.set_params(hidden_size=6).fit(X, Y)

    def test_a_grid_over_them(self):
        kernels = [partial(Wide, kernel=kernel) for kernel in (1, 3)]
        search = GridSearchCV(quick(), {"module": kernels}, cv=2, error_score="raise")
        found = search.fit(X, Y).best_estimator_
        assert found.net_.module_.filters.kernel_size in [(1,), (3,)]

    def test_clones_pickles_and_goes_on(self):
        regressor = clone(quick(partial(Wide, kernel=3), warm_start=True)).fit(X, Y)
        again = pickle.loads(pickle.dumps(regressor))
        np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
        assert again.fit(X, Y).n_epochs_ == regressor.fit(X, Y).n_epochs_ == 6

    @pytest.mark.parametrize("setting", [{"stateful": True}, {"checkpoint_path": "a"}])
    def test_refusals_name_its_class(self, setting):
        with pytest.raises(ValueError, match="module=Wide"):
            quick(partial(Wide, kernel=3), **setting).fit(X, Y)


class TestRefusals:
    @pytest.mark.parametrize(
        ("module", "setting"),
        [
            (TorchLSTM, {"num_layers": 2}),
            (TorchLSTM, {"pooling": "mean"}),
            (TorchLSTM, {"bidirectional": True}),
            (TorchLSTM, {"forget_bias": 2.0}),
            (Convolution, {"hidden_size": 5}),
            (Convolution, {"bptt_steps": 2}),
        ],
        ids=str,
    )
    def test_parameters_that_it_would_ignore(self, module, setting):
        [(name, value)] = setting.items()
        with pytest.raises(
            ValueError, match=f"{name}={value!r} has no effect: the con"
        ):
            quick(module, **setting).fit(X, Y)

    def test_outputs_of_another_shape(self):
        message = r"output has shape \(32,\).* it must be \(32, 1\)"
        with pytest.raises(ValueError, match=message):
            quick(Flat).fit(X, Y)
        message = r"output has shape \(32, 2\).* it must be \(32, 6, 2\)"
        with pytest.raises(ValueError, match=message):
            quick().fit(X, X)

    def test_a_module_without_sizes(self):
        with pytest.raises(TypeError, match="must take input_size and output_size"):
            quick(Sizeless).fit(X, Y)

    def test_a_layer_of_torch(self):
        with pytest.raises(TypeError, match="module=GRU is a layer without outputs"):
            quick(nn.GRU).fit(X, Y)

    def test_what_is_no_module(self):
        with pytest.raises(TypeError, match="must be a class of torch"):
            quick(dict).fit(X, Y)
        with pytest.raises(TypeError, match="must be a class of torch"):
            quick(partial(make_pipeline, 3)).fit(X, Y)
        with pytest.raises(ValueError, match="must be an instance of 'type', an inst"):
            quick(TorchLSTM(2, 1, 3)).fit(X, Y)

    def test_a_forward_without_lengths(self):
        message = (
            r"Deaf needs forward\(self, x, lengths=None\).* Got forward\(self, x\)"
        )
        with pytest.raises(TypeError, match=message):
            quick(Deaf).fit(X, Y)

    def test_a_module_without_weights(self):
        with pytest.raises(
            ValueError, match="Last has no weights, so there is nothing"
        ):
            quick(Last).fit(X, Y)

    def test_an_argument_that_nobody_gives(self):
        message = r"needs 'kernel', .* module=functools\.partial\(Wide, kernel=\.\.\.\)"
        with pytest.raises(TypeError, match=message):
            quick(Wide).fit(X, Y)
        with pytest.raises(TypeError, match="must take input_size and output_size"):
            quick(partial(Convolution, 3)).fit(X, Y)
        with pytest.raises(TypeError, match="must take input_size and output_size"):
            quick(partial(Convolution, input_size=3)).fit(X, Y)

    def test_quantiles(self):
        with pytest.raises(ValueError, match="outputs that never cross"):
            quick(criterion="quantile").fit(X, Y)

    def test_a_state_that_runs_on(self):
        with pytest.raises(ValueError, match="carries the state of its own layers on"):
            quick(Recorder, GRURegressor, stateful=True).fit(X, Y)

    def test_a_checkpoint(self, tmp_path):
        with pytest.raises(ValueError, match="cannot save the random numbers"):
            quick(checkpoint_path=tmp_path / "net").fit(X, Y)
