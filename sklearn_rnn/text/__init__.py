"""Texts in, one sequence of token ids per text out."""

from sklearn_rnn.text._vectorizer import SequenceVectorizer

__all__ = ["SequenceVectorizer"]
