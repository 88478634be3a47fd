"""Path and identity of a training -> it goes on where a process before has ended."""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import torch

from sklearn_rnn.exceptions import CheckpointError
from sklearn_rnn.training._checkpoint_file import (
    previous_of,
    read_checkpoint,
    write_checkpoint,
)
from sklearn_rnn.training._checkpoint_state import collect_state, restore_state
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._snapshots import WeightSnapshots

ABSENT = "absent"
PAIRING = "the order of X, y or sample_weight"


class Identity(NamedTuple):
    """What must be equal for a training to go on with equal bits."""

    settings: dict[str, Any]  # shown by value
    data: dict[str, str]  # digests


class Checkpointer:
    """Save a training after its epochs, and go on with one that was saved.

    Parameters
    ----------
    path : str or PathLike
        Checkpoint file; or a folder, where each training has a file of its own.

    every : int
        Epochs between two saves.

    n_epochs : int
        Epochs of the whole training, at most.

    identity : Identity
        Compared with that of a saved training.

    hooks : str, default=""
        What else tells trainings in one folder apart.

    Raises
    ------
    CheckpointError
        If nothing can be written there.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        every: int,
        n_epochs: int,
        identity: Identity,
        hooks: str = "",
    ) -> None:
        self.path = Path(path)
        self.every = every
        self.n_epochs = n_epochs
        facts = json.dumps(identity)
        self.identity = Identity(*json.loads(facts))
        self.in_folder = self.path.is_dir()
        self.saves = True
        if self.in_folder:
            digest = blake2b((facts + hooks).encode(), digest_size=16).hexdigest()
            self.path = self.path / f"{digest}.checkpoint"
        is_missing = str(path).endswith(("/", os.sep)) and not self.in_folder
        if is_missing or not os.access(self.path.resolve().parent, os.W_OK):
            raise CheckpointError(
                f"checkpoint_path={str(path)!r} must be a folder that exists, or a "
                "file in one, and can be written."
            )

    def restore(
        self,
        net: SequenceNet,
        snapshots: WeightSnapshots,
        order: torch.Generator | None,
    ) -> int:
        """Bring a new training to where the saved one is, if there is one.

        Parameters
        ----------
        net, snapshots, order
            As in `collect_state`.

        Returns
        -------
        int
            Number of epochs that are left to train, at most.

        Raises
        ------
        CheckpointError
            If there is a file and it is no usable checkpoint.

        ValueError
            If it belongs to another training.
        """
        if not (self.path.exists() or previous_of(self.path.resolve()).exists()):
            return self.n_epochs
        arrays, facts = read_checkpoint(self.path)
        if self.in_folder and facts["n_epochs"] > self.n_epochs:
            self.saves = False  # a longer one of the same training is there
            return self.n_epochs
        self._refuse_another(facts["settings"], facts["data"], facts["n_epochs"])
        try:
            restore_state(net, snapshots, order, arrays, facts["state"])
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"The checkpoint {str(self.path)!r} was written by another version of "
                f"sklearn_rnn or torch, and does not fit: {error}. {self._advice()}"
            ) from error
        return 0 if facts["stopped"] else self.n_epochs - len(net.history)

    def save(
        self,
        net: SequenceNet,
        snapshots: WeightSnapshots,
        order: torch.Generator | None,
        stopped: bool,
    ) -> None:
        """Write the checkpoint if it is due after this epoch.

        Parameters
        ----------
        net, snapshots, order
            As in `collect_state`.

        stopped : bool
            Whether the training has ended before its largest number of epochs.
        """
        n_done = len(net.history)
        is_due = stopped or n_done == self.n_epochs or n_done % self.every == 0
        if not (is_due and self.saves):
            return
        arrays, state = collect_state(net, snapshots, order)
        facts = {
            **self.identity._asdict(),
            "n_epochs": n_done,
            "stopped": stopped,
            "state": state,
        }
        write_checkpoint(self.path, arrays, facts, alone=not self.in_folder)

    def _refuse_another(
        self, settings: dict[str, Any], data: dict[str, str], n_done: int
    ) -> None:
        now = self.identity.settings
        changes = [
            f"{name} was {settings.get(name, ABSENT)!r}, is {now.get(name, ABSENT)!r}"
            for name in {**settings, **now}
            if settings.get(name, ABSENT) != now.get(name, ABSENT)
        ]
        digests = self.identity.data
        changed = [name for name in digests if digests[name] != data.get(name)]
        if len(changed) > 1:  # then this one says nothing more
            changed = [name for name in changed if name != PAIRING]
        changes += [f"{name} has changed" for name in changed]
        if n_done > self.n_epochs:
            changes.append(f"it has {n_done} epochs, max_epochs is {self.n_epochs}")
        if changes:
            raise ValueError(
                f"The checkpoint {str(self.path)!r} belongs to another training: "
                f"{'; '.join(changes)}. {self._advice()}"
            )

    def _advice(self) -> str:
        previous = previous_of(self.path)
        return (
            f"Pass another path, or delete it and {previous.name!r} to begin anew; in "
            "a search pass a folder that exists."
        )
