"""Net, batches, number of epochs -> net with the weights to keep."""

from __future__ import annotations

import math
from typing import Protocol

from sklearn_rnn.exceptions import TrainingDivergedError
from sklearn_rnn.training._batches import Batches
from sklearn_rnn.training._checkpoint import Checkpointer
from sklearn_rnn.training._gradients import total_norm
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._snapshots import WeightSnapshots


class EpochHooks(Protocol):
    """Who wants to know of each epoch, and may end the training."""

    def begin(self) -> None:
        """Hear that an epoch begins."""

    def end(self) -> bool:
        """Hear that an epoch has ended; True asks to end the training."""


def train_net(
    net: SequenceNet,
    train: Batches,
    valid: Batches | None,
    n_epochs: int,
    hooks: EpochHooks,
    patience: int,
    restore_best: bool = True,
    checkpoints: Checkpointer | None = None,
) -> None:
    """Train for a number of epochs, and leave the net with weights to predict with.

    Those are the weights of the best epoch on `valid`, or of the last epoch without it.
    An interrupt leaves the best finished epoch, a diverged loss the last finished one.
    `net.kept_epoch` is the number of that epoch, from 1; `net.best_epoch` that of the
    best one on `valid`, or of the last one without it.

    Parameters
    ----------
    net : SequenceNet
        Initialised net.

    train, valid : Batches or None
        Batches to learn from, and to validate on.

    n_epochs : int
        Epochs to add, at most.

    hooks : EpochHooks
        Called around each epoch.

    patience : int
        Epochs without a smaller loss on `valid` before training ends.

    restore_best : bool, default=True
        Whether the best epoch on `valid` is kept; False keeps the last one.

    checkpoints : Checkpointer or None, default=None
        Saves the training after its epochs, and goes on with one that was saved.

    Raises
    ------
    TrainingDivergedError
        If the training loss is no longer finite.
    """
    monitor = "train_loss" if valid is None else "valid_loss"
    snapshots = WeightSnapshots(net.module_)
    if len(net.history):
        snapshots.keep(len(net.history), math.inf)
    if checkpoints is not None:
        n_epochs = checkpoints.restore(net, snapshots, train.generator)
    net.notify("on_train_begin", X=train, y=None)
    try:
        for _ in range(n_epochs):
            hooks.begin()
            stop = net.run_epoch(train, valid)
            _raise_if_diverged(net)
            snapshots.keep(len(net.history), net.history[-1, monitor])
            waited = len(net.history) - snapshots.best_epoch
            stop |= valid is not None and waited >= patience
            stop |= hooks.end()
            if checkpoints is not None:
                checkpoints.save(net, snapshots, train.generator, stop)
            if stop:
                break
        net.notify("on_train_end", X=train, y=None)
    except BaseException as error:
        last = isinstance(error, TrainingDivergedError)
        _go_back(net, snapshots, last or (valid is not None and not restore_best))
        if valid is not None:
            net.best_epoch = snapshots.best_epoch
        raise
    net.rest()
    _choose_weights(net, snapshots, valid is not None, restore_best)


def _choose_weights(
    net: SequenceNet, snapshots: WeightSnapshots, validated: bool, restore_best: bool
) -> None:
    net.kept_epoch = net.best_epoch = len(net.history)
    if not validated or snapshots.best is None:
        return
    net.best_epoch = snapshots.best_epoch
    if restore_best:
        snapshots.restore(snapshots.best)
        net.kept_epoch = snapshots.best_epoch


def _raise_if_diverged(net: SequenceNet) -> None:
    loss = net.history[-1, "train_loss"]
    what = f"training loss became {loss}"
    if math.isfinite(loss):  # measured before the last update of the weights
        groups = net.optimizer_.param_groups
        weights = [weight.detach() for group in groups for weight in group["params"]]
        if math.isfinite(total_norm([w for w in weights if w.is_floating_point()])):
            return
        what = "weights became infinite or nan"
    advice = f"Try a smaller lr (now {net.lr!r})"
    if net.clip_grad_norm is None:
        advice += " or set clip_grad_norm"
    kept = "The weights of the last finished epoch are kept."
    if len(net.history) == 1:
        kept = "No epoch was finished, so nothing has changed."
    raise TrainingDivergedError(
        f"The {what} in epoch {len(net.history)}. {advice}. {kept}"
    )


def _go_back(net: SequenceNet, snapshots: WeightSnapshots, last: bool) -> None:
    """Leave the net as after a finished epoch; without one its history is empty."""
    finished = snapshots.last_epoch
    del net.history[finished:]
    kept = snapshots.last if last else snapshots.best
    net.kept_epoch = net.best_epoch = finished if last else snapshots.best_epoch
    if kept is not None:
        snapshots.restore(kept)
        net.initialize_optimizer()  # its moments belong to the weights left behind
    net.rest()
