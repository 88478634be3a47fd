"""Class whose docstring names shared texts -> its docstring with these texts in it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import TypeVar

from sklearn_rnn.estimators._attribute_texts import (
    ATTRIBUTES,
    CLASSIFIER_ATTRIBUTES,
    REGRESSOR_ATTRIBUTES,
)
from sklearn_rnn.estimators._parameter_texts import (
    CLASSIFIER_PARAMETERS,
    PARAMETERS,
    SEQ2SEQ_PARAMETERS,
)

SHARED = {
    "{_parameter_texts.PARAMETERS}": PARAMETERS,
    "{_parameter_texts.CLASSIFIER_PARAMETERS}": CLASSIFIER_PARAMETERS,
    "{_parameter_texts.SEQ2SEQ_PARAMETERS}": SEQ2SEQ_PARAMETERS,
    "{_attribute_texts.ATTRIBUTES}": ATTRIBUTES,
    "{_attribute_texts.CLASSIFIER_ATTRIBUTES}": CLASSIFIER_ATTRIBUTES,
    "{_attribute_texts.REGRESSOR_ATTRIBUTES}": REGRESSOR_ATTRIBUTES,
}

Class = TypeVar("Class", bound=type)


def complete_docstring(cls: Class) -> Class:
    """Fill the shared texts into the docstring of a class, where it says {file.NAME}.

    What the class writes below such a line is its own, and replaces the shared text of
    the same name. Parameters come out in the order of the signature.

    Parameters
    ----------
    cls : type
        Its docstring has the sections Parameters and Attributes, and others after them.

    Returns
    -------
    type
        The same class.

    Raises
    ------
    KeyError
        If a parameter has no text.
    """
    if cls.__doc__ is None:  # python -OO
        return cls
    doc = inspect.cleandoc(cls.__doc__)
    for line, texts in SHARED.items():
        doc = doc.replace(line, texts.strip())
    doc = _arrange(doc, "Parameters", inspect.signature(cls).parameters)
    cls.__doc__ = _arrange(doc, "Attributes")
    return cls


def _arrange(doc: str, title: str, names: Iterable[str] | None = None) -> str:
    """Keep the last text of each name in a section; in the order of `names`, if any."""
    title = f"{title}\n{'-' * len(title)}\n"
    before, rest = doc.split(title, maxsplit=1)
    section, after = re.split(r"\n\n(?=.+\n---)", rest, maxsplit=1)
    entries = re.split(r"\n\n(?=\S)", section)
    texts = {entry.partition(" : ")[0]: entry for entry in entries}
    section = "\n\n".join(texts[name] for name in names or texts)
    return f"{before}{title}{section}\n\n{after}"
