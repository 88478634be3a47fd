"""Seeds: equal from equal states, different among themselves, no global draw."""

import numpy as np
import pytest

from sklearn_rnn.training._seeds import draw_seeds


@pytest.mark.parametrize(
    "make",
    [int, np.random.RandomState, np.random.default_rng],
    ids=lambda m: m.__name__,
)
def test_equal_states_give_equal_seeds(make):
    assert draw_seeds(make(3)) == draw_seeds(make(3)) != draw_seeds(make(4))


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_moves_on(make):
    generator = make(3)
    assert draw_seeds(generator) != draw_seeds(generator)


def test_none_never_repeats():
    assert draw_seeds(None) != draw_seeds(None)


def test_sources_of_randomness_differ():
    for random_state in range(100):
        assert len(set(draw_seeds(random_state))) == 4


def test_global_generator_is_untouched():
    before = np.random.get_state()[1].copy()
    draw_seeds(None)
    draw_seeds(0)
    assert (np.random.get_state()[1] == before).all()
