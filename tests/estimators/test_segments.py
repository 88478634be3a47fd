"""segment_length=w -> w steps become one step of the network."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.estimators._network import work_per_step
from sklearn_rnn.training._sequence_tensors import SequenceTensors

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 12, 2))
Y = X[:, -3:, 0].sum(axis=1)
GATES = {RNNRegressor: 1, LSTMRegressor: 4, GRURegressor: 3}
each_class = pytest.mark.parametrize("cls", GATES)


def quick(cls=RNNRegressor, **parameters):
    settings = {"max_epochs": 3, "random_state": 0, "standardize": False}
    return cls(4, batch_size=64, **settings | parameters)


def by_hand(steps, w):
    """Lay w steps side by side, the oldest repeated in front to fill the first."""
    missing = -len(steps) % w
    filled = np.concatenate([steps[:1]] * missing + [steps])
    return filled.reshape(-1, w * steps.shape[1])


@each_class
@pytest.mark.parametrize("w", [2, 3, 5, 12, 20])
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "pooling": "mean"}])
def test_equal_steps_laid_side_by_side_by_hand(cls, w, options):
    inside = quick(cls, segment_length=w, **options).fit(X, Y)
    outside = quick(cls, **options).fit([by_hand(steps, w) for steps in X], Y)
    np.testing.assert_allclose(
        inside.predict(X),
        outside.predict([by_hand(steps, w) for steps in X]),
        rtol=1e-4,
        atol=1e-5,
    )
    assert (inside.predict(X) != quick(cls, **options).fit(X, Y).predict(X)).any()


@each_class
def test_ragged_sequences_too(cls):
    ragged = [steps[: 1 + i % 12] for i, steps in enumerate(X)]
    options = {"bidirectional": True, "num_layers": 2}
    inside = quick(cls, segment_length=4, **options).fit(ragged, Y)
    outside = quick(cls, **options).fit([by_hand(steps, 4) for steps in ragged], Y)
    longer = [*ragged, RNG.normal(size=(31, 2))]
    np.testing.assert_allclose(
        inside.predict(longer),
        outside.predict([by_hand(steps, 4) for steps in longer]),
        rtol=1e-4,
        atol=1e-5,
    )


@each_class
def test_number_of_parameters(cls):
    """A step of the network has w times as many features."""
    regressor = quick(cls, segment_length=3).fit(X, Y)
    expected = GATES[cls] * 4 * (3 * 2 + 4 + 1) + (4 + 1)
    expected += 4 if cls is GRURegressor else 0  # its reset gate keeps a second bias
    assert regressor.n_parameters_ == expected
    plain = quick(cls).fit(X, Y)
    assert regressor.n_parameters_ - plain.n_parameters_ == GATES[cls] * 4 * 2 * 2
    assert regressor.n_timesteps_ == plain.n_timesteps_ == 12


def test_windows_short_ones_and_empty_ones():
    frame = pd.DataFrame(RNG.normal(size=(60, 2)).cumsum(axis=0), columns=["a", "b"])
    pipe = make_pipeline(SequenceWindower(7), quick(segment_length=3))
    predicted = pipe.fit(frame, frame["a"]).predict(frame)
    assert np.isfinite(predicted).all()
    assert predicted[0] == pytest.approx(frame["a"].mean())  # it has no history
    windows = pipe[0].transform(frame)
    alone = np.concatenate([pipe[-1].predict(windows[i : i + 1]) for i in range(60)])
    np.testing.assert_array_equal(alone, predicted)


@pytest.mark.parametrize("norm", ["last", "standard"])
def test_the_level_of_the_column_that_y_copies_is_no_news(norm):
    frame = pd.DataFrame(RNG.normal(size=(60, 2)).cumsum(axis=0), columns=["a", "b"])
    pipe = make_pipeline(
        SequenceWindower(7), quick(segment_length=3, instance_norm=norm)
    )
    pipe.fit(frame, frame["a"])
    windows = pipe[0].transform(frame)[1:].to_list()
    np.testing.assert_allclose(
        pipe[-1].predict([steps + np.array([1000, 0]) for steps in windows]),
        pipe[-1].predict(windows) + 1000,
        atol=0.02,
    )


def test_predicts_in_blocks_of_as_many_segments_as_in_training(monkeypatch):
    """Longer blocks would give the same numbers, and take as long as without."""
    blocks = []

    def gather(self, index, n_timesteps, ragged):
        blocks.append(n_timesteps)
        return original(self, index, n_timesteps, ragged)

    regressor = quick(segment_length=7).fit(X, Y)
    original = SequenceTensors.gather
    monkeypatch.setattr(SequenceTensors, "gather", gather)
    regressor.predict(X)
    assert set(blocks) == {2}  # of 12 steps


@each_class
def test_threads_are_chosen_by_the_work_of_a_segment(cls):
    wide = work_per_step(cls(4, segment_length=5), n_features=2)
    assert wide == work_per_step(cls(4), n_features=10)
