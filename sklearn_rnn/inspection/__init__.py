"""Estimator -> a step size that suits it, or how many weights each layer has."""

from sklearn_rnn.inspection._learning_rate import find_lr
from sklearn_rnn.inspection._parameters import parameter_table

__all__ = ["find_lr", "parameter_table"]
