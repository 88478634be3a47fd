"""
Search the window, the size and the dropout together
====================================================

How far back should a window reach, how large should the network be, and does dropout
help? The three depend on each other, so they are searched together: the windower is a
step of the pipeline, and its windows are made anew in every fold. A fold of
:class:`~sklearn.model_selection.TimeSeriesSplit` learns from the past and is judged by
what follows; the first rows of that part have the end of the training part as their
history.
"""

import os
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))

X, y = make_battery_fade(200 if QUICK else 600, random_state=0)
folds = {"cv": TimeSeriesSplit(3), "scoring": "neg_root_mean_squared_error"}

# %%
# One grid over both steps
# ------------------------

pipe = make_pipeline(
    SequenceWindower(),
    LSTMRegressor(max_epochs=2 if QUICK else 30, random_state=0),
)
grid = {
    "sequencewindower__window_length": [5, 10, 20],
    "lstmregressor__hidden_size": [4, 16, 32],
    "lstmregressor__dropout": [0.0, 0.3],
}
search = GridSearchCV(pipe, grid, n_jobs=2, **folds)

# %%
# scikit-learn's progress bar, which came with version 1.9, follows the search. At depth 0
# it is a single bar; ``max_propagation_depth=None`` hangs one below it for each pipeline,
# each of its steps, and the epochs of each network.

try:
    from sklearn.callback import ProgressBar
except ImportError:
    print("no progress bar before scikit-learn 1.9")
else:
    search.set_callbacks(ProgressBar(max_propagation_depth=0))

begin = perf_counter()
search.fit(X, y)
print(f"{len(search.cv_results_['params'])} candidates, {perf_counter() - begin:.0f} s")

# %%
# What the search found
# ---------------------
#
# Errors are in units of the capacity, mean of three folds. Ridge regression on the
# windows of the winner is the mark to pass.

scores = pd.DataFrame(
    {
        "dropout": search.cv_results_["param_lstmregressor__dropout"],
        "hidden": search.cv_results_["param_lstmregressor__hidden_size"],
        "window": search.cv_results_["param_sequencewindower__window_length"],
        "RMSE": -search.cv_results_["mean_test_score"],
    }
).infer_objects()
table = scores.pivot_table("RMSE", ["dropout", "hidden"], "window")
print(table.round(4).to_string())

window_length = search.best_params_["sequencewindower__window_length"]
baseline = make_pipeline(
    SequenceWindower(window_length, flatten=True), SimpleImputer(), Ridge()
)
print(f"\nbest network       {-search.best_score_:.4f}")
print(f"ridge, same window {-cross_val_score(baseline, X, y, **folds).mean():.4f}")

# %%

fig, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
low, high = table.min(axis=None), table.max(axis=None)
for ax, (dropout, part) in zip(axes, table.groupby(level="dropout"), strict=True):
    image = ax.imshow(part, cmap="viridis_r", vmin=low, vmax=high, aspect="auto")
    ax.set_xticks(range(part.shape[1]), part.columns)
    ax.set_yticks(range(part.shape[0]), part.index.get_level_values("hidden"))
    ax.set(title=f"dropout = {dropout}", xlabel="window_length")
    for (row, column), error in np.ndenumerate(part):
        dark = error < (low + high) / 2
        ax.text(
            column,
            row,
            f"{error:.4f}",
            color="white" if dark else "black",
            ha="center",
            va="center",
        )
axes[0].set_ylabel("hidden_size")
fig.colorbar(image, ax=axes, label="RMSE, mean of 3 folds")

plt.show()
