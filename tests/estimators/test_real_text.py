"""Classifiers on texts, with embeddings from scratch -> accuracies, as asserted."""

import time

import numpy as np
import pytest
from real_data import (
    load_trec,
    trec_baseline,
)
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRUClassifier, SequenceVectorizer


def question_reader(seed):
    return make_pipeline(
        SequenceVectorizer(token_pattern=r"\S+", min_df=2),
        GRUClassifier(
            64,
            bidirectional=True,
            pooling="attention",
            embedding_dim=100,
            input_dropout=0.1,
            dropout=0.5,
            lr=0.005,
            lr_schedule="cosine",
            max_epochs=15,
            batch_size=64,
            random_state=seed,
        ),
    )


@pytest.mark.slow
def test_trec(data_folder):
    """Mean of three seeds: 0.85.

    Of 13 settings, which differed in cell, pooling, size, dropout and step size, this
    one was best on a fifth of the training questions (0.878; tf-idf 0.861).
    """
    X_train, X_test, y_train, y_test = load_trec(data_folder)
    begin = time.perf_counter()
    scores = [
        question_reader(seed).fit(X_train, y_train).score(X_test, y_test)
        for seed in range(3)
    ]
    seconds = time.perf_counter() - begin
    baseline = trec_baseline().fit(X_train, y_train).score(X_test, y_test)
    print(
        f"TREC GRU {np.mean(scores):.3f} of {np.round(scores, 3)} "
        f"(tf-idf logistic {baseline:.3f}), {seconds:.0f} s"
    )
    assert np.mean(scores) >= 0.85
