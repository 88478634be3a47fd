"""Estimator, data -> loss over growing step sizes, and a step size to train with."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch
from skorch.callbacks import Callback

from sklearn_rnn._warning import warn_caller
from sklearn_rnn.estimators._base import BaseRecurrent
from sklearn_rnn.estimators._epoch_tasks import NoTasks
from sklearn_rnn.exceptions import TrainingDivergedError

SMOOTHING = 0.9  # share of the mean so far in the next running mean
EXPLODED = 4.0  # times the fall so far, or the size of the first losses if larger
BELOW_THE_BEST = 10.0  # the loss is smallest just before the steps become too large
ROUGH = 10  # first running means, of too few losses to compare with
FEWEST_STEPS = 2 * ROUGH
PLAIN = {  # a test has a step size, an end and callbacks of its own
    "lr_schedule": None,
    "lr_schedule_params": None,
    "record_gradients": False,
    "warm_start": False,
    "checkpoint_path": None,
    "verbose": 0,
}


def find_lr(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    lr_min: float = 1e-5,
    lr_max: float = 1.0,
    n_steps: int = 100,
) -> Bunch:
    """Find a step size by training with ever larger ones (range test).

    A copy of the estimator trains on one batch with `lr_min`, on the next with a larger
    step size, and so on to `lr_max` or until the loss explodes. Too small a step size
    changes nothing, a good one lets the loss fall, too large a one makes it rise again.

    Parameters
    ----------
    estimator : recurrent estimator or Pipeline
        Left as it is. Of a pipeline, which must end in a recurrent estimator, a copy of
        the steps in front is fitted to the data. Its own `lr`, schedule, callbacks and
        early stopping play no part.

    X : array-like, DataFrame, list of arrays or Sequences
        What its `fit` takes.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Targets.

    lr_min : float, default=1e-5
        First step size; each is the one before times the same factor.

    lr_max : float, default=1.0
        Last step size. "sgd" may need a larger one than the other optimizers.

    n_steps : int, default=100
        Number of updates, at least 20. More of it takes longer and, since the network
        has learnt more before it gets there, tends to smaller suggestions.

    Returns
    -------
    Bunch
        With the attributes

        curve : DataFrame of shape (n_updates, 3)
            `lr`, `loss` of the batch before its update, and `smooth_loss`, its running
            mean, all in the scale of the network. Draw it by
            `curve.plot("lr", logx=True)`.
        suggestion : float
            A tenth of the step size where `smooth_loss` is smallest, the first ten
            updates aside; at least `lr_min`.

    Raises
    ------
    TypeError
        If the estimator is no recurrent one, and no pipeline that ends in one.

    ValueError
        If the step sizes are not positive and growing, `n_steps` is too small, or the
        very first loss is not finite.

    Warns
    -----
    UserWarning
        If the loss never fell, or was smallest so early that a tenth of the step size
        is below `lr_min`. The suggestion then means nothing.

    See Also
    --------
    sklearn_rnn.LSTMRegressor : Takes the suggestion as `lr`; `lr_schedule` varies it.

    Notes
    -----
    The estimator's `random_state` decides: an int gives the same curve each time. Time
    is that of `n_steps` updates, at most.

    References
    ----------
    .. [1] L. N. Smith, "Cyclical learning rates for training neural networks", WACV
           2017. :doi:`10.1109/WACV.2017.58`

    Examples
    --------
    >>> from sklearn_rnn import GRURegressor
    >>> from sklearn_rnn.datasets import make_adding_problem
    >>> from sklearn_rnn.inspection import find_lr
    >>> X, y = make_adding_problem(n_samples=200, n_timesteps=6, random_state=0)
    >>> found = find_lr(GRURegressor(8, random_state=0), X, y)
    >>> found.curve.columns.to_list()
    ['lr', 'loss', 'smooth_loss']
    >>> bool(0.001 < found.suggestion < 0.1)
    True
    """
    if not 0 < lr_min < lr_max < math.inf:
        raise ValueError(
            f"find_lr expects 0 < lr_min < lr_max. Got lr_min={lr_min!r}, "
            f"lr_max={lr_max!r}."
        )
    if not isinstance(n_steps, (int, np.integer)) or n_steps < FEWEST_STEPS:
        raise ValueError(
            f"find_lr expects n_steps to be an int of at least {FEWEST_STEPS}. Got "
            f"{n_steps!r}."
        )
    network, inputs = _take_apart(estimator, X, y)
    test = _RangeTest(np.geomspace(lr_min, lr_max, n_steps))
    plain = PLAIN.keys() & network.get_params(deep=False).keys()
    network.set_params(callbacks=[test], **{name: PLAIN[name] for name in plain})
    network._validate_params()
    with contextlib.suppress(_EndOfTest, TrainingDivergedError):
        while True:  # not partial_fit, which knows of no other data than one batch
            network._fit_epochs(inputs, y, None, hasattr(network, "net_"), 1, NoTasks())
    curve = test.curve()
    if not len(curve):
        raise ValueError("find_lr got a loss that is not finite before any update.")
    comparable = curve[ROUGH:] if len(curve) > ROUGH else curve
    best = float(curve["lr"][comparable["smooth_loss"].idxmin()]) / BELOW_THE_BEST
    _warn_of_nothing_found(curve["smooth_loss"].to_numpy(), best, lr_min)
    return Bunch(curve=curve, suggestion=max(lr_min, best))


class _EndOfTest(Exception):
    """Say that the last step size was tried, or the loss exploded."""


class _RangeTest(Callback):
    """Set the step size of each update, and note the loss before it."""

    def __init__(self, rates: NDArray[np.float64]) -> None:
        self.rates = rates
        self.losses: list[float] = []
        self.means: list[float] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> _RangeTest:
        return self  # the net takes copies of its callbacks, and we read this one

    def on_batch_begin(self, net: Any, **kwargs: Any) -> None:
        for group in net.optimizer_.param_groups:
            group["lr"] = float(self.rates[len(self.losses)])

    def on_batch_end(self, net: Any, loss: Any = None, **kwargs: Any) -> None:
        value = loss.item()
        if not math.isfinite(value):
            raise _EndOfTest
        self.losses.append(value)
        self.means.append(_running_mean(self.losses))
        if self._exploded() or len(self.losses) == len(self.rates):
            raise _EndOfTest

    def _exploded(self) -> bool:
        """Compare the rise from the minimum with the fall to it; losses may be < 0."""
        low = min(self.means)
        size = max(map(abs, self.losses[:ROUGH]))  # where nothing fell so far
        rise, fall = self.means[-1] - low, self.means[0] - low
        return rise > max(EXPLODED * fall, size) and len(self.losses) > ROUGH

    def curve(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "lr": self.rates[: len(self.losses)],
                "loss": self.losses,
                "smooth_loss": self.means,
            }
        )


def _warn_of_nothing_found(
    means: NDArray[np.float64], best: float, lr_min: float
) -> None:
    """Say so where the loss only rose, or was smallest where the test began."""
    if means[ROUGH:].min(initial=math.inf) >= means[0]:
        found = "saw no loss that fell"
    elif best <= lr_min:
        found = f"saw the smallest loss at a step size of {best * BELOW_THE_BEST:.2g}"
    else:
        return
    warn_caller(
        f"find_lr {found}, so its suggestion says nothing. Try a smaller lr_min (now "
        f"{lr_min!r}), more data or a larger n_steps, or a smaller clip_grad_norm.",
    )


def _running_mean(losses: list[float]) -> float:
    """Average with weights that fade into the past."""
    weights = SMOOTHING ** np.arange(len(losses))[::-1]
    return float(np.average(losses, weights=weights))


def _take_apart(estimator: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """Give a copy of the network, and what it reads."""
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("", estimator)]
    if not isinstance(steps[-1][1], BaseRecurrent):
        raise TypeError(
            "find_lr expects a recurrent estimator, or a Pipeline that ends in one. "
            f"Got {type(steps[-1][1]).__name__}."
        )
    copy = clone(estimator)
    if not isinstance(copy, Pipeline):
        return copy, X
    front = copy[:-1]
    return copy[-1], front.fit_transform(X, y) if len(front.steps) else X
