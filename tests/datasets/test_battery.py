"""make_battery_fade: the curve, the noise, several cells, bad values."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.datasets import make_battery_fade

C = np.arange(1000)
CURVE = 1 - 0.0005 * C - 0.0000005 * C**2


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_those_of_the_legacy_generator(seed):
    state = np.random.get_state()
    np.random.seed(seed)
    expected = np.maximum(CURVE + np.random.normal(0, 0.01, 1000), 0.1)
    np.random.set_state(state)

    X, y = make_battery_fade(random_state=seed)

    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(X["capacity"], expected)


def test_random_state_may_be_a_generator_and_leaves_the_global_one_alone():
    before = np.random.get_state()[1].copy()
    _, y = make_battery_fade(random_state=np.random.RandomState(3))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    pd.testing.assert_series_equal(y, make_battery_fade(random_state=3)[1])


def test_one_cell_is_indexed_by_cycle():
    X, y = make_battery_fade(30, random_state=0)
    assert list(X.columns) == ["capacity"]
    assert y.name == "capacity"
    pd.testing.assert_index_equal(X.index, pd.RangeIndex(30, name="cycle"))
    pd.testing.assert_index_equal(X.index, y.index)


def test_several_cells_are_indexed_by_cell_and_cycle():
    X, y = make_battery_fade(30, n_cells=4, random_state=0)
    assert X.index.names == ["cell", "cycle"]
    assert X.groupby("cell").size().tolist() == [30, 30, 30, 30]
    pd.testing.assert_index_equal(X.index, y.index)


def test_more_cells_leave_those_before_them_as_they_are():
    _, one = make_battery_fade(50, random_state=7)
    _, two = make_battery_fade(50, n_cells=2, random_state=7)
    _, three = make_battery_fade(50, n_cells=3, random_state=7)
    np.testing.assert_array_equal(one, two.loc[0])
    np.testing.assert_array_equal(two, three.loc[:1])


def test_cells_fade_at_rates_within_the_spread():
    _, y = make_battery_fade(1000, n_cells=20, noise=0.0, random_state=0)
    fade = 1 - y.unstack("cell").loc[500]
    rates = fade / fade[0]
    assert fade[0] == pytest.approx(0.375)
    assert rates.nunique() == 20
    assert rates.between(0.9, 1.1).all()


def test_without_noise_and_spread_every_cell_is_the_curve():
    _, y = make_battery_fade(n_cells=2, noise=0.0, rate_spread=0.0, random_state=0)
    for cell in (0, 1):
        np.testing.assert_allclose(y.loc[cell], np.maximum(CURVE, 0.1))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_cycles": 0}, ValueError, "n_cycles == 0, must be >= 1"),
        ({"n_cells": 0}, ValueError, "n_cells == 0, must be >= 1"),
        ({"n_cycles": 2.5}, TypeError, "n_cycles must be an instance of int"),
        ({"noise": -1}, ValueError, "noise == -1, must be >= 0"),
        ({"rate_spread": 1.5}, ValueError, "rate_spread == 1.5, must be <= 1"),
        ({"random_state": "a"}, ValueError, "'a' cannot be used to seed"),
    ],
)
def test_bad_values_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_battery_fade(**arguments)
