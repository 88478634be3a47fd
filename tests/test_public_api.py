"""The public names, in full: changing this list changes what users rely on."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

API = {
    "sklearn_rnn": [
        "GRUClassifier",
        "GRURegressor",
        "LSTMClassifier",
        "LSTMRegressor",
        "RNNClassifier",
        "RNNRegressor",
        "Seq2SeqClassifier",
        "Seq2SeqRegressor",
        "SequenceVectorizer",
        "SequenceWindower",
        "Sequences",
        "pad_sequences",
        "unpad_sequences",
    ],
    "sklearn_rnn.datasets": [
        "load_cmapss",
        "load_ett",
        "load_nasa_battery",
        "make_adding_problem",
        "make_battery_fade",
    ],
    "sklearn_rnn.exceptions": [
        "CheckpointError",
        "CheckpointWarning",
        "HistoryGapWarning",
        "LeakageError",
        "MissingGroupsError",
        "NoSkillWarning",
        "ShortHistoryWarning",
        "TargetLeakWarning",
        "TrainingDivergedError",
    ],
    "sklearn_rnn.forecasting": [
        "ConformalIntervals",
        "GroupTimeSeriesSplit",
        "PersistenceRegressor",
        "SeasonalNaiveRegressor",
        "check_leakage",
        "forecast",
        "last_row_per_group",
        "make_targets",
        "rul_score",
        "rul_scorer",
        "rul_targets",
        "skill_score",
        "steps_to_threshold",
    ],
    "sklearn_rnn.inspection": [
        "find_lr",
        "parameter_table",
    ],
}
REFERENCE = Path(__file__).parents[1] / "docs" / "api.rst"


def public_names(module):
    """Return `__all__`, or what a module without one defines under a public name."""
    if hasattr(module, "__all__"):
        return module.__all__
    return [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    ]


@pytest.mark.parametrize("module", API)
def test_public_names_are_the_agreed_ones(module):
    assert sorted(public_names(importlib.import_module(module))) == API[module]


@pytest.mark.parametrize(
    "name", [f"{module}.{name}" for module, names in API.items() for name in names]
)
def test_every_name_stands_in_the_reference(name):
    reference = REFERENCE.read_text(encoding="utf-8")
    current = [
        line.split()[-1] for line in re.findall(r"currentmodule:: \S+", reference)
    ]
    assert set(current) == set(API)
    module, _, short = name.rpartition(".")
    section = reference.split(f"currentmodule:: {module}\n")[1]
    section = section.split("currentmodule::")[0]
    assert re.search(rf"^   {short}$", section, flags=re.MULTILINE)


def test_exceptions_can_be_caught_without_knowing_us():
    exceptions = importlib.import_module("sklearn_rnn.exceptions")
    for name in API["sklearn_rnn.exceptions"]:
        bases = getattr(exceptions, name).__mro__[1:]
        assert any(base.__module__ == "builtins" for base in bases[:1])
