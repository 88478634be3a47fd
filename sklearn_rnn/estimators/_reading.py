"""X in any of its forms, parameters of an estimator -> the Sequences it reads."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from sklearn_rnn._validation import check_sequences, is_ragged
from sklearn_rnn.sequences._sequences import Sequences

LARGEST_TOKEN = 2**24  # beyond it float32 leaves out integers


def read_sequences(estimator: Any, X: Any, reset: bool) -> Sequences:
    """Check X, and leave out the steps that are not there.

    Parameters
    ----------
    estimator : BaseRecurrent
        Whose parameters say what X is made of.

    X : Sequences, list of arrays, or array-like
        What the user passed.

    reset : bool
        Whether the estimator is to remember the features, or they must agree.

    Returns
    -------
    Sequences
        Of real steps; of tokens without padding.

    Raises
    ------
    ValueError
        If X is no such thing, or not of the features and tokens of `fit`.
    """
    if not reset:
        _refuse_one_sequence(estimator, X)
    sequences = check_sequences(
        X,
        estimator=estimator,
        reset=reset,
        n_channels=estimator.n_channels,
        tokens=estimator.embedding_dim is not None,
    )
    if estimator.embedding_dim is None:
        if reset:  # predict changes nothing
            estimator.num_embeddings_ = None
            _refuse_tokens_as_numbers(estimator, sequences)
        return sequences
    _check_tokens(estimator, sequences, None if reset else estimator.num_embeddings_)
    if reset:  # now, since the vocabulary is that of all rows, in use or not
        estimator.num_embeddings_ = _count_embeddings(estimator, sequences)
    return _without_padding(sequences)


def _refuse_one_sequence(estimator: Any, X: Any) -> None:
    """Refuse an array that would be read as one univariate sequence for each row."""
    if isinstance(X, Sequences) or is_ragged(X):
        return
    if estimator.n_channels is not None or estimator.embedding_dim is not None:
        return
    shape = tuple(X.shape if hasattr(X, "shape") else np.asarray(X).shape)
    n_features = len(estimator.scaler_.mean_)
    was_table = estimator.n_features_in_ != n_features  # columns were time steps
    if was_table or (n_features == 1 and estimator.n_timesteps_ == 1):
        return
    if shape[1:] == (n_features,) or (len(shape) == 1 and n_features == 1):
        raise ValueError(
            f"{type(estimator).__name__} was fitted with sequences of shape "
            f"(n_timesteps, {n_features}) each. Got X of shape {shape}. If it is one "
            "sequence, wrap it in a list: [X]; if it is a table, pass the windows that "
            "SequenceWindower makes of its rows."
        )


def _refuse_tokens_as_numbers(estimator: Any, sequences: Sequences) -> None:
    if sequences.n_tokens is not None and estimator.module is None:
        raise ValueError(
            f"X holds tokens of a SequenceVectorizer, and {type(estimator).__name__} "
            "would read them as amounts. Pass embedding_dim, the weights of each token."
        )


def _count_embeddings(estimator: Any, sequences: Sequences) -> int:
    if estimator.num_embeddings is not None:
        return int(estimator.num_embeddings)
    return max(2, sequences.n_tokens or 0, int(sequences.rows.max(initial=0)) + 1)


def _check_tokens(estimator: Any, sequences: Sequences, known: int | None) -> None:
    rows, name = sequences.rows, type(estimator).__name__
    if not ((rows >= 0) & (rows == np.floor(rows)) & (rows < LARGEST_TOKEN)).all():
        raise ValueError(
            f"{name} with embedding_dim={estimator.embedding_dim!r} reads tokens, "
            "whole numbers from 1, and 0 for padding. Got others in X; "
            "SequenceVectorizer makes tokens of text."
        )
    known = known or estimator.num_embeddings
    largest = int(rows.max(initial=0))
    if known is not None and largest >= known:
        raise ValueError(
            f"X holds the token {largest}, but {name} knows {known} tokens, 0 to "
            f"{known - 1}. Pass num_embeddings={largest + 1} or more."
        )


def _without_padding(sequences: Sequences) -> Sequences:
    absent = (sequences.rows == 0).all(axis=1)
    if not absent.any():
        return sequences
    marked = copy(sequences)
    marked.rows = sequences.rows.copy()
    marked.rows[absent] = np.nan
    return marked.drop_absent_steps()
