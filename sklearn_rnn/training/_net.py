"""Batches (B, T, F) -> one more epoch of a trained net, and its history."""

from __future__ import annotations

import math
from typing import Any

import torch
from skorch import NeuralNet
from torch import Tensor, nn

from sklearn_rnn.training._batches import Batches
from sklearn_rnn.training._callbacks import (
    ended,
    is_known,
    may_touch_weights,
    watches_batches,
)
from sklearn_rnn.training._compiled_gradient import CompiledGradient, may_compile
from sklearn_rnn.training._flat_weights import (
    flatten_weights,
    has_place_for,
    may_flatten,
    tie_weights,
    untie_weights,
)
from sklearn_rnn.training._gradients import clip_gradients
from sklearn_rnn.training._inside_torch import make_optimizer
from sklearn_rnn.training._mean_loss import keep_loss, mean_loss
from sklearn_rnn.training._penalty import add_l1_gradient
from sklearn_rnn.training._schedules import Schedule
from sklearn_rnn.training._sequence_tensors import SequenceBatch
from sklearn_rnn.training._update import Update


class SequenceNet(NeuralNet):
    """Train a sequence module with skorch, an epoch at a time.

    Differs from skorch's own loop in what it leaves out: no dataset of single samples,
    one loss read from the device per epoch, no notice of single batches unless a
    callback asks for it. History and callbacks are skorch's.

    Parameters
    ----------
    *args, **kwargs
        As in :class:`skorch.NeuralNet`.

    clip_grad_norm, clip_grad_value : float or None, default=None
        Largest norm of the whole gradient, and largest absolute value in it.

    record_gradients : bool, default=False
        Whether the history has the norm of each gradient, before and after clipping.

    l1 : float, default=0.0
        L1 penalty on the weights. It acts on the gradient; the recorded losses are
        those of the data.

    Attributes
    ----------
    kept_epoch : int
        Number of the epoch whose weights the net has, from 1.

    best_epoch : int
        Number of the epoch with the smallest validation loss, from 1; the last one
        without validation.

    schedule : Schedule or None
        What sets the step size.

    epochs_before : int
        Number of epochs before the last `fit` began.
    """

    kept_epoch = best_epoch = epochs_before = 0
    schedule: Schedule | None = None
    _flat: nn.Parameter | None = None
    _update: Update | None = None
    _compiled: CompiledGradient | None = None
    _looks_each_epoch = False
    optimizer_: Any

    def __init__(
        self,
        *args: Any,
        l1: float = 0.0,
        clip_grad_norm: float | None = None,
        clip_grad_value: float | None = None,
        record_gradients: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.l1 = l1
        self.clip_grad_norm = clip_grad_norm
        self.clip_grad_value = clip_grad_value
        self.record_gradients = record_gradients

    def run_epoch(self, train: Batches, valid: Batches | None) -> bool:
        """Train for one epoch.

        Parameters
        ----------
        train, valid : Batches or None
            Batches to learn from, and to validate on.

        Returns
        -------
        bool
            Whether early stopping asks to end the training.
        """
        parts = {"dataset_train": train, "dataset_valid": valid}
        self.notify("on_epoch_begin", **parts)
        self.history.record("lr", self.optimizer_.param_groups[0]["lr"])
        self.run_single_epoch(train, True, "train", self.train_step)
        self.run_single_epoch(valid, False, "valid", self.validation_step)
        try:
            self.notify("on_epoch_end", **parts)
        except KeyboardInterrupt:  # how skorch's EarlyStopping says that it is enough
            if not any(ended(callback) for _, callback in self.callbacks_):
                raise
            return True
        return False

    def run_single_epoch(
        self,
        iterator: Batches | None,
        training: bool,
        prefix: str,
        step_fn: Any,
        **fit_params: Any,
    ) -> None:
        """Go through all batches once and record their mean loss."""
        if iterator is None:
            return
        self._prepare(training)
        watched = self._watched = self._callbacks_watch_batches()
        if not watched:  # one record for all: skorch's Checkpoint reads the last
            self.history.new_batch()
        losses, sizes = list[Any](), list[int]()
        self._norms: list[Tensor] = []
        for batch in iterator:
            if watched:
                self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **fit_params)
            losses.append(keep_loss(step["loss"]))
            sizes.append(len(batch[0]))
            if watched:
                self.history.record_batch(f"{prefix}_loss", step["loss"].item())
                self.history.record_batch(f"{prefix}_batch_size", sizes[-1])
                self.notify("on_batch_end", batch=batch, training=training, **step)
        self._record_loss(prefix, mean_loss(losses, sizes))
        self.history.record(f"{prefix}_batch_count", len(sizes))
        if self._norms:
            self.history.record("gradient_norms", torch.stack(self._norms).tolist())

    def train_step(self, batch: Any, **fit_params: Any) -> dict[str, Tensor]:
        """Update the weights once."""
        if self._flat is not None and self._update is not None:
            self._flat.grad.zero_()  # type: ignore[union-attr]  # it is tied
            step = self.train_step_single(batch, **fit_params)
            self._norms.extend(self._finish_gradient([self._flat], batch))
            self._update()
            return step
        return self._train_step_by_closure(batch, **fit_params)

    def train_step_single(self, batch: Any, **fit_params: Any) -> dict[str, Tensor]:
        """Compute outputs, loss and gradients of one batch."""
        inputs, target = batch
        if self._compiled is not None and self._compiled.takes(inputs):
            loss, output = self._compiled(inputs, target)
        else:
            output = self.infer(inputs, **fit_params)
            loss = self.get_loss(output, target, X=inputs, training=True)
            loss.backward()
        if self.l1:
            add_l1_gradient(self.module_.parameters(), self.l1)
        return {"loss": loss, "y_pred": output}

    def initialize_optimizer(self, triggered_directly: Any = None) -> SequenceNet:
        """Make the optimizer, over all weights as one tensor where it knows no shapes.

        Parameters
        ----------
        triggered_directly : object, default=None
            Of no use; skorch has it.

        Returns
        -------
        SequenceNet
            The net itself.
        """
        self.forget(self._looks_each_epoch)
        if not self._is_flat():
            return super().initialize_optimizer()
        named = [("weights", flatten_weights(self.module_))]
        [groups], options = self.get_params_for_optimizer("optimizer", named)
        self.optimizer_ = make_optimizer(self.optimizer, groups, options)
        return self

    def infer(self, x: SequenceBatch, **fit_params: Any) -> Tensor:
        """Compute the module's outputs, (B, O) or (B, T, O)."""
        return x.outputs_of(self.module_)

    def get_loss(
        self,
        y_pred: Tensor,
        y_true: Tensor,
        X: SequenceBatch | None = None,
        training: bool = False,
    ) -> Tensor:
        """Compute the weighted mean loss of a batch."""
        return self.criterion_(y_pred, y_true, None if X is None else X.weight)

    def rest(self) -> None:
        """Leave the module ready to predict, from several threads at once too."""
        self._set_training(False)
        self.forget()

    def forget(self, each_epoch: bool = False) -> None:
        """Let the next epoch, or each, look anew at weights, hooks and optimizer."""
        if self._flat is not None:
            untie_weights(self.module_)
        self._flat = self._update = self._compiled = None
        self._looks_each_epoch = each_epoch

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state | dict.fromkeys(("_flat", "_update", "_compiled"))

    def _is_flat(self) -> bool:
        """Tell whether all weights are one tensor; a callback may freeze some."""
        touched = any(may_touch_weights(callback) for _, callback in self.callbacks_)
        parts = self.module_, self.criterion_
        return not touched and may_flatten(*parts, self.optimizer)

    def _tie_weights(self) -> nn.Parameter:
        [flat] = self.optimizer_.param_groups[0]["params"]
        if not has_place_for(flat, self.module_):  # some were frozen, or learn again
            self.initialize_optimizer()
            [flat] = self.optimizer_.param_groups[0]["params"]
        tie_weights(self.module_, flat)
        return flat

    def _prepare(self, training: bool) -> None:
        if self.module_.training != training:
            self._set_training(training)
        if not training:
            return
        known = self._knows_callbacks()
        if self._flat is None or self._looks_each_epoch or not known:
            parts, compiles = (self.module_, self.criterion_), False
            if self._is_flat():
                self._flat = self._tie_weights()
                compiles = known and may_compile(*parts)
            self._update = Update(self.optimizer_, known)
            self._compiled = CompiledGradient(*parts) if compiles else None

    def _train_step_by_closure(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Let the optimizer ask for the loss as often as it likes."""
        step: dict[str, Tensor] = {}
        norms: list[Tensor] = []

        def closure() -> Tensor:
            self.optimizer_.zero_grad()
            step.update(self.train_step_single(batch, **fit_params))
            norms[:] = self._finish_gradient(list(self.module_.parameters()), batch)
            return step["loss"]

        self.optimizer_.step(closure)
        self._norms.extend(norms)
        return step

    def _finish_gradient(self, weights: list[nn.Parameter], batch: Any) -> list[Tensor]:
        """Clip the gradient, and show it to the callbacks that ask for it."""
        clip = self.clip_grad_norm, self.clip_grad_value
        gradients = [w.grad for w in weights if w.grad is not None]
        norms = clip_gradients(gradients, *clip, self.record_gradients)
        if self._watched:
            named = list(self.get_all_learnable_params())
            self.notify(
                "on_grad_computed", named_parameters=named, batch=batch, training=True
            )
        return [] if norms is None else [norms]

    def _record_loss(self, prefix: str, loss: float) -> None:
        name = f"{prefix}_loss"
        earlier = [epoch[name] for epoch in self.history[:-1] if name in epoch]
        self.history.record(name, loss)
        self.history.record(f"{name}_best", loss < min(earlier, default=math.inf))

    def _callbacks_watch_batches(self) -> bool:
        return any(watches_batches(callback) for _, callback in self.callbacks_)

    def _knows_callbacks(self) -> bool:
        """Tell whether no callback of the user's own may look into an update."""
        return all(is_known(callback) for _, callback in self.callbacks_)
