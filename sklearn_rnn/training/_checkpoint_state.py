"""A training between two epochs <-> named arrays and facts of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.training._checkpoint_file import Arrays
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._snapshots import WeightSnapshots

PLAIN = (bool, int, float, str, type(None))


def collect_state(
    net: SequenceNet, snapshots: WeightSnapshots, order: torch.Generator | None
) -> tuple[Arrays, dict]:
    """Copy all that the next epoch depends on.

    Parameters
    ----------
    net : SequenceNet
        Net after an epoch.

    snapshots : WeightSnapshots
        Its best weights.

    order : torch.Generator or None
        Source of the order of batches.

    Returns
    -------
    arrays : dict of str to ndarray
        Weights, moments of the optimizer, states of generators.

    facts : dict
        The rest, for JSON.
    """
    arrays: Arrays = {}
    state = {
        "parts": {
            name: part.state_dict() for name, part in _parts(net, snapshots).items()
        },
        "generators": {
            place: (str(generator.device), generator.get_state())
            for place, generator in _generators(net, order)
        },
        "history": [_plain_entries(epoch) for epoch in net.history],
    }
    return arrays, _pack(state, "state", arrays)


def restore_state(
    net: SequenceNet,
    snapshots: WeightSnapshots,
    order: torch.Generator | None,
    arrays: Arrays,
    facts: dict,
) -> None:
    """Bring a new net to where another was after an epoch.

    Parameters
    ----------
    net, snapshots, order
        As in `collect_state`, of a training that has not begun.

    arrays, facts : dict
        What `collect_state` gave.
    """
    state = _unpack(facts, arrays)
    for name, part in _parts(net, snapshots).items():
        part.load_state_dict(state["parts"][name])
    places = _places(net)
    for place, (device, generator_state) in state["generators"].items():
        if place == "order":
            generator = order
        else:
            owner, attribute = place.rsplit(" ", 1)
            generator = torch.Generator(device)
            setattr(places[owner], attribute, generator)
        if generator is not None:
            generator.set_state(generator_state)
    net.history.extend({"batches": [], **epoch} for epoch in state["history"])


def _parts(net: SequenceNet, snapshots: WeightSnapshots) -> dict[str, Any]:
    """Name what gives and takes its state by `state_dict` and `load_state_dict`."""
    parts = {
        "module": net.module_,
        "criterion": net.criterion_,
        "optimizer": net.optimizer_,
        "snapshots": snapshots,  # after the module, whose weights are the last ones
        "schedule": net.schedule,
    }
    return {name: part for name, part in parts.items() if part is not None}


def _places(net: SequenceNet) -> dict[str, Any]:
    """Name every object that may hold a generator."""
    places: dict[str, Any] = {"net": net}
    for root in ("module", "criterion"):
        for name, module in getattr(net, f"{root}_").named_modules(prefix=root):
            places[name] = module
    return places


def _generators(
    net: SequenceNet, order: torch.Generator | None
) -> Iterator[tuple[str, torch.Generator]]:
    if order is not None:
        yield "order", order
    for name, owner in _places(net).items():
        for attribute, value in vars(owner).items():
            if isinstance(value, torch.Generator):
                yield f"{name} {attribute}", value


def _plain_entries(epoch: dict[str, Any]) -> dict[str, Any]:
    """Leave out single batches and what callbacks noted that JSON cannot hold."""
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in epoch.items()}
    return {k: v for k, v in plain.items() if k != "batches" and _is_plain(v)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN)


def _pack(value: Any, name: str, arrays: Arrays) -> Any:
    """Put tensors among the arrays and name them where they stood."""
    if isinstance(value, Tensor):
        arrays[name] = value.detach().cpu().numpy()
        return {"array": name}
    if isinstance(value, dict):  # with keys that need not be strings
        items = [[k, _pack(v, f"{name}.{k}", arrays)] for k, v in value.items()]
        return {"dict": items}
    if isinstance(value, (list, tuple)):
        items = [_pack(v, f"{name}.{i}", arrays) for i, v in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, PLAIN):
        return value
    raise TypeError(
        f"A checkpoint holds tensors and numbers. {name!r} of the training is a "
        f"{type(value).__name__}; pass another optimizer, or checkpoint_path=None."
    )


def _unpack(packed: Any, arrays: Arrays) -> Any:
    if not isinstance(packed, dict):
        return packed
    [(kind, content)] = packed.items()
    if kind == "array":
        return torch.from_numpy(arrays[content])
    if kind == "dict":
        return {key: _unpack(value, arrays) for key, value in content}
    values = [_unpack(value, arrays) for value in content]
    return tuple(values) if kind == "tuple" else values
