"""Checked data of a fit -> batches to train on and to validate on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.estimators._streaming import with_whole_past
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._batches import Batches, BatchIterator
from sklearn_rnn.training._merging import average_one
from sklearn_rnn.training._segments import SegmentIterator
from sklearn_rnn.training._sequence_tensors import SequenceTensors
from sklearn_rnn.training._streams import StreamIterator, StreamTensors
from sklearn_rnn.training._teaching import TaughtBatches


def make_batches(
    estimator: Any,
    sequences: Sequences,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    train: NDArray[np.intp],
    valid: NDArray[np.intp] | None,
) -> tuple[Batches, Batches | None]:
    """Put the data on the device; give the batches of both parts.

    Parameters
    ----------
    estimator : BaseRecurrent
        With its scaler and its net.

    sequences : Sequences of length n_samples
        Inputs.

    targets : ndarray of shape (n_samples, [n_timesteps,] n_outputs)
        Targets in the units of y.

    weights : ndarray of shape (n_samples,)
        Positive sample weights.

    train, valid : ndarray of int or None
        Samples to learn from, and to validate on, if any.

    Returns
    -------
    training : BatchIterator, SegmentIterator, StreamIterator or TaughtBatches
        Batches to train on.

    validation : BatchIterator, StreamIterator or None
        Batches to validate on, if any.

    Raises
    ------
    ValueError
        If no sequence of a part has a time step.
    """
    if estimator._streaming:
        sequences = with_whole_past(estimator, sequences)
    relative = estimator.scaler_.shifted_.any() or estimator._streaming
    usable = sequences.lengths > 0 if relative else np.ones(len(sequences), bool)
    parts = [part[usable[part]] for part in (train, valid) if part is not None]
    if not all(len(part) for part in parts):
        raise ValueError(
            f"{type(estimator).__name__} has no sequence with a time step to learn "
            "from. Use more rows, or a smaller horizon."
        )
    relative_weights = average_one(weights, targets, parts)
    data = sequences, estimator.scaler_, targets, relative_weights, estimator.device
    size, train, held_out = estimator.batch_size, parts[0], parts[1:]
    if estimator._streaming:
        window = estimator.n_timesteps_
        lanes = size, estimator.bptt_steps or window
        rows = StreamTensors(*data)
        return (
            StreamIterator(rows, train, *lanes, window, estimator._order),
            StreamIterator(rows, held_out[0], *lanes, window - 1) if held_out else None,
        )
    tensors = SequenceTensors(*data, estimator.segment_length, estimator._per_step)
    batches = BatchIterator(tensors, train, size, estimator._order)
    return (
        _as_trained_on(estimator, batches),
        BatchIterator(tensors, held_out[0], size) if held_out else None,
    )


def _as_trained_on(estimator: Any, batches: BatchIterator) -> Batches:
    """Cut batches where the gradient of each step is to be cut, or tell the answers."""
    cuts_itself = estimator.module is not None  # it was handed bptt_steps
    if estimator._per_step and estimator.bptt_steps and not cuts_itself:
        return SegmentIterator(batches, estimator.bptt_steps)
    ratio = getattr(estimator, "teacher_forcing_ratio", None)
    if ratio is None:
        return batches
    return TaughtBatches(batches, estimator.net_, ratio, estimator.max_epochs)
