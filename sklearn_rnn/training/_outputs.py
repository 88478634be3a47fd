"""Trained net, sequences on the device -> outputs, equal bits in any company."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sklearn_rnn.modules._recurrent import RecurrentDirection
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.training._batches import Reader, SequenceTensors
from sklearn_rnn.training._blocks import (
    BLOCK_SIZE,
    LARGE_BLOCK_SIZE,
    equal_blocks,
    place_blocks,
)
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._threads import limit_threads

Block = tuple[NDArray[np.intp], int]  # its sequences, and their padded length
BLOCKS_FOR_THREADS = 8  # fewer are read before a thread has started


def compute_outputs(
    net: SequenceNet,
    tensors: SequenceTensors,
    longest: int,
    read: Reader | None = None,
    per_step: bool = False,
    n_threads: int = 1,
) -> NDArray[np.float32]:
    """Compute what a module gives of all sequences, in blocks of equal shape.

    The number of steps in a block depends on nothing but the length of the sequence
    itself, and its number of sequences is one for all, or one of two where the cells
    compute each sequence as if it were alone. So an output has the same bits alone, in
    any company and in any order.

    Parameters
    ----------
    net : SequenceNet
        Trained.

    tensors : SequenceTensors of length n_samples
        Inputs.

    longest : int
        Length of the longest training sequence, see `equal_blocks`.

    read : callable or None, default=None
        Method of the module that takes x (B, T, F) and lengths (B,); None means its
        `forward`.

    per_step : bool, default=False
        Whether it gives outputs (B, T, ...) at each step.

    n_threads : int, default=1
        Threads of Python that share many blocks, where cells compute each sequence as
        if it were alone. The bits are the same.

    Returns
    -------
    ndarray of shape (n_samples, [n_timesteps,] n_outputs)
        Outputs in the scale of the network; NaN behind short sequences.
    """
    if net.module_.training:  # a callback may have broken off the training
        net.rest()
    read = read or net.module_
    many = len(tensors) >= LARGE_BLOCK_SIZE
    n_units = _count_units(net.module_) if many else None
    blocks = list(equal_blocks(tensors.lengths, longest, n_units))
    if n_units is None or len(blocks) < BLOCKS_FOR_THREADS:
        n_threads = 1
    if n_threads == 1:
        parts = _read_blocks(tensors, read, blocks)
    else:
        blocks, parts = _read_side_by_side(tensors, read, blocks, n_threads)
    order = [block for block, _ in blocks]
    return place_blocks(parts, order, tensors.lengths if per_step else None)


def _read_blocks(
    tensors: SequenceTensors, read: Reader, blocks: list[Block]
) -> list[NDArray[np.float32]]:
    parts = []
    with torch.inference_mode():
        for block, n_timesteps in blocks:
            size = max(len(block), BLOCK_SIZE)
            index = torch.as_tensor(np.resize(block, size), device=tensors.device)
            batch = tensors.gather(index, n_timesteps, ragged=True)
            parts.append(batch.outputs_of(read)[: len(block)].cpu().numpy())
    return parts


def _read_side_by_side(
    tensors: SequenceTensors, read: Reader, blocks: list[Block], n_threads: int
) -> tuple[list[Block], list[NDArray[np.float32]]]:
    """Share blocks out to threads; compiled cells let go of Python's lock."""
    shares = [blocks[i::n_threads] for i in range(n_threads)]

    def read_share(share: list[Block]) -> list[NDArray[np.float32]]:
        with limit_threads(1, 0):
            return _read_blocks(tensors, read, share)

    with ThreadPoolExecutor(n_threads) as pool:
        parts = [part for some in pool.map(read_share, shares) for part in some]
    return [block for share in shares for block in share], parts


@torch.inference_mode()
def _count_units(module: nn.Module) -> int | None:
    """Count the numbers in the state of a sequence that is computed as if alone."""
    cells = [m for m in module.modules() if isinstance(m, RecurrentDirection)]
    if not isinstance(module, SequenceModel) or not all(c.reads_alone for c in cells):
        return None
    return module.encoder.output_size
