"""Sequences and labels -> classes_, predictions, probabilities and scores of these."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import softmax
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import log_loss
from torch.nn.functional import cross_entropy

from sklearn_rnn import GRUClassifier, LSTMClassifier, RNNClassifier, SequenceWindower
from sklearn_rnn.estimators._batching import make_batches

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
TOTAL = X[:, :, 0].sum(axis=1)
UP = TOTAL > 0
THIRDS = np.digitize(TOTAL, np.quantile(TOTAL, [0.33, 0.67]))
FAMILY = [RNNClassifier, LSTMClassifier, GRUClassifier]


def quick(cls=RNNClassifier, **parameters):
    return cls(4, **{"max_epochs": 3, "random_state": 0} | parameters)


@pytest.mark.parametrize("cls", FAMILY)
def test_they_learn(cls):
    classifier = quick(cls, max_epochs=40, lr=0.05)
    assert classifier.fit(X, THIRDS).score(X, THIRDS) > 0.8  # by chance: 0.33


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.where(UP, "up", "down"), ["down", "up"]),
        (np.where(UP, "up", "down").tolist(), ["down", "up"]),
        (np.where(UP, "up", "down").astype(object), ["down", "up"]),
        (pd.Series(np.where(UP, "up", "down"), dtype="category"), ["down", "up"]),
        (UP, [False, True]),
        (np.where(UP, 7, -3), [-3, 7]),
        (np.where(UP, 7.0, -3.0), [-3.0, 7.0]),
        (THIRDS + 10, [10, 11, 12]),
        (np.array(["a", "b", "cc"])[THIRDS], ["a", "b", "cc"]),
    ],
    ids=lambda case: f"{type(case).__name__} {np.asarray(case).dtype}",
)
def test_labels_of_any_kind_come_back_as_they_were(labels, classes):
    classifier = quick().fit(X, labels)
    np.testing.assert_array_equal(classifier.classes_, classes)
    assert classifier.n_outputs_ == len(classes)
    predictions = classifier.predict(X)
    assert predictions.shape == (60,)
    assert predictions.dtype == np.unique(labels).dtype
    assert set(predictions) <= set(classes)
    right = np.mean(predictions == np.asarray(labels))
    assert classifier.score(X, labels) == pytest.approx(right)
    np.testing.assert_array_equal(
        predictions, classifier.classes_[classifier.predict_proba(X).argmax(axis=1)]
    )


@pytest.mark.parametrize("labels", [UP, THIRDS], ids=["two", "three"])
@pytest.mark.parametrize("cls", FAMILY)
def test_probabilities_are_the_softmax_of_what_the_module_gives(cls, labels):
    classifier = quick(cls, standardize=False).fit(X, labels)
    with torch.inference_mode():
        scores = classifier.net_.module_(torch.tensor(X, dtype=torch.float32))
    probabilities = classifier.predict_proba(X)
    np.testing.assert_allclose(probabilities, softmax(scores, axis=1), rtol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(
        classifier.predict_log_proba(X), np.log(probabilities), rtol=1e-12
    )


def test_log_probabilities_stay_finite_where_probabilities_vanish():
    classifier = quick(standardize=False).fit(X, UP)
    head = classifier.net_.module_.head
    with torch.no_grad():
        head.bias[:] = torch.tensor([-2000.0, 2000.0])
    assert classifier.predict_proba(X).min() == 0
    assert np.isfinite(classifier.predict_log_proba(X)).all()


def test_the_loss_is_the_cross_entropy():
    classifier = quick(lr=1e-30, batch_size=60).fit(X, THIRDS)
    probabilities = classifier.predict_proba(X)
    assert classifier.loss_curve_[-1] == pytest.approx(
        log_loss(THIRDS, probabilities), rel=1e-5
    )


def test_a_step_of_descent_is_that_of_torch():
    settings = {"optimizer": "sgd", "max_epochs": 1, "batch_size": 60}
    settings |= {"clip_grad_norm": None, "standardize": False}
    before = quick(lr=1e-30, **settings).fit(X, THIRDS).net_.module_
    after = quick(lr=0.5, **settings).fit(X, THIRDS).net_.module_
    loss = cross_entropy(
        before(torch.tensor(X, dtype=torch.float32)), torch.tensor(THIRDS)
    )
    weights = before.head.weight
    [gradient] = torch.autograd.grad(loss, [weights])
    moved = weights - 0.5 * gradient
    torch.testing.assert_close(after.head.weight, moved, rtol=1e-4, atol=1e-6)


def test_sample_weight_is_repetition():
    weight = RNG.integers(0, 4, size=60)
    once = quick(dropout=0.3).fit(X, THIRDS, sample_weight=weight)
    again = quick(dropout=0.3).fit(X.repeat(weight, axis=0), THIRDS.repeat(weight))
    np.testing.assert_allclose(once.predict_proba(X), again.predict_proba(X), rtol=1e-6)
    assert once.score(X, THIRDS, weight) == pytest.approx(
        again.score(X.repeat(weight, axis=0), THIRDS.repeat(weight))
    )


def test_a_class_without_weight_is_not_trained_but_stays_known():
    classifier = quick().fit(X, THIRDS, sample_weight=(THIRDS != 1).astype(float))
    assert classifier.classes_.tolist() == [0, 1, 2]
    assert classifier.predict_proba(X).shape == (60, 3)


def test_one_class_only():
    classifier = quick(early_stopping=True).fit(X, np.full(60, "only"))
    assert classifier.classes_.tolist() == ["only"]
    np.testing.assert_array_equal(classifier.predict_proba(X), np.ones((60, 1)))
    assert set(classifier.predict(X)) == {"only"}


def test_a_label_that_was_never_seen_is_wrong_in_the_score():
    classifier = quick().fit(X, THIRDS)
    share = classifier.score(X, THIRDS)
    strange = np.where(np.arange(60) < 30, THIRDS, 99)
    right = np.mean(classifier.predict(X)[:30] == THIRDS[:30]) / 2
    assert classifier.score(X, strange) == pytest.approx(right)
    assert right < share


def test_pickling_keeps_probabilities():
    classifier = quick().fit(X, np.where(UP, "up", "down"))
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))
    assert again.classes_.tolist() == ["down", "up"]


def test_same_bits_alone_and_in_any_order():
    classifier = quick().fit(X, THIRDS)
    probabilities = classifier.predict_proba(X)
    np.testing.assert_array_equal(
        classifier.predict_proba(X[::-1])[::-1], probabilities
    )
    alone = np.concatenate([classifier.predict_proba(X[[i]]) for i in range(5)])
    np.testing.assert_array_equal(alone, probabilities[:5])


class TestValidation:
    @pytest.fixture
    def parts(self, monkeypatch):
        """Record the labels that a fit trains on, and those that it holds out."""
        seen = []

        def record(estimator, sequences, targets, weights, train, valid):
            seen.extend([targets[train, 0], targets[valid, 0]])
            return make_batches(estimator, sequences, targets, weights, train, valid)

        monkeypatch.setattr("sklearn_rnn.estimators._base.make_batches", record)
        return seen

    @pytest.mark.parametrize("seed", range(5))
    def test_every_class_keeps_a_sample_to_train_on(self, parts, seed):
        labels = np.array(["often"] * 50 + ["rare"] * 9 + ["once"])
        settings = {"early_stopping": True, "validation_fraction": 0.3}
        quick(max_epochs=1, random_state=seed, **settings).fit(X, labels)
        train, valid = (np.bincount(part.astype(int), minlength=3) for part in parts)
        np.testing.assert_array_equal(train + valid, [50, 1, 9])
        assert train[1] == 1
        np.testing.assert_allclose(valid, [15, 0, 3], atol=1)

    def test_of_windows_it_is_the_last_rows(self, parts):
        windows = SequenceWindower(3).fit_transform(X[:, 0], THIRDS)
        quick(max_epochs=1, early_stopping=True).fit(windows, THIRDS)
        np.testing.assert_array_equal(parts[1], THIRDS[-6:])


class TestGoingOn:
    def test_partial_fit_learns_the_announced_classes(self):
        classifier = quick().partial_fit(X[:10], np.zeros(10, int), classes=[2, 0, 1])
        assert classifier.classes_.tolist() == [0, 1, 2]
        classifier.partial_fit(X, THIRDS).partial_fit(X, THIRDS, classes=[0, 1, 2])
        assert classifier.predict_proba(X).shape == (60, 3)
        assert classifier.n_epochs_ == 3

    def test_announced_texts_may_be_longer_than_the_first_ones(self):
        classifier = quick().partial_fit(X, np.full(60, "a"), classes=["a", "longer"])
        classifier.partial_fit(X, np.where(UP, "a", "longer"))
        assert classifier.classes_.tolist() == ["a", "longer"]

    def test_partial_fit_without_classes_takes_those_of_the_first_call(self):
        classifier = quick().partial_fit(X, THIRDS)
        assert classifier.classes_.tolist() == [0, 1, 2]
        with pytest.raises(ValueError, match=r"none of the classes \[0, 1, 2\]: \[3\]"):
            classifier.partial_fit(X, THIRDS + 1)

    def test_partial_fit_refuses_a_label_that_was_not_announced(self):
        with pytest.raises(ValueError, match=r"none of the classes \[0, 1\]: \[2\]"):
            quick().partial_fit(X, THIRDS, classes=[0, 1])

    def test_partial_fit_refuses_to_change_the_classes(self):
        classifier = quick().partial_fit(X, UP.astype(int), classes=[0, 1, 2])
        with pytest.raises(ValueError, match=r"classes=\[0, 1\] is not the same as"):
            classifier.partial_fit(X, UP.astype(int), classes=[0, 1])
        assert "_announced" not in vars(classifier)
        assert classifier.n_epochs_ == 1

    def test_a_failed_first_call_leaves_nothing_behind(self):
        classifier = quick()
        before = set(vars(classifier))
        with pytest.raises(ValueError, match="none of the classes"):
            classifier.partial_fit(X, THIRDS, classes=[0])
        assert set(vars(classifier)) == before

    def test_warm_start_goes_on_with_fewer_classes_but_not_with_others(self):
        classifier = quick(warm_start=True).fit(X, THIRDS)
        classifier.fit(X, UP.astype(int))
        assert classifier.classes_.tolist() == [0, 1, 2]
        with pytest.raises(ValueError, match=r"none of the classes \[0, 1, 2\]: \[9\]"):
            classifier.fit(X, np.where(UP, 9, 0))

    def test_fit_again_forgets_the_classes(self):
        classifier = quick().fit(X, THIRDS).fit(X, np.where(UP, "up", "down"))
        assert classifier.classes_.tolist() == ["down", "up"]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "transform"])
def test_before_fit(method):
    with pytest.raises(NotFittedError):
        getattr(quick(), method)(X)
    with pytest.raises(NotFittedError):
        quick().score(X, THIRDS)


class TestRefusals:
    def test_numbers_that_are_no_classes(self):
        with pytest.raises(ValueError, match="Unknown label type: continuous"):
            quick().fit(X, TOTAL)

    def test_nan(self):
        with pytest.raises(ValueError, match=r"Input y contains NaN"):
            quick().fit(X, np.where(UP, 1.0, np.nan))

    def test_none(self):
        labels = np.where(UP, "up", None)
        with pytest.raises(ValueError, match=rf"contains None for {(~UP).sum()} of 60"):
            quick().fit(X, labels)

    def test_nan_in_a_list_of_texts_is_no_class(self):
        labels = ["up", np.nan] * 30
        with pytest.raises(ValueError, match="contains NaN"):
            quick().fit(X, labels)

    def test_one_hot_columns(self):
        with pytest.raises(
            ValueError, match=r"target for each time step\. Sample 0 has"
        ):
            quick().fit(X, np.eye(3)[THIRDS])

    def test_a_column_of_labels_is_read_with_a_warning(self):
        with pytest.warns(DataConversionWarning, match="column-vector y"):
            classifier = quick().fit(X, THIRDS[:, None])
        plain = quick().fit(X, THIRDS)
        np.testing.assert_array_equal(
            classifier.predict_proba(X), plain.predict_proba(X)
        )

    def test_other_lengths(self):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            quick().fit(X, THIRDS[:-1])
