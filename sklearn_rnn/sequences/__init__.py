"""Sequences: the one data structure between rows and batches."""

from sklearn_rnn.sequences._padding import pad_sequences, unpad_sequences
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns

__all__ = ["Sequences", "TargetColumns", "pad_sequences", "unpad_sequences"]
