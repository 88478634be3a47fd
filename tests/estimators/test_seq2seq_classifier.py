"""Seq2SeqClassifier: forms of y, short and unknown labels, probabilities."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Seq2SeqClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 5))
Y = np.array(["no", "so", "yes"])[np.digitize(X[:, ::-1], [-0.4, 0.4])]
SHORT = [labels[:n] for labels, n in zip(Y, RNG.integers(1, 6, 80), strict=True)]
QUICK = {"max_epochs": 3, "random_state": 0, "lr": 0.02, "batch_size": 16}


def fitted(y, rows=X, **parameters):
    return Seq2SeqClassifier(8, **QUICK | parameters).fit(rows, y)


def test_labels_come_back_at_each_output_step():
    classifier = fitted(Y, max_epochs=60, cell="gru", lr=0.03)
    predicted = classifier.predict(X)
    assert predicted.shape == (80, 5)
    assert_array_equal(classifier.classes_, ["no", "so", "yes"])
    assert predicted.dtype == Y.dtype
    assert classifier.score(X, Y) == pytest.approx(np.mean(predicted == Y))
    assert classifier.score(X, Y) > 0.8
    assert (classifier.n_output_steps_, classifier.n_outputs_) == (5, 3)


def test_probabilities_are_those_of_what_is_predicted():
    classifier = fitted(Y)
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (80, 5, 3)
    assert_allclose(probabilities.sum(axis=2), 1.0)
    assert_allclose(np.log(probabilities), classifier.predict_log_proba(X))
    chosen = classifier.classes_[probabilities.argmax(axis=2)]
    assert_array_equal(chosen, classifier.predict(X))


@pytest.mark.parametrize(
    "form",
    [np.ndarray.tolist, list, pd.DataFrame, lambda y: y.astype(object)],
    ids=["lists", "arrays", "DataFrame", "objects"],
)
def test_forms_of_y_are_equal(form):
    assert_array_equal(fitted(form(Y)).predict_proba(X), fitted(Y).predict_proba(X))


def test_one_label_per_sample_is_one_output_step():
    flat = fitted(Y[:, 0], batch_size=80)
    assert_array_equal(flat.predict(X).shape, (80,))
    assert flat.predict_proba(X).shape == (80, 3)
    listed = fitted([[label, None] for label in Y[:, 0]], batch_size=80)
    assert_allclose(listed.predict_proba(X)[:, 0], flat.predict_proba(X), rtol=1e-4)
    assert 0 <= flat.score(X, Y[:, 0]) <= 1


def test_what_stands_behind_short_labels_is_not_learnt():
    short = fitted(SHORT, max_epochs=20)
    padded = np.full((80, 5), None, dtype=object)
    for row, labels in zip(padded, SHORT, strict=True):
        row[: len(labels)] = labels
    assert_array_equal(
        short.predict_proba(X), fitted(padded, max_epochs=20).predict_proba(X)
    )
    known = np.arange(5) < np.array([len(labels) for labels in SHORT])[:, None]
    predicted = short.predict(X)
    assert predicted.shape == (80, 5)  # as many as the longest has
    right = (predicted == Y)[known]
    assert short.score(X, SHORT) == pytest.approx(right.mean())
    weight = RNG.random(80)
    weights = np.broadcast_to(weight[:, None], (80, 5))[known]
    assert short.score(X, SHORT, weight) == pytest.approx(
        np.average(right, weights=weights)
    )


def test_score_takes_fewer_steps_than_fit_had():
    classifier = fitted(Y)
    expected = np.mean(classifier.predict(X)[:, :2] == Y[:, :2])
    assert classifier.score(X, Y[:, :2]) == pytest.approx(expected)


def test_loss_is_the_mean_over_known_labels():
    classifier = fitted(
        SHORT, max_epochs=1, lr=1e-12, batch_size=80, teacher_forcing_ratio=0.0
    )
    logs = classifier.predict_log_proba(X)
    codes = np.searchsorted(classifier.classes_, Y)
    own = np.take_along_axis(logs, codes[..., None], axis=2)[..., 0]
    known = np.arange(5) < np.array([len(labels) for labels in SHORT])[:, None]
    assert classifier.loss_curve_[0] == pytest.approx(-own[known].mean(), rel=1e-5)


def test_missing_labels_between_known_ones():
    y = Y.astype(object)
    y[::2, 1] = None
    classifier = fitted(y)
    assert_array_equal(classifier.classes_, ["no", "so", "yes"])
    numbers = np.searchsorted(["no", "so", "yes"], Y).astype(float)
    numbers[::2, 1] = np.nan
    assert_array_equal(fitted(numbers).predict_proba(X), classifier.predict_proba(X))


def test_balanced_classes_have_equal_weight():
    rare = np.where(X[:, ::-1] > 1.5, "rare", "often")
    plain, balanced = fitted(rare), fitted(rare, class_weight="balanced")
    assert np.mean(balanced.predict(X) == "rare") > np.mean(plain.predict(X) == "rare")


def test_partial_fit_with_announced_classes():
    classifier = Seq2SeqClassifier(8, **QUICK)
    few = np.where(Y == "yes", "so", Y)
    classifier.partial_fit(X, few, classes=["yes", "so", "no"])
    assert_array_equal(classifier.classes_, ["no", "so", "yes"])
    classifier.partial_fit(X, Y).partial_fit(X, Y[:, :3])
    with pytest.raises(ValueError, match="not the same as on the last call"):
        classifier.partial_fit(X, Y, classes=["no", "yes"])
    with pytest.raises(ValueError, match="labels that are none of the classes"):
        classifier.partial_fit(X, np.where(Y == "so", "perhaps", Y))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.repeat(Y[:, :, None], 2, axis=2), r"y of shape \(n_samples, n_steps\)"),
        ([[] for _ in Y], r"Got shape \(80, 0\)"),
        (Y[:70], "inconsistent numbers of samples"),
        (SHORT[:70], "inconsistent numbers of samples"),
        (np.full((80, 2), None), "no label"),
        (X, "Unknown label type: continuous"),
    ],
)
def test_bad_input_is_named(y, message):
    with pytest.raises(ValueError, match=message):
        fitted(y)


def test_labels_that_fit_did_not_see_are_wrong():
    classifier = fitted(Y)
    others = Y.copy()
    others[:, 1:3] = "perhaps"
    right = classifier.predict(X) == Y
    right[:, 1:3] = False
    assert classifier.score(X, others) == pytest.approx(right.mean())


def test_steps_behind_those_of_fit_are_wrong():
    """Also with a label that fit did not see: it equals no missing prediction."""
    classifier = fitted(Y[:, :3])
    right = classifier.predict(X) == Y[:, :3]
    assert classifier.score(X, Y) == pytest.approx(right.sum() / Y.size)
    others = Y.copy()
    others[:, 4] = "perhaps"
    assert classifier.score(X, others) == pytest.approx(right.sum() / Y.size)


def test_more_steps_than_in_fit_are_not_learnt():
    classifier = fitted(Y[:, :3])
    with pytest.raises(ValueError, match=r"fitted with y of 3 output steps\. Got 5"):
        classifier.partial_fit(X, Y)
    with pytest.raises(ValueError, match=r"fitted with y of 3 output steps\. Got 1"):
        classifier.score(X, Y[:, 0])
