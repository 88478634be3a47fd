"""
Search the window, the size and the dropout together
====================================================

How far back should a window reach, how large should the network be, and does dropout
help? The three depend on each other, so they are searched together: the windower is a
step of the pipeline, and its windows are made anew in every fold. The data are the four
batteries that NASA aged, and the question is the capacity of the next cycle.
"""

import os
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))

# %%
# Folds in the order of time
# --------------------------
#
# Sorted by cycle, the rows of the four batteries alternate. Each fold of
# :class:`~sklearn.model_selection.TimeSeriesSplit` then learns from the early cycles of
# all four and is judged by the cycles that follow, whose first windows reach back into
# the training part. No window mixes two batteries: they are a level of the index.

X, y = load_nasa_battery(return_X_y=True)
X = X[["capacity_ah"]].sort_index(level="cycle")
y = y[X.index]
folds = TimeSeriesSplit(3)
print(X.head(6).to_string())

# %%
# One grid over both steps
# ------------------------

pipe = make_pipeline(
    SequenceWindower(),
    LSTMRegressor(max_epochs=1 if QUICK else 20, random_state=0),
)
grid = {
    "sequencewindower__window_length": [4, 8, 16],
    "lstmregressor__hidden_size": [4, 16, 64],
    "lstmregressor__dropout": [0.0, 0.4],
}
search = GridSearchCV(
    pipe, grid, cv=folds, scoring="neg_root_mean_squared_error", n_jobs=2
)

# %%
# scikit-learn's progress bar, which came with version 1.9, follows the search. At depth
# 0 it is a single bar; ``max_propagation_depth=None`` hangs one below it for each
# pipeline, each of its steps, and the epochs of each network.

try:
    from sklearn.callback import ProgressBar
except ImportError:
    print("no progress bar before scikit-learn 1.9")
else:
    search.set_callbacks(ProgressBar(max_propagation_depth=0))

begin = perf_counter()
search.fit(X, y)
n_candidates = len(search.cv_results_["params"])
print(f"{n_candidates} candidates in 3 folds: {perf_counter() - begin:.0f} s")

# %%
# What the search found
# ---------------------
#
# Errors are in Ah, the mean of three folds. The candidates lie close together, and all
# are ahead of the simplest forecast, the same capacity as last cycle: with so little
# data the choice matters less than the method.

results = search.cv_results_
scores = pd.DataFrame(
    {
        "dropout": results["param_lstmregressor__dropout"].astype(float),
        "hidden": results["param_lstmregressor__hidden_size"].astype(int),
        "window": results["param_sequencewindower__window_length"].astype(int),
        "RMSE": -results["mean_test_score"],
    }
)
table = scores.pivot_table("RMSE", ["dropout", "hidden"], "window")
print(table.round(5).to_string())

last = y.groupby("battery").shift()
same_as_last = [
    root_mean_squared_error(y.iloc[test], last.iloc[test]) for _, test in folds.split(X)
]
print(f"\nbest network       {-search.best_score_:.5f}")
print(f"same as last cycle {np.mean(same_as_last):.5f}")

# %%

fig, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
low, high = table.min(axis=None), table.max(axis=None)
for ax, (dropout, part) in zip(axes, table.groupby(level="dropout"), strict=True):
    image = ax.imshow(part, cmap="viridis_r", vmin=low, vmax=high, aspect="auto")
    ax.set_xticks(range(part.shape[1]), part.columns)
    ax.set_yticks(range(part.shape[0]), part.index.get_level_values("hidden"))
    ax.set(title=f"dropout = {dropout}", xlabel="window_length")
    for (row, column), error in np.ndenumerate(part):
        color = "black" if error < (low + high) / 2 else "white"
        ax.text(column, row, f"{error:.5f}", color=color, ha="center", va="center")
axes[0].set_ylabel("hidden_size")
fig.colorbar(image, ax=axes, label="RMSE in Ah, mean of 3 folds")

plt.show()
