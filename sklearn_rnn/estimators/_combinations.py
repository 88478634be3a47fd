"""Parameters, each valid by itself -> a refusal where two contradict each other."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.training._custom_module import class_of


def check_combinations(estimator: Any) -> None:
    """Refuse parameters of which one would silently switch off another.

    Parameters
    ----------
    estimator : BaseRecurrent
        With parameters that are valid one by one.

    Raises
    ------
    ValueError
        Naming both.
    """
    name = type(estimator).__name__
    if estimator.bidirectional and estimator.bptt_steps is not None:
        raise ValueError(
            f"{name} cannot cut the gradient after bptt_steps={estimator.bptt_steps} "
            "steps with bidirectional=True: the second direction begins where the "
            "first ends. Set one of them back."
        )
    if estimator.pooling == "attention" and estimator.bptt_steps is not None:
        raise ValueError(
            f"{name} cannot cut the gradient after bptt_steps={estimator.bptt_steps} "
            "steps with pooling='attention', which weighs all of them at once. Set one "
            "of them back."
        )
    if estimator.module is not None and estimator.stateful:
        raise ValueError(
            f"{name}(stateful=True) carries the state of its own layers on, and knows "
            f"none of module={class_of(estimator.module).__name__}. Set one of them "
            "back."
        )
    _check_layers(estimator)
    _check_ratio(estimator)
    _check_embedding(estimator)
    if estimator.stateful:
        _check_stateful(estimator)


def check_steps(estimator: Any, sequences: Sequences) -> None:
    """Refuse parameters that have no meaning where y has a target for each step.

    Parameters
    ----------
    estimator : BaseRecurrent
        With parameters that are valid one by one.

    sequences : Sequences
        What it is to learn from.

    Raises
    ------
    ValueError
        Naming what to set back.
    """
    name = type(estimator).__name__
    needed = {"pooling": "last", "segment_length": 1}
    for parameter, value in needed.items():
        given = getattr(estimator, parameter)
        if given != value:
            raise ValueError(
                f"{name} learns a target for each time step from y, which needs "
                f"{parameter}={value!r}. Got {given!r}."
            )
    if estimator.stateful and sequences.groups is not None:
        raise ValueError(
            f"{name}(stateful=True) reads each row of a table once, and learns one "
            "target per row. Got y with a target for each step of each window."
        )


def check_one_batch(estimator: Any) -> None:
    """Refuse parameters that need all the data, where only a part is given.

    Parameters
    ----------
    estimator : BaseRecurrent
        In `partial_fit`.

    Raises
    ------
    ValueError
        If the weights of classes are to follow from how many there are.
    """
    given = getattr(estimator, "class_weight", None)
    if isinstance(given, str):
        raise ValueError(
            f"{type(estimator).__name__}.partial_fit sees a part of the data, and "
            f"class_weight={given!r} counts all of them. Pass the weights as a dict, "
            "such as those of sklearn.utils.class_weight.compute_class_weight."
        )


def check_monitors(estimator: Any, validating: bool) -> None:
    """Refuse callbacks of skorch that wait for a validation loss where there is none.

    Parameters
    ----------
    estimator : BaseRecurrent
        With its callbacks.

    validating : bool
        Whether samples are held out.

    Raises
    ------
    ValueError
        If one, as EarlyStopping does by default, looks at "valid_loss".
    """
    for named in () if validating else estimator.callbacks or ():
        callback = named[1] if isinstance(named, tuple) else named
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str) and monitor in ("valid_loss", "valid_loss_best"):
            name, other = type(callback).__name__, monitor.replace("valid", "train")
            raise ValueError(
                f"The callback {name} looks at {monitor!r}, and no samples are held "
                f"out: that does fit with early_stopping=True. Or pass {name}("
                f"monitor={other!r})."
            )


def _check_layers(estimator: Any) -> None:
    name, sizes = type(estimator).__name__, estimator.hidden_size
    is_bool = isinstance(sizes, bool)
    if isinstance(sizes, Integral) and not is_bool:
        return
    if is_bool or not sizes or not all(map(_is_size, sizes)):
        raise ValueError(
            f"{name} expects hidden_size to be an int, or a tuple of the size of each "
            f"layer, all at least 1. Got {sizes!r}."
        )
    if estimator.num_layers not in (1, len(sizes)):
        raise ValueError(
            f"hidden_size={sizes!r} has {len(sizes)} layers, and num_layers is "
            f"{estimator.num_layers!r}. Leave num_layers out."
        )
    if estimator.residual and len(set(sizes)) > 1:
        raise ValueError(
            f"{name}(residual=True) adds what a layer shows to what it reads, so all "
            f"layers need the same size. Got hidden_size={sizes!r}."
        )


def _is_size(size: Any) -> bool:
    return isinstance(size, (int, np.integer)) and size is not True and bool(size > 0)


def _check_ratio(estimator: Any) -> None:
    ratio: Any = getattr(estimator, "teacher_forcing_ratio", 1.0)
    if not isinstance(ratio, Real) and not (
        len(ratio) == 2 and all(map(_is_probability, ratio))
    ):
        raise ValueError(
            f"{type(estimator).__name__} expects teacher_forcing_ratio to be a number "
            "from 0 to 1, or a tuple of its first and last value, (1.0, 0.0). Got "
            f"{ratio!r}."
        )


def _is_probability(value: Any) -> bool:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return is_number and bool(0 <= value <= 1)


def _check_embedding(estimator: Any) -> None:
    name = type(estimator).__name__
    if estimator.embedding_dim is None and estimator.num_embeddings is not None:
        raise ValueError(
            f"num_embeddings={estimator.num_embeddings!r} counts the tokens that an "
            "embedding knows. Pass embedding_dim, the weights of each, too."
        )
    if estimator.embedding_dim is not None and estimator.stateful:
        raise ValueError(
            f"{name}(stateful=True) reads rows of numbers. Got embedding_dim="
            f"{estimator.embedding_dim!r}, for tokens."
        )


def _check_stateful(estimator: Any) -> None:
    needed = {"bidirectional": False, "pooling": "last", "segment_length": 1}
    for parameter, value in needed.items():
        given = getattr(estimator, parameter)
        if given != value:
            raise ValueError(
                f"{type(estimator).__name__}(stateful=True) predicts from the state "
                f"after the rows so far, which needs {parameter}={value!r}. Got "
                f"{given!r}."
            )
    if getattr(estimator, "instance_norm", None) == "standard":
        raise ValueError(
            f"{type(estimator).__name__}(stateful=True) has no window whose spread "
            "instance_norm='standard' could divide by. Use 'last' or 'auto'."
        )
