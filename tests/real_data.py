"""The folder with the real data -> X and y as estimators read them, and baselines.

No public code: tests import it by `from real_data import ...`. A baseline is a simple
model of scikit-learn on the same rows, to print beside the score of a network.
"""

import gzip

import numpy as np
import pandas as pd
from scipy.io import loadmat
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

TIME_SERIES = {  # folder -> beginning of its files' names
    "japanese_vowels": "JapaneseVowels",
    "pickup_gesture": "PickupGestureWiimoteZ",
    "basic_motions": "BasicMotions",
}
FOLDS_OF_NAMES = StratifiedKFold(5, shuffle=True, random_state=0)


def load_time_series(data_folder, name):
    """Return X_train, X_test, y_train, y_test; X are lists of float32 (T_i, F)."""
    stem = data_folder / name / TIME_SERIES[name]
    X_train, y_train = read_ts(f"{stem}_TRAIN.ts.gz")
    X_test, y_test = read_ts(f"{stem}_TEST.ts.gz")
    return X_train, X_test, y_train, y_test


def read_ts(path):
    """Read lines of channels parted by colons, each of values, with the label last."""
    lines = read_lines(path, encoding="utf-8")
    sequences, labels = [], []
    for line in lines[lines.index("@data") + 1 :]:
        *channels, label = line.split(":")
        steps = np.array([channel.split(",") for channel in channels], dtype=np.float32)
        sequences.append(np.ascontiguousarray(steps.T))  # (F, T) -> (T, F)
        labels.append(label)
    return sequences, np.array(labels)


def load_trec(data_folder):
    """Return X_train, X_test, y_train, y_test; X are lists of questions, y ints."""
    X_train, y_train = read_questions(data_folder / "text_small" / "TREC.train.all.gz")
    X_test, y_test = read_questions(data_folder / "text_small" / "TREC.test.all.gz")
    return X_train, X_test, y_train, y_test


def read_questions(path):
    """Read lines of a label, a space and a question."""
    pairs = [line.split(" ", 1) for line in read_lines(path, encoding="latin-1")]
    return [question for _, question in pairs], np.array([int(y) for y, _ in pairs])


def load_names(data_folder):
    """Return X, y: a list of surnames, and the language of each."""
    path = data_folder / "text_small" / "names_18_languages.csv"
    table = pd.read_csv(path, keep_default_na=False)  # "Na" and "Nan" are names
    return table["name"].tolist(), table["language"].to_numpy(dtype=str)


def load_chorales(data_folder):
    """Return train, valid, test: lists of float32 (T_i, 88), 1 where a key sounds."""
    splits = loadmat(data_folder / "poly_music" / "JSB_Chorales.mat")
    return tuple(
        [roll.astype(np.float32) for roll in splits[name].ravel()]
        for name in ("traindata", "validdata", "testdata")
    )


def read_lines(path, encoding):
    with gzip.open(path, "rt", encoding=encoding) as file:
        return file.read().splitlines()


def summaries(X):
    """Describe each sequence by six numbers per channel, and its length."""
    return np.array(
        [np.concatenate([*summary(steps.astype(float)), [len(steps)]]) for steps in X]
    )


def summary(steps):
    first, last = steps[0], steps[-1]
    return (
        steps.mean(axis=0),
        steps.std(axis=0),
        steps.min(axis=0),
        steps.max(axis=0),
        first,
        last,
    )


def time_series_baseline():
    return make_pipeline(
        FunctionTransformer(summaries),
        StandardScaler(),
        LogisticRegression(max_iter=5000),
    )


def trec_baseline():
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2)
    return make_pipeline(words, LogisticRegression(C=10, max_iter=2000))


def names_baseline():
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4))
    return make_pipeline(characters, LogisticRegression(C=10, max_iter=1000))


def chorales_baseline(train, test):
    """Return the loss on test of how often each key sounds in training."""
    frames = np.concatenate(train)
    frequencies = (frames.sum(axis=0) + 1) / (len(frames) + 2)
    return chorales_nll(test, [np.broadcast_to(frequencies, r.shape) for r in test])


def chorales_nll(rolls, probabilities):
    """Return the negative log-likelihood of the next frame, as papers report it.

    Summed over keys, averaged over the steps from the second on, then over chorales.
    `probabilities[i][t]` are those of the keys of `rolls[i][t]`.
    """
    return np.mean(
        [
            -np.log(np.where(roll > 0, p, 1 - p))[1:].sum(axis=1).mean()
            for roll, p in zip(rolls, probabilities, strict=True)
        ]
    )
