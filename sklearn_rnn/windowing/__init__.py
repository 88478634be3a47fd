"""Rows of a table in, one window of earlier rows per row out."""

from sklearn_rnn.windowing._windower import SequenceWindower

__all__ = ["SequenceWindower"]
