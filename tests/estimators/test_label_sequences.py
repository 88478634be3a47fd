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
