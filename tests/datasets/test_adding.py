"""make_adding_problem: markers, sums, seeds, bad values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_rnn.datasets import make_adding_problem


@given(
    n_samples=st.integers(1, 20),
    n_timesteps=st.integers(2, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_one_marker_in_each_half_and_the_target_is_their_sum(
    n_samples, n_timesteps, seed
):
    X, y = make_adding_problem(n_samples, n_timesteps, random_state=seed)
    numbers, markers = X[:, :, 0], X[:, :, 1]
    half = n_timesteps // 2

    assert X.shape == (n_samples, n_timesteps, 2)
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert np.isin(markers, [0, 1]).all()
    np.testing.assert_array_equal(markers[:, :half].sum(axis=1), 1)
    np.testing.assert_array_equal(markers[:, half:].sum(axis=1), 1)
    np.testing.assert_allclose(y, (numbers * markers).sum(axis=1))


def test_always_answering_one_errs_by_a_sixth():
    _, y = make_adding_problem(100_000, 2, random_state=0)
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.02)


def test_markers_reach_every_place():
    X, _ = make_adding_problem(2000, 11, random_state=0)
    assert (X[:, :, 1].sum(axis=0) > 0).all()


def test_same_seed_same_sequences():
    first, again = (make_adding_problem(3, 9, random_state=5) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    other, _ = make_adding_problem(3, 9, random_state=6)
    assert not np.array_equal(first[0], other)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 0}, ValueError, "n_samples == 0, must be >= 1"),
        ({"n_timesteps": 1}, ValueError, "n_timesteps == 1, must be >= 2"),
        ({"n_timesteps": "9"}, TypeError, "n_timesteps must be an instance of int"),
    ],
)
def test_bad_values_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_adding_problem(**arguments)
