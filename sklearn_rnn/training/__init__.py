"""Training of a module by skorch: batches in, trained net out."""

from sklearn_rnn.training._net import SequenceNet

__all__ = ["SequenceNet"]
