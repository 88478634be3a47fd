"""
How long will a battery last?
=============================

A battery that has lost 30 % of its capacity is worn out. Four that NASA aged reached
these 1.4 Ah after 125, 109 and 97 cycles; B0007 never did. Here one of them is hidden
but for its first 17 cycles. A network learns from the other three and forecasts how the
capacity goes on to the end, by going on from its own predictions: the protocol of a
table that Chen, Hong and Zhou published (2022,
https://doi.org/10.1109/ACCESS.2022.3151975).

How many steps the network predicts at once is chosen among the three batteries that may
be learnt from: each of them is hidden once in the same way. The window is that of the
table; the size of the network and its training were set once for all.
"""

import os
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery
from sklearn_rnn.forecasting import forecast, make_targets, steps_to_threshold

begin = time.perf_counter()
QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
HORIZONS = (50,) if QUICK else (16, 30, 50, 80)
SEEDS = range(1) if QUICK else range(3)
EPOCHS, N_PATHS = (2, 20) if QUICK else (40, 200)
N_KNOWN, WORN_OUT, WINDOW = 17, 1.4, 16

X, y = load_nasa_battery(return_X_y=True)
X = X[["capacity_ah"]]
BATTERIES = list(y.index.unique("battery"))

# %%
# A network of many steps
# -----------------------
#
# From a window of 16 cycles the network predicts the next 16 to 80 capacities at once,
# and goes on from the last of them. One that predicts a single step knows the way to
# the next cycle, and not where a battery that fades fast at first will be after
# hundred: fed back, its errors add up. Near the end of a battery the targets are NaN,
# which weighs nothing.


def network(horizon, seed):
    """Predict so many steps at once, and learn from those of the known batteries."""
    schedule = {"lr": 0.01, "lr_schedule": "cosine", "max_epochs": EPOCHS}
    net = GRURegressor(16, batch_size=64, **schedule, random_state=seed)
    return make_pipeline(SequenceWindower(WINDOW), net)


# %%
# Capacities jump up by 0.02 Ah and more where a battery has rested, and fall again. So
# it first comes below the threshold before a smooth curve would. ``n_samples`` draws
# paths, which jump as well: to the predictions it adds errors of the past, of whole
# stretches of 16 to 80 cycles. The forecast is the mean of the paths; the remaining
# life the median of the cycles at which they first fall below 1.4 Ah.


def paths_of(hidden, others, horizon, seed):
    """Learn from other batteries and 17 cycles, and forecast the rest in many paths."""
    known = X.loc[[hidden]][:N_KNOWN]
    learnt = pd.concat([X.loc[others], known])
    steps = make_targets(learnt["capacity_ah"], horizon)
    pipe = network(horizon, seed).fit(learnt, steps)
    errors = (steps - pipe.predict(learnt))[learnt.groupby("battery").cumcount() > 15]
    return forecast(
        pipe,
        known,
        len(y[hidden]) - N_KNOWN,
        n_samples=N_PATHS,
        residuals=errors.dropna().to_numpy(),
        random_state=seed,
    )


# %%
# How it is judged
# ----------------
#
# RE is the error of the remaining life, divided by the true one, MAE and RMSE are those
# of the curve. B0007 never falls below the threshold: its life is the length of its
# record, as in the program of Chen et al. A forecast that never does counts as one of
# the length of the record here. Theirs takes it for a remaining life of zero, an RE of
# one; ``RE, theirs`` counts so, and compares with the published column. (That program
# also ends its training where the error on the hidden battery begins to rise, which we
# do not.)


def judge(hidden, curve, life):
    """Compare a forecast with what came."""
    actual = y[hidden].to_numpy()[N_KNOWN:]
    fell = np.flatnonzero(actual < WORN_OUT)
    true_life = fell[0] + 1 if len(fell) else len(actual)
    error, ends = abs(min(life, len(actual)) - true_life), life <= len(actual)
    return {
        "RE": error / true_life,
        "RE, theirs": error / true_life if ends else 1.0,
        "MAE": mean_absolute_error(actual, curve),
        "RMSE": root_mean_squared_error(actual, curve),
    }


def judge_paths(hidden, paths):
    """Judge their mean, the median of their lives, and the band of nine of ten."""
    life = steps_to_threshold(paths, WORN_OUT)["steps"].iloc[0]
    low, high = np.quantile(paths, [0.05, 0.95], axis=1)
    within = y[hidden][N_KNOWN:].between(low, high).mean()
    return {"in band": within, **judge(hidden, paths.mean(axis=1), life)}


def judge_curve(hidden, curve):
    """Judge a curve, and the first time that it falls below."""
    life = steps_to_threshold(pd.Series(np.asarray(curve)), WORN_OUT).iloc[0]
    return judge(hidden, curve, life)


# %%
# How many steps at once is decided without the hidden battery: each of the other three
# is hidden in its turn, the remaining two teach, and the number with the smallest RMSE
# wins.


def choose_horizon(others):
    """Hide each of the others once."""
    errors = {
        horizon: np.mean(
            [
                judge_paths(
                    hidden,
                    paths_of(hidden, [b for b in others if b != hidden], horizon, 0),
                )["RMSE"]
                for hidden in others
            ]
        )
        for horizon in HORIZONS
    }
    return min(errors, key=errors.get), errors


# %%
# Without a network
# -----------------
#
# The mean of the other three, shifted to the last known capacity; the last capacity
# again; and ridge regression that sees the same windows and predicts as many steps.


def mean_of_others(hidden, others):
    """Shift the mean curve of the others to the last known capacity."""
    mean = y[others].groupby("cycle").mean().to_numpy()
    curve = mean + y[hidden].iloc[N_KNOWN - 1] - mean[N_KNOWN - 1]
    return curve[N_KNOWN : len(y[hidden])]


def ridge(hidden, others):
    """Learn 50 steps from the rows behind which as many are known."""
    known = X.loc[[hidden]][:N_KNOWN]
    learnt = pd.concat([X.loc[others], known])
    steps = make_targets(learnt["capacity_ah"], 50).dropna()
    lags = SequenceWindower(WINDOW, flatten=True)
    pipe = make_pipeline(lags, SimpleImputer(), Ridge(1e-3))
    pipe.fit(learnt.loc[steps.index], steps)
    n_steps = len(y[hidden]) - N_KNOWN
    return forecast(pipe, known, n_steps, feedback="capacity_ah")


def last_capacity(hidden, others):
    """Hold it."""
    return np.full(len(y[hidden]) - N_KNOWN, y[hidden].iloc[N_KNOWN - 1])


# %%

rows, shown = [], {}
for hidden in BATTERIES:
    others = [battery for battery in BATTERIES if battery != hidden]
    horizon, errors = choose_horizon(others)
    print(f"{hidden}: {horizon} steps at once; RMSE among the others", end=" ")
    print({k: round(float(error), 3) for k, error in errors.items()})
    drawn = [paths_of(hidden, others, horizon, seed) for seed in SEEDS]
    shown[hidden] = drawn[0]
    rows += [{"forecast": "GRU", **judge_paths(hidden, paths)} for paths in drawn]
    for baseline in (mean_of_others, ridge, last_capacity):
        scores = judge_curve(hidden, baseline(hidden, others))
        rows.append({"forecast": baseline.__name__.replace("_", " "), **scores})
    mine = pd.DataFrame(rows[-len(SEEDS) - 3 :]).groupby("forecast", sort=False).mean()
    print(mine.round(3).to_string(na_rep="-"), end="\n\n")

ours = pd.DataFrame(rows)
table = ours.groupby("forecast", sort=False).mean()
published = pd.DataFrame(
    {
        "RE, theirs": [0.285, 0.265, 0.304, 0.225, 0.200],
        "MAE": [0.075, 0.083, 0.081, 0.071, 0.076],
        "RMSE": [0.085, 0.091, 0.092, 0.080, 0.087],
    },
    index=[f"published {name}" for name in ("RNN", "LSTM", "GRU", "DeTransformer")]
    + ["published AttMoE"],
)
print(f"Mean of four batteries and {len(SEEDS)} seeds, MAE and RMSE in Ah")
print(pd.concat([table, published]).round(3).to_string(na_rep="-"))
print(f"seconds {time.perf_counter() - begin:.1f}")

# %%
# The curves of the network are better than the published ones, and it beats the mean of
# the others on each battery but for the life of B0018. Lives are told as well
# as by the best that is published, and no better than by ridge regression of 50 steps
# at once, which goes straight on: that is right for B0006, which faded fastest of all,
# and wrong for B0007. On B0006 the band of the paths holds too few truths as well,
# since nothing that the network has seen faded so fast.

fig, axes = plt.subplots(
    2, 2, figsize=(9, 6), sharex=True, sharey=True, layout="constrained"
)
for ax, hidden in zip(axes.flat, BATTERIES, strict=True):
    paths, others = shown[hidden], [b for b in BATTERIES if b != hidden]
    cycles = paths.index.get_level_values("cycle")
    low, high = np.quantile(paths, [0.05, 0.95], axis=1)
    ax.fill_between(cycles, low, high, alpha=0.3, label="9 paths of 10")
    ax.plot(cycles, paths.mean(axis=1), label="mean of the paths")
    ax.plot(cycles, mean_of_others(hidden, others), "--", label="mean of the others")
    ax.plot(y[hidden], ".", color="0.4", markersize=3, label="actual")
    ax.axhline(WORN_OUT, color="0.5", linestyle=":")
    ax.axvline(N_KNOWN, color="0.5", linestyle=":")
    ax.set_title(hidden)
axes[0, 0].legend(fontsize="small")
fig.supxlabel("discharge cycle")
fig.supylabel("capacity (Ah)")

plt.show()
