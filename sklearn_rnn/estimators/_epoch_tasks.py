"""Epochs of a fit -> tasks of scikit-learn's callbacks, so that progress bars nest."""

from __future__ import annotations

from typing import Any

from sklearn_rnn._compat import has_callbacks


class EpochTasks:
    """Tell the callbacks set by `set_callbacks` of a fit and of each of its epochs.

    Parameters
    ----------
    estimator : estimator
        Estimator in its fit.

    X, y, sample_weight : object
        What its fit was given.

    n_epochs : int
        Largest number of epochs.
    """

    def __init__(
        self, estimator: Any, X: Any, y: Any, sample_weight: Any, n_epochs: int
    ) -> None:
        self.arguments = {
            "estimator": estimator,
            "X": X,
            "y": y,
            "metadata": {"sample_weight": sample_weight},
        }
        self.fit_task = estimator._init_callback_context(max_subtasks=n_epochs)
        self.fit_task.call_on_fit_task_begin(**self.arguments)
        self.has_listeners = has_callbacks(self.fit_task)

    def begin(self) -> None:
        """Open the task of an epoch."""
        self.epoch_task = self.fit_task.subcontext(task_name="epoch")
        self.epoch_task.call_on_fit_task_begin(**self.arguments)

    def end(self) -> bool:
        """Close the task of an epoch; True if a callback asks to stop."""
        return self.epoch_task.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes={}
        )

    def finish(self) -> None:
        """Close the task of the fit."""
        self.fit_task.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes={}
        )


class NoTasks:
    """Stand in where no callback listens: `partial_fit` is one epoch by itself."""

    has_listeners = False

    def begin(self) -> None:
        """Do nothing."""

    def end(self) -> bool:
        """Ask for nothing."""
        return False
