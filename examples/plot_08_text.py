"""
What does a question ask for?
=============================

A person, a place, a number? Often a word or two tell, and it matters where they stand:
"Who won in Rome ?" asks for a person though it names a place. The 5,952 questions of
TREC have six kinds of answer. A network that learns a vector for each word, reads the
question both ways and weighs its words stands beside logistic regression on the words
and pairs of words that occur.

The questions are read from the folder that the environment variable
``SKLEARN_RNN_DATA`` names. Without it, questions are made up here.
"""

import gzip
import os
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRUClassifier, LSTMClassifier, SequenceVectorizer

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
EPOCHS = 1 if QUICK else 15
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("SKLEARN_RNN_DATA", SHARED)) / "text_small"
KINDS = np.array(["description", "entity", "abbreviation", "person", "place", "number"])

# %%
# The questions
# -------------
#
# A question is one row, a text with blanks between its words and signs. The made-up
# ones are much easier: the first words say it all.


def read_questions(part):
    """Read lines of a kind's number, a blank and a question."""
    path = FOLDER / f"TREC.{part}.all.gz"
    with gzip.open(path, "rt", encoding="latin-1") as file:
        pairs = [line.split(" ", 1) for line in file.read().splitlines()]
    return [text for _, text in pairs], KINDS[[int(kind) for kind, _ in pairs]]


def make_questions(part):
    """Make a beginning that tells the kind, and an end that does not."""
    beginnings = ["How works", "Which thing has", "What stands for", "Who saw"]
    beginnings += ["Where is", "How many years has"]
    ends = ["the old tower ?", "a red fox ?", "the word of the day ?", "this lake ?"]
    rng = np.random.default_rng(len(part))
    kinds, last = rng.integers(6, size=400), rng.integers(4, size=400)
    texts = [f"{beginnings[i]} {ends[j]}" for i, j in zip(kinds, last, strict=True)]
    return texts, KINDS[kinds]


load = read_questions if FOLDER.is_dir() else make_questions
X, y = load("train")
X_test, y_test = load("test")
if QUICK:
    X, y = X[:400], y[:400]
for kind, text in zip(y[:4], X, strict=False):
    print(f"{kind:12} {text}")

# %%
# The pipelines
# -------------
#
# A network with words, both directions and attention is one line. The other one takes
# every sign for a word and words that occur only once for unknown ones, has a GRU, and
# drops more, as a search on a fifth of the training questions advised.

one_line = make_pipeline(
    SequenceVectorizer(),
    LSTMClassifier(
        bidirectional=True,
        pooling="attention",
        embedding_dim=64,
        max_epochs=EPOCHS,
        random_state=0,
    ),
)
searched = make_pipeline(
    SequenceVectorizer(token_pattern=r"\S+", min_df=2),
    GRUClassifier(
        64,
        bidirectional=True,
        pooling="attention",
        embedding_dim=100,
        input_dropout=0.1,
        dropout=0.5,
        lr=0.005,
        lr_schedule="cosine",
        max_epochs=EPOCHS,
        batch_size=64,
        random_state=0,
    ),
)
bag = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2), min_df=2),
    LogisticRegression(C=10, max_iter=2000),
)

# %%
# What they reach
# ---------------

rows = {}
for name, model in {
    "LSTM, one line": one_line,
    "GRU, searched": searched,
    "logistic regression": bag,
    "most frequent kind": DummyClassifier(),
}.items():
    begin = time.process_time()
    model.fit(X, y)
    seconds = time.process_time() - begin
    rows[name] = {"seconds": seconds, "test accuracy": model.score(X_test, y_test)}
table = pd.DataFrame(rows).T
table["seconds"] = table["seconds"].map("{:.1f}".format)
table["test accuracy"] = table["test accuracy"].map("{:.3f}".format)
print(table.to_string())

# %%
# Which words counted
# -------------------
#
# ``attention_weights`` tells how much the state after each word counts; the weights of
# a question sum to one. A state knows what stands around its word, so that a weight
# belongs to the word and its neighbours.

vectorizer, network = searched
shown = [X_test[i] for i in np.unique(y_test, return_index=True)[1]]
sequences = vectorizer.transform(shown)
weights = network.attention_weights(sequences)
predicted = network.predict(sequences)

fig, axes = plt.subplots(len(shown), figsize=(8, 8), layout="constrained")
for ax, text, weight, kind in zip(axes, shown, weights, predicted, strict=True):
    words = text.split()
    ax.bar(range(len(words)), weight[-len(words) :])  # padding stands in front
    ax.set_xticks(range(len(words)), words, fontsize=8)
    ax.set(ylim=(0, 1), title=f"asks for: {kind}")
fig.supylabel("weight")

plt.show()
