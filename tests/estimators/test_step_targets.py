"""y with something for each step -> read beside Sequences, refused if shifted."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import GRUClassifier, GRURegressor, Sequences
from sklearn_rnn.estimators._step_forms import find_step_form
from sklearn_rnn.estimators._step_targets import refuse_shifted

RNG = np.random.default_rng(0)
LENGTHS = [3, 5, 1, 4] * 5
X = [RNG.normal(size=(n, 2)) for n in LENGTHS]
NUMBERS = [steps[:, 0] for steps in X]
WORDS = [np.where(steps[:, 0] > 0, "plus", "minus") for steps in X]
SEQUENCES = Sequences.from_list(X)


def quick(cls=GRURegressor):
    return cls(4, max_epochs=2, random_state=0)


def padded(parts, at_end):
    """Fill targets up to five steps with NaN, or None among words."""
    rows = np.full((len(parts), 5, *parts[0].shape[1:]), None)
    for row, part in zip(rows, parts, strict=True):
        place = slice(0, len(part)) if at_end else slice(5 - len(part), 5)
        row[place] = part
    return rows.astype(float) if isinstance(parts[0].flat[0], float) else rows


class TestBesideSequences:
    """A list without padding says the same as a list beside a list."""

    def test_numbers(self):
        expected, found = quick().fit(X, NUMBERS), quick().fit(SEQUENCES, NUMBERS)
        for one, other in zip(expected.predict(X), found.predict(X), strict=True):
            np.testing.assert_array_equal(one, other)
        assert found.score(SEQUENCES, NUMBERS) == expected.score(X, NUMBERS)

    @pytest.mark.parametrize("form", [list, pd.Series])
    def test_labels(self, form):
        expected = quick(GRUClassifier).fit(X, WORDS)
        found = quick(GRUClassifier).fit(SEQUENCES, form(WORDS))
        for one, other in zip(expected.predict(X), found.predict(X), strict=True):
            np.testing.assert_array_equal(one, other)
        assert found.score(SEQUENCES, form(WORDS)) == expected.score(X, WORDS)

    def test_absent_steps_have_targets_too(self):
        with_gap = [steps.copy() for steps in X]
        with_gap[1][2] = np.nan
        rows = np.concatenate(with_gap).astype(np.float32)
        sequences = Sequences(rows, SEQUENCES.starts, SEQUENCES.stops)
        targets = [np.full((n, 1), 7.0 + i) for i, n in enumerate(LENGTHS)]
        form = find_step_form(sequences, None, tokens=False)
        packed = form.pack(form.read_targets(targets))
        assert packed[1, :, 0].tolist() == pytest.approx([8, 8, 8, 8, np.nan], nan_ok=1)

    def test_an_array_is_padded_in_front_as_theirs(self):
        expected = quick().fit(SEQUENCES, NUMBERS)
        found = quick().fit(SEQUENCES, padded(NUMBERS, at_end=False)[:, :, None])
        np.testing.assert_array_equal(
            found.predict(SEQUENCES)[:, :, 0], expected.predict(SEQUENCES)
        )

    def test_other_lengths(self):
        short = [*NUMBERS[:-1], NUMBERS[-1][:2]]
        with pytest.raises(ValueError, match="Sample 19 has 2 of them, and 4 steps"):
            quick().fit(SEQUENCES, short)


class TestShifted:
    """Targets padded at one end and X at the other do not belong together."""

    @pytest.mark.parametrize("x_at_end", [False, True])
    @pytest.mark.parametrize("form", [np.asarray, list])
    def test_numbers(self, x_at_end, form):
        dense = padded(X, at_end=x_at_end)
        wrong, right = (
            padded(NUMBERS, at_end=end)[:, :, None] for end in (not x_at_end, x_at_end)
        )
        message = "NaN or None behind the targets.*stand in front of"
        if x_at_end:
            message = "NaN or None in front of the targets.*stand behind"
        with pytest.raises(ValueError, match=message):
            quick().fit(dense, form(wrong))
        fitted = quick().fit(dense, form(right))
        with pytest.raises(ValueError, match=message):
            fitted.score(dense, form(wrong))

    def test_labels_beside_sequences(self):
        with pytest.raises(ValueError, match="Sequences or a list pass a list"):
            quick(GRUClassifier).fit(SEQUENCES, padded(WORDS, at_end=True))
        quick(GRUClassifier).fit(SEQUENCES, padded(WORDS, at_end=False))

    def test_some_unknown_in_between(self):
        targets = padded(NUMBERS, at_end=True)
        targets[0, 1] = targets[1, 0] = np.nan
        with pytest.raises(ValueError, match="behind the targets"):
            quick().fit(SEQUENCES, targets[:, :, None])

    @pytest.mark.parametrize(
        ("real", "known"),
        [
            ([[0, 1, 1], [0, 1, 1]], [[1, 1, 0], [1, 1, 0]]),  # a change; what follows
            ([[0, 1, 1], [1, 1, 1]], [[1, 1, 0], [1, 1, 0]]),
            ([[0, 1, 1], [1, 1, 1]], [[1, 1, 0], [1, 1, 1]]),  # may be chance
            ([[0, 1, 1], [1, 1, 1]], [[1, 1, 1], [1, 1, 1]]),  # all are known
            ([[0, 1, 1], [1, 1, 1]], [[0, 1, 1], [1, 1, 1]]),
            ([[0, 1, 1], [0, 0, 1]], [[0, 1, 0], [0, 0, 1]]),
            ([[1, 0, 1], [1, 1, 1]], [[1, 0, 1], [1, 1, 1]]),  # a gap
            ([[1, 1, 0], [1, 0, 0]], [[1, 1, 0], [1, 0, 0]]),
        ],
    )
    def test_no_alarm(self, real, known):
        y = np.where(np.array(known, dtype=bool), 1.0, np.nan)
        refuse_shifted(np.array(real, dtype=bool), y)


def test_an_array_beside_a_list():
    with pytest.raises(ValueError, match=r"5 of them, and 3 .*list pass a list, with"):
        quick().fit(X, padded(NUMBERS, at_end=True)[:, :, None])
