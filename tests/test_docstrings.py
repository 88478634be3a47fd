"""Docstrings of every public name: numpydoc's rules, and one text per parameter."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.hooks.validate_docstrings import parse_config
from numpydoc.validate import validate

import sklearn_rnn
import sklearn_rnn.datasets
import sklearn_rnn.forecasting
import sklearn_rnn.inspection

CHECKS = parse_config(Path(__file__).parents[1])["checks"]
FAMILY = ["RNNRegressor", "LSTMRegressor", "GRURegressor"]

PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (
        sklearn_rnn,
        sklearn_rnn.datasets,
        sklearn_rnn.forecasting,
        sklearn_rnn.inspection,
    )
    for name in module.__all__
    if inspect.isclass(value := getattr(module, name)) or inspect.isfunction(value)
}
CLASSES = [name for name, value in PUBLIC.items() if inspect.isclass(value)]


def own_methods(name):
    """Return the dotted names of what a public class defines or inherits from us."""
    cls = PUBLIC[name]
    return [
        f"{name}.{method}"
        for method, value in inspect.getmembers(cls)
        if not method.startswith("_")
        and (inspect.isfunction(value) or inspect.ismethod(value))
        and value.__module__.startswith("sklearn_rnn")
    ]


METHODS = [method for name in CLASSES for method in own_methods(name)]


def parsed(name):
    if name in CLASSES:
        return ClassDoc(PUBLIC[name], config={"show_class_members": False})
    return FunctionDoc(PUBLIC[name])


def parameters(name):
    """Return {name: (type, text)}, with parameters documented together taken apart."""
    return {
        each.strip(): (entry.type, entry.desc)
        for entry in parsed(name)["Parameters"]
        for each in entry.name.split(",")
    }


@pytest.mark.parametrize("name", [*PUBLIC, *METHODS])
def test_numpydoc_finds_nothing_to_mend(name):
    errors = validate(name)["errors"]
    assert [error for error in errors if error[0] in CHECKS] == []


@pytest.mark.parametrize("section", ["See Also", "Examples"])
@pytest.mark.parametrize("name", CLASSES)
def test_classes_show_their_neighbours_and_an_example(name, section):
    assert parsed(name)[section]


@pytest.mark.parametrize("name", PUBLIC)
def test_documented_defaults_are_the_real_ones(name):
    signature = inspect.signature(PUBLIC[name]).parameters
    for parameter, (kind, _) in parameters(name).items():
        default = signature[parameter].default
        if default is inspect.Parameter.empty:
            assert "default=" not in kind, parameter
        else:
            _, found, text = kind.partition("default=")
            assert found, parameter
            is_nan = text == repr(default) == "nan"  # no literal, and unlike itself
            assert is_nan or ast.literal_eval(text) == default, parameter


def test_equal_parameters_have_equal_texts_across_the_family():
    first, *others = [f"sklearn_rnn.{name}" for name in FAMILY]
    for other in others:
        shared = parameters(first).keys() & parameters(other).keys()
        assert len(shared) > 20
        for parameter in shared:
            assert parameters(first)[parameter] == parameters(other)[parameter]


def test_public_modules_say_what_they_are():
    for module in ("sklearn_rnn", "sklearn_rnn.datasets", "sklearn_rnn.exceptions"):
        assert importlib.import_module(module).__doc__
