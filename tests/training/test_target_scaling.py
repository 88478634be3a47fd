"""Targets: unknown ones do not count; quantiles keep their order; logarithms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import Sequences
from sklearn_rnn.sequences import TargetColumns
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._target_scaling import known_quantiles

COPIED = TargetColumns(np.array([1]), np.array([-2.0]), np.array([5.0]))


def make_windows():
    """Make the windows of a random walk, the first one empty, and their targets."""
    rng = np.random.default_rng(0)
    rows = np.cumsum(rng.normal(size=(30, 3)), axis=0).astype(np.float32)
    stops = np.arange(30)
    targets = -2.0 * rows[:, [1]].astype(float) + 5.0
    sequences = Sequences(rows, np.maximum(stops - 5, 0), stops)
    return sequences, targets, rng.uniform(0.5, 2.0, 30)


def fitted(norm, copied=COPIED, windows=None):
    return SequenceScaler(True, norm, copied).fit(*(windows or make_windows()))


class TestUnknownTargets:
    @pytest.mark.parametrize("norm", [None, "last", "standard"])
    def test_statistics_are_those_of_the_known(self, norm):
        """Two columns with gaps are scaled as each alone without its gaps."""
        sequences, targets, weights = make_windows()
        both = np.hstack([targets, targets])
        both[3:9, 0] = both[[2, 20], 1] = np.nan
        copied = TargetColumns(
            np.array([1, 1]), np.array([-2.0, -2.0]), np.array([5.0, 5.0])
        )
        scaler = fitted(norm, copied, windows=(sequences, both, weights))
        scaled = scaler.scale_targets(sequences, both)
        assert_array_equal(np.isnan(scaled), np.isnan(both))
        for k in (0, 1):
            known = ~np.isnan(both[:, k])
            alone = SequenceScaler(True, norm, COPIED).fit(sequences, targets, weights)
            alone._fit_targets(sequences[known], targets[known], weights[known])
            assert_allclose(scaler.target_mean_[k], alone.target_mean_[0], atol=1e-12)
            assert_allclose(scaler.target_scale_[k], alone.target_scale_[0])
            assert_allclose(
                scaler.target_average_[k],
                np.average(both[known, k], weights=weights[known]),
            )

    def test_an_output_known_only_without_history_stays_finite(self):
        sequences, targets, weights = make_windows()
        both = np.hstack([targets, np.full_like(targets, np.nan)])
        both[0, 1] = 4.0  # the first window is empty
        copied = TargetColumns(
            np.array([1, -1]), np.array([-2.0, 0.0]), np.array([5.0, 0.0])
        )
        scaler = fitted("last", copied, windows=(sequences, both, weights))
        assert (scaler.target_mean_[1], scaler.target_scale_[1]) == (0.0, 1.0)


class TestQuantiles:
    levels = (0.1, 0.5, 0.9)

    def fitted(self, norm, copied=COPIED):
        sequences, targets, weights = make_windows()
        scaler = SequenceScaler(True, norm, copied, self.levels)
        return scaler.fit(sequences, targets, weights), sequences, targets, weights

    @pytest.mark.parametrize("norm", [None, "last", "standard"])
    def test_each_is_restored_as_a_prediction_is(self, norm):
        scaler, sequences, *data = self.fitted(norm)
        plain = fitted(norm, windows=(sequences, *data))
        outputs = np.random.default_rng(0).normal(size=(30, 1, 3)).astype(np.float32)
        restored = scaler.restore_targets(sequences, outputs)
        some = sequences.lengths > 0 if norm else np.ones(30, bool)
        for q in range(3):
            expected = plain.restore_targets(sequences, outputs[..., q])
            assert_allclose(restored[some, :, q], expected[some])

    @pytest.mark.parametrize("norm", [None, "last", "standard"])
    def test_stay_in_order_where_a_target_falls_as_its_column_rises(self, norm):
        assert COPIED.slopes[0] < 0
        scaler, sequences, *_ = self.fitted(norm)
        outputs = np.random.default_rng(0).normal(size=(30, 1, 3)).astype(np.float32)
        restored = scaler.restore_targets(sequences, np.sort(outputs, axis=-1))
        assert (np.diff(restored, axis=-1) >= 0).all()

    def test_without_history_they_are_those_of_the_training_targets(self):
        scaler, sequences, targets, weights = self.fitted("last")
        restored = scaler.restore_targets(sequences, np.zeros((30, 1, 3), np.float32))
        empty = sequences.lengths == 0
        expected = [
            np.quantile(targets[:, 0], level, weights=weights, method="inverted_cdf")
            for level in self.levels
        ]
        assert_allclose(restored[empty, 0], [expected] * empty.sum())

    def test_unknown_targets_do_not_count(self):
        y = np.array([[5.0, np.nan], [np.nan, np.nan], [1.0, np.nan], [3.0, np.nan]])
        found = known_quantiles(y, np.array([1.0, 9.0, 1.0, 2.0]), self.levels)
        assert_array_equal(found, [[1.0, 3.0, 5.0], [0.0, 0.0, 0.0]])


class TestLogarithm:
    def fitted(self, standardize=True):
        sequences, _, weights = make_windows()
        counts = np.random.default_rng(0).poisson(40.0, size=(30, 2)) * [1.0, 0.0]
        scaler = SequenceScaler(standardize, None, None, log=True)
        return scaler.fit(sequences, counts, weights), sequences, counts, weights

    def test_counts_are_divided_by_their_average(self):
        scaler, sequences, counts, weights = self.fitted()
        average = np.average(counts[:, 0], weights=weights)
        scaled = scaler.scale_targets(sequences, counts)
        assert_allclose(scaled, counts / [average, 1.0], rtol=1e-6)

    @pytest.mark.parametrize("standardize", [True, False])
    def test_predictions_are_powers_of_e(self, standardize):
        scaler, sequences, counts, weights = self.fitted(standardize)
        average = np.average(counts[:, 0], weights=weights) if standardize else 1.0
        outputs = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
        restored = scaler.restore_targets(sequences, outputs)
        assert_allclose(restored, np.exp(outputs.astype(float)) * [average, 1.0])

    def test_may_be_left_out(self):
        scaler, sequences, counts, _ = self.fitted(standardize=False)
        assert_allclose(scaler.scale_targets(sequences, counts), counts)
