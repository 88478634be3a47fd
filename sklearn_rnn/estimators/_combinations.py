"""Parameters, each valid by itself -> a refusal where two contradict each other."""

from __future__ import annotations

from typing import Any


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
    if estimator.stateful:
        _check_stateful(estimator)


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
    if estimator.instance_norm == "standard":
        raise ValueError(
            f"{type(estimator).__name__}(stateful=True) has no window whose spread "
            "instance_norm='standard' could divide by. Use 'last' or 'auto'."
        )
