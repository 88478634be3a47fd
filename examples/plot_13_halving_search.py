"""
Give epochs to those who do well
================================

A full grid trains every candidate to the end. Successive halving trains all of them for
a few epochs, keeps the best third, gives these three times as many, and so on. In
scikit-learn it is :class:`~sklearn.model_selection.HalvingGridSearchCV` with
``resource="max_epochs"``. Each round copies the estimator and would train it from the
first epoch; with a folder as ``checkpoint_path`` it goes on where the round before
ended. The data are the four batteries that NASA aged, and the question is the capacity
of the next cycle.
"""

import os
from tempfile import TemporaryDirectory
from time import perf_counter

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - opens it
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import load_nasa_battery
from sklearn_rnn.forecasting import GroupTimeSeriesSplit

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
MOST = 9 if QUICK else 27  # epochs

# %%
# The last fifth of each battery is kept for the end, and no search sees it.

X, y = load_nasa_battery(return_X_y=True)
X = X[["capacity_ah"]]
cycle = pd.Series(X.index.get_level_values("cycle"), X.index)
early = (cycle <= 0.8 * cycle.groupby("battery").transform("max")).to_numpy()

# %%
# Three searches over one grid
# ----------------------------
#
# 27 candidates in three folds. The full grid trains all of them for all epochs.

grid = {
    "sequencewindower__window_length": [4, 8, 16],
    "gruregressor__hidden_size": [4, 16, 32],
    "gruregressor__lr": [0.0005, 0.002, 0.008],
}
if QUICK:
    grid = {"gruregressor__hidden_size": [2, 4, 8]}
common = {
    "cv": GroupTimeSeriesSplit(3),
    "scoring": "neg_root_mean_squared_error",
    "n_jobs": None if QUICK else 2,
}
halving = {"resource": "gruregressor__max_epochs", "max_resources": MOST} | common
halving["min_resources"] = MOST // 9


def pipe(folder=None):
    """Build the pipeline; a folder keeps what was trained."""
    net = GRURegressor(max_epochs=MOST, random_state=0, checkpoint_path=folder)
    return make_pipeline(SequenceWindower(), net.set_params(checkpoint_every=MOST // 9))


kept = TemporaryDirectory()
searches = {
    "full grid": GridSearchCV(pipe(), grid, **common),
    "halving": HalvingGridSearchCV(pipe(), grid, **halving),
    "halving, going on": HalvingGridSearchCV(pipe(kept.name), grid, **halving),
}
seconds = {}
for name, search in searches.items():
    begin = perf_counter()
    search.fit(X[early], y[early])
    seconds[name] = perf_counter() - begin
kept.cleanup()

# %%
# What each of them cost, and what it chose
# -----------------------------------------
#
# Epochs are those of the folds. Both ways of halving choose the same, with equal bits;
# going on, an epoch is trained once. ``search RMSE`` is the mean of the folds, in Ah,
# for the chosen candidate, ``test RMSE`` is that of the last fifth of the cycles.


def epochs_of(name, search):
    """Count the epochs that were trained in all folds."""
    if name == "full grid":
        return 3 * len(search.cv_results_["params"]) * MOST
    rounds = list(zip(search.n_candidates_, search.n_resources_, strict=True))
    if name == "halving":
        return 3 * sum(n * epochs for n, epochs in rounds)
    before = [0, *search.n_resources_]
    return 3 * sum(n * (e - b) for (n, e), b in zip(rounds, before, strict=False))


table = pd.DataFrame(
    {
        "epochs": {name: epochs_of(name, found) for name, found in searches.items()},
        "seconds": seconds,
        "search RMSE": {name: -found.best_score_ for name, found in searches.items()},
        "test RMSE": {
            name: root_mean_squared_error(y[~early], found.predict(X[~early]))
            for name, found in searches.items()
        },
    }
)
print(table.round({"seconds": 1, "search RMSE": 5, "test RMSE": 5}).to_string())
for name, search in searches.items():
    print(f"{name}: {search.best_params_}")

# %%
# How the candidates were sifted
# ------------------------------

results = pd.DataFrame(searches["halving, going on"].cv_results_)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for _, path in results.groupby(
    results["params"]
    .astype(str)
    .str.replace(r"'gruregressor__max_epochs': \d+", "", regex=True)
):
    ax.plot(
        path["n_resources"], -path["mean_test_score"], "o-", color="tab:blue", alpha=0.5
    )
ax.set(xlabel="epochs", ylabel="RMSE in Ah, mean of 3 folds", xscale="log")
ax.set_xticks(sorted(set(results["n_resources"])), sorted(set(results["n_resources"])))
ax.minorticks_off()

plt.show()
