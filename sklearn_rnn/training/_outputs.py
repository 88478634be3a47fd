"""Trained net, sequences on the device -> outputs, equal bits in any company."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sklearn_rnn.modules._dropout import LockedDropout
from sklearn_rnn.modules._encoder import RecurrentEncoder, RecurrentLayer
from sklearn_rnn.modules._recurrent import RecurrentDirection
from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.modules._step_input import StepInput
from sklearn_rnn.training._blocks import (
    BLOCK_SIZE,
    LARGE_BLOCK_SIZE,
    equal_blocks,
    place_blocks,
)
from sklearn_rnn.training._inside_torch import is_untouched, modules_have_hooks
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._sequence_tensors import Reader, SequenceTensors
from sklearn_rnn.training._threads import limit_threads

Block = tuple[NDArray[np.intp], int]  # its sequences, and their padded length
BlockReader = Callable[[SequenceTensors, Reader, Block], NDArray[np.float32]]
FEWEST_TO_SHARE = 8  # blocks; fewer are read before a thread has started
POOL_IS_FREE = Lock()  # threads that predict at once do not each start others


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
    reads_windows = _reads_windows(net.module_, tensors)
    read_block = partial(_read_windows if reads_windows else _read_block, net.module_)
    may_share = n_threads > 1 and n_units is not None and len(blocks) >= FEWEST_TO_SHARE
    if may_share and POOL_IS_FREE.acquire(blocking=False):
        try:
            parts = _read_side_by_side(read_block, tensors, read, blocks, n_threads)
        finally:
            POOL_IS_FREE.release()
    else:
        parts = [read_block(tensors, read, block) for block in blocks]
    order = [members for members, _ in blocks]
    return place_blocks(parts, order, tensors.lengths if per_step else None)


@torch.inference_mode()
def _read_block(
    module: nn.Module, tensors: SequenceTensors, read: Reader, block: Block
) -> NDArray[np.float32]:
    members, n_timesteps = block
    index, n_copies = _fill(members, type(module) is SequenceModel)
    batch = tensors.gather(index.to(tensors.device), n_timesteps, ragged=True)
    outputs = batch.expand(n_copies).outputs_of(read)
    return outputs[: len(members)].cpu().numpy()


@torch.inference_mode()
def _read_windows(
    module: SequenceModel, tensors: SequenceTensors, read: Reader, block: Block
) -> NDArray[np.float32]:
    """Do the same without copying rows."""
    members, n_timesteps = block
    index, n_copies = _fill(members, True)
    windows, lengths = tensors.windows(index, n_timesteps, n_copies)
    is_whole = (tensors.lengths[members] == n_timesteps).all()
    only_ends = is_whole and not module.needs_each_step()
    outputs = read(windows, None if only_ends else lengths)
    return outputs[: len(members)].cpu().numpy()


def _fill(members: NDArray[np.intp], sees_copies: bool) -> tuple[Tensor, int]:
    """Fill a block, or say as how many one sequence stands that is then read once."""
    if len(members) == 1 and sees_copies:
        return torch.as_tensor(members), BLOCK_SIZE
    return torch.as_tensor(np.resize(members, max(len(members), BLOCK_SIZE))), 1


def _reads_windows(module: nn.Module, tensors: SequenceTensors) -> bool:
    """Tell whether the module takes windows, and nobody else sees what it reads."""
    if not is_untouched(module, SequenceModel) or modules_have_hooks():
        return False
    network = cast(SequenceModel, module)
    inputs, encoder = network.inputs, network.encoder
    if not is_untouched(inputs, StepInput) or inputs.embedding is not None:
        return False
    if not is_untouched(inputs.dropout, LockedDropout):
        return False
    layer = cast(RecurrentLayer, encoder.layers[0])
    return (
        is_untouched(encoder, RecurrentEncoder)
        and is_untouched(layer, RecurrentLayer)
        and is_untouched(layer.directions[0], RecurrentDirection)
        and tensors.rows.is_cpu
        and tensors.segment_length == 1
    )


def _read_side_by_side(
    read_block: BlockReader,
    tensors: SequenceTensors,
    read: Reader,
    blocks: list[Block],
    n_threads: int,
) -> list[NDArray[np.float32]]:
    """Let threads take the blocks in turn; compiled cells let go of Python's lock."""
    parts: list[Any] = [None] * len(blocks)
    to_read = iter(range(len(blocks)))  # a step of it is one step of the interpreter

    def take_blocks() -> None:
        with limit_threads(1, 0):
            for place in to_read:
                parts[place] = read_block(tensors, read, blocks[place])

    pool = ThreadPoolExecutor(n_threads - 1)
    try:
        others = [pool.submit(take_blocks) for _ in range(n_threads - 1)]
        take_blocks()
        for other in others:
            other.result()
    finally:  # after an error, or Ctrl-C, nobody takes another block
        for _ in to_read:
            pass
        pool.shutdown()
    return parts


@torch.inference_mode()
def _count_units(module: nn.Module) -> int | None:
    """Count the numbers in the state of a sequence that is computed as if alone."""
    cells = [m for m in module.modules() if isinstance(m, RecurrentDirection)]
    if not isinstance(module, SequenceModel) or not all(c.reads_alone for c in cells):
        return None
    return module.encoder.output_size
