"""Look into networks: which step size suits them."""

from sklearn_rnn.inspection._learning_rate import find_lr

__all__ = ["find_lr"]
