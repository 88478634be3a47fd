"""Name of a schedule, options -> callback that sets the step size of each epoch."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from skorch.callbacks import LRScheduler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

FILLED_IN = {"optimizer", "last_epoch", "mode", "epochs", "steps_per_epoch", "verbose"}
FINAL_SHARE = 0.01  # of lr that "exponential" ends at
WARM_UP_SHARE = 0.1  # of the epochs; and of lr that the warm-up begins at


class Plan(NamedTuple):
    """How many epochs a fit may take, of how many updates, and when it gives up."""

    n_epochs: int
    n_updates: int
    patience: int


def warm_up_then_cosine(
    optimizer: Optimizer,
    n_epochs: int,
    warmup_epochs: int | None = None,
    start_factor: float = WARM_UP_SHARE,
    eta_min: float = 0.0,
) -> Any:
    """Let the step size rise in a straight line, and then fall along a cosine.

    Parameters
    ----------
    optimizer : Optimizer
        Whose step size is set.

    n_epochs : int
        Epochs of the whole schedule.

    warmup_epochs : int or None, default=None
        Epochs that it rises; None takes a tenth of all, at least one.

    start_factor : float, default=0.1
        Share of the full step size to begin with.

    eta_min : float, default=0.0
        What it falls to.

    Returns
    -------
    torch scheduler
        For one step per epoch.

    Raises
    ------
    ValueError
        If `warmup_epochs` is negative.
    """
    if warmup_epochs is None:
        warmup_epochs = max(1, round(WARM_UP_SHARE * n_epochs))
    if warmup_epochs < 0:
        raise ValueError(f"warmup_epochs is at least 0. Got {warmup_epochs!r}.")
    warmup_epochs = min(warmup_epochs, n_epochs - 1)  # one epoch at least has it all
    cosine = CosineAnnealingLR(
        optimizer, T_max=n_epochs - warmup_epochs, eta_min=eta_min
    )
    if not warmup_epochs:
        return cosine
    rise = LinearLR(optimizer, start_factor=start_factor, total_iters=warmup_epochs)
    return SequentialLR(optimizer, [rise, cosine], milestones=[warmup_epochs])


SCHEDULES: dict[str, Callable[..., Any]] = {
    "plateau": ReduceLROnPlateau,
    "step": StepLR,
    "exponential": ExponentialLR,
    "cosine": CosineAnnealingLR,
    "warmup_cosine": warm_up_then_cosine,
    "one_cycle": OneCycleLR,
}
DEFAULTS: dict[str, Callable[[Plan, float], dict[str, Any]]] = {
    "plateau": lambda plan, lr: {"factor": 0.5, "patience": plan.patience // 2},
    "step": lambda plan, lr: {"step_size": math.ceil(plan.n_epochs / 3)},
    "exponential": lambda plan, lr: {"gamma": FINAL_SHARE ** (1 / plan.n_epochs)},
    "cosine": lambda plan, lr: {"T_max": plan.n_epochs},
    "warmup_cosine": lambda plan, lr: {"n_epochs": plan.n_epochs},
    "one_cycle": lambda plan, lr: {
        "max_lr": lr,
        "total_steps": plan.n_epochs * plan.n_updates,
        "cycle_momentum": False,
    },
}
ENDS = {"cosine", "warmup_cosine", "one_cycle"}
NOT_TO_CHOOSE = {"warmup_cosine": {"n_epochs"}, "one_cycle": {"total_steps"}}


class Schedule(LRScheduler):
    """Set the step size by a scheduler of torch, from one training to the next.

    It begins with the first training after it was made and goes on in those that
    follow. One that was planned to an end keeps its last step size from there on.
    The scheduler of torch is made from the history of the net whenever it is missing:
    after a pickle, a checkpoint, or a step back to an earlier epoch.

    Parameters
    ----------
    name : {"plateau", "step", "exponential", "cosine", "warmup_cosine", "one_cycle"}
        Kind of schedule.

    params : dict or None
        Arguments of the scheduler of torch, in place of the defaults.

    n_epochs : int
        Epochs that it is planned for.

    patience : int
        Epochs without a smaller validation loss before training ends.

    Raises
    ------
    ValueError
        If `params` has a name that the scheduler does not know.
    """

    def __init__(
        self, name: str, params: dict[str, Any] | None, n_epochs: int, patience: int
    ) -> None:
        super().__init__(
            SCHEDULES[name],
            monitor=_monitored_loss,
            event_name=None,
            step_every="batch" if name == "one_cycle" else "epoch",
        )
        self.name = name
        self.params = dict(params or {})
        self.n_epochs = n_epochs
        self.patience = patience
        self.began_after_: int | None = None
        self.n_updates_ = 0
        known = inspect.signature(SCHEDULES[name]).parameters.keys() - FILLED_IN
        known -= NOT_TO_CHOOSE.get(name, set())
        if unknown := self.params.keys() - known:
            raise ValueError(
                f"lr_schedule={name!r} does not know {sorted(unknown)} of "
                f"lr_schedule_params. It takes {sorted(known)}."
            )

    def initialize(self) -> Schedule:
        """Be ready for a net; what has begun stays so."""
        self.policy_ = self.policy
        self.batch_idx_ = 0
        self.lr_scheduler_: Any = None
        return self

    def on_train_begin(self, net: Any, X: Any = None, **kwargs: Any) -> None:
        """Begin, or go on where the history of the net ends.

        Parameters
        ----------
        net : SequenceNet
            Net to be trained.

        X : BatchIterator
            Batches of an epoch.

        **kwargs : dict
            Not used.
        """
        if self.began_after_ is None:
            self.began_after_, self.n_updates_ = len(net.history), len(X)
        made = self.lr_scheduler_
        if made is None or made.optimizer is not net.optimizer_:
            self.lr_scheduler_ = self._make(net)
            with warnings.catch_warnings():  # of steps without one of the optimizer
                warnings.filterwarnings("ignore", category=UserWarning)
                self._repeat(net.history[self.began_after_ :])

    def state_dict(self) -> dict[str, Any]:
        """Give what a schedule of the same parameters needs to go on.

        Returns
        -------
        dict
            Numbers; the rest is in the history of the net.
        """
        return {"began_after": self.began_after_, "n_updates": self.n_updates_}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on, with the history of the net, where another schedule was.

        Parameters
        ----------
        state : dict
            What :meth:`state_dict` gave.
        """
        self.began_after_ = state["began_after"]
        self.n_updates_ = state["n_updates"]
        self.lr_scheduler_ = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"lr_scheduler_": None}  # it holds the weights

    def _make(self, net: Any) -> Any:
        for group in net.optimizer_.param_groups:
            group.pop("initial_lr", None)  # of a schedule before
            group["lr"] = net.lr
        plan = Plan(self.n_epochs, self.n_updates_, self.patience)
        options = DEFAULTS[self.name](plan, net.lr) | self.params
        try:
            return self.policy(net.optimizer_, **options)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"lr_schedule={self.name!r} cannot use lr_schedule_params="
                f"{self.params!r}: {error}"
            ) from error

    def _repeat(self, epochs: list[dict[str, Any]]) -> None:
        for epoch in epochs:
            if self.step_every == "batch":
                for _ in range(epoch["train_batch_count"]):
                    self._step(None, self.lr_scheduler_)
            elif self.name == "plateau":
                self._step(None, self.lr_scheduler_, _loss_of(epoch))
            else:
                self._step(None, self.lr_scheduler_)

    def _step(self, net: Any, lr_scheduler: Any, score: float | None = None) -> None:
        n_steps = self.n_epochs * (self.n_updates_ if self.step_every == "batch" else 1)
        if self.name not in ENDS or lr_scheduler.last_epoch + 1 < n_steps:
            super()._step(net, lr_scheduler, score)


def set_schedule(
    net: Any,
    name: str | None,
    params: dict[str, Any] | None,
    n_epochs: int,
    patience: int,
) -> None:
    """Give a net the schedule of its next epochs, in place of the one it has.

    Parameters
    ----------
    net : SequenceNet
        Initialised net.

    name : str or None
        Kind of schedule; None leaves the step size as it is.

    params : dict or None
        Arguments of the scheduler of torch.

    n_epochs : int
        Epochs that it is planned for.

    patience : int
        Epochs without a smaller validation loss before training ends.

    Raises
    ------
    ValueError
        If there are parameters that the schedule does not know, or no schedule.
    """
    if name is None and params:
        raise ValueError(
            f"lr_schedule_params={params!r} belong to a schedule. Got lr_schedule=None."
        )
    others = [named for named in net.callbacks_ if named[1] is not net.schedule]
    if net.schedule is not None:
        for group in net.optimizer_.param_groups:
            group["lr"] = net.lr
    net.schedule = None
    if name is not None:
        net.schedule = Schedule(name, params, n_epochs, patience).initialize()
        # In front: skorch's EarlyStopping keeps those behind it from the last notice.
        others.insert(0, ("lr_schedule", net.schedule))
    net.callbacks_ = others


def _monitored_loss(net: Any) -> float:
    return _loss_of(net.history[-1])


def _loss_of(epoch: dict[str, Any]) -> float:
    return epoch["valid_loss"] if "valid_loss" in epoch else epoch["train_loss"]
