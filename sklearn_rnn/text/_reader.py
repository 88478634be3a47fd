"""Parameters of a vectorizer -> a function from a text to its tokens, and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from numbers import Integral
from typing import Any, ClassVar

from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import CountVectorizer

from sklearn_rnn._compat import Interval, RealNotInt, StrOptions
from sklearn_rnn._warning import warn_caller
from sklearn_rnn.text._ids import FIRST_WORD

TOKEN_PATTERN = r"(?u)\b\w\w+\b"
SHARE_OR_COUNT = [
    Interval(RealNotInt, 0, 1, closed="both"),
    Interval(Integral, 1, None, closed="left"),
]


class TextReader(BaseEstimator):
    """Store the parameters of a vectorizer, and read texts by them; abstract."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "strip_accents": [StrOptions({"ascii", "unicode"}), callable, None],
        "lowercase": ["boolean"],
        "preprocessor": [callable, None],
        "tokenizer": [callable, None],
        "stop_words": [StrOptions({"english"}), list, None],
        "token_pattern": [str, None],
        "analyzer": [StrOptions({"word", "char"}), callable],
        "max_df": SHARE_OR_COUNT,
        "min_df": SHARE_OR_COUNT,
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "vocabulary": ["array-like", None],
        "max_length": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        *,
        strip_accents=None,
        lowercase=True,
        preprocessor=None,
        tokenizer=None,
        stop_words=None,
        token_pattern=TOKEN_PATTERN,
        analyzer="word",
        max_df=1.0,
        min_df=1,
        max_features=None,
        vocabulary=None,
        max_length=None,
    ):
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.analyzer = analyzer
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.max_length = max_length

    def _reads_only_texts(self) -> bool:
        return self.preprocessor is None and not callable(self.analyzer)

    def _build_reader(self) -> Callable[[Any], Iterator[Any]]:
        """Build the function from a document to its tokens, the first `max_length`."""
        analyze = CountVectorizer(
            strip_accents=self.strip_accents,
            lowercase=self.lowercase,
            preprocessor=self.preprocessor,
            tokenizer=self.tokenizer,
            stop_words=self.stop_words,
            token_pattern=self.token_pattern,
            analyzer=self.analyzer,
        ).build_analyzer()
        return partial(_first_tokens, analyze=analyze, n=self.max_length)

    def _build_counter(self) -> CountVectorizer:
        """Build what counts the tokens that are read, and so chooses the words."""
        return CountVectorizer(
            analyzer=self._build_reader(),
            # with a given vocabulary it warns of capitals that no text can match
            lowercase=self.lowercase and self._reads_only_texts(),
            max_df=self.max_df,
            min_df=self.min_df,
            max_features=self.max_features,
            vocabulary=_in_order_of_ids(self.vocabulary),
        )

    def _check_parts_fit_together(self) -> None:
        if self.analyzer != "word":
            self._warn_of_unread_parameters()
        elif self.tokenizer is None and self.token_pattern is None:
            raise ValueError(
                "SequenceVectorizer needs a tokenizer or a token_pattern to find words."
            )

    def _warn_of_unread_parameters(self) -> None:
        unread = ["tokenizer", "stop_words"]
        if callable(self.analyzer):
            unread += ["preprocessor", "strip_accents"]
        given = [name for name in unread if getattr(self, name) is not None]
        if self.token_pattern not in (TOKEN_PATTERN, None):
            given.append("token_pattern")
        if given:
            analyzer = "a function" if callable(self.analyzer) else repr(self.analyzer)
            warn_caller(
                f"SequenceVectorizer does not read {', '.join(given)} where analyzer "
                f"is {analyzer}.",
            )


def _first_tokens(
    document: Any, analyze: Callable[[Any], Any], n: int | None
) -> Iterator[Any]:
    return islice(analyze(document), n)


def _in_order_of_ids(vocabulary: Any) -> Any:
    """List the words of a mapping from words to ids; leave anything else alone."""
    if not isinstance(vocabulary, Mapping):
        return vocabulary
    ids = sorted(vocabulary.values())
    if ids != list(range(FIRST_WORD, FIRST_WORD + len(ids))):
        raise ValueError(
            f"The ids of a vocabulary count up from {FIRST_WORD}, as 0 is padding and "
            f"1 an unknown word. Got {len(ids)} ids from {ids[:1]} to {ids[-1:]}. Pass "
            "the words alone, sorted(vocabulary, key=vocabulary.get), to number them."
        )
    return sorted(vocabulary, key=vocabulary.__getitem__)
