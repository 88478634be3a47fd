"""A folder as checkpoint_path -> each training of a search goes on in its own file."""

import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - opens it
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade

X, Y = make_battery_fade(60, random_state=0)
SIZES = {"gruregressor__hidden_size": [2, 3, 4]}


class CountEpochs(Callback):
    """Count the epochs that are trained, in a list that survives copies."""

    seen = []

    def on_epoch_begin(self, net, **kwargs):
        self.seen.append(len(net.history))


@pytest.fixture(autouse=True)
def forget():
    CountEpochs.seen.clear()


def pipe(folder=None, **parameters):
    net = GRURegressor(
        3,
        dropout=0.2,
        random_state=0,
        checkpoint_path=folder,
        callbacks=[CountEpochs()],
        **parameters,
    )
    return make_pipeline(SequenceWindower(5), net)


def n_trained(estimator):
    CountEpochs.seen.clear()
    estimator.fit(X, Y)
    return len(CountEpochs.seen)


def halving(folder):
    return HalvingGridSearchCV(
        pipe(folder),
        SIZES,
        resource="gruregressor__max_epochs",
        min_resources=2,
        max_resources=6,
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )


def test_more_epochs_go_on_and_other_parameters_begin_anew(tmp_path):
    assert n_trained(pipe(tmp_path, max_epochs=2)) == 2
    assert n_trained(pipe(tmp_path, max_epochs=5)) == 3
    assert n_trained(pipe(tmp_path, max_epochs=5, lr=0.01)) == 5
    longer, whole = pipe(tmp_path, max_epochs=6).fit(X, Y), pipe(max_epochs=6).fit(X, Y)
    np.testing.assert_array_equal(longer.predict(X), whole.predict(X))


def test_fewer_epochs_begin_anew_and_leave_the_file(tmp_path):
    pipe(tmp_path, max_epochs=4).fit(X, Y)
    shorter, whole = pipe(tmp_path, max_epochs=2), pipe(max_epochs=2).fit(X, Y)
    assert n_trained(shorter) == 2
    np.testing.assert_array_equal(shorter.predict(X), whole.predict(X))
    assert n_trained(pipe(tmp_path, max_epochs=4)) == 0


def test_other_rows_have_another_file(tmp_path):
    pipe(tmp_path, max_epochs=1).fit(X, Y)
    pipe(tmp_path, max_epochs=1).fit(X[:40], Y[:40])
    assert len([f for f in tmp_path.iterdir() if f.suffix == ".checkpoint"]) == 2


def test_halving_trains_only_the_epochs_that_are_new(tmp_path):
    """3 candidates of 2 epochs in 2 folds, then 1 of 6, and the refit."""
    anew, going_on = halving(None), halving(str(tmp_path))
    assert n_trained(anew) == 3 * 2 * 2 + 1 * 2 * 6 + 6
    assert n_trained(going_on) == 3 * 2 * 2 + 1 * 2 * 4 + 6
    scores = [search.cv_results_["mean_test_score"] for search in (anew, going_on)]
    np.testing.assert_array_equal(*scores)
    np.testing.assert_array_equal(anew.predict(X), going_on.predict(X))


def test_a_search_that_was_killed_goes_on(tmp_path):
    def search():
        net = pipe(tmp_path, max_epochs=2)
        return GridSearchCV(net, SIZES, cv=TimeSeriesSplit(2), error_score="raise")

    assert n_trained(search()) == 3 * 2 * 2 + 2
    assert n_trained(search()) == 0


class Slower(Callback):
    """Train with another step size from the second epoch on."""

    def __init__(self, lr):
        self.lr = lr

    def on_epoch_end(self, net, **kwargs):
        net.optimizer_.param_groups[0]["lr"] = self.lr


def test_callbacks_tell_trainings_apart(tmp_path):
    grid = {"gruregressor__callbacks": [None, [Slower(1e-6)], [Slower(1e-2)]]}
    scores = [
        GridSearchCV(pipe(folder, max_epochs=3), grid, cv=TimeSeriesSplit(2))
        .fit(X, Y)
        .cv_results_["mean_test_score"]
        for folder in (None, tmp_path)
    ]
    np.testing.assert_array_equal(*scores)
    assert len(set(scores[0])) == 3


@pytest.mark.slow
def test_trainings_of_one_file_at_once(tmp_path):
    """Candidates that differ in `max_epochs` alone write the same file."""
    grid = {"gruregressor__max_epochs": [3, 4, 5, 6]}
    net = pipe(tmp_path).set_params(gruregressor__callbacks=None)
    search = GridSearchCV(
        net, grid, cv=TimeSeriesSplit(2), n_jobs=2, error_score="raise"
    ).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
