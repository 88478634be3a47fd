"""class_weight -> a fit that equals that of the sample weights it stands for."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_rnn import GRUClassifier, LSTMClassifier, RNNClassifier, Seq2SeqClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
LABELS = np.array(["a", "b", "c"])[np.digitize(X[:, :, 0].sum(axis=1), [1.0, 3.0])]
STEPS = np.where(X[:, :, 0] > 1, "high", "low")
WEIGHTS = [{"a": 1, "b": 4, "c": 0.5}, {"b": 7}, "balanced"]


def quick(cls=RNNClassifier, **parameters):
    settings = {"max_epochs": 3, "random_state": 0, "standardize": False, "lr": 0.02}
    return cls(4, **settings | parameters)


@pytest.mark.parametrize("class_weight", WEIGHTS, ids=str)
@pytest.mark.parametrize("cls", [RNNClassifier, LSTMClassifier, GRUClassifier])
def test_it_equals_weights_of_the_samples(cls, class_weight):
    weight = compute_sample_weight(class_weight, LABELS)
    by_class = quick(cls, class_weight=class_weight).fit(X, LABELS)
    by_sample = quick(cls).fit(X, LABELS, sample_weight=weight)
    np.testing.assert_allclose(
        by_class.predict_proba(X), by_sample.predict_proba(X), rtol=1e-5
    )
    plain = quick(cls).fit(X, LABELS).predict_proba(X)
    assert abs(by_class.predict_proba(X) - plain).max() > 1e-3


def test_it_multiplies_sample_weights():
    sample_weight = RNG.integers(1, 4, size=60)
    by_class = {"a": 2.0, "b": 1.0, "c": 5.0}
    both = quick(class_weight=by_class).fit(X, LABELS, sample_weight)
    product = sample_weight * compute_sample_weight(by_class, LABELS)
    one = quick().fit(X, LABELS, product)
    np.testing.assert_allclose(both.predict_proba(X), one.predict_proba(X), rtol=1e-5)


def test_balanced_counts_the_weight_of_the_samples():
    """As if samples were repeated as often as they weigh."""
    weight = RNG.integers(1, 4, size=60)
    weighted = quick(class_weight="balanced").fit(X, LABELS, weight)
    repeated = quick(class_weight="balanced").fit(
        X.repeat(weight, axis=0), LABELS.repeat(weight)
    )
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-5
    )


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_only_ratios_count(factor):
    weights = {"a": 1.0, "b": 4.0, "c": 0.5}
    larger = {label: factor * weight for label, weight in weights.items()}
    one, other = (quick(class_weight=w).fit(X, LABELS) for w in (weights, larger))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-5)


def test_balanced_finds_the_rare_class():
    rare = np.where(X[:, :, 0].sum(axis=1) > 3.5, "rare", "often")
    assert 2 <= (rare == "rare").sum() <= 8
    settings = {"max_epochs": 12, "lr": 0.03, "standardize": True}
    found = [
        np.mean(quick(class_weight=w, **settings).fit(X, rare).predict(X) == "rare")
        for w in (None, "balanced")
    ]
    assert found[0] < found[1]


class TestGoingOn:
    def test_partial_fit_cannot_count_all_classes(self):
        classifier = quick(class_weight="balanced")
        with pytest.raises(ValueError, match="Pass the weights as a dict"):
            classifier.partial_fit(X, LABELS)
        by_hand = quick(class_weight=WEIGHTS[0])
        assert by_hand.partial_fit(X, LABELS).n_epochs_ == 1

    @pytest.mark.parametrize("class_weight", WEIGHTS, ids=str)
    @pytest.mark.parametrize("steps", [False, True])
    def test_a_warm_start_weighs_the_classes_of_its_own_data(self, steps, class_weight):
        cls = Seq2SeqClassifier if steps else RNNClassifier
        y = LABELS[:, None].repeat(2, axis=1) if steps else LABELS
        rare = [*np.flatnonzero(LABELS != "c"), (LABELS == "c").argmax()]
        classifier = quick(cls, class_weight=class_weight, warm_start=True).fit(X, y)
        classifier.fit(X[rare], y[rare])
        fresh = quick(cls, class_weight=class_weight).fit(X[rare], y[rare])
        for part in ("mean", "elementwise"):
            now, expected = (
                getattr(each.net_.criterion_, part).weights
                for each in (classifier, fresh)
            )
            np.testing.assert_array_equal(now, expected)


class TestOfSteps:
    def test_a_class_of_weight_zero_is_as_unknown_steps(self):
        gaps = np.where(STEPS == "high", None, STEPS.astype(object))
        gaps[0, 0] = "high"  # it must be known, or the classes would differ
        labels = STEPS.astype(object)
        # in one batch, since labels have a say in the order of samples
        settings = {"class_weight": {"high": 0.0, "low": 1.0}, "batch_size": 60}
        no_weight = quick(**settings).fit(X, labels)
        unknown = quick(**settings).fit(X, gaps)
        np.testing.assert_allclose(
            no_weight.predict_proba(X), unknown.predict_proba(X), rtol=1e-3
        )

    def test_balanced_counts_steps(self):
        share = np.mean(STEPS == "high")
        by_hand = {"high": 1 / share, "low": 1 / (1 - share)}
        one = quick(class_weight="balanced").fit(X, STEPS)
        other = quick(class_weight=by_hand).fit(X, STEPS)
        np.testing.assert_allclose(
            one.predict_proba(X), other.predict_proba(X), rtol=1e-5
        )

    def test_several_labels_exclude_it(self):
        with pytest.raises(ValueError, match="weighs classes that exclude each other"):
            quick(class_weight="balanced").fit(X, (X > 0).astype(int))


class TestRefusals:
    def test_a_class_that_does_not_exist(self):
        with pytest.raises(ValueError, match=r"\['b', 'c'\], are not in class_weight"):
            quick(class_weight={"a": 1, "z": 2}).fit(X, LABELS)

    def test_a_fold_may_lack_a_class(self):
        kept = LABELS != "c"
        weights = {"a": 1.0, "b": 4.0, "c": 0.5}
        assert quick(class_weight=weights).fit(X[kept], LABELS[kept]).n_outputs_ == 2

    def test_no_weight_at_all(self):
        with pytest.raises(ValueError, match="leaves no sample a weight"):
            quick(class_weight={"a": 0, "b": 0, "c": 0}).fit(X, LABELS)

    def test_negative_weights(self):
        with pytest.raises(ValueError, match="needs weights of at least 0"):
            quick(class_weight={"a": -1, "b": 3, "c": 3}).fit(X, LABELS)

    def test_another_word(self):
        with pytest.raises(ValueError, match="class_weight"):
            quick(class_weight="fair").fit(X, LABELS)
