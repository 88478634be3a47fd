"""Flat parameters of an estimator -> module with drawn weights, net ready to train."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import torch
from skorch.callbacks import Callback
from torch import nn

from sklearn_rnn.modules._seq2seq import Seq2SeqModel
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.training._callbacks import LogWhenAsked
from sklearn_rnn.training._inside_torch import give_memory
from sklearn_rnn.training._losses import WeightedLoss
from sklearn_rnn.training._net import SequenceNet

Model = SequenceModel | Seq2SeqModel
OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


def build_module(
    weight_seed: int, kind: type[Model] = SequenceModel, **parameters: Any
) -> Model:
    """Make a module and draw its weights from a generator of its own.

    Parameters
    ----------
    weight_seed : int
        Seed of the weights.

    kind : type, default=SequenceModel
        SequenceModel or Seq2SeqModel.

    **parameters : dict
        Arguments of its constructor.

    Returns
    -------
    SequenceModel or Seq2SeqModel
        On the CPU.
    """
    with torch.device("meta"):  # torch's own draws would move the process-wide seed
        module = kind(**parameters)
    give_memory(module)
    module.reset_parameters(torch.Generator().manual_seed(weight_seed))
    return module


def build_net(
    module: nn.Module,
    criterion: WeightedLoss,
    *,
    optimizer: Any,
    lr: float,
    weight_decay: float,
    l1: float,
    clip_grad_norm: float | None,
    clip_grad_value: float | None,
    callbacks: Any,
    device: str,
    verbose: int,
    record_gradients: bool = False,
) -> SequenceNet:
    """Make the net that trains a module.

    Parameters
    ----------
    module : torch.nn.Module
        Network with its weights.

    criterion : WeightedLoss
        Loss.

    optimizer : str or type of torch.optim.Optimizer
        Update rule.

    lr, weight_decay : float
        Its step size and its L2 penalty.

    l1 : float
        L1 penalty.

    clip_grad_norm, clip_grad_value : float or None
        Bounds on the gradient.

    callbacks : list of skorch.callbacks.Callback or None
        Copied, so that a fit leaves the user's objects alone.

    device : str
        Where to train.

    verbose : int
        Whether to print a line per epoch.

    record_gradients : bool, default=False
        Whether the history has the norms of the gradients.

    Returns
    -------
    SequenceNet
        Initialised net.
    """
    optimizer = OPTIMIZERS.get(optimizer, optimizer)
    hooks: list[Callback] = list(copy.deepcopy(callbacks or []))
    net = SequenceNet(
        module,
        criterion,
        optimizer=optimizer,
        lr=lr,
        l1=l1,
        clip_grad_norm=clip_grad_norm,
        clip_grad_value=clip_grad_value,
        record_gradients=record_gradients,
        callbacks=hooks,
        callbacks__train_loss=None,  # recorded by SequenceNet, per epoch
        callbacks__valid_loss=None,
        callbacks__print_log=LogWhenAsked(keys_ignored="gradient_norms"),
        train_split=None,
        device=device,
        verbose=verbose,
        **_optimizer_options(optimizer, weight_decay),
    )
    return net.initialize()


def _optimizer_options(
    optimizer: type[torch.optim.Optimizer], weight_decay: float
) -> dict[str, Any]:
    known = inspect.signature(optimizer).parameters
    options: dict[str, Any] = {}
    if "fused" in known:
        options["optimizer__fused"] = True
    if weight_decay and "weight_decay" not in known:
        raise ValueError(
            f"{optimizer.__name__} has no weight decay. Got weight_decay="
            f"{weight_decay!r}; pass 0 or another optimizer."
        )
    if "weight_decay" in known:
        options["optimizer__weight_decay"] = weight_decay
    return options
