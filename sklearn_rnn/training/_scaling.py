"""Sequences and targets in the user's units <-> rows and targets of unit scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns
from sklearn_rnn.training._anchors import find_anchors
from sklearn_rnn.training._row_statistics import (
    deviation,
    evenly_spaced,
    mean_square_change,
    mean_square_step,
    reads_per_row,
)
from sklearn_rnn.training._target_scaling import (
    average_known,
    known_quantiles,
    learn_mean_and_scale,
)

WINDOW_UNITS = 3.0  # of change are one: nearly linear gates extrapolate a trend better
SMALLEST_SPREAD = 0.1  # of the typical one: a flat window must not blow up its target


class SequenceScaler:
    """Learn the scale of training data, apply it, and undo it on predictions.

    Columns are standardised over the time steps that the sequences read. Where a target
    is an affine copy of a column (`target_columns`), that column is read relative to
    its last value in each sequence, and the target becomes its change from that value.

    Parameters
    ----------
    standardize : bool
        Whether to bring columns and targets to mean zero and variance one.

    instance_norm : {"last", "standard"} or None
        None reads every column as it is, "last" subtracts the last value, "standard"
        also divides by the standard deviation of the sequence (RevIN, Kim 2022).

    target_columns : TargetColumns or None
        Columns that the targets copy.

    quantiles : sequence of float or None, default=None
        Levels that the network predicts, on one more axis of its outputs.

    log : bool, default=False
        Whether the network's output is the logarithm of what it predicts. Targets are
        then divided by their average, and nothing is subtracted.

    stream : bool, default=False
        Whether rows are read one after another rather than in windows: the copied
        columns are then read relative to the row before.

    rows_are_tokens, targets_are_classes : bool, default=False
        Whether they are numbers of something, which have no scale and stay as they are.

    Attributes
    ----------
    shifted_ : ndarray of shape (n_features,)
        True for the columns that are read relative to their last value.
    """

    def __init__(
        self,
        standardize: bool,
        instance_norm: str | None,
        target_columns: TargetColumns | None,
        quantiles: Sequence[float] | None = None,
        log: bool = False,
        stream: bool = False,
        rows_are_tokens: bool = False,
        targets_are_classes: bool = False,
    ) -> None:
        self.standardize = standardize
        self.instance_norm = instance_norm
        self.target_columns = target_columns if instance_norm else None
        self.quantiles = quantiles
        self.log = log
        self.stream = stream
        self.rows_are_tokens = rows_are_tokens
        self.targets_are_classes = targets_are_classes

    def fit(
        self,
        sequences: Sequences,
        targets: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> SequenceScaler:
        """Learn means and scales from training data.

        Parameters
        ----------
        sequences : Sequences of length n_samples
            Inputs.

        targets : ndarray of shape (n_samples, n_outputs) or \
                (n_samples, longest, n_outputs)
            Targets in the units of y, NaN where unknown.

        weights : ndarray of shape (n_samples,)
            Positive sample weights.

        Returns
        -------
        SequenceScaler
            `self`.
        """
        n_features = sequences.rows.shape[1]
        of_targets = np.arange(len(targets))
        if targets.ndim == 3:  # each step of a sequence has targets of its own
            of_targets = of_targets.repeat(targets.shape[1])
            targets = targets.reshape(-1, targets.shape[2])
        weights_of_targets = weights[of_targets]
        self.target_average_ = average_known(targets, weights_of_targets)
        if self.quantiles is not None:
            self.target_average_ = known_quantiles(
                targets, weights_of_targets, self.quantiles
            )
        self.shifted_ = np.zeros(n_features, dtype=bool)
        self.mean_, self.scale_ = np.zeros(n_features), np.ones(n_features)
        if self.target_columns is not None:
            copied = self.target_columns.columns
            self.shifted_[copied[copied >= 0]] = True
        if self.standardize and not self.rows_are_tokens:
            self._fit_rows(sequences, weights)
        self._fit_windows(sequences)
        if self.shifted_.any():
            sequences = sequences[of_targets]
        self._fit_targets(sequences, targets, weights_of_targets)
        return self

    def scale_rows(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring rows to the scale of the training data.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Time steps.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            A scaled copy.

        Raises
        ------
        ValueError
            If there are more or fewer features than in the training data.
        """
        if rows.shape[1] != len(self.mean_):
            raise ValueError(
                f"X has {rows.shape[1]} features per time step, but was fitted with "
                f"{len(self.mean_)}. Pass an array with as many axes as in fit."
            )
        scaled = rows - self.mean_.astype(np.float32)
        scaled /= self.scale_.astype(np.float32)
        return scaled

    def spread(self, sequences: Sequences) -> NDArray[np.float32] | None:
        """Measure by how much each sequence is to be divided, in scaled units.

        Parameters
        ----------
        sequences : Sequences of length n_samples
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_features) or None
            One in the columns that are not shifted; None where nothing is divided.
        """
        if self.instance_norm != "standard" or not self.shifted_.any():
            return None
        spread = np.ones((len(sequences), len(self.shifted_)))
        columns = np.flatnonzero(self.shifted_)
        floor = SMALLEST_SPREAD * self.typical_spread_[columns]
        spread[:, columns] = np.maximum(deviation(sequences, columns), floor)
        spread[:, columns] /= self.scale_[columns]
        return spread.astype(np.float32)

    def scale_targets(
        self, sequences: Sequences, targets: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Bring targets to the scale the network predicts.

        Parameters
        ----------
        sequences : Sequences of length n_samples
            Inputs, none of them empty where a column is shifted.

        targets : ndarray of shape (n_samples, n_outputs) or \
                (n_samples, longest, n_outputs)
            Targets in the units of y.

        Returns
        -------
        ndarray of the shape of `targets`
            Scaled targets, NaN where `targets` are.
        """
        anchor, unit = self._anchor_and_unit(sequences, targets.ndim)
        change = (targets - anchor) / unit
        return ((change - self.target_mean_) / self.target_scale_).astype(np.float32)

    def restore_targets(
        self, sequences: Sequences, outputs: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Bring the network's outputs back to the units of y.

        Parameters
        ----------
        sequences : Sequences of length n_samples
            Inputs.

        outputs : ndarray of shape (n_samples, [longest,] n_outputs[, n_quantiles])
            What the network predicted.

        Returns
        -------
        ndarray of the shape of `outputs`
            Predictions; where a shifted column has no last value, the mean of the
            training targets, or their quantiles.
        """
        n_axes = outputs.ndim - (self.quantiles is not None)
        beside = [*self._anchor_and_unit(sequences, n_axes)]
        beside += [self.target_mean_, self.target_scale_]
        if self.quantiles is not None:
            beside = [values[..., None] for values in beside]
        anchor, unit, mean, scale = beside
        outputs = outputs.astype(np.float64)
        change = (np.exp(outputs) if self.log else outputs) * scale + mean
        predictions = anchor + change * unit
        if self.target_columns is not None:
            anchored = np.flatnonzero(self.target_columns.columns >= 0)
            by_output = np.moveaxis(predictions, n_axes - 1, 1)  # a view
            no_history = np.flatnonzero(sequences.lengths == 0)
            average = self.target_average_[anchored]
            by_output[np.ix_(no_history, anchored)] = average.reshape(
                len(anchored), *[1] * (n_axes - 2), *average.shape[1:]
            )
        return predictions

    def _fit_rows(self, sequences: Sequences, weights: NDArray[np.float64]) -> None:
        reads = reads_per_row(sequences, weights)
        if reads.any():
            fitted = StandardScaler().fit(sequences.rows, sample_weight=reads)
            self.mean_, self.scale_ = fitted.mean_, fitted.scale_

    def _fit_windows(self, sequences: Sequences) -> None:
        self.typical_spread_ = np.ones(len(self.shifted_))
        columns = np.flatnonzero(self.shifted_)
        sample = evenly_spaced(sequences[sequences.lengths > 0])
        if not len(columns) or not len(sample):
            return
        typical = np.sqrt(np.mean(deviation(sample, columns) ** 2, axis=0))
        self.typical_spread_[columns] = np.where(typical > 0, typical, 1.0)
        if self.standardize:
            square = mean_square_step if self.stream else mean_square_change
            change = np.sqrt(square(sample, columns))
            unit = change if self.stream else WINDOW_UNITS * change
            self.scale_[columns] = np.where(change > 0, unit, self.scale_[columns])

    def _fit_targets(
        self,
        sequences: Sequences,
        targets: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> None:
        n_outputs = targets.shape[1]
        self.target_mean_, self.target_scale_ = np.zeros(n_outputs), np.ones(n_outputs)
        if self.shifted_.any():  # an empty sequence has no last value to change from
            some = np.flatnonzero(sequences.lengths)
            sequences, targets, weights = sequences[some], targets[some], weights[some]
        if self.standardize and len(sequences) and not self.targets_are_classes:
            anchor, unit = self._anchor_and_unit(sequences)
            self.target_mean_, self.target_scale_ = learn_mean_and_scale(
                (targets - anchor) / unit, weights, log=self.log
            )

    def _anchor_and_unit(
        self, sequences: Sequences, n_axes: int = 2
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the value and the unit that the targets, of so many axes, count from."""
        spread = self.spread(sequences)
        units = None if spread is None else spread * self.scale_
        n_outputs = len(self.target_average_)
        anchors = find_anchors(sequences, self.target_columns, n_outputs, units)
        if n_axes < 3 or anchors[0].ndim < 2:
            return anchors
        return anchors[0][:, None], anchors[1][:, None]  # the same for all steps
