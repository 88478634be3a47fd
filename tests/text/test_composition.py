"""SequenceVectorizer among scikit-learn's tools -> one sequence per row throughout."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import SkipTestWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from sklearn_rnn import LSTMRegressor, SequenceVectorizer

COLOURS = ["red", "green", "blue"]
RNG = np.random.default_rng(0)
TEXTS = [" ".join(RNG.choice(COLOURS, size=RNG.integers(1, 6))) for _ in range(60)]
STARTS_RED = np.array([text.startswith("red") for text in TEXTS])


class FirstTokenClassifier(ClassifierMixin, BaseEstimator):
    """Remember the most frequent label of each first token."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        first = np.array([sequence[0, 0] for sequence in X])
        self.labels_ = {
            token: max(self.classes_, key=lambda c, t=token: np.sum(y[first == t] == c))
            for token in np.unique(first)
        }
        return self

    def predict(self, X):
        return np.array([self.labels_.get(s[0, 0], self.classes_[0]) for s in X])


def first_word():
    return make_pipeline(SequenceVectorizer(), FirstTokenClassifier())


@pytest.mark.parametrize("vectorizer", [CountVectorizer(), SequenceVectorizer()])
def test_check_estimator_has_no_texts_to_check_with(vectorizer):
    with pytest.warns(SkipTestWarning, match="Can't test estimator"):
        estimator_checks.check_estimator(vectorizer)


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_valid_tag_types,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_mixin_order,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_param_validation,
        estimator_checks.check_set_output_transform,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_of_scikit_learn_that_need_no_table(check):
    check("SequenceVectorizer", SequenceVectorizer())


def test_rows_are_read_one_by_one():
    vectorizer = SequenceVectorizer().fit(TEXTS)
    together = vectorizer.transform(TEXTS)
    order = RNG.permutation(len(TEXTS))
    shuffled = vectorizer.transform([TEXTS[i] for i in order])
    for i, sequence in zip(order, shuffled, strict=True):
        assert_array_equal(sequence, together[int(i)])
        assert_array_equal(sequence, vectorizer.transform([TEXTS[i]])[0])


def test_tags_are_those_of_a_count_vectorizer():
    ours = sklearn.utils.get_tags(SequenceVectorizer())
    theirs = sklearn.utils.get_tags(CountVectorizer())
    assert ours.input_tags == theirs.input_tags
    assert ours.requires_fit == theirs.requires_fit
    assert ours.transformer_tags.preserves_dtype == []


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        np.array,
        lambda texts: np.array(texts, dtype=object),
        lambda texts: pd.Series(texts, index=np.arange(len(texts))[::-1]),
        lambda texts: pd.Series(texts, dtype="string"),
        lambda texts: pd.DataFrame({"text": texts})["text"],
    ],
)
def test_lists_arrays_and_columns_are_read_alike(form):
    expected = SequenceVectorizer().fit_transform(TEXTS)
    sequences = SequenceVectorizer().fit(form(TEXTS)).transform(form(TEXTS))
    assert_array_equal(sequences.rows, expected.rows)
    assert_array_equal(sequences.stops, expected.stops)


def test_pipeline_learns_what_only_the_order_tells():
    pipe = first_word()
    scores = cross_val_score(pipe, TEXTS, STARTS_RED)
    assert scores.min() == 1
    assert_array_equal(
        cross_val_predict(pipe, pd.Series(TEXTS), STARTS_RED), STARTS_RED
    )
    counts = make_pipeline(CountVectorizer(), LogisticRegression())
    assert cross_val_score(counts, TEXTS, STARTS_RED).mean() < 0.9


def test_our_networks_read_the_sequences():
    lengths = np.array([len(text.split()) for text in TEXTS], dtype=float)
    network = LSTMRegressor(3, embedding_dim=2, max_epochs=1, random_state=0)
    pipe = make_pipeline(SequenceVectorizer(), network).fit(TEXTS, lengths)
    assert np.isfinite(pipe.predict([*TEXTS, "", "unseen words"])).all()
    assert pipe[-1].n_features_in_ == 1


def test_grid_search_over_its_parameters():
    grid = {
        "sequencevectorizer__max_features": [1, None],
        "sequencevectorizer__analyzer": ["word", "char"],
    }
    search = GridSearchCV(first_word(), grid, error_score="raise").fit(
        TEXTS, STARTS_RED
    )
    assert search.best_score_ == 1
    assert search.best_params_["sequencevectorizer__max_features"] is None


def test_vocabulary_is_learnt_from_the_training_folds_alone():
    train, test = train_test_split([*TEXTS, "violet"], shuffle=False, test_size=1)
    vectorizer = SequenceVectorizer().fit(train)
    assert set(vectorizer.vocabulary_) == set(COLOURS)
    assert vectorizer.transform(test)[0].tolist() == [[1]]


def test_sequences_split_as_rows_do():
    sequences = SequenceVectorizer().fit_transform(TEXTS)
    scores = cross_val_score(FirstTokenClassifier(), sequences, STARTS_RED)
    assert scores.min() == 1


def test_clone_and_parameters():
    parameters = {
        "strip_accents": "ascii",
        "lowercase": False,
        "preprocessor": str.title,
        "tokenizer": str.split,
        "stop_words": ["red"],
        "token_pattern": "x",
        "analyzer": "word",
        "max_df": 0.9,
        "min_df": 2,
        "max_features": 7,
        "vocabulary": ["red"],
        "max_length": 3,
    }
    vectorizer = SequenceVectorizer(**parameters)
    assert vectorizer.get_params() == parameters
    vectorizer.fit(TEXTS)
    assert vectorizer.get_params() == parameters
    assert clone(vectorizer).get_params() == parameters
    assert not hasattr(clone(vectorizer), "vocabulary_")
    defaults = SequenceVectorizer().get_params()
    theirs = CountVectorizer().get_params()
    shared = defaults.keys() & theirs.keys()
    assert {name: defaults[name] for name in shared} == {
        name: theirs[name] for name in shared
    }
    assert defaults.keys() - shared == {"max_length"}


@pytest.mark.parametrize("analyzer", ["word", "char", str.split])
def test_pickle_keeps_the_vocabulary(analyzer):
    vectorizer = SequenceVectorizer(analyzer=analyzer).fit(TEXTS)
    again = pickle.loads(pickle.dumps(vectorizer))
    new = ["red violet", "", "blue"]
    assert_array_equal(again.transform(new).rows, vectorizer.transform(new).rows)
    sequences = pickle.loads(pickle.dumps(vectorizer.transform(new)))
    assert again.inverse_transform(sequences) == vectorizer.inverse_transform(sequences)


def test_fit_keeps_no_text():
    vectorizer = SequenceVectorizer().fit(TEXTS * 1000)
    assert len(pickle.dumps(vectorizer)) < 2000


@pytest.mark.parametrize("container", ["default", "pandas"])
def test_set_output_does_nothing(container):
    expected = SequenceVectorizer().fit_transform(TEXTS).rows
    vectorizer = SequenceVectorizer()
    assert vectorizer.set_output(transform=container) is vectorizer
    assert_array_equal(vectorizer.fit_transform(TEXTS).rows, expected)
    pipe = make_pipeline(SequenceVectorizer()).set_output(transform=container)
    assert_array_equal(pipe.fit_transform(TEXTS).rows, expected)
    with sklearn.config_context(transform_output=container):
        assert_array_equal(SequenceVectorizer().fit_transform(TEXTS).rows, expected)


def test_routing_leaves_it_alone():
    with sklearn.config_context(enable_metadata_routing=True):
        assert cross_val_score(first_word(), TEXTS, STARTS_RED).min() == 1


def test_a_chosen_part_of_the_sequences_keeps_its_text():
    vectorizer = SequenceVectorizer()
    sequences = vectorizer.fit_transform(TEXTS)
    mask = STARTS_RED
    chosen = [text.split() for text, kept in zip(TEXTS, mask, strict=True) if kept]
    assert vectorizer.inverse_transform(sequences[mask]) == chosen
