"""Look into networks: which step size suits them."""

from sklearn_rnn.inspection._learning_rate import find_lr
from sklearn_rnn.inspection._parameters import parameter_table

__all__ = ["find_lr", "parameter_table"]
