"""Module -> name, weights and biases of each part that training can change."""

from __future__ import annotations

from torch import Tensor, nn

from sklearn_rnn.modules._recurrent import RecurrentDirection


def count_weights(module: nn.Module) -> list[tuple[str, int, int]]:
    """Count what training can change, part by part.

    Parameters
    ----------
    module : torch.nn.Module
        Network, our own or the user's.

    Returns
    -------
    list of tuple of (str, int, int)
        Name, weights and biases of each part that has any of its own, in the order of
        the module. A weight that two parts share is counted with the first.
    """
    rows: list[tuple[str, int, int]] = []
    seen: set[int] = set()
    cells: list[str] = []
    for name, part in module.named_modules():
        if any(name.startswith(f"{cell}.") for cell in cells):
            continue
        if isinstance(part, RecurrentDirection):
            cells.append(name)
            recurrent = part.rnn.weight_ih_l0.numel() + part.rnn.weight_hh_l0.numel()
            rows.append((name, recurrent, part.n_parameters - recurrent))
            continue
        own = {
            key: weight
            for key, weight in part.named_parameters(recurse=False)
            if weight.requires_grad and id(weight) not in seen
        }
        seen.update(map(id, own.values()))
        if own:
            biases = sum(w.numel() for key, w in own.items() if "bias" in key)
            rows.append((name, _count(part, own) - biases, biases))
    return rows


def _count(part: nn.Module, own: dict[str, Tensor]) -> int:
    total = sum(weight.numel() for weight in own.values())
    if isinstance(part, nn.Embedding) and part.padding_idx is not None and own:
        return total - part.embedding_dim  # a row that stays as it is
    return total
