"""Recurrent cells in compiled code: tensors in, tensors with gradients out."""

from sklearn_rnn.kernels._run_cell import run_cell

__all__ = ["run_cell"]
