"""Rows of a table in, recurrent networks' predictions on the same rows out."""

from importlib.metadata import version

from sklearn_rnn.estimators._gru_classifier import GRUClassifier
from sklearn_rnn.estimators._gru_regressor import GRURegressor
from sklearn_rnn.estimators._lstm_classifier import LSTMClassifier
from sklearn_rnn.estimators._lstm_regressor import LSTMRegressor
from sklearn_rnn.estimators._rnn_classifier import RNNClassifier
from sklearn_rnn.estimators._rnn_regressor import RNNRegressor
from sklearn_rnn.estimators._seq2seq_classifier import Seq2SeqClassifier
from sklearn_rnn.estimators._seq2seq_regressor import Seq2SeqRegressor
from sklearn_rnn.sequences._padding import pad_sequences, unpad_sequences
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.text._vectorizer import SequenceVectorizer
from sklearn_rnn.windowing._windower import SequenceWindower

__version__ = version("sklearn-rnn")

__all__ = [
    "GRUClassifier",
    "GRURegressor",
    "LSTMClassifier",
    "LSTMRegressor",
    "RNNClassifier",
    "RNNRegressor",
    "Seq2SeqClassifier",
    "Seq2SeqRegressor",
    "SequenceVectorizer",
    "SequenceWindower",
    "Sequences",
    "pad_sequences",
    "unpad_sequences",
]
