"""
Remember a number for a hundred steps
=====================================

A sequence of random numbers comes in, two of them marked. What is their sum? The first
marked number stands in the first half and has to be remembered until the end. Nothing
else about this *adding problem* is hard, so its error tells how far back a network can
learn to look. Who forgets does no better than to answer the mean, an error of 1/6.

Three networks get the same data, the same size and the same number of updates, once
with sequences of 40 steps and once with 150. The reason why one of them fails shows in
its gradient.
"""

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from sklearn.metrics import mean_squared_error

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.datasets import make_adding_problem

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
N_SAMPLES, EPOCHS = (320, 2) if QUICK else (10_000, 6)
SHORT, LONG = 40, 150
NETWORKS = {"RNN": RNNRegressor, "LSTM": LSTMRegressor, "GRU": GRURegressor}
COLORS = {"RNN": "C3", "LSTM": "C0", "GRU": "C2"}

X, y = make_adding_problem(n_samples=3, n_timesteps=8, random_state=0)
first = pd.DataFrame(X[0], columns=["number", "marked"])
print(first.round(2).T.to_string(header=False))
print(f"sum of the marked   {y[0]:.2f}")

# %%
# Six trainings
# -------------
#
# The step size falls along half a cosine, from 0.005 to 0. Each training is judged by
# 2,000 new sequences.


def train(name, n_timesteps):
    """Train a network and return it with its error on new sequences."""
    X, y = make_adding_problem(N_SAMPLES, n_timesteps, random_state=0)
    network = NETWORKS[name](
        32, lr=0.005, lr_schedule="cosine", max_epochs=EPOCHS, random_state=0
    ).fit(X, y)
    X_new, y_new = make_adding_problem(2000, n_timesteps, random_state=1)
    return network, mean_squared_error(y_new, network.predict(X_new))


cases = [(name, steps) for steps in (LONG, SHORT) for name in ("LSTM", "GRU", "RNN")]
done = Parallel(n_jobs=2)(delayed(train)(*case) for case in cases)
trained = dict(zip(cases, done, strict=True))

errors = pd.DataFrame(
    {
        f"{steps} steps": {name: trained[name, steps][1] for name in NETWORKS}
        for steps in (SHORT, LONG)
    }
)
errors.loc["always the mean"] = 1 / 6
print("Mean squared error on new sequences")
print(errors.round(5).to_string())

# %%
# At 40 steps the plain network finds the way, at 150 it hardly gets beyond the mean. It
# is not for want of size: the other two have as many units, and solve both.
#
# How the gradient fades
# ----------------------
#
# A network learns what a step is good for from the gradient of its answer by that step.
# The trained module of torch is at hand as ``net_.module_``, and gives it: here its
# length, on average over 500 sequences, by the distance of the step from the end. A
# network with a step size of almost nothing still has the weights it began with.


def fading(network, X):
    """Tell how much each step moves the answer, the last step first."""
    scaled = (X - X.mean(axis=(0, 1))) / X.std(axis=(0, 1))
    steps = torch.tensor(scaled, dtype=torch.float32, requires_grad=True)
    network.net_.module_(steps).sum().backward()
    return steps.grad.norm(dim=2).mean(dim=0).flip(0).numpy()


def untrained(name):
    """Build a network that has learnt nothing yet."""
    X, y = make_adding_problem(32, LONG, random_state=0)
    return NETWORKS[name](32, lr=1e-12, max_epochs=1, random_state=0).fit(X, y)


X, y = make_adding_problem(500, LONG, random_state=1)
before = {name: fading(untrained(name), X) for name in NETWORKS}
after = {name: fading(trained[name, LONG][0], X) for name in NETWORKS}

halves = {"before": before, "after": after}
faded = pd.DataFrame(
    {
        f"{when} training": {
            name: slopes[100:].mean() / slopes[:10].mean()
            for name, slopes in curves.items()
        }
        for when, curves in halves.items()
    }
)
print(f"\nGradient 100 to {LONG} steps back, as a share of that of the last 10 steps")
print(faded.map("{:.1e}".format).to_string())

# %%
# Before training all three forget: every step back multiplies the gradient by a number
# below one, and a hundred such factors leave next to nothing. The GRU even forgets
# fastest. But its gates and those of the LSTM learn to stay shut while nothing is
# marked. Then that factor is one, and a step far back counts as much as a recent one,
# as the task wants it. The plain network has no gate to learn with.
#
# It gets further than here with more updates and a smaller step size, though not as far
# as the other two. ``examples/benchmarks/study_adding_problem.py`` asks for 200 to 600
# steps.

fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for name in NETWORKS:
    learnt = trained[name, LONG][0].history_["train_loss"] * np.var(y)
    axes[0].plot(range(1, EPOCHS + 1), learnt, "o-", color=COLORS[name], label=name)
axes[0].axhline(1 / 6, color="0.5", linestyle=":", label="always the mean")
axes[0].set(
    xlabel="epoch",
    ylabel="mean squared error, training",
    yscale="log",
    title=f"Learning at {LONG} steps",
)
for ax, (when, curves) in zip(axes[1:], halves.items(), strict=True):
    for name, slopes in curves.items():
        ax.plot(slopes, color=COLORS[name], label=name)
    ax.set(
        xlabel="steps back from the end",
        ylabel="length of the gradient",
        yscale="log",
        ylim=(1e-8, 2),
        title=f"Gradient by the input, {when} training",
    )
axes[0].legend(loc="upper right", bbox_to_anchor=(1, 0.9))

plt.show()
