"""y with labels for each step, one or several -> predictions of the form of X."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from torch.nn.functional import binary_cross_entropy

from sklearn_rnn import GRUClassifier, LSTMClassifier, RNNClassifier, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 6, 2))
SIGN = np.where(X[:, :, 0] > 0, "plus", "minus")  # (n, T)
BOTH = (X > 0).astype(int)  # (n, T, K)
LENGTHS = np.arange(40) % 6 + 1
RAGGED_X = [steps[:n] for steps, n in zip(X, LENGTHS, strict=True)]
RAGGED_SIGN = [steps[:n] for steps, n in zip(SIGN, LENGTHS, strict=True)]
RAGGED_BOTH = [steps[:n] for steps, n in zip(BOTH, LENGTHS, strict=True)]
ABSENT = RNG.random((40, 6)) < 0.3
FAMILY = [RNNClassifier, LSTMClassifier, GRUClassifier]


def quick(cls=RNNClassifier, **parameters):
    return cls(4, **{"max_epochs": 3, "random_state": 0} | parameters)


def assert_same(one, other):
    for p, q in zip(one, other, strict=True):
        np.testing.assert_array_equal(p, q)


@pytest.mark.parametrize("cls", FAMILY)
def test_they_learn_each_step(cls):
    classifier = quick(cls, max_epochs=30, lr=0.05)
    assert classifier.fit(X, SIGN).score(X, SIGN) > 0.85
    assert classifier.fit(RAGGED_X, RAGGED_BOTH).score(RAGGED_X, RAGGED_BOTH) > 0.85


class TestForms:
    def test_an_array_of_labels(self):
        classifier = quick().fit(X, SIGN)
        assert classifier.classes_.tolist() == ["minus", "plus"]
        predictions, probabilities = classifier.predict(X), classifier.predict_proba(X)
        assert predictions.shape == (40, 6)
        assert predictions.dtype == SIGN.dtype
        assert probabilities.shape == (40, 6, 2)
        np.testing.assert_allclose(probabilities.sum(axis=2), 1.0)
        np.testing.assert_array_equal(
            predictions, classifier.classes_[probabilities.argmax(axis=2)]
        )
        np.testing.assert_allclose(
            classifier.predict_log_proba(X), np.log(probabilities)
        )

    def test_a_table_of_labels(self):
        one, other = quick().fit(X, pd.DataFrame(SIGN)), quick().fit(X, SIGN)
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
        assert one.score(X, pd.DataFrame(SIGN)) == other.score(X, SIGN)

    def test_lists_of_labels(self):
        classifier = quick().fit(RAGGED_X, RAGGED_SIGN)
        predictions = classifier.predict(RAGGED_X)
        assert [p.shape for p in predictions] == [(n,) for n in LENGTHS]
        shapes = [p.shape for p in classifier.predict_proba(RAGGED_X)]
        assert shapes == [(n, 2) for n in LENGTHS]
        nested = [labels.tolist() for labels in RAGGED_SIGN]
        assert_same(quick().fit(RAGGED_X, nested).predict(RAGGED_X), predictions)

    def test_several_labels_per_step(self):
        classifier = quick().fit(X, BOTH)
        assert classifier.classes_.tolist() == [0, 1]
        assert classifier.n_outputs_ == 2
        probabilities = classifier.predict_proba(X)
        assert probabilities.shape == (40, 6, 2)
        assert (abs(probabilities.sum(axis=2) - 1) > 1e-3).all()  # they do not exclude
        predictions = classifier.predict(X)
        assert predictions.dtype.kind == "i"
        np.testing.assert_array_equal(predictions, probabilities > 0.5)
        np.testing.assert_allclose(
            classifier.predict_log_proba(X), np.log(probabilities)
        )

    def test_lists_of_several_labels(self):
        classifier = quick().fit(RAGGED_X, RAGGED_BOTH)
        assert [p.shape for p in classifier.predict(RAGGED_X)] == [
            (n, 2) for n in LENGTHS
        ]

    def test_one_of_several_labels(self):
        assert quick().fit(X, BOTH[:, :, :1]).predict(X).shape == (40, 6, 1)


class TestAbsentSteps:
    @pytest.mark.parametrize(
        ("labels", "marker"),
        [(SIGN, None), (BOTH[:, :, 0], np.nan), (BOTH[:, :, 0] > 0, np.nan)],
        ids=["text", "int", "bool"],
    )
    def test_they_are_marked_in_predictions(self, labels, marker):
        gappy = X.copy()
        gappy[ABSENT] = np.nan
        classifier = quick().fit(gappy, labels)
        predictions = classifier.predict(gappy)
        assert pd.isna(predictions[ABSENT]).all()
        assert not pd.isna(predictions[~ABSENT]).any()
        assert set(predictions[~ABSENT]) <= set(labels.ravel())
        assert marker is not None or predictions[ABSENT][0] is None
        assert np.isnan(classifier.predict_proba(gappy)[ABSENT]).all()

    def test_they_are_as_if_they_were_not_there(self):
        gappy = X.copy()
        gappy[ABSENT] = np.nan
        labels = np.where(ABSENT, "nonsense", SIGN)
        dense = quick().fit(gappy, labels)
        ragged = quick().fit(
            [x[~a] for x, a in zip(X, ABSENT, strict=True)],
            [y[~a] for y, a in zip(SIGN, ABSENT, strict=True)],
        )
        assert dense.classes_.tolist() == ["minus", "plus"]
        assert_same(dense.predict(X), ragged.predict(X))


class TestUnknownLabels:
    def test_the_loss_is_the_mean_over_known_steps(self):
        labels = [y.astype(object) for y in RAGGED_SIGN]
        for i in range(0, 40, 3):
            labels[i][0] = None
        classifier = quick(lr=1e-30, batch_size=7).fit(RAGGED_X, labels)
        steps = np.concatenate(labels)
        known = steps != np.array(None)
        expected = log_loss(
            steps[known].astype(str),
            np.concatenate(classifier.predict_proba(RAGGED_X))[known],
        )
        np.testing.assert_allclose(classifier.loss_curve_, expected, rtol=1e-5)

    def test_of_several_labels_it_is_the_mean_over_known_labels(self):
        labels = BOTH.astype(float)
        labels[::3, 1, 0] = np.nan
        classifier = quick(lr=1e-30, batch_size=7).fit(X, labels)
        known = ~np.isnan(labels)
        expected = binary_cross_entropy(
            torch.tensor(classifier.predict_proba(X)[known]),
            torch.tensor(labels[known]),
        )
        np.testing.assert_allclose(classifier.loss_curve_, expected, rtol=1e-5)

    @pytest.mark.parametrize("unknown", [None, np.nan])
    def test_sequences_without_a_known_step_are_as_absent(self, unknown):
        labels = SIGN.astype(object)
        labels[::3] = unknown
        kept = np.arange(40) % 3 > 0
        one, other = quick().fit(X, labels), quick().fit(X[kept], SIGN[kept])
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))

    def test_numbers_with_nan(self):
        labels = BOTH[:, :, 0].astype(float)
        labels[0, :2] = np.nan
        classifier = quick().fit(X, labels)
        assert classifier.classes_.tolist() == [0.0, 1.0]
        assert classifier.predict(X).dtype == np.float64

    def test_no_label_at_all(self):
        with pytest.raises(ValueError, match="no label at any time step"):
            quick().fit(X, np.full((40, 6), None))


def test_announced_classes_of_several_labels_are_0_and_1():
    classifier = quick().partial_fit(X, BOTH, classes=[0, 1])
    assert classifier.classes_.tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"classes=\[0, 1, 2\] is not the same as"):
        quick().partial_fit(X, BOTH, classes=[0, 1, 2])


class TestScore:
    def test_it_is_the_share_of_known_steps_that_are_right(self):
        labels = SIGN.astype(object)
        labels[:, 1] = None
        classifier = quick().fit(X, labels)
        known = np.delete(np.arange(6), 1)
        expected = accuracy_score(
            SIGN[:, known].ravel(), classifier.predict(X)[:, known].ravel()
        )
        assert classifier.score(X, labels) == pytest.approx(expected)

    def test_of_lists(self):
        classifier = quick().fit(RAGGED_X, RAGGED_SIGN)
        right = np.concatenate(classifier.predict(RAGGED_X)) == np.concatenate(
            RAGGED_SIGN
        )
        assert classifier.score(RAGGED_X, RAGGED_SIGN) == pytest.approx(right.mean())

    def test_of_several_labels_it_is_the_share_of_labels(self):
        classifier = quick().fit(X, BOTH)
        right = classifier.predict(X) == BOTH
        assert classifier.score(X, BOTH) == pytest.approx(right.mean())

    def test_weights(self):
        weight = RNG.integers(0, 3, size=40)
        classifier = quick().fit(X, SIGN)
        repeated = classifier.score(
            X.repeat(weight, axis=0), SIGN.repeat(weight, axis=0)
        )
        assert classifier.score(X, SIGN, sample_weight=weight) == pytest.approx(
            repeated
        )

    def test_a_label_that_was_never_seen_is_wrong(self):
        classifier = quick().fit(X, SIGN)
        strange = SIGN.astype(object)
        strange[:20] = "other"
        right = (classifier.predict(X) == SIGN)[20:].sum()
        assert classifier.score(X, strange) == pytest.approx(right / 240)


def test_sample_weight_is_repetition():
    weight = RNG.integers(0, 3, size=40)
    one = quick().fit(X, SIGN, sample_weight=weight)
    other = quick().fit(X.repeat(weight, axis=0), SIGN.repeat(weight, axis=0))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-6)


def test_cross_validation():
    assert cross_val_predict(quick(), X, SIGN, cv=2).shape == (40, 6)
    assert cross_val_score(quick(), RAGGED_X, RAGGED_SIGN, cv=2).shape == (2,)


def test_early_stopping_and_going_on():
    classifier = quick(early_stopping=True).fit(RAGGED_X, RAGGED_SIGN)
    assert np.isfinite(classifier.validation_loss_curve_).all()
    classifier.partial_fit(RAGGED_X, RAGGED_SIGN)
    assert classifier.n_epochs_ == 4


def test_windows_of_a_table():
    """The steps of each window, labelled: was the capacity below its mean?"""
    table = pd.DataFrame(RNG.normal(size=(40, 2)), columns=["a", "b"])
    windows = SequenceWindower(5).fit_transform(table)
    past = np.asarray(windows)[:, :, 0]
    labels = np.where(past > 0, "high", "low")
    pipe = make_pipeline(SequenceWindower(5), quick(max_epochs=40, lr=0.05))
    predictions = pipe.fit(table, labels).predict(table)
    real = ~np.isnan(past)
    np.testing.assert_array_equal(pd.isna(predictions), ~real)
    assert np.mean(predictions[real] == labels[real]) > 0.85


class TestRefusals:
    @pytest.mark.parametrize(
        "setting",
        [
            {"pooling": "max"},
            {"pooling": "attention"},
            {"segment_length": 3},
        ],
        ids=str,
    )
    def test_what_has_no_meaning_for_steps(self, setting):
        [(name, value)] = setting.items()
        with pytest.raises(ValueError, match=rf"needs {name}=.*Got {value!r}"):
            quick(**setting).fit(X, SIGN)

    def test_numbers_that_are_no_classes(self):
        with pytest.raises(ValueError, match="Unknown label type: continuous"):
            quick().fit(X, X[:, :, 0])

    @pytest.mark.parametrize(
        ("x", "y", "message"),
        [
            (X, 2 * BOTH, r"Got 2\. Make a column of zeros and ones"),
            (
                X,
                np.where(BOTH, "on", "off"),
                r"0 or 1 for each.*Got 'off', 'on'\. Make",
            ),
            (X, SIGN[:, :, None], r"Got 'minus', 'plus'\. For one.*y\[\.\.\., 0\]"),
            (RAGGED_X, [3 * steps for steps in RAGGED_BOTH], r"Got 3\. Make a column"),
        ],
        ids=["numbers", "texts", "one label", "list"],
    )
    def test_several_labels_that_are_more_than_yes_or_no(self, x, y, message):
        with pytest.raises(ValueError, match=message):
            quick().fit(x, y)

    def test_other_lengths(self):
        with pytest.raises(ValueError, match="Sample 0 has 5 of them, and 6"):
            quick().fit(X, SIGN[:, :-1])

    def test_another_form_of_y_when_going_on_or_scoring(self):
        classifier = quick().fit(X, SIGN)
        with pytest.raises(ValueError, match=r"fitted with y of 2 axes\. Got 1"):
            classifier.partial_fit(X, SIGN[:, 0])
        with pytest.raises(ValueError, match=r"fitted with y of 2 axes\. Got 3"):
            classifier.score(X, BOTH)
        with pytest.raises(ValueError, match="was fitted with 2 outputs"):
            quick().fit(X, BOTH).score(X, BOTH[:, :, :1])

    def test_partial_fit_with_another_label(self):
        with pytest.raises(ValueError, match=r"\['minus', 'plus'\]: \['other'\]"):
            quick().fit(X, SIGN).partial_fit(X, np.full((40, 6), "other"))


EYE = np.eye(6, dtype=int)[np.arange(40) % 6]  # (n, K), as many classes as steps


class TestOneHot:
    """A y of two axes has a label per step; one-hot labels are said to be so read."""

    @pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, lambda y: y > 0])
    def test_as_many_classes_as_steps(self, form):
        with pytest.warns(UserWarning, match=r"one label for.*argmax\(axis=1\)") as got:
            quick().fit(X, form(EYE))
        assert [warning.filename for warning in got] == [__file__]

    def test_of_each_step(self):
        message = r"several labels per step.*argmax\(axis=2\)"
        with pytest.warns(UserWarning, match=message):
            quick().fit(X, np.eye(3)[RNG.integers(0, 3, (40, 6))])

    @pytest.mark.parametrize(
        "y",
        [
            list(EYE),
            np.where(EYE, "event", "nothing"),
            np.eye(6, dtype=int)[np.arange(40) % 5],  # no class at the last place
            np.maximum(EYE, np.arange(40)[:, None] == 7),
            BOTH,
        ],
        ids=["list", "texts", "places left out", "several ones", "several labels"],
    )
    def test_no_alarm(self, y):
        assert np.shape(quick().fit(X, y).predict(X)) == np.shape(y)

    def test_too_few_to_tell(self):
        assert quick().fit(X[:9], EYE[:9]).predict(X[:9]).shape == (9, 6)


class TestUnknownTextsInLists:
    def test_they_are_no_class(self):
        parts = [np.ones((n, 2)) for n in [3, 1, 2, 1] * 10]
        classifier = quick().fit(
            parts,
            [["plus", np.nan, "minus"], ["minus"], [np.nan, "plus"], [np.nan]] * 10,
        )
        assert classifier.classes_.tolist() == ["minus", "plus"]

    def test_of_equal_length(self):
        rows = [["plus", np.nan, "minus"], ["minus", "plus", "plus"]] * 20
        assert quick().fit(X[:, :3], rows).classes_.tolist() == ["minus", "plus"]


@pytest.mark.parametrize(
    "form",
    [
        lambda parts: [
            pd.Series(part, index=np.arange(len(part)) + 5) for part in parts
        ],
        lambda parts: [pd.Series(part, dtype=object) for part in parts],
        lambda parts: np.array([*parts, None], dtype=object)[:-1],
        pd.Series,
        tuple,
    ],
)
def test_labels_in_any_container(form):
    plain, other = quick(), quick()
    plain.fit(RAGGED_X, RAGGED_SIGN)
    other.fit(RAGGED_X, form(RAGGED_SIGN))
    assert_same(plain.predict_proba(RAGGED_X), other.predict_proba(RAGGED_X))
    score = other.score(RAGGED_X, form(RAGGED_SIGN))
    assert score == plain.score(RAGGED_X, RAGGED_SIGN)


def test_several_labels_per_step_as_tables():
    tables = [pd.DataFrame(part) for part in RAGGED_BOTH]
    plain, other = quick().fit(RAGGED_X, RAGGED_BOTH), quick().fit(RAGGED_X, tables)
    assert_same(plain.predict_proba(RAGGED_X), other.predict_proba(RAGGED_X))


@pytest.mark.parametrize(
    ("y", "weight", "message"),
    [
        (np.full(SIGN.shape, None), None, "no known label with a sample_weight"),
        (SIGN, np.zeros(len(X)), "no known label|non-zero number"),
        (SIGN, np.ones(1), r"sample_weight\.shape == \(1,\)"),
        (SIGN, np.ones((len(X), 1)), "Sample weights must be 1D"),
    ],
)
def test_nothing_to_compare_with_has_no_score(y, weight, message):
    classifier = quick().fit(X, SIGN)
    with pytest.raises(ValueError, match=message):
        classifier.score(X, y, weight)


@pytest.mark.parametrize("form", [np.array, list, pd.DataFrame])
def test_one_hot_labels_are_told_what_to_do(form):
    y = np.eye(3)[np.arange(40) % 3]
    with pytest.raises(ValueError, match=r"one-hot labels pass y\.argmax\(axis=1\)"):
        quick().fit(X, form(y.tolist()))
    with pytest.raises(ValueError, match=r"steps in X\.$"):
        quick().fit(X, form((y + 1).tolist()))
