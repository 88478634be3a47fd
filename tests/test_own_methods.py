"""Wrong arguments -> a message that names the class that the user called."""

import inspect
import pickle

import numpy as np
import pytest

import sklearn_rnn
from sklearn_rnn import GRURegressor
from sklearn_rnn.windowing._reader import TableReader

CLASSES = [
    value
    for value in vars(sklearn_rnn).values()
    if inspect.isclass(value) and hasattr(value, "get_params")
]
X = np.random.default_rng(0).normal(size=(12, 3, 1))

each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


@each_class
def test_unknown_parameters(cls):
    with pytest.raises(TypeError, match=rf"^{cls.__name__}.__init__\(\) got an unexp"):
        cls(hidden_units=3)


@each_class
def test_unknown_arguments_of_fit(cls):
    with pytest.raises(TypeError, match=rf"^{cls.__name__}.fit\(\) got an unexp"):
        cls().fit(X, epochs=3)


@each_class
@pytest.mark.parametrize("method", ["fit", "predict", "transform", "partial_fit"])
def test_missing_arguments(cls, method):
    if not inspect.isfunction(inspect.getattr_static(cls, method, None)):
        pytest.skip("has no such method")
    with pytest.raises(TypeError, match=rf"^{cls.__name__}.{method}\(\) missing"):
        getattr(cls(), method)()


@each_class
def test_every_public_method_is_its_own(cls):
    methods = {name: inspect.getattr_static(cls, name) for name in dir(cls)}
    own = {
        name: method.__qualname__
        for name, method in methods.items()
        if inspect.isfunction(method)  # no other descriptors
        and method.__module__.startswith("sklearn_rnn")
        and name[0] != "_"
    }
    assert own == {name: f"{cls.__name__}.{name}" for name in own}
    assert {"fit"} <= own.keys()


def test_copies_are_what_was_copied():
    base = GRURegressor.__mro__[1]
    for name in ("__init__", "fit", "predict", "score"):
        copy, method = getattr(GRURegressor, name), getattr(base, name)
        assert copy is not method
        assert inspect.signature(copy) == inspect.signature(method)
        assert copy.__doc__ == method.__doc__
        assert inspect.getsource(copy) == inspect.getsource(method)


def test_the_base_stays_as_it_was():
    assert TableReader.__init__.__qualname__ == "TableReader.__init__"


def test_bound_methods_can_be_pickled():
    net = GRURegressor(2, max_epochs=1, random_state=0).fit(X, X[:, 0, 0])
    predict = pickle.loads(pickle.dumps(net.predict))
    np.testing.assert_array_equal(predict(X), net.predict(X))
