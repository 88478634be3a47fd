"""Classifiers inside what scikit-learn has for classifiers -> they work as any."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRUClassifier, LSTMClassifier, RNNClassifier, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade
from sklearn_rnn.inspection import find_lr

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
LABELS = np.where(X[:, :, 0].sum(axis=1) > 0, "up", "down")
FRAME, CAPACITY = make_battery_fade(80, random_state=0)
FADE = -CAPACITY.diff().fillna(0.0)
FASTER = np.where(FADE.median() < FADE, "faster", "slower")


def quick(cls=RNNClassifier, **parameters):
    return cls(4, **{"max_epochs": 3, "random_state": 0} | parameters)


def piped(**parameters):
    return make_pipeline(SequenceWindower(4), quick(**parameters))


def test_calibration():
    calibrated = CalibratedClassifierCV(quick(), cv=2).fit(X, LABELS)
    probabilities = calibrated.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert calibrated.classes_.tolist() == ["down", "up"]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_cross_val_predict_of_probabilities(n_jobs):
    settings = {"cv": KFold(2), "method": "predict_proba", "n_jobs": n_jobs}
    probabilities = cross_val_predict(quick(), X, LABELS, **settings)
    by_hand = quick().fit(X[30:], LABELS[30:]).predict_proba(X[:30])
    np.testing.assert_array_equal(probabilities[:30], by_hand)


def test_scorers_of_probabilities():
    scoring = ["roc_auc", "neg_log_loss", "accuracy", "average_precision", "f1_macro"]
    labels = LABELS == "up"
    scores = cross_validate(quick(), X, labels, scoring=scoring, cv=KFold(2))
    fitted = quick().fit(X[30:], labels[30:])
    expected = roc_auc_score(labels[:30], fitted.predict_proba(X[:30])[:, 1])
    assert scores["test_roc_auc"][0] == pytest.approx(expected)
    assert all(np.isfinite(scores[f"test_{name}"]).all() for name in scoring)


def test_area_of_several_classes():
    labels = np.digitize(X[:, -1, 0], [-0.5, 0.5])
    scores = cross_val_score(quick(), X, labels, scoring="roc_auc_ovr", cv=2)
    assert np.isfinite(scores).all()


def test_stacking_takes_probabilities():
    stack = StackingClassifier(
        [("rnn", quick()), ("gru", quick(GRUClassifier))], LogisticRegression(), cv=2
    ).fit(X, LABELS)
    assert stack.predict_proba(X).shape == (60, 2)
    assert stack.final_estimator_.coef_.shape == (1, 2)


def test_soft_voting_is_the_mean():
    members = [("rnn", quick()), ("lstm", quick(LSTMClassifier))]
    vote = VotingClassifier(members, voting="soft").fit(X, LABELS)
    mean = sum(each.fit(X, LABELS).predict_proba(X) for _, each in members) / 2
    np.testing.assert_allclose(vote.predict_proba(X), mean)


def test_bagging_of_flat_channels():
    bag = BaggingClassifier(quick(n_channels=2), 2, random_state=0)
    assert bag.fit(X.reshape(60, 10), LABELS).predict_proba(
        X.reshape(60, 10)
    ).shape == (60, 2)


class TestRows:
    """Labels of the rows of a table: does the capacity fall faster than usual?"""

    def test_one_label_per_row(self):
        pipe = piped().fit(FRAME, FASTER)
        assert pipe.predict(FRAME).shape == (80,)
        assert set(pipe.predict(FRAME)) <= {"faster", "slower"}
        np.testing.assert_allclose(pipe.predict_proba(FRAME).sum(axis=1), 1.0)

    def test_a_grid_over_both_steps(self):
        grid = {
            "sequencewindower__window_length": [3, 6],
            "rnnclassifier__hidden_size": [3, (4, 4)],
        }
        search = GridSearchCV(
            piped(), grid, cv=TimeSeriesSplit(2), error_score="raise", n_jobs=2
        ).fit(FRAME, FASTER)
        assert len(search.cv_results_["params"]) == 4
        assert search.predict(FRAME).shape == (80,)

    def test_folds_that_lack_a_class(self):
        phase = np.repeat(["new", "used", "old", "dead"], 20)
        scores = cross_val_score(
            piped(class_weight="balanced"),
            FRAME,
            phase,
            cv=TimeSeriesSplit(3),
            error_score="raise",
        )
        np.testing.assert_array_equal(scores, [0, 0, 0])  # each phase comes anew

    def test_early_stopping_where_the_last_rows_are_a_class_of_their_own(self):
        phase = np.repeat(["new", "used", "old", "dead"], 20)
        pipe = piped(early_stopping=True, validation_fraction=0.25)
        pipe.set_params(rnnclassifier__class_weight="balanced").fit(FRAME, phase)
        assert pipe.classes_.tolist() == ["dead", "new", "old", "used"]
        assert np.isfinite(pipe[-1].validation_loss_curve_).all()

    def test_sample_weight_by_metadata_routing(self):
        weight = np.arange(80.0)
        with sklearn.config_context(enable_metadata_routing=True):
            network = quick().set_fit_request(sample_weight=True)
            pipe = make_pipeline(SequenceWindower(4), network)
            pipe.fit(FRAME, FASTER, sample_weight=weight)
        windows = SequenceWindower(4).fit_transform(FRAME, FASTER)
        direct = quick().fit(windows, FASTER, sample_weight=weight)
        np.testing.assert_array_equal(
            pipe.predict_proba(FRAME), direct.predict_proba(windows)
        )

    @pytest.mark.parametrize("residual", [False, True])
    def test_a_state_that_runs_on(self, residual):
        noise = pd.DataFrame(RNG.normal(size=(80, 2)), columns=["a", "b"])
        last = np.where(noise["a"].shift() > 0, "high", "low")
        settings = {"max_epochs": 20, "lr": 0.05, "num_layers": 2}
        network = quick(LSTMClassifier, stateful=True, residual=residual, **settings)
        pipe = make_pipeline(SequenceWindower(4), network).fit(noise[:60], last[:60])
        expected = pipe.predict(noise)
        assert set(expected[60:]) == {"high", "low"}
        one_by_one = [network.predict_next(row) for row in noise[60:].to_numpy()]
        np.testing.assert_array_equal(one_by_one, expected[60:])

    def test_search_of_a_step_size(self):
        labels = FASTER == "faster"
        found = find_lr(piped(), FRAME, labels, n_steps=40)
        assert 1e-4 < found.suggestion < 1


def test_checkpoint_goes_on_and_refuses_other_classes(tmp_path):
    settings = {"checkpoint_path": tmp_path / "net", "dropout": 0.3}
    quick(max_epochs=2, **settings).fit(X, LABELS)
    resumed = quick(max_epochs=4, **settings).fit(X, LABELS)
    whole = quick(max_epochs=4, dropout=0.3).fit(X, LABELS)
    np.testing.assert_array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    renamed = np.where(LABELS == "up", "above", "below")
    with pytest.raises(ValueError, match=r"classes_ was \['down', 'up'\], is"):
        quick(max_epochs=4, **settings).fit(X, renamed)
