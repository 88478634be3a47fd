"""Networks as torch modules: tensors in, tensors out."""

from sklearn_rnn.modules._dropout import SeededDropout
from sklearn_rnn.modules._encoder import RecurrentEncoder, RecurrentLayer
from sklearn_rnn.modules._sequence_model import SequenceModel

__all__ = ["RecurrentEncoder", "RecurrentLayer", "SeededDropout", "SequenceModel"]
