"""What is no list of texts -> an error that says why and what to do."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError

from sklearn_rnn import SequenceVectorizer
from sklearn_rnn.text import _vectorizer

TEXTS = ["red green", "blue"]
FITTED = SequenceVectorizer().fit(TEXTS)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("one text", ValueError, r"string object received\. For one document pass"),
        (b"one text", ValueError, "string object received"),
        (pd.DataFrame({"text": TEXTS}), ValueError, r"Got shape \(2, 1\).*X\['text'\]"),
        (np.array([TEXTS]), ValueError, r"one axis.*Got shape \(1, 2\).*X\[:, 0\]"),
        (np.array("red"), ValueError, r"one axis.*Got shape \(\)"),
        (scipy.sparse.csr_array(np.eye(2)), ValueError, "one axis"),
        (iter(TEXTS), TypeError, r"Got list_iterator\. Pass list\(X\)"),
        (None, TypeError, "Got NoneType"),
        (["red", np.nan], TypeError, "Document 1 is nan, of type float.*Pass ''"),
        (["red", None], TypeError, "Document 1 is None"),
        (pd.Series(["red", None], dtype="string"), TypeError, "Document 1 is <NA>"),
        ([["red", "green"]], TypeError, r"Document 0 is \['red', 'green'\].*analyzer"),
        ([1, 2], TypeError, "Document 0 is 1, of type int"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform"])
def test_no_list_of_texts_is_refused(X, error, message, method):
    vectorizer = SequenceVectorizer()
    if method == "transform":
        vectorizer.fit(TEXTS)
    with pytest.raises(error, match=message):
        getattr(vectorizer, method)(X)


@pytest.mark.parametrize("X", [[], [""], ["a b . ?"], ["", ""]])
def test_texts_without_words_leave_no_vocabulary(X):
    with pytest.raises(ValueError, match="empty vocabulary"):
        SequenceVectorizer().fit(X)


def test_bounds_that_leave_no_word_are_refused():
    with pytest.raises(ValueError, match="After pruning, no terms remain"):
        SequenceVectorizer(min_df=2).fit(TEXTS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"analyzer": "char_wb"}, "'analyzer' parameter of SequenceVectorizer must be"),
        ({"max_length": 0}, "'max_length' parameter of SequenceVectorizer"),
        ({"max_features": 0}, "'max_features' parameter of SequenceVectorizer"),
        ({"min_df": 0}, "'min_df' parameter of SequenceVectorizer"),
        ({"max_df": 1.5}, "'max_df' parameter of SequenceVectorizer"),
        ({"min_df": 2, "max_df": 1}, "max_df corresponds to < documents than min_df"),
        ({"stop_words": "german"}, "'stop_words' parameter of SequenceVectorizer"),
        ({"vocabulary": "red"}, "'vocabulary' parameter of SequenceVectorizer"),
        ({"vocabulary": []}, "empty vocabulary passed to fit"),
        ({"vocabulary": {}}, "empty vocabulary passed to fit"),
        ({"vocabulary": ["red", "red"]}, "Duplicate term in vocabulary: 'red'"),
        (
            {"vocabulary": {"red": 0, "green": 1}},
            r"count up from 2.*Got 2 ids from \[0\] to \[1\].*Pass the words alone",
        ),
        ({"vocabulary": {"red": 2, "green": 4}}, r"Got 2 ids from \[2\] to \[4\]"),
        ({"vocabulary": {"red": 2, "green": 2}}, "count up from 2"),
        ({"token_pattern": None}, "needs a tokenizer or a token_pattern"),
        ({"token_pattern": "(a)(b)"}, "More than 1 capturing group"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        SequenceVectorizer(**parameters).fit(TEXTS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"analyzer": "char", "stop_words": ["red"]},
            "not read stop_words where.*'char'",
        ),
        ({"analyzer": "char", "tokenizer": str.split}, "not read tokenizer where"),
        ({"analyzer": "char", "token_pattern": "x"}, "not read token_pattern where"),
        (
            {
                "analyzer": str.split,
                "strip_accents": "ascii",
                "preprocessor": str.lower,
            },
            "not read preprocessor, strip_accents where analyzer is a function",
        ),
    ],
)
def test_parameters_that_the_analyzer_does_not_read_are_named(parameters, message):
    with pytest.warns(UserWarning, match=message) as caught:
        SequenceVectorizer(**parameters).fit(TEXTS)
    assert caught[0].filename == __file__


def test_nothing_is_said_where_every_parameter_is_read():
    # warnings are errors in tests
    SequenceVectorizer(tokenizer=str.split, stop_words=["red"]).fit(TEXTS)
    SequenceVectorizer(tokenizer=str.split, token_pattern=None).fit(TEXTS)
    SequenceVectorizer(analyzer="char", strip_accents="ascii").fit(TEXTS)
    SequenceVectorizer(analyzer="char", preprocessor=str.upper).fit(TEXTS)
    SequenceVectorizer(analyzer=str.split, vocabulary=["Red"]).fit(TEXTS)
    SequenceVectorizer(preprocessor=str.title, vocabulary=["Red"]).fit(TEXTS)


def test_capitals_that_no_text_can_match_are_named():
    with pytest.warns(UserWarning, match="Upper case characters found in vocabulary"):
        SequenceVectorizer(vocabulary=["Red"]).fit(TEXTS)


def test_more_ids_than_float32_can_tell_apart_are_refused(monkeypatch):
    monkeypatch.setattr(_vectorizer, "MOST_IDS", 5)
    SequenceVectorizer().fit(["red green blue"])
    with pytest.raises(
        ValueError, match=r"4 different tokens.*max_features to at most 3"
    ):
        SequenceVectorizer().fit(["red green blue yellow"])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[2, 5]], r"ids from 0 to 4\. Got 5"),
        ([[2, -1]], r"ids from 0 to 4\. Got -1"),
        ([[2.5]], r"Got 2\.5"),
        ([[1e30]], r"Got 1e\+30"),
        (np.ones((1, 2, 2)), r"one feature, the id\. Got 2"),
        (np.ones(3), r"Sequences\.from_array expects shape"),
    ],
)
def test_what_is_no_id_has_no_token(X, message):
    with pytest.raises(ValueError, match=message):
        FITTED.inverse_transform(X)


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_not_fitted(method):
    with pytest.raises(
        NotFittedError, match="SequenceVectorizer instance is not fitted"
    ):
        getattr(SequenceVectorizer(vocabulary=["red"]), method)(TEXTS)
    with pytest.raises(
        NotFittedError, match="SequenceVectorizer instance is not fitted"
    ):
        SequenceVectorizer().get_feature_names_out()


def test_documents_are_not_shown_in_full_length():
    with pytest.raises(TypeError) as caught:
        SequenceVectorizer().fit([["word"] * 10_000])
    assert len(str(caught.value)) < 300
