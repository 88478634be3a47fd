"""Time-major sequences (T, B, F) or windows, one cell -> hidden states (T, B, H)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from sklearn_rnn.kernels._read_cell import can_read, read_cell, read_windows
from sklearn_rnn.kernels._row_windows import RowWindows, Steps, as_sequences
from sklearn_rnn.kernels._run_cell import run_cell
from sklearn_rnn.modules._alignment import align_columns, align_gates
from sklearn_rnn.modules._cell_options import PLAIN, CellOptions
from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._initialization import initialize_recurrent
from sklearn_rnn.modules._zoneout import Zoneout

State = tuple[Tensor, ...]  # (h,), for an LSTM (h, c): (B, H) each


class RecurrentDirection(nn.Module):
    """Run one cell over a sequence, from its first step to its last.

    Shape: x (T, B, F) -> (T, B, H). In evaluation a sequence has the same bits at any
    place in the batch.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}
        Equations of a step.

    input_size, hidden_size : int
        F and H.

    options : CellOptions
        How its weights begin and what is dropped.

    seed : int
        Seed of what is dropped; the next one is used too.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        options: CellOptions = PLAIN,
        seed: int = 0,
    ) -> None:
        super().__init__()
        owner = {"lstm": nn.LSTM, "gru": nn.GRU}.get(cell, nn.RNN)
        self.cell = cell
        self.options = options
        self.rnn = owner(input_size, hidden_size)  # owns the weights, in torch's layout
        self.weight_drop = SeededDropout(options.recurrent_dropout, seed)
        self.zoneout = Zoneout(options.zoneout, seed + 1)
        self.held_weights: list[Tensor] | None = None

    def forward(self, x: Steps) -> Tensor:
        """Compute the hidden state after each step, from a state of zeros."""
        return self.advance(x)[0]

    def advance(self, x: Steps, state: State | None = None) -> tuple[Tensor, State]:
        """Compute the hidden state after each step, and the state after the last.

        Parameters
        ----------
        x : Tensor of shape (T, B, F) or RowWindows
            Time-major sequences; windows in evaluation, without a state.

        state : tuple of Tensor of shape (B, H) or None, default=None
            Where to go on from; None means zeros.

        Returns
        -------
        tuple of (Tensor of shape (T, B, H), tuple of Tensor of shape (B, H))
            Hidden states, and the state to go on from.
        """
        weights = self.held_weights or self._weights()
        if not self.training and not self.zoneout.p:
            read = self._read(x, weights, state)
            if read is not None:
                return read
        x = as_sequences(x)
        if state is None:
            state = self.zero_state(x.shape[1])
        run = self._run if self.training else self._run_aligned
        return run(x, weights, state)

    def hold_weights(self) -> None:
        """Drop recurrent weights now, for each `advance` until they are let go."""
        self.held_weights = self._weights()

    def zero_state(self, n_samples: int) -> State:
        """Give the state before the first step, (B, H) for each of its parts."""
        zeros = self.rnn.weight_hh_l0.new_zeros(n_samples, self.rnn.hidden_size)
        return (zeros, zeros) if self.cell == "lstm" else (zeros,)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw new weights."""
        initialize_recurrent(
            self.rnn,
            generator,
            self.options.recurrent_init,
            self.options.input_init,
            self.options.forget_bias,
        )

    def _run(
        self, x: Tensor, weights: list[Tensor], state: State
    ) -> tuple[Tensor, State]:
        if self.zoneout.p:
            return self.zoneout(self.cell, x, weights, state)
        return run_cell(self.cell, x, weights, state, self.training)

    def _read(
        self, x: Steps, weights: list[Tensor], state: State | None
    ) -> tuple[Tensor, State] | None:
        """Read in compiled code; None where torch is to run.

        One sequence that was expanded to many is read once, and its states expanded,
        but those after the last step copied.
        """
        if isinstance(x, RowWindows):
            read, n_copies = read_windows(self.cell, x, weights), x.n_copies
        else:
            is_expanded = state is None and x.shape[1] > 1 and not x.stride(1)
            n_copies = x.shape[1] if is_expanded else 1
            x = x[:, :1] if is_expanded else x
            read = read_cell(
                self.cell, x, weights, state or self.zero_state(x.shape[1])
            )
        if read is None or n_copies == 1:
            return read
        h, end = read
        end = tuple(part.repeat(n_copies, 1) for part in end)
        return h.expand(-1, n_copies, -1), end

    def _run_aligned(
        self, x: Tensor, weights: list[Tensor], state: State
    ) -> tuple[Tensor, State]:
        """Do the same, with sequences that begin at whole cache lines."""
        hidden_size = self.rnn.hidden_size
        aligned = [align_gates(w, hidden_size) for w in weights]
        state = tuple(align_columns(part) for part in state)
        h, state = self._run(align_columns(x.contiguous()), aligned, state)
        return h[:, :, :hidden_size], tuple(part[:, :hidden_size] for part in state)

    def _weights(self) -> list[Tensor]:
        rnn = self.rnn  # its `all_weights` takes longer than a small product
        weight_ih, weight_hh = rnn.weight_ih_l0, self.weight_drop(rnn.weight_hh_l0)
        bias_ih, bias_hh = rnn.bias_ih_l0, rnn.bias_hh_l0
        if self.cell == "gru":  # r and z have one bias, n keeps that inside r * (...)
            r_and_z = 2 * rnn.hidden_size
            bias_hh = pad(bias_hh[r_and_z:], (r_and_z, 0))
        return [weight_ih, weight_hh, bias_ih, bias_hh]

    @property
    def reads_alone(self) -> bool:
        """Tell whether it computes sequences, in evaluation, as if each were alone."""
        return not self.zoneout.p and can_read(self.cell, self._weights())

    @property
    def n_parameters(self) -> int:
        """Count the weights that training can change."""
        *used, _ = self.rnn.all_weights[0]
        bias_inside_reset = self.rnn.hidden_size if self.cell == "gru" else 0
        return sum(weights.numel() for weights in used) + bias_inside_reset
