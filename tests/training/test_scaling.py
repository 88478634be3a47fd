"""Scaling: slow references, round trips, affine equivariance, what has no spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.sequences import TargetColumns
from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._scaling import SMALLEST_SPREAD, WINDOW_UNITS, SequenceScaler
from sklearn_rnn.training._sequence_tensors import SequenceTensors

COPIED = TargetColumns(np.array([1]), np.array([-2.0]), np.array([5.0]))


def make_windows(n_rows=30, length=5, seed=0, offset=0.0):
    """Make the windows of a random walk, the first ones short, and their targets."""
    rng = np.random.default_rng(seed)
    rows = np.cumsum(rng.normal(size=(n_rows, 3)), axis=0) * [1, 3, 0.2] + [0, 7, -4]
    rows = (rows + offset).astype(np.float32)
    stops = np.arange(n_rows)
    sequences = Sequences(rows, np.maximum(stops - length, 0), stops)
    targets = -2.0 * rows[:, [1]].astype(float) + 5.0
    return sequences, targets, rng.uniform(0.5, 2.0, n_rows)


def fitted(norm=None, copied=COPIED, standardize=True, windows=None):
    sequences, targets, weights = windows or make_windows()
    return SequenceScaler(standardize, norm, copied).fit(sequences, targets, weights)


class TestStandardisation:
    def test_weighs_every_reading_of_a_row(self):
        sequences, _, weights = make_windows()
        scaler = fitted()
        steps = np.concatenate(sequences.to_list()).astype(float)
        weight = np.repeat(weights, sequences.lengths)
        mean = np.average(steps, axis=0, weights=weight)
        variance = np.average((steps - mean) ** 2, axis=0, weights=weight)
        assert_allclose(scaler.mean_, mean, rtol=1e-6)
        assert_allclose(scaler.scale_, np.sqrt(variance), rtol=1e-6)
        scaled = scaler.scale_rows(sequences.rows)
        expected = (sequences.rows - mean) / np.sqrt(variance)
        assert_allclose(scaled, expected, rtol=1e-4, atol=1e-5)
        assert scaled.dtype == np.float32

    def test_targets_get_mean_zero_and_variance_one(self):
        sequences, targets, weights = make_windows()
        scaled = fitted().scale_targets(sequences, targets).astype(float)
        mean = np.average(scaled[:, 0], weights=weights)
        assert_allclose(mean, 0, atol=1e-6)
        assert_allclose(
            np.average((scaled[:, 0] - mean) ** 2, weights=weights), 1, rtol=1e-5
        )

    def test_may_be_left_out(self):
        sequences, targets, _ = make_windows()
        scaler = fitted(standardize=False)
        assert_array_equal(scaler.scale_rows(sequences.rows), sequences.rows)
        assert_allclose(scaler.scale_targets(sequences, targets), targets, rtol=1e-6)

    @pytest.mark.parametrize("norm", [None, "last", "standard"])
    def test_constants_stay_finite(self, norm):
        sequences = Sequences.from_array(np.full((4, 3, 3), 7.0))
        targets = np.full((4, 1), -9.0)
        scaler = fitted(norm, windows=(sequences, targets, np.ones(4)))
        assert_array_equal(scaler.scale_rows(sequences.rows), 0 * sequences.rows)
        outputs = scaler.scale_targets(sequences, targets)
        assert_array_equal(outputs, [[0.0]] * 4)
        assert_allclose(scaler.restore_targets(sequences, outputs), targets)

    def test_sequences_without_any_step(self):
        empty = Sequences.from_list([np.empty((0, 3))] * 2)
        targets = np.array([[1.0], [3.0]])
        scaler = fitted("last", windows=(empty, targets, np.array([3.0, 1.0])))
        predicted = scaler.restore_targets(empty, np.ones((2, 1), np.float32))
        assert_array_equal(predicted, [[1.5], [1.5]])  # the weighted mean of training

    def test_other_number_of_features(self):
        with pytest.raises(ValueError, match=r"X has 5 features per time step.*with 3"):
            fitted().scale_rows(np.ones((2, 5), dtype=np.float32))


class TestInstanceNorm:
    @pytest.mark.parametrize("standardize", [True, False])
    @pytest.mark.parametrize("norm", ["last", "standard"])
    def test_equals_a_slow_reference(self, norm, standardize):
        """The copied column is read as its change from the last value."""
        sequences, targets, weights = make_windows()
        scaler = fitted(norm, standardize=standardize)
        full = [steps[:, 1].astype(float) for steps in sequences if len(steps)]
        typical = np.sqrt(np.mean([column.var() for column in full]))
        change = WINDOW_UNITS * np.sqrt(
            np.mean(np.concatenate([(c - c[-1]) ** 2 for c in full]))
        )
        tensors = SequenceTensors(sequences, scaler, targets)
        index = np.flatnonzero(sequences.lengths)
        ((batch, y),) = BatchIterator(tensors, index, 100)
        ends = np.array([c[-1] for c in full])
        if norm == "standard":
            unit = np.maximum([c.std() for c in full], SMALLEST_SPREAD * typical)
        else:
            unit = np.full(len(full), change if standardize else 1.0)
        for x, column, u in zip(batch.x, full, unit, strict=True):
            expected = (column - column[-1]) / u
            assert_allclose(x[: len(column), 1], expected, rtol=1e-4, atol=1e-5)
        # y = -2 x + 5, so a change of x by a unit is one of y by minus two.
        y_unit = 2.0 * unit if norm == "standard" else 1.0
        moved = (targets[index, 0] - (5.0 - 2.0 * ends)) / y_unit
        if standardize:
            mean = np.average(moved, weights=weights[index])
            variance = np.average((moved - mean) ** 2, weights=weights[index])
            moved = (moved - mean) / np.sqrt(variance)
        assert_allclose(y[:, 0], moved, rtol=1e-4, atol=1e-4)

    def test_other_columns_are_standardised_as_without(self):
        plain, relative = fitted(None), fitted("last")
        assert_array_equal(relative.shifted_, [False, True, False])
        assert_array_equal(plain.scale_[[0, 2]], relative.scale_[[0, 2]])
        assert_array_equal(plain.mean_, relative.mean_)

    @pytest.mark.parametrize("norm", ["last", "standard"])
    def test_empty_windows_do_not_move_the_scale_of_the_target(self, norm):
        """A window without history has no last value; a neighbour's row is none."""
        sequences, targets, weights = make_windows()
        scaler = fitted(norm, windows=(sequences, targets, weights))
        some = np.flatnonzero(sequences.lengths)
        groups_apart = Sequences(
            np.concatenate([np.full((1, 3), 1e4, np.float32), sequences.rows]),
            sequences.starts + 1,
            sequences.stops + 1,
        )
        apart = fitted(norm, windows=(groups_apart, targets, weights))
        only = fitted(norm, windows=(sequences[some], targets[some], weights[some]))
        for other in (apart, only):
            assert_allclose(scaler.target_scale_, other.target_scale_, rtol=1e-4)
            assert_allclose(scaler.target_mean_, other.target_mean_, atol=1e-4)

    def test_empty_windows_predict_the_mean_of_training(self):
        sequences, targets, weights = make_windows()
        outputs = np.full((len(sequences), 1), 3.0, dtype=np.float32)
        predicted = fitted("last").restore_targets(sequences, outputs)
        empty = sequences.lengths == 0
        assert_allclose(
            predicted[empty, 0], np.average(targets, weights=weights[:, None])
        )
        assert not np.isclose(predicted[~empty], predicted[empty]).any()

    def test_only_some_outputs_are_copied(self):
        sequences, targets, weights = make_windows()
        both = np.hstack([targets**2, targets])
        copied = TargetColumns(
            np.array([-1, 1]), np.array([0.0, -2.0]), np.array([0, 5.0])
        )
        scaler = fitted("last", copied, windows=(sequences, both, weights))
        alone = fitted("last", windows=(sequences, targets, weights))
        scaled = scaler.scale_targets(sequences, both)
        assert_array_equal(scaled[:, [1]], alone.scale_targets(sequences, targets))
        some = sequences.lengths > 0
        mean = np.average(both[some, 0], weights=weights[some])
        variance = np.average((both[some, 0] - mean) ** 2, weights=weights[some])
        assert_allclose(
            scaled[:, 0], (both[:, 0] - mean) / np.sqrt(variance), atol=1e-5
        )
        restored = scaler.restore_targets(sequences, scaled)
        assert_allclose(restored[some], both[some], rtol=1e-5, atol=1e-3)
        assert_allclose(restored[~some, 0], both[~some, 0], rtol=1e-5, atol=1e-3)


@given(
    norm=st.sampled_from([None, "last", "standard"]),
    standardize=st.booleans(),
    seed=st.integers(0, 99),
)
def test_round_trip_of_targets(norm, standardize, seed):
    sequences, targets, weights = make_windows(seed=seed)
    scaler = fitted(
        norm, standardize=standardize, windows=(sequences, targets, weights)
    )
    some = np.flatnonzero(sequences.lengths)
    outputs = scaler.scale_targets(sequences[some], targets[some])
    restored = scaler.restore_targets(sequences[some], outputs)
    assert restored.dtype == np.float64
    assert_allclose(restored, targets[some], rtol=1e-5, atol=1e-4)


@given(
    slope=st.sampled_from([-8.0, -0.5, 0.25, 3.0]),
    shift=st.floats(-50, 50, width=32),
    norm=st.sampled_from([None, "last", "standard"]),
)
def test_units_of_the_target_do_not_matter(slope, shift, norm):
    """What the network reads and learns stays; what is predicted moves with y.

    Here y is the column itself, in whatever units. A negative slope turns inputs and
    targets around, so both change their sign.
    """
    sequences, _, weights = make_windows()
    moved_rows = sequences.rows.copy()
    moved_rows[:, 1] = slope * moved_rows[:, 1] + shift
    moved = Sequences(moved_rows, sequences.starts, sequences.stops)
    itself = TargetColumns(np.array([1]), np.array([1.0]), np.array([0.0]))
    some = np.flatnonzero(sequences.lengths)
    sign = np.sign(slope)

    def read(sequences):
        targets = sequences.rows[:, [1]].astype(float)
        scaler = fitted(norm, itself, windows=(sequences, targets, weights))
        tensors = SequenceTensors(sequences, scaler, targets)
        ((batch, y),) = BatchIterator(tensors, some, 100)
        return scaler, batch.x.numpy(), y.numpy()

    one, x, y = read(sequences)
    other, moved_x, moved_y = read(moved)
    assert_allclose(moved_x[:, :, 1], sign * x[:, :, 1], atol=2e-4)
    assert_allclose(moved_x[:, :, [0, 2]], x[:, :, [0, 2]], atol=1e-5)
    assert_allclose(moved_y, sign * y, atol=2e-4)
    outputs = np.linspace(-2, 2, len(sequences), dtype=np.float32)[:, None]
    assert_allclose(
        other.restore_targets(moved, sign * outputs),
        slope * one.restore_targets(sequences, outputs) + shift,
        atol=1e-3,
    )


class TestPrecision:
    """Rows are float32: far from zero they tell fewer values apart, and no more."""

    def test_a_small_signal_far_from_zero_survives_scaling(self):
        """What float32 keeps of the signal reaches the network with unit variance."""
        near, far = make_windows(), make_windows(offset=1e4)
        rounding = np.spacing(np.float32(1e4))
        scaler = fitted(windows=far)
        scaled = scaler.scale_rows(far[0].rows)
        expected = fitted(windows=near).scale_rows(near[0].rows)
        assert_allclose(scaled, expected, atol=3 * rounding / scaler.scale_.min())

    def test_error_of_the_last_value_is_that_of_float32(self):
        """At 1e6 neighbours are 1/16 apart: a prediction is no finer than that."""
        signal = np.sin(np.arange(40.0))
        y = 1e6 + signal
        rows = y[:, None].astype(np.float32)
        stops = np.arange(40)
        windows = Sequences(rows, np.maximum(stops - 5, 0), stops)
        itself = TargetColumns(np.array([0]), np.array([1.0]), np.array([0.0]))
        data = (windows, y[:, None], np.ones(40))
        scaler = fitted("last", itself, windows=data)
        outputs = scaler.scale_targets(windows, y[:, None])
        restored = scaler.restore_targets(windows, outputs)[1:, 0]
        assert_allclose(
            restored, y[1:], rtol=0, atol=1e-6
        )  # the target's own round trip
        last_value = scaler.restore_targets(
            windows,
            np.float32(-scaler.target_mean_ / scaler.target_scale_) + 0 * outputs,
        )[1:, 0]
        error = np.abs(last_value - y[:-1])
        assert error.max() <= np.spacing(np.float32(1e6)) / 2 + 1e-6
        assert error.max() > 0.01  # so center such columns before they become float32
