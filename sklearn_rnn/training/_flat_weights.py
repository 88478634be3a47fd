"""Module -> its trainable weights as views of one tensor, updated in few operations."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ELEMENTWISE = (
    torch.optim.Adam,
    torch.optim.AdamW,
    torch.optim.RMSprop,
    torch.optim.SGD,
)


def flatten_weights(module: nn.Module) -> nn.Parameter:
    """Lay the trainable weights of a module side by side, and make them views of that.

    Parameters
    ----------
    module : torch.nn.Module
        On the device where it will train.

    Returns
    -------
    torch.nn.Parameter of shape (n_weights,)
        For the optimizer; `tie_weights` gives it its gradient.
    """
    weights = _trainable(module)
    flat = nn.Parameter(torch.cat([w.detach().reshape(-1) for w in weights]))
    tie_weights(module, flat)
    return flat


def may_flatten(module: nn.Module, criterion: nn.Module, optimizer: type) -> bool:
    """Tell whether one tensor may hold all weights.

    Parameters
    ----------
    module, criterion : torch.nn.Module
        Network and loss, on the device where they will train.

    optimizer : type of torch.optim.Optimizer
        Rule of the update.

    Returns
    -------
    bool
        False where the update of a weight depends on more than its gradient, where the
        loss learns too, and for a module of the user's on a GPU whose recurrent layers
        are torch's: their `flatten_parameters`, for cuDNN, moves the weights.
    """
    if optimizer not in ELEMENTWISE or any(
        weight.requires_grad for weight in criterion.parameters()
    ):
        return False
    own = type(module).__module__.startswith("sklearn_rnn.")
    layers = [part for part in module.modules() if isinstance(part, nn.RNNBase)]
    return own or all(w.is_cpu for layer in layers for w in layer.parameters())


@torch.no_grad()
def tie_weights(module: nn.Module, flat: nn.Parameter) -> None:
    """Make weights and gradients views of one tensor again, where a copy cut the tie.

    What the module has is kept; a pickle or a deep copy gives it weights of its own.

    Parameters
    ----------
    module : torch.nn.Module
        Network in training.

    flat : torch.nn.Parameter of shape (n_weights,)
        What the optimizer updates.
    """
    if flat.grad is None:
        flat.grad = torch.zeros_like(flat)
    weights = _trainable(module)
    places = flat.detach().split([w.numel() for w in weights])
    gradients = flat.grad.split([w.numel() for w in weights])
    for weight, place, gradient in zip(weights, places, gradients, strict=True):
        if weight.data_ptr() != place.data_ptr():
            place.copy_(weight.reshape(-1))
            weight.data = place.view_as(weight)
        if weight.grad is None or weight.grad.data_ptr() != gradient.data_ptr():
            weight.grad = gradient.view_as(weight)


def untie_weights(module: nn.Module) -> None:
    """Give each weight memory of its own again, and no gradient.

    A pickle of views would hold the whole tensor once for each of them.

    Parameters
    ----------
    module : torch.nn.Module
        Network whose training has ended.
    """
    for weight in _trainable(module):
        weight.data = weight.detach().clone()
        weight.grad = None


def has_place_for(flat: Tensor, module: nn.Module) -> bool:
    """Tell whether one tensor has the size of all weights that learn now.

    Parameters
    ----------
    flat : Tensor of shape (n_weights,)
        What the optimizer updates.

    module : torch.nn.Module
        Network, some of whose weights may have been frozen since.

    Returns
    -------
    bool
        Whether `tie_weights` can join them.
    """
    return flat.numel() == sum(weight.numel() for weight in _trainable(module))


def _trainable(module: nn.Module) -> list[Tensor]:
    return [weight for weight in module.parameters() if weight.requires_grad]
