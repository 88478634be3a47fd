"""
Write a sequence, symbol by symbol
==================================

A string comes in, and the same string is to come out, turned around. What is written
first was read last, and the string has any length: no label belongs to a step of the
input. An *encoder* reads the string into a state, a *decoder* writes from that state,
one symbol after the other, and reads each before it writes the next.

The state is all that the decoder knows of the string, unless it may look back. With
*attention* each symbol that it writes is free to choose which of those that were read
it rests on, and the choice can be drawn.
"""

import os
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_rnn import Seq2SeqClassifier

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
N_SAMPLES, EPOCHS = (200, 2) if QUICK else (4000, 10)
LONGEST = 12
LETTERS = np.array(list("abcdefgh"))


def make_strings(n_samples, seed):
    """Draw strings as tokens, and their letters from the last to the first."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, LONGEST + 1, n_samples)
    X = [rng.integers(1, len(LETTERS) + 1, size=(n, 1)) for n in lengths]
    return X, [LETTERS[tokens[::-1, 0] - 1] for tokens in X]


X, y = make_strings(N_SAMPLES, seed=0)
X_new, y_new = make_strings(1000, seed=1)
print("".join(LETTERS[X[1][:, 0] - 1]), "->", "".join(y[1]))

# %%
# Two trainings
# -------------
#
# Tokens are names, not amounts, so the encoder looks each up in an embedding. In
# training the decoder reads the true letter before the one that it is to write
# (teacher forcing), so that all of them can be computed at once; in prediction it reads
# what it wrote. Strings are as long as they are: what stands behind a short one is not
# learnt.

networks, rows = {}, {}
for name, attention in {"attention": True, "final state alone": False}.items():
    begin = perf_counter()
    networks[name] = Seq2SeqClassifier(
        48,
        embedding_dim=16,
        attention=attention,
        lr=0.005,
        lr_schedule="cosine",
        max_epochs=EPOCHS,
        random_state=0,
    ).fit(X, y)
    seconds = perf_counter() - begin
    rows[name] = networks[name].score(X_new, y_new), seconds
guessed = max(np.mean(np.concatenate(y_new) == letter) for letter in LETTERS)
rows["always the same"] = guessed, 0.0

scores = pd.DataFrame(rows, index=["right letters", "seconds"]).T
print(scores.round(3).to_string())

# %%
# Where it looks
# --------------
#
# ``attention_weights`` gives a row of weights for each letter that is written. Nobody
# told the network that the order is reversed; the line from corner to corner is what it
# found. Steps behind the end of a string have a weight of exactly zero.

longest = next(i for i, tokens in enumerate(X_new) if len(tokens) == LONGEST)
[weights] = networks["attention"].attention_weights([X_new[longest]])
[written] = networks["attention"].predict([X_new[longest]])

figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
image = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1)
ax.set_xticks(range(LONGEST), LETTERS[X_new[longest][:, 0] - 1])
ax.set_yticks(range(LONGEST), written)
ax.set_xlabel("letter read")
ax.set_ylabel("letter written")
figure.colorbar(image, label="weight")

# %%
# Curves work the same way with :class:`~sklearn_rnn.Seq2SeqRegressor`, which goes on
# from its own last value; see :doc:`/guide/seq2seq`.

plt.show()
