"""What was passed as texts -> the same, once it is one text per row."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from reprlib import repr as shorten
from typing import Any


def check_documents(X: Any, *, only_texts: bool) -> Iterable[Any]:
    """Refuse what does not hold one document per row.

    Parameters
    ----------
    X : list, array or Series of str
        Documents.

    only_texts : bool
        Whether each document has to be a text. Functions of the user may read anything.

    Returns
    -------
    list, array or Series of str
        `X` itself, which may be read more than once.

    Raises
    ------
    ValueError
        If `X` is one text, or has more than one axis.

    TypeError
        If `X` has no length, or a document is no text.
    """
    if isinstance(X, (str, bytes)):
        raise ValueError(
            "Iterable over raw text documents expected, string object received. "
            "For one document pass a list of it."
        )
    shape = getattr(X, "shape", (0,))
    if len(shape) != 1:
        raise ValueError(
            f"SequenceVectorizer expects one axis, a text per row. Got shape {shape}. "
            "Pass one column, X['text'] of a DataFrame or X[:, 0] of an array."
        )
    if not isinstance(X, Iterable) or not isinstance(X, Sized):
        raise TypeError(
            "SequenceVectorizer expects a list, array or Series of texts. Got "
            f"{type(X).__name__}. Pass list(X) if it can be read once only."
        )
    if only_texts:
        for i, document in enumerate(X):
            if not isinstance(document, (str, bytes)):
                raise TypeError(
                    f"SequenceVectorizer expects texts. Document {i} is "
                    f"{shorten(document)}, of type {type(document).__name__}. Pass '' "
                    "where a text is missing, or an analyzer that reads such documents."
                )
    return X
