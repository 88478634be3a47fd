"""Rows of several series, trained module -> outputs at some rows, states at the end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sklearn_rnn.modules._recurrent import State
from sklearn_rnn.modules._sequence_model import SequenceModel

CHUNK = 50_000  # rows that are read at a time: bounds the memory for their states


class Reading(NamedTuple):
    """Hold what a module made of some series."""

    outputs: NDArray[np.float32]  # (n_samples, n_outputs)
    ends: list[list[State]]  # of each series: per layer, (H,) each


def read_series(
    module: SequenceModel,
    rows: Tensor,
    begins: NDArray[np.intp],
    ends: NDArray[np.intp],
    states: list[list[State]],
    wanted: tuple[NDArray[np.intp], NDArray[np.intp]],
    to_outputs: bool = True,
) -> Reading:
    """Read series side by side, each row once.

    Parameters
    ----------
    module : SequenceModel
        In evaluation, with one direction.

    rows : Tensor of shape (n_rows, n_features)
        Scaled rows.

    begins, ends : ndarray of shape (n_series,)
        First row of each series to be read, and one past its last.

    states : list of length n_series
        Per layer, the state to begin from.

    wanted : tuple of ndarray of shape (n_samples,)
        Series, and row in it counted from its `begin`, after which an output is asked
        for; -1 asks for the output of the state that it begins from.

    to_outputs : bool, default=True
        False asks for the states that the outputs are made of.

    Returns
    -------
    Reading
        Outputs in the scale of the network, and the states after the last rows.
    """
    lengths = ends - begins
    order = np.argsort(-lengths, kind="stable")
    place = np.argsort(order)
    lane, step = place[wanted[0]], wanted[1]
    show = module.read_out if to_outputs else nn.Identity()
    with torch.inference_mode():
        now = [_stack(layer) for layer in zip(*(states[i] for i in order), strict=True)]
        shown = show(module.encoder.shown(now))  # before the first row
        outputs = shown.cpu().numpy()[np.where(step < 0, lane, 0)]
        last = list(states)
        for begin, end, n_lanes in _pieces(lengths[order]):
            now = [tuple(part[:n_lanes] for part in state) for state in now]
            index = begins[order[:n_lanes]] + np.arange(begin, end)[:, None]
            h, now = module.encoder.advance(rows[index], now)
            here = np.flatnonzero((begin <= step) & (step < end))
            if len(here):  # of all steps: outputs are shorter than states to pick from
                shown = show(h).cpu().numpy()
                outputs[here] = shown[step[here] - begin, lane[here]]
            for i in np.flatnonzero(lengths[order[:n_lanes]] == end):
                last[order[i]] = [tuple(p[i].clone() for p in s) for s in now]
    return Reading(outputs, last)


def _pieces(lengths: NDArray[np.intp]) -> Iterator[tuple[int, int, int]]:
    """Cut the steps where a series ends; give how many are still to be read there."""
    step = max(1, CHUNK // len(lengths))
    cuts = sorted({0, *lengths.tolist(), *range(0, int(lengths.max()), step)})
    for begin, end in pairwise(cuts):
        yield begin, end, int((lengths > begin).sum())


def _stack(states: tuple[State, ...]) -> State:
    return tuple(torch.stack(parts) for parts in zip(*states, strict=True))
