"""Readers of the real data -> the sizes and baselines that its SOURCE.md names."""

import time

import numpy as np
import pytest
from real_data import (
    FOLDS_OF_NAMES,
    chorales_baseline,
    chorales_nll,
    load_chorales,
    load_names,
    load_time_series,
    load_trec,
    names_baseline,
    time_series_baseline,
    trec_baseline,
)
from sklearn.model_selection import cross_val_score


@pytest.mark.parametrize(
    ("name", "n_train", "n_test", "n_channels", "lengths", "n_classes"),
    [
        ("japanese_vowels", 270, 370, 12, (7, 29), 9),
        ("pickup_gesture", 50, 50, 1, (29, 361), 10),
        ("basic_motions", 40, 40, 6, (100, 100), 4),
    ],
)
def test_time_series(
    data_folder, name, n_train, n_test, n_channels, lengths, n_classes
):
    X_train, X_test, y_train, y_test = load_time_series(data_folder, name)
    assert (len(X_train), len(X_test)) == (n_train, n_test)
    assert (y_train.shape, y_test.shape) == ((n_train,), (n_test,))
    assert len(set(y_train)) == n_classes
    assert set(y_test) == set(y_train)
    for steps in X_train + X_test:
        assert steps.dtype == np.float32
        assert steps.shape == (len(steps), n_channels)
        assert np.isfinite(steps).all()
    n_steps = [len(steps) for steps in X_train + X_test]
    assert (min(n_steps), max(n_steps)) == lengths


def test_a_time_series_keeps_the_numbers_of_its_file(data_folder):
    X_train, *_ = load_time_series(data_folder, "japanese_vowels")
    np.testing.assert_allclose(X_train[0][:2, 0], [1.860936, 1.891651])  # first channel
    np.testing.assert_allclose(X_train[0][:2, 1], [-0.207383, -0.193249])  # second


def test_trec(data_folder):
    X_train, X_test, y_train, y_test = load_trec(data_folder)
    assert (len(X_train), len(X_test)) == (5452, 500)
    assert (y_train.shape, y_test.shape) == ((5452,), (500,))
    assert set(y_train) == set(y_test) == set(range(6))
    assert X_train[0] == "How did serfdom develop in and then leave Russia ?"


def test_names(data_folder):
    X, y = load_names(data_folder)
    assert len(X) == len(y) == 20050
    assert len(set(y)) == 18
    assert all(isinstance(name, str) and name for name in X)
    assert (X[0], y[0]) == ("Khoury", "Arabic")


def test_chorales(data_folder):
    train, valid, test = load_chorales(data_folder)
    assert (len(train), len(valid), len(test)) == (229, 76, 77)
    for roll in train + valid + test:
        assert roll.dtype == np.float32
        assert roll.shape == (len(roll), 88)
        assert np.isin(roll, [0, 1]).all()


def test_loss_of_chorales_is_the_mean_over_chorales_of_the_mean_over_steps():
    rolls = [np.array([[1.0, 0], [1, 1], [0, 0]]), np.array([[0.0, 0], [0, 1]])]
    probabilities = [np.full((3, 2), 0.25), np.full((2, 2), 0.5)]
    first = (2 * np.log(1 / 0.25) + 2 * np.log(1 / 0.75)) / 2
    second = 2 * np.log(2)
    expected = (first + second) / 2
    assert chorales_nll(rolls, probabilities) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "accuracy"),
    [("japanese_vowels", 0.986), ("pickup_gesture", 0.68), ("basic_motions", 0.975)],
)
def test_baseline_of_time_series(data_folder, name, accuracy):
    X_train, X_test, y_train, y_test = load_time_series(data_folder, name)
    baseline = time_series_baseline().fit(X_train, y_train)
    assert baseline.score(X_test, y_test) == pytest.approx(accuracy, abs=0.006)


def test_baseline_of_chorales(data_folder):
    train, _, test = load_chorales(data_folder)
    assert chorales_baseline(train, test) == pytest.approx(11.04, abs=0.005)


@pytest.mark.slow
def test_baseline_of_trec(data_folder):
    start = time.perf_counter()
    X_train, X_test, y_train, y_test = load_trec(data_folder)
    score = trec_baseline().fit(X_train, y_train).score(X_test, y_test)
    print(f"TREC, tf-idf logistic: {score:.3f}, {time.perf_counter() - start:.0f} s")
    assert score == pytest.approx(0.890, abs=0.004)


@pytest.mark.slow
def test_baseline_of_names(data_folder):
    start = time.perf_counter()
    X, y = load_names(data_folder)
    scores = cross_val_score(names_baseline(), np.array(X), y, cv=FOLDS_OF_NAMES)
    seconds = time.perf_counter() - start
    print(f"Names, n-gram logistic: {scores.mean():.4f}, {seconds:.0f} s")
    assert scores.mean() == pytest.approx(0.848, abs=0.002)
