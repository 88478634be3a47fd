"""
Tell speakers apart by a vowel
==============================

Nine men say the vowel "ae", and each utterance is a sequence of 7 to 29 frames with
twelve numbers each. Who is speaking? The sequences are classified as they are, of
unequal length, and compared with a baseline that every network has to face: logistic
regression on a few summaries of each channel. At the end attention shows which frames
a network looks at.

The utterances are the data set JapaneseVowels of the UEA archive (Kudo, 1999), read
from the folder that the variable ``SKLEARN_RNN_DATA`` names. Where it is not there,
similar ones are made up.
"""

import gzip
import os
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_rnn import GRUClassifier, LSTMClassifier, RNNClassifier

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("SKLEARN_RNN_DATA", SHARED)) / "japanese_vowels"

# %%
# The utterances
# --------------
#
# A file has a line per utterance: twelve channels parted by colons, then the speaker.


def read_utterances(path):
    """Return a list of arrays (n_frames, 12) and the speaker of each."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    X, y = [], []
    for line in lines[lines.index("@data") + 1 :]:
        *channels, speaker = line.split(":")
        X.append(np.array([channel.split(",") for channel in channels], float).T)
        y.append(f"speaker {speaker}")
    return X, np.array(y)


def make_utterances(n_samples, random_state):
    """Let speakers glide from one vector to another, each at a pace of his own."""
    glides = np.random.default_rng(0).normal(size=(2, 9, 12))
    rng = np.random.default_rng(random_state)
    X, y = [], rng.integers(9, size=n_samples)
    for speaker in y:
        n_frames = rng.integers(7, 30)
        begin, end = glides[:, speaker] + rng.normal(scale=1.2, size=(2, 12))
        share = np.linspace(0, 1, n_frames)[:, None] ** rng.uniform(0.5, 2)
        glide = begin + share * (end - begin)
        X.append(glide + rng.normal(scale=0.8, size=glide.shape))
    return X, np.array([f"speaker {speaker + 1}" for speaker in y])


if FOLDER.is_dir():
    X_train, y_train = read_utterances(FOLDER / "JapaneseVowels_TRAIN.ts.gz")
    X_test, y_test = read_utterances(FOLDER / "JapaneseVowels_TEST.ts.gz")
else:
    print("JapaneseVowels is not at hand; utterances are made up.")
    X_train, y_train = make_utterances(270, random_state=1)
    X_test, y_test = make_utterances(370, random_state=2)
lengths = [len(frames) for frames in X_train + X_test]
print(f"{len(X_train)} to learn from, {len(X_test)} to test")
print(f"{min(lengths)} to {max(lengths)} frames of {X_train[0].shape[1]} numbers")

# %%
# The baseline
# ------------
#
# Mean, spread, extremes and both ends of each channel are 72 numbers, and the order of
# the frames is lost but for the ends.


def summarise(X):
    """Describe each sequence by six numbers per channel, and its length."""
    return np.array([np.r_[summary(frames).ravel(), len(frames)] for frames in X])


def summary(x):
    return np.stack([x.mean(0), x.std(0), x.min(0), x.max(0), x[0], x[-1]])


baseline = make_pipeline(
    FunctionTransformer(summarise), StandardScaler(), LogisticRegression(max_iter=5000)
)

# %%
# Networks
# --------
#
# A list of arrays needs no padding. Each network reads forward and backward, and
# classifies by the mean of its states, or by a mean with learnt weights.

settings = {
    "bidirectional": True,
    "dropout": 0.3,
    "lr": 0.005,
    "max_epochs": 1 if QUICK else 40,
    "random_state": 0,
}
attending = GRUClassifier(pooling="attention", **settings)
models = {
    "logistic regression on summaries": baseline,
    "RNN, mean of the states": RNNClassifier(pooling="mean", **settings),
    "LSTM, mean of the states": LSTMClassifier(pooling="mean", **settings),
    "GRU, mean of the states": GRUClassifier(pooling="mean", **settings),
    "GRU, attention": attending,
}
print(f"{'':34}{'seconds':>8}{'accuracy':>10}")
for name, model in models.items():
    begin = time.perf_counter()
    accuracy = model.fit(X_train, y_train).score(X_test, y_test)
    seconds = time.perf_counter() - begin
    print(f"{name:34}{seconds:8.1f}{accuracy:10.3f}")

# %%
# A vowel hardly changes while it lasts, so summaries say nearly everything. Print such
# a baseline beside a network before you believe in either.
#
# Where the network looks
# -----------------------
#
# ``attention_weights`` gives the weight of each frame in the mean; those of an
# utterance sum to one. Below are utterances of the test set, one per row, sorted by
# length, with the weights in units of an even share.

order = np.argsort([len(frames) for frames in X_test], kind="stable")[::6]
weights = attending.attention_weights([X_test[i] for i in order])
n_frames = np.array([len(X_test[i]) for i in order])
shares = np.where(weights > 0, weights * n_frames[:, None], np.nan)

fig, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
image = axes[0].imshow(shares, aspect="auto", interpolation="none", cmap="viridis")
axes[0].set(xlabel="frame", ylabel="utterance, by length", title="Weight of each frame")
fig.colorbar(image, ax=axes[0], label="times an even share")

probabilities = attending.predict_proba(X_test)
confidence = probabilities.max(axis=1)
is_right = attending.predict(X_test) == y_test
bins = np.linspace(0, 1, 21)
parts = [confidence[is_right], confidence[~is_right]]
axes[1].hist(parts, bins, stacked=True, label=["right", "wrong"], log=True)
axes[1].set(xlabel="largest probability", ylabel="utterances", title="How sure it is")
axes[1].legend()

plt.show()
