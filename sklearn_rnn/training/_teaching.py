"""Batches of an epoch -> the same, from which a decoder may read the truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from sklearn_rnn.training._batches import BatchIterator
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._sequence_tensors import Reader, SequenceBatch


class TaughtBatch:
    """Hand a decoder what its outputs should be, beside what it reads.

    Parameters
    ----------
    batch : SequenceBatch
        Inputs.

    targets : Tensor of shape (B, H, K)
        Targets in the scale of the network.

    ratio : float
        Probability that the decoder reads a target rather than its own output.
    """

    def __init__(self, batch: SequenceBatch, targets: Tensor, ratio: float) -> None:
        self.batch = batch
        self.weight = batch.weight
        self.ratio = ratio
        self.truth = targets  # NaN where unknown, and so without a weight
        if self.weight is not None and self.weight.ndim > 1:
            self.truth = targets.masked_fill(self.weight == 0, torch.nan)

    def __len__(self) -> int:
        return len(self.batch)

    def outputs_of(self, module: Reader) -> Tensor:
        """Compute the outputs (B, H, O) of a module that decodes."""
        read: Any = module
        return read(self.batch.x, self.batch.lengths, self.truth, self.ratio)


class TaughtBatches:
    """Yield taught batches, with a ratio that goes from start to end over a fit.

    Parameters
    ----------
    batches : BatchIterator
        Batches of the training.

    net : SequenceNet
        Knows how many epochs there have been, and before which this fit began.

    ratio : float or tuple of float
        Probability to read a target, or its first and its last value (scheduled
        sampling with linear decay, Bengio 2015).

    n_epochs : int
        Epochs of the whole fit.
    """

    def __init__(
        self, batches: BatchIterator, net: SequenceNet, ratio: Any, n_epochs: int
    ) -> None:
        self.batches = batches
        self.net = net
        self.ratio = ratio
        self.n_epochs = n_epochs

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[TaughtBatch, Tensor]]:
        epoch = len(self.net.history) - self.net.epochs_before  # from 1
        ratio = ratio_of_epoch(self.ratio, epoch, self.n_epochs)
        for batch, targets in self.batches:
            yield TaughtBatch(batch, targets, ratio), targets

    @property
    def generator(self) -> torch.Generator | None:
        """Give the source of the order of batches."""
        return self.batches.generator


def ratio_of_epoch(ratio: Any, epoch: int, n_epochs: int) -> float:
    """Give the probability to read a target in an epoch.

    Parameters
    ----------
    ratio : float or tuple of float
        The same for all epochs, or its first and its last value.

    epoch : int
        Number of the epoch, from 1; behind the last one nothing changes.

    n_epochs : int
        Epochs of the whole fit.

    Returns
    -------
    float
        Between zero and one.
    """
    if not isinstance(ratio, (tuple, list)):
        return float(ratio)
    start, end = ratio
    share = min(1.0, (epoch - 1) / max(1, n_epochs - 1))
    return float(start + share * (end - start))
