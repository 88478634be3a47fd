"""Estimators: sequences in, predictions on the same rows out."""

from sklearn_rnn.estimators._gru_regressor import GRURegressor
from sklearn_rnn.estimators._lstm_regressor import LSTMRegressor
from sklearn_rnn.estimators._rnn_regressor import RNNRegressor

__all__ = ["GRURegressor", "LSTMRegressor", "RNNRegressor"]
