"""Tasks with a known answer: a string turned around, a sine that goes on."""

from time import perf_counter

import numpy as np
import pytest

from sklearn_rnn import Seq2SeqClassifier, Seq2SeqRegressor


def make_strings(n_samples, seed, n_symbols=10, longest=20):
    """Draw strings of tokens; the labels are the same from the last to the first."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest + 1, n_samples)
    X = [rng.integers(1, n_symbols + 1, size=(n, 1)) for n in lengths]
    return X, [tokens[::-1, 0] for tokens in X]


def make_sines(n_samples, seed):
    """Draw 80 steps of random phase and frequency, and cut them in the middle."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.02, 0.1, n_samples)[:, None]
    phase = rng.uniform(0, 2 * np.pi, n_samples)[:, None]
    waves = np.sin(2 * np.pi * frequency * np.arange(80) + phase)
    return waves[:, :40], waves[:, 40:]


def reverse(hidden_size, **parameters):
    """Return the share of right symbols of new strings, the weights, and the time."""
    classifier = Seq2SeqClassifier(
        hidden_size,
        embedding_dim=16,
        lr=0.005,
        lr_schedule="cosine",
        max_epochs=15,
        random_state=0,
        **parameters,
    )
    begin = perf_counter()
    classifier.fit(*make_strings(12_000, seed=0))
    seconds = perf_counter() - begin
    score = classifier.score(*make_strings(2000, seed=1))
    return score, classifier.n_parameters_, seconds


@pytest.mark.slow
def test_strings_are_turned_around_and_attention_helps():
    """And not because of its own weights: the network without it has more."""
    attended, n_attending, seconds = reverse(64, attention=True)
    plain, n_plain, _ = reverse(72)
    print(
        f"reverse: {attended:.4f} with {n_attending} weights, without attention "
        f"{plain:.4f} with {n_plain}, {seconds:.0f} s"
    )
    assert n_plain >= n_attending
    assert attended > 0.99
    assert attended > plain + 0.02


@pytest.mark.slow
def test_a_sine_goes_on():
    regressor = Seq2SeqRegressor(
        64,
        lr=0.005,
        lr_schedule="cosine",
        max_epochs=60,
        teacher_forcing_ratio=0.0,
        random_state=0,
    )
    begin = perf_counter()
    regressor.fit(*make_sines(1000, seed=0))
    seconds = perf_counter() - begin
    X, y = make_sines(1000, seed=1)
    rmse = np.sqrt(np.mean((regressor.predict(X) - y) ** 2))
    print(f"sine: RMSE {rmse:.4f} (a flat line {np.std(y):.2f}), {seconds:.0f} s")
    assert rmse < 0.02
