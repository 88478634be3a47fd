"""complete_docstring -> shared texts where a class names them, its own where not."""

import inspect
import re
from inspect import signature

import pytest

from sklearn_rnn import GRUClassifier, GRURegressor
from sklearn_rnn.estimators._documentation import SHARED, complete_docstring

OTHER = {
    GRURegressor: ("CLASSIFIER", "SEQ2SEQ"),
    GRUClassifier: ("REGRESSOR", "SEQ2SEQ"),
}
REGRESSION = ("instance_norm", "target_feature", "criterion", "quantiles")
ONLY = """
    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    See Also
    --------
    GRURegressor : Nothing like it.
"""
OWN = r"""Tell the weather.

    Parameters
    ----------
    {_parameter_texts.PARAMETERS}

    wind : {"north", "south"}, default="north"
        Where it comes from.

        It turns.

    lr : float, default=0.5
        Other words.

    Attributes
    ----------
    {_attribute_texts.ATTRIBUTES}

    clouds_ : int
        How many.

    net_ : Cloud
        Other words.

    Notes
    -----
    With :math:`W_{ii} x_t`.
    """


def documented(doc, init):
    return complete_docstring(type("Weather", (), {"__doc__": doc, "__init__": init}))


def section(cls, title):
    """Return {name: entry} of a section, in its order."""
    doc = inspect.getdoc(cls)
    text = re.search(rf"(?s){title}\n----------\n(.+?)\n\n[A-Z]\S*( \S+)?\n--", doc)[1]
    return {entry.split(" : ")[0]: entry for entry in re.split(r"\n\n(?=\S)", text)}


@pytest.fixture
def weather():
    return documented(OWN, lambda self, patience=10, wind="north", *, lr=0.5: None)


def test_parameters_are_those_of_the_signature_in_its_order(weather):
    shared = section(GRURegressor, "Parameters")
    entries = section(weather, "Parameters")
    assert list(entries) == ["patience", "wind", "lr"]
    assert entries["patience"] == shared["patience"]


def test_texts_of_the_class_itself_stay_and_replace_shared_ones(weather):
    entries = section(weather, "Parameters") | section(weather, "Attributes")
    assert entries["wind"] == (
        'wind : {"north", "south"}, default="north"\n'
        "    Where it comes from.\n\n    It turns."
    )
    assert entries["lr"] == "lr : float, default=0.5\n    Other words."
    assert entries["net_"] == "net_ : Cloud\n    Other words."
    assert entries["clouds_"] == "clouds_ : int\n    How many."
    for name in ("lr", "net_"):
        assert len(re.findall(rf"(?m)^{name} :", weather.__doc__)) == 1


def test_attributes_are_the_shared_ones_and_then_its_own(weather):
    shared = section(GRURegressor, "Attributes")
    entries = section(weather, "Attributes")
    *all_have, of_y, quantiles = shared  # two that only regressors have
    assert (of_y, quantiles) == ("target_feature_", "quantiles_")
    assert list(entries) == [*all_have, "clouds_"]


def test_the_rest_is_left_as_it_was(weather):
    assert weather.__doc__.startswith("Tell the weather.\n\nParameters\n---")
    assert weather.__doc__.endswith("\n\nNotes\n-----\nWith :math:`W_{ii} x_t`.")


def test_nothing_but_shared_texts():
    cls = documented(ONLY, lambda self, hidden_size, verbose: None)
    assert list(section(cls, "Parameters")) == ["hidden_size", "verbose"]


def test_a_parameter_without_a_text_is_named():
    with pytest.raises(KeyError, match="thunder"):
        documented(OWN, lambda self, patience, thunder: None)


def test_without_docstrings_nothing_happens():
    """As with python -OO."""
    cls = documented(None, lambda self, lr: None)
    assert cls.__doc__ is None


@pytest.mark.parametrize("cls", [GRURegressor, GRUClassifier])
def test_every_shared_text_is_used_and_no_name_of_one_is_left(cls):
    texts = section(cls, "Parameters") | section(cls, "Attributes")
    used = {
        name: text
        for name, text in SHARED.items()
        if not any(other in name for other in OTHER[cls])
    }
    assert not any(name in cls.__doc__ for name in SHARED)
    entries = {}
    for text in used.values():  # a later text replaces an earlier one
        for entry in re.split(r"\n\n(?=\S)", text.strip()):
            entries[entry.split(" : ")[0]] = entry
    for name in ("class_weight", *REGRESSION):
        if name not in signature(cls).parameters:
            entries.pop(name, None)
    assert entries.items() <= texts.items()
