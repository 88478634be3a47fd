"""Surnames, letter by letter -> accuracy of their language, as asserted."""

import time

import numpy as np
import pytest
from real_data import FOLDS_OF_NAMES, load_names
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRUClassifier, SequenceVectorizer


def letter_reader(seed):
    return make_pipeline(
        SequenceVectorizer(analyzer="char", lowercase=False),
        GRUClassifier(
            128,
            bidirectional=True,
            embedding_dim=32,
            dropout=0.4,
            lr=0.005,
            lr_schedule="cosine",
            max_epochs=10,
            batch_size=256,
            random_state=seed,
            n_threads=1,
        ),
    )


@pytest.mark.slow
def test_names(data_folder):
    """Mean of 5 folds, two networks that vote by their probabilities: 0.84.

    Of some twenty settings, which differed in cell, pooling, layers, size, dropout,
    step size and letter case, this one was among the best on a fifth of the training
    names of the first fold. Alone it reached 0.8391 in the five folds, one of 192 units
    and 12 epochs 0.83995; only then was it asked for two. The n-grams have 0.848.
    """
    X, y = load_names(data_folder)
    both = VotingClassifier(
        [(f"seed {seed}", letter_reader(seed)) for seed in range(2)], voting="soft"
    )
    begin = time.perf_counter()
    scores = cross_val_score(both, np.array(X), y, cv=FOLDS_OF_NAMES)
    print(
        f"Names, two GRU {scores.mean():.4f} of {scores.round(3)} (n-gram logistic "
        f"0.848), {time.perf_counter() - begin:.0f} s"
    )
    assert scores.mean() >= 0.84
