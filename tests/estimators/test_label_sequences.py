"""y with labels of output steps, in lists -> NaN stays NaN among texts."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import Seq2SeqClassifier
from sklearn_rnn.estimators._label_sequences import read_label_sequences


@pytest.mark.parametrize(
    "rows",
    [
        [["a", np.nan, "b"], ["b"]],
        [["a", "b"], ["b", np.nan]],
        [["a", "b"], [np.nan]],
    ],
)
def test_nan_among_texts_stays(rows):
    labels, form, flat = read_label_sequences(rows, Seq2SeqClassifier())
    assert pd.isna(labels[form.real]).sum() == 1
    assert not flat


@pytest.mark.parametrize("y", [["a", np.nan], [["a"], [np.nan]]])
@pytest.mark.filterwarnings("ignore:A column-vector y")  # not what is tested
def test_in_one_label_per_sample_it_is_refused(y):
    with pytest.raises(ValueError, match="contains NaN"):
        read_label_sequences(y, Seq2SeqClassifier())


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_rows_of_any_kind(kind):
    rows = [kind(["a", "b"]), kind(["c"])]
    labels, form, _ = read_label_sequences(rows, Seq2SeqClassifier())
    assert labels[form.real].tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("container", [list, tuple, pd.Series])
def test_sequences_in_any_container(container):
    rows = [np.array(["a", "b"]), np.array(["c"])]
    labels, form, _ = read_label_sequences(container(rows), Seq2SeqClassifier())
    assert labels[form.real].tolist() == ["a", "b", "c"]


def test_sequences_in_an_array_of_objects():
    rows = np.empty(2, dtype=object)
    rows[:] = [["a", "b"], ["c"]]
    labels, form, _ = read_label_sequences(rows, Seq2SeqClassifier())
    assert labels[form.real].tolist() == ["a", "b", "c"]


WORDS = ["abc", "bca", "cab", "acb"]


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_texts_that_should_be_spelt(kind):
    X, y = np.zeros((4, 2, 1)), kind(WORDS)
    with pytest.warns(
        UserWarning, match=r"one label, 4 diff.*\[list\(text\) for"
    ) as got:
        read_label_sequences(y, Seq2SeqClassifier())
    assert got[0].filename == __file__
    spelt = Seq2SeqClassifier(2, max_epochs=1).fit(X, [list(text) for text in y])
    assert spelt.predict(X).shape == (4, 3)


@pytest.mark.parametrize("y", [["up", "down"], ["a", "b"], WORDS[:3], [0, 1, 2]])
def test_texts_that_are_labels(y):
    labels, _, flat = read_label_sequences(y, Seq2SeqClassifier())
    assert labels.ravel().tolist() == y
    assert flat


def test_one_hot_labels_are_refused():
    y = np.eye(3, dtype=int)[[[0, 1], [2, 1]]]
    with pytest.raises(ValueError, match=r"shape \(2, 2, 3\).*argmax\(axis=2\)"):
        read_label_sequences(y, Seq2SeqClassifier())
    with pytest.raises(ValueError, match=r"shape \(2, 2, 3\)\.$"):
        read_label_sequences(y + 1, Seq2SeqClassifier())
