"""Ids of tokens in any form of sequences -> checked integers, padding left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences

PADDING, UNKNOWN, FIRST_WORD = 0, 1, 2
RESERVED = ("<padding>", "<unknown>")  # names of the ids before the first word
MOST_IDS = 2**24  # float32 holds every integer below


def read_ids(X: Any, n_tokens: int) -> list[NDArray[np.intp]]:
    """Read sequences of ids.

    Parameters
    ----------
    X : Sequences, list of array-like of shape (n_tokens_i,) or (n_tokens_i, 1), or \
            array-like of shape (n_sequences, longest) or (n_sequences, longest, 1)
        Ids.

    n_tokens : int
        Number of ids that there are.

    Returns
    -------
    list of ndarray of shape (n_tokens_i,)
        Ids without padding, be it 0 or NaN.

    Raises
    ------
    ValueError
        If there is more than one feature, or a value is no id.
    """
    sequences = _as_sequences(X)
    rows = sequences.rows
    if len(rows) and rows.shape[1] != 1:
        raise ValueError(
            "SequenceVectorizer.inverse_transform expects one feature, the id. Got "
            f"{rows.shape[1]}."
        )
    values = rows.ravel()
    with np.errstate(invalid="ignore"):  # too large for an integer is no id
        ids = values.astype(np.intp)
    wrong = (ids != values) | (ids < 0) | (ids >= n_tokens)
    if wrong.any():
        raise ValueError(
            f"SequenceVectorizer.inverse_transform expects ids from 0 to "
            f"{n_tokens - 1}. Got {values[wrong.argmax()]:g}."
        )
    parts = [ids[i:j] for i, j in zip(sequences.starts, sequences.stops, strict=True)]
    return [part[part != PADDING] for part in parts]


def _as_sequences(X: Any) -> Sequences:
    if isinstance(X, Sequences):
        return X.drop_absent_steps()
    if isinstance(X, (list, tuple)):
        return Sequences.from_list(X)
    return Sequences.from_array(X)
