r"""Texts -> one sequence of token ids per text, and back."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.text._documents import check_documents
from sklearn_rnn.text._ids import (
    FIRST_WORD,
    MOST_IDS,
    RESERVED,
    UNKNOWN,
    read_ids,
)
from sklearn_rnn.text._reader import TextReader


class SequenceVectorizer(  # type: ignore[call-arg]  # the mixin ships no types
    TransformerMixin, TextReader, auto_wrap_output_keys=None
):
    r"""Turn each text into the sequence of the ids of its tokens.

    A text in, a sequence out: the number and the order of the texts never change. Words
    or characters become integers in the order in which they are read, where
    :class:`~sklearn.feature_extraction.text.CountVectorizer` keeps only how often each
    occurs. Texts are read just as it reads them.

    The vocabulary is learnt in `fit` and never grows. Id 0 is kept for padding and is
    never given; id 1 is any token outside of the vocabulary; the words have the ids
    from 2 on, in alphabetical order. A text without tokens gives an empty sequence.

    Parameters
    ----------
    strip_accents : {"ascii", "unicode"}, callable or None, default=None
        How accents are taken off letters: "ascii" is fast and drops what has no ASCII
        form, "unicode" keeps every letter. None leaves them.

    lowercase : bool, default=True
        Whether capitals are read as small letters.

    preprocessor : callable or None, default=None
        Function from a document to a text, in place of `strip_accents` and
        `lowercase`.

    tokenizer : callable or None, default=None
        Function from a text to its words, in place of `token_pattern`. Only for
        `analyzer="word"`.

    stop_words : {"english"}, list of str or None, default=None
        Words that are left out, as if they had not been written. Their order and
        number often matter to a network, so that none are by default. Only for
        `analyzer="word"`.

    token_pattern : str or None, default=r"(?u)\b\w\w+\b"
        Regular expression of a word. The default takes two or more letters or digits,
        so that "I" and "?" are no words; `r"\w+|[^\w\s]"` takes every word and sign.
        Only for `analyzer="word"` without `tokenizer`, where it must not be None.

    analyzer : {"word", "char"} or callable, default="word"
        What a token is: a word, a character, or what the function finds in a document.
        The function may read documents of any kind; lists of tokens, by `list`.

    max_df : float or int, default=1.0
        Words in more documents than this get id 1: a share of the training documents
        if a float, a number of them if an int. To leave words out, name them in
        `stop_words`.

    min_df : float or int, default=1
        Words in fewer documents than this get id 1. With 2 a network sees unknown
        words in training, and so learns what to make of those it meets later.

    max_features : int or None, default=None
        Number of words to keep, those that occur most often. More of them make the
        network larger, by one embedding each. None keeps all.

    vocabulary : array-like of str, dict or None, default=None
        The words, for ids from 2 on in this order; or a dict from words to these ids,
        such as `vocabulary_` of another vectorizer. With it `fit` learns nothing, and
        `max_df`, `min_df` and `max_features` do nothing.

    max_length : int or None, default=None
        Number of tokens to keep of each text, the first ones. The rest is not read at
        all, nor counted for the vocabulary. Training time grows with it. None keeps
        all.

    Attributes
    ----------
    vocabulary_ : dict
        Id of each word, from 2 on without gaps, in the order of the ids.

    n_tokens_ : int
        Number of ids: those of the words, padding and the unknown word. A network needs
        as many embeddings.

    Raises
    ------
    ValueError
        If `X` is one text or has more than one axis, no word is left for the
        vocabulary, or a given one does not count up from 2.

    TypeError
        If a document is no text and no function of the user reads it.

    Warns
    -----
    UserWarning
        If a parameter is given that `analyzer` does not read.

    See Also
    --------
    sklearn.feature_extraction.text.CountVectorizer : Counts words and forgets their
        order; id `i` here is its column `i - 2`.
    Sequences : What `transform` returns.
    pad_sequences : Makes one array of the sequences, `value=0` for padding.

    Notes
    -----
    Time and memory are O(number of tokens): four bytes for each. Ids are float32, as
    all time steps are, which holds up to 16,777,216 of them exactly. Word order has no
    use for n-grams; a function as `analyzer` may give them all the same.

    Examples
    --------
    >>> from sklearn_rnn import SequenceVectorizer
    >>> vectorizer = SequenceVectorizer()
    >>> texts = ["The dog chased the cat.", "The cat slept."]
    >>> for sequence in vectorizer.fit_transform(texts):
    ...     print(sequence.ravel())
    [6. 4. 3. 6. 2.]
    [6. 2. 5.]
    >>> vectorizer.vocabulary_
    {'cat': 2, 'chased': 3, 'dog': 4, 'slept': 5, 'the': 6}

    Words that `fit` did not see are unknown:

    >>> sequences = vectorizer.transform(["The bird chased", ""])
    >>> sequences.to_list()
    [array([[6.],
           [1.],
           [3.]], dtype=float32), array([], shape=(0, 1), dtype=float32)]
    >>> vectorizer.inverse_transform(sequences)
    [['the', '<unknown>', 'chased'], []]

    Characters:

    >>> vectorizer = SequenceVectorizer(analyzer="char", lowercase=False)
    >>> vectorizer.fit_transform(["Anna", "Nan"]).to_array()[:, :, 0]
    array([[ 2.,  5.,  5.,  4.],
           [nan,  3.,  4.,  5.]], dtype=float32)
    """

    def fit(self, X: Any, y: Any = None) -> SequenceVectorizer:
        """Learn the vocabulary.

        Parameters
        ----------
        X : list, array or Series of str of shape (n_documents,)
            Texts; of any kind that `preprocessor` or a function as `analyzer` reads.

        y : None
            Ignored.

        Returns
        -------
        SequenceVectorizer
            Fitted vectorizer.
        """
        self._validate_params()
        self._check_parts_fit_together()
        counter = self._build_counter()
        counter.fit(check_documents(X, only_texts=self._reads_only_texts()))
        words = sorted(counter.vocabulary_, key=counter.vocabulary_.__getitem__)
        if FIRST_WORD + len(words) > MOST_IDS:
            raise ValueError(
                f"X has {len(words)} different tokens, too many for ids in float32. "
                f"Set max_features to at most {MOST_IDS - FIRST_WORD}, or min_df."
            )
        self.vocabulary_ = {word: i for i, word in enumerate(words, FIRST_WORD)}
        self.n_tokens_ = FIRST_WORD + len(words)
        return self

    def transform(self, X: Any) -> Sequences:
        """Give each text the sequence of its ids.

        Parameters
        ----------
        X : list, array or Series of str of shape (n_documents,)
            Texts; of any kind that `preprocessor` or a function as `analyzer` reads.

        Returns
        -------
        Sequences of length n_documents
            Of shape (n_tokens_i, 1) each, with the one feature `"token"`.
        """
        check_is_fitted(self)
        documents = check_documents(X, only_texts=self._reads_only_texts())
        read, known = self._build_reader(), self.vocabulary_.get
        ids, bounds = array("f"), [0]
        for document in documents:
            ids.extend([known(token, UNKNOWN) for token in read(document)])
            bounds.append(len(ids))
        return Sequences(
            np.array(ids, dtype=np.float32)[:, None],
            np.array(bounds[:-1], dtype=np.intp),
            np.array(bounds[1:], dtype=np.intp),
            feature_names=("token",),
            n_tokens=self.n_tokens_,
        )

    def inverse_transform(self, X: Any) -> list[list[str]]:
        """List the tokens of each sequence.

        Parameters
        ----------
        X : Sequences, list of array-like of shape (n_tokens_i,) or (n_tokens_i, 1), \
                or array-like of shape (n_sequences, n_tokens)
            Ids. Padding, be it 0 or NaN, is left out.

        Returns
        -------
        list of list of str
            Tokens as they were read, `"<unknown>"` where the id is 1.

        Raises
        ------
        ValueError
            If there is more than one feature, or a value is no id.
        """
        check_is_fitted(self)
        names = self.get_feature_names_out()
        return [names[ids].tolist() for ids in read_ids(X, self.n_tokens_)]

    def get_feature_names_out(
        self, input_features: Sequence[str] | None = None
    ) -> NDArray[np.object_]:
        """Name the ids.

        A sequence has one feature, the id; what has a name is each of its values.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (`n_tokens_`,)
            Element `i` is the token of id `i`; `"<padding>"` and `"<unknown>"` come
            first.
        """
        check_is_fitted(self)
        return np.fromiter((*RESERVED, *self.vocabulary_), dtype=object)

    def set_output(self, *, transform: str | None = None) -> SequenceVectorizer:
        """Do nothing, so that `set_output` of a Pipeline works.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored: sequences of different lengths are no table.

        Returns
        -------
        SequenceVectorizer
            The vectorizer itself.
        """
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags
