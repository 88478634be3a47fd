"""
Long sequences of unequal length
================================

A part is loaded into an oven, and minutes to days later the run ends. How much warmer
is the oven at the end than it was while the part was loaded? A sensor noted the
temperature at each of 200 to 3,000 steps, and a switch the steps of the loading, all
of them near the beginning. So the answer needs the last steps, and some that may lie
thousands of steps before.

Runs of unequal length are read as they are. Three ways through the long ones are
compared: the gradient may go all the way back, only the last 100 steps
(``bptt_steps=100``), or all the way in strides of 25 steps (``segment_length=25``).
"""

import os
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.autograd.graph import saved_tensors_hooks

from sklearn_rnn import LSTMRegressor, pad_sequences

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
N_TRAIN, N_TEST, LONGEST = (64, 32, 400) if QUICK else (3000, 500, 3000)
LOADING = END = 30  # steps

# %%
# The runs
# --------
#
# The temperature wanders and forgets where it was after some hundred steps, so neither
# part of the answer can be guessed from the other.


def make_runs(n_runs, random_state):
    """Make runs of two columns, temperature and switch, and the rise of each."""
    rng = np.random.default_rng(random_state)
    runs, rises = [], []
    for n_steps in rng.integers(200, LONGEST + 1, n_runs):
        temperature = np.empty(n_steps)
        temperature[0] = rng.normal()
        shocks = rng.normal(scale=(1 - 0.99**2) ** 0.5, size=n_steps)
        for step in range(1, n_steps):
            temperature[step] = 0.99 * temperature[step - 1] + shocks[step]
        loading = np.arange(LOADING) + rng.integers(100)
        switch = np.zeros(n_steps)
        switch[loading] = 1
        measured = temperature + rng.normal(scale=0.1, size=n_steps)
        runs.append(np.column_stack([measured, switch]))
        rises.append(temperature[-END:].mean() - temperature[loading].mean())
    return runs, np.array(rises)


X, y = make_runs(N_TRAIN, 0)
X_test, y_test = make_runs(N_TEST, 1)
print("steps of the first runs:", *map(len, X[:6]))

# %%
# Lists, padding and missing steps are one and the same
# -----------------------------------------------------
#
# A list of arrays goes in as it is. Where it has to be one array,
# :func:`~sklearn_rnn.pad_sequences` fills it up with steps of NaN. A step without any
# value is left out, before, behind or within a run, in training and in prediction, so
# the same bits come out.

some, their_y = X[:40], y[:40]
padded = pad_sequences(some)
on_the_left = pad_sequences(some, side="left", length=LONGEST + 50)
with_holes = [np.insert(run, [0, 90, len(run)], np.nan, axis=0) for run in some]
print("padded:", padded.shape, "and", on_the_left.shape)

small = LSTMRegressor(4, max_epochs=1, random_state=0).fit(some, their_y)
expected = small.predict(some)
for same_runs in (padded, on_the_left, with_holes):
    assert (small.predict(same_runs) == expected).all()
    learnt = clone(small).fit(same_runs, their_y)
    assert (learnt.predict(some) == expected).all()
print("all of them give the same predictions and the same training")

# %%
# Three ways through a long run
# -----------------------------
#
# The gradient needs what the network computed at every step that it goes back through.
# How much that is for a batch of 32 runs is counted where torch puts it aside. Each way
# gets as many epochs as about the same time allows.

network = LSTMRegressor(32, lr=0.01, lr_schedule="cosine", random_state=0)
ways = {
    "all steps": clone(network).set_params(max_epochs=2),
    "last 100 steps": clone(network).set_params(max_epochs=4, bptt_steps=100),
    "strides of 25": clone(network).set_params(max_epochs=20, segment_length=25),
}
if QUICK:
    ways = {name: way.set_params(max_epochs=1) for name, way in ways.items()}


def kept_for_the_gradient(way):
    """Count the megabytes that one batch puts aside."""
    kept = {}

    def pack(tensor):
        kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        clone(way).set_params(max_epochs=1).fit(X[:32], y[:32])
    return sum(kept.values()) / 1e6


def train(way):
    """Train in one way; tell its memory, time and predictions."""
    megabytes = kept_for_the_gradient(way)
    begin = time.process_time()
    way.fit(X, y)
    seconds = time.process_time() - begin
    return megabytes, seconds, way.predict(X_test)


done = Parallel(n_jobs=2)(delayed(train)(way) for way in ways.values())

# %%
# The baselines are the mean, and ridge regression on what one would note of a run:
# mean, spread, smallest, largest, first and last value of the temperature, and the
# length.


def summary(runs):
    """Note seven numbers of each run."""
    warm = [run[:, 0] for run in runs]
    return np.array(
        [[w.mean(), w.std(), w.min(), w.max(), w[0], w[-1], len(w)] for w in warm]
    )


ridge = make_pipeline(StandardScaler(), Ridge()).fit(summary(X), y)
table = pd.DataFrame(
    [
        (f"LSTM, {name}", way.max_epochs, seconds, megabytes, predicted)
        for (name, way), (megabytes, seconds, predicted) in zip(
            ways.items(), done, strict=True
        )
    ]
    + [
        ("ridge on a summary", None, None, None, ridge.predict(summary(X_test))),
        ("always the mean", None, None, None, np.full(len(y_test), y.mean())),
    ],
    columns=["forecast", "epochs", "seconds", "MB", "predicted"],
).set_index("forecast")
predictions = table.pop("predicted")
table["test RMSE"] = [root_mean_squared_error(y_test, each) for each in predictions]
formats = {
    "epochs": "{:.0f}",
    "seconds": "{:.1f}",
    "MB": "{:.1f}",
    "test RMSE": "{:.3f}",
}
shown = {column: table[column].map(text.format) for column, text in formats.items()}
print(pd.DataFrame(shown).replace("nan", "").rename_axis(None).to_string())

# %%
# Going back 100 steps instead of all saves nearly all of the memory, and loses nothing
# that would have been learnt in this time: both networks know the end of a run and miss
# its beginning, because over thousands of steps the gradient fades before it gets
# there. Even ridge regression knows more, from the first temperature of the run. In
# strides of 25 steps the way is 120 steps at most, over which an LSTM can learn to
# remember.

colors = dict(zip(predictions.index, ["C3", "C1", "C0", "C2", "0.5"], strict=True))
fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
run = min(X_test, key=len)
loaded = np.flatnonzero(run[:, 1])
axes[0].plot(run[:, 0], color="0.4", linewidth=1, label="sensor")
axes[0].axvspan(loaded[0], loaded[-1], color="C6", alpha=0.3, label="loading")
axes[0].axvspan(len(run) - END, len(run), color="C9", alpha=0.3, label="the end")
axes[0].set(
    xlabel="step", ylabel="temperature", title=f"The shortest run, {len(run)} steps"
)
axes[0].legend()

for name in ("LSTM, all steps", "LSTM, strides of 25"):
    axes[1].plot(
        y_test, predictions[name], ".", color=colors[name], alpha=0.5, label=name
    )
axes[1].axline((0, 0), slope=1, color="0.3", linestyle=":")
axes[1].set(xlabel="actual rise", ylabel="predicted rise", title=f"{N_TEST} new runs")
axes[1].legend()

n_steps = np.array([len(run) for run in X_test])
edges = np.linspace(200, LONGEST + 1, 8)
middles = (edges[1:] + edges[:-1]) / 2
for name, predicted in predictions.items():
    squares = pd.Series((predicted - y_test) ** 2)
    by_length = squares.groupby(np.digitize(n_steps, edges[1:-1])).mean() ** 0.5
    axes[2].plot(
        middles[by_length.index], by_length, "o-", color=colors[name], label=name
    )
axes[2].set(
    xlabel="steps of the run", ylabel="test RMSE", ylim=(0, None), title="By length"
)
axes[2].legend(loc="lower right", bbox_to_anchor=(1, 0.14), fontsize="small")

plt.show()
