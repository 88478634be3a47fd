"""What an estimator learns -> loss, outputs and scale of its network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn_rnn.sequences._target_columns import TargetColumns


@dataclass(frozen=True)
class Task:
    """Say what the outputs of a network are, and how they are compared with targets.

    Parameters
    ----------
    n_outputs : int
        Numbers that the network predicts, quantiles counted once.

    criterion : str or type of torch.nn.Module
        Loss.

    quantiles : tuple of float or None
        Levels of each output.

    log : bool
        Whether an output is the logarithm of what it predicts.

    instance_norm : {"last", "standard"} or None
        How the columns are read that targets copy.

    target_columns : TargetColumns or None
        Those columns.

    class_weights : sequence of float or None
        Weight of each class, where targets are numbers of classes.

    has_scale : bool
        Whether targets are quantities; classes are not.

    n_steps : int or None
        Output steps of a decoder; None asks for a network without one.
    """

    n_outputs: int
    criterion: Any
    quantiles: tuple[float, ...] | None = None
    log: bool = False
    instance_norm: str | None = None
    target_columns: TargetColumns | None = None
    class_weights: Sequence[float] | None = None
    has_scale: bool = True
    n_steps: int | None = None
