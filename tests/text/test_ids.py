"""Texts -> the ids that a plain loop gives, from the vocabulary of fit alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from real_data import load_names, load_trec
from sklearn.feature_extraction.text import CountVectorizer

from sklearn_rnn import Sequences, SequenceVectorizer, pad_sequences

# few letters, so that words repeat; two scripts, capitals, accents, signs and spaces
documents = st.lists(
    st.text(alphabet="aAbé ß.日\n", max_size=15), min_size=1, max_size=8
)
with_words = documents.filter(
    lambda texts: any(map(CountVectorizer().build_analyzer(), texts))
)
with_characters = documents.filter(any)

readings = st.fixed_dictionaries(
    {
        "lowercase": st.booleans(),
        "strip_accents": st.sampled_from([None, "unicode"]),
        "token_pattern": st.sampled_from([r"(?u)\b\w\w+\b", r"\w"]),
        "stop_words": st.sampled_from([None, ["ab"]]),
    }
)


def slow_ids(training_texts, texts, analyze, max_length=None):
    """Number the words as one would explain it."""
    words = sorted(
        {word for text in training_texts for word in analyze(text)[:max_length]}
    )
    return [
        [
            words.index(word) + 2 if word in words else 1
            for word in analyze(text)[:max_length]
        ]
        for text in texts
    ]


def ids_of(sequences):
    return [sequence[:, 0].tolist() for sequence in sequences]


@given(with_words, documents, readings)
def test_words_equal_a_slow_loop_over_the_analyzer_of_scikit_learn(
    training, texts, reading
):
    analyze = CountVectorizer(**reading).build_analyzer()
    if not any(map(analyze, training)):
        return  # only stop words
    vectorizer = SequenceVectorizer(**reading).fit(training)
    assert ids_of(vectorizer.transform(texts)) == slow_ids(training, texts, analyze)


@given(with_characters, documents, st.booleans(), st.none() | st.integers(1, 6))
def test_characters_equal_a_slow_loop(training, texts, lowercase, max_length):
    reading = {"analyzer": "char", "lowercase": lowercase}
    analyze = CountVectorizer(**reading).build_analyzer()
    vectorizer = SequenceVectorizer(**reading, max_length=max_length).fit(training)
    expected = slow_ids(training, texts, analyze, max_length)
    assert ids_of(vectorizer.transform(texts)) == expected


@given(with_words)
def test_ids_are_the_columns_of_a_count_vectorizer_plus_two(texts):
    counter = CountVectorizer().fit(texts)
    vectorizer = SequenceVectorizer().fit(texts)
    columns = {word: i + 2 for word, i in counter.vocabulary_.items()}
    assert vectorizer.vocabulary_ == columns
    counts = counter.transform(texts).toarray()
    for sequence, row in zip(vectorizer.transform(texts), counts, strict=True):
        ids = sequence[:, 0].astype(int)
        assert_array_equal(np.bincount(ids, minlength=vectorizer.n_tokens_)[2:], row)


@given(with_words, documents, st.none() | st.integers(1, 3))
def test_round_trip_gives_the_words_as_they_were_read(training, texts, max_length):
    vectorizer = SequenceVectorizer(max_length=max_length).fit(training)
    analyze = CountVectorizer().build_analyzer()
    known = vectorizer.vocabulary_
    assert vectorizer.inverse_transform(vectorizer.transform(texts)) == [
        [word if word in known else "<unknown>" for word in analyze(text)[:max_length]]
        for text in texts
    ]


@given(with_characters)
def test_round_trip_of_characters_gives_the_very_text(texts):
    texts = [" ".join(text.split()) or "a" for text in texts]
    vectorizer = SequenceVectorizer(analyzer="char", lowercase=False)
    sequences = vectorizer.fit_transform(texts)
    assert list(map("".join, vectorizer.inverse_transform(sequences))) == texts


def test_real_questions_give_the_words_of_scikit_learn(data_folder):
    training, texts, *_ = load_trec(data_folder)
    vectorizer = SequenceVectorizer().fit(training)
    analyze = CountVectorizer().build_analyzer()
    sequences = vectorizer.transform(training)
    assert len(sequences) == 5452
    assert vectorizer.inverse_transform(sequences) == list(map(analyze, training))
    unknown = np.concatenate(vectorizer.transform(texts).to_list()) == 1
    assert 0 < unknown.mean() < 0.2


def test_real_names_give_their_characters(data_folder):
    names, _ = load_names(data_folder)
    vectorizer = SequenceVectorizer(analyzer="char", lowercase=False)
    sequences = vectorizer.fit_transform(names)
    assert len(sequences) == 20050
    again = list(map("".join, vectorizer.inverse_transform(sequences)))
    assert again == names


def test_sequences_are_those_of_the_package():
    sequences = SequenceVectorizer().fit_transform(["red green", "", "green"])
    assert isinstance(sequences, Sequences)
    assert sequences.rows.dtype == np.float32
    assert sequences.rows.shape == (3, 1)
    assert sequences.feature_names == ("token",)
    assert sequences.groups is None
    assert_array_equal(sequences.starts, [0, 2, 2])
    assert_array_equal(sequences.stops, [2, 2, 3])


def test_padding_is_never_given_and_unknown_words_get_one():
    vectorizer = SequenceVectorizer().fit(["red green"])
    assert ids_of(vectorizer.transform(["red blue", "green", "."])) == [[3, 1], [2], []]
    assert vectorizer.vocabulary_ == {"green": 2, "red": 3}
    assert vectorizer.n_tokens_ == 4


def test_transform_learns_nothing():
    vectorizer = SequenceVectorizer().fit(["red green"])
    before = dict(vectorizer.vocabulary_)
    vectorizer.transform(["blue blue", "yellow"])
    assert vectorizer.vocabulary_ == before


def test_a_second_fit_forgets_the_first():
    vectorizer = SequenceVectorizer().fit(["red green"]).fit(["blue"])
    assert vectorizer.vocabulary_ == {"blue": 2}
    assert vectorizer.n_tokens_ == 3


def test_max_features_keeps_the_most_frequent():
    texts = ["low low low", "mid mid", "high high high high low", "rare"]
    vectorizer = SequenceVectorizer(max_features=2)
    assert ids_of(vectorizer.fit_transform(texts)) == [
        [3, 3, 3],
        [1, 1],
        [2, 2, 2, 2, 3],
        [1],
    ]
    assert vectorizer.n_tokens_ == 4


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        ({"min_df": 2}, ["all", "two"]),
        ({"min_df": 0.9}, ["all"]),
        ({"max_df": 2}, ["one", "two"]),
        ({"max_df": 0.5}, ["one"]),
        ({"min_df": 2, "max_df": 2}, ["two"]),
    ],
)
def test_words_in_too_few_or_too_many_documents_are_unknown(bounds, kept):
    texts = ["all two one one", "all two", "all"]
    vectorizer = SequenceVectorizer(**bounds).fit(texts)
    assert list(vectorizer.vocabulary_) == kept
    [ids] = ids_of(vectorizer.transform(["all two one"]))
    words = ["all", "two", "one"]
    assert ids == [vectorizer.vocabulary_.get(word, 1) for word in words]


def test_stop_words_are_left_out_and_not_unknown():
    vectorizer = SequenceVectorizer(stop_words="english").fit(["the dog of the house"])
    assert ids_of(vectorizer.transform(["the house of cards"])) == [[3, 1]]


def test_max_length_keeps_the_first_tokens_and_counts_no_others():
    vectorizer = SequenceVectorizer(max_length=2)
    sequences = vectorizer.fit_transform(["red green blue", "red"])
    assert ids_of(sequences) == [[3, 2], [3]]
    assert list(vectorizer.vocabulary_) == ["green", "red"]
    counting = SequenceVectorizer(max_length=2, max_features=1)
    assert list(counting.fit(["a1 b1 c1 c1 c1", "a1"]).vocabulary_) == ["a1"]


def test_given_words_are_numbered_in_their_order():
    vectorizer = SequenceVectorizer(vocabulary=["red", "green"]).fit(["blue"])
    assert vectorizer.vocabulary_ == {"red": 2, "green": 3}
    assert ids_of(vectorizer.transform(["green blue red"])) == [[3, 1, 2]]


def test_a_set_of_words_is_numbered_in_alphabetical_order():
    vectorizer = SequenceVectorizer(vocabulary={"red", "green"}).fit(["blue"])
    assert vectorizer.vocabulary_ == {"green": 2, "red": 3}


@given(with_words, documents)
def test_the_vocabulary_of_another_gives_the_same_ids(training, texts):
    first = SequenceVectorizer().fit(training)
    shuffled = dict(sorted(first.vocabulary_.items(), reverse=True))
    second = SequenceVectorizer(vocabulary=shuffled).fit(texts)
    assert second.vocabulary_ == first.vocabulary_
    assert ids_of(second.transform(texts)) == ids_of(first.transform(texts))


def test_names_stand_at_their_ids():
    vectorizer = SequenceVectorizer().fit(["red green"])
    names = vectorizer.get_feature_names_out()
    assert_array_equal(names, ["<padding>", "<unknown>", "green", "red"])
    assert names.dtype == object
    for word, i in vectorizer.vocabulary_.items():
        assert names[i] == word


def test_inverse_transform_reads_every_form_of_sequences():
    vectorizer = SequenceVectorizer()
    sequences = vectorizer.fit_transform(["red green", "", "green"])
    expected = [["red", "green"], [], ["green"]]
    lists = ids_of(sequences)
    for form in (
        sequences,
        lists,
        sequences.to_list(),
        sequences.to_array(),
        pad_sequences(sequences, value=0),
        pad_sequences(sequences, value=0)[:, :, 0].astype(int),
    ):
        assert vectorizer.inverse_transform(form) == expected
    absent = Sequences(np.array([[np.nan], [3]]), np.array([0]), np.array([2]))
    assert vectorizer.inverse_transform(absent) == [["red"]]
    assert vectorizer.inverse_transform([]) == []
    assert vectorizer.inverse_transform(sequences[:0]) == []
    assert vectorizer.inverse_transform(sequences[[2, 0]]) == [expected[2], expected[0]]


def test_documents_may_be_bytes():
    texts = ["Grüße dir", "dir"]
    vectorizer = SequenceVectorizer()
    expected = ids_of(vectorizer.fit_transform(texts))
    assert ids_of(vectorizer.fit_transform([t.encode() for t in texts])) == expected


def test_preprocessor_and_tokenizer_read_the_texts():
    vectorizer = SequenceVectorizer(
        preprocessor=lambda document: document["text"].upper(),
        tokenizer=lambda text: text.split("-"),
    )
    assert ids_of(vectorizer.fit_transform([{"text": "b-a-b"}])) == [[3, 2, 3]]
    assert list(vectorizer.vocabulary_) == ["A", "B"]


@pytest.mark.parametrize("analyzer", [list, iter, lambda tokens: (t for t in tokens)])
def test_an_analyzer_reads_tokens_of_any_kind(analyzer):
    vectorizer = SequenceVectorizer(analyzer=analyzer, max_length=2)
    pairs = [[(1, 2), (0, 5), (7, 7)], [(1, 2)], []]
    sequences = vectorizer.fit_transform(pairs)
    assert ids_of(sequences) == [[3, 2], [3], []]
    assert vectorizer.inverse_transform(sequences) == [pairs[0][:2], pairs[1], []]
