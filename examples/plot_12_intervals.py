"""
How sure is a forecast?
=======================

"Tonight it will not get colder than 9 degrees" is worth little without "give or take
how much". Here are three ways to say it, for the lowest temperature of each of the next
seven nights in Melbourne, 1981 to 1990: a network and the errors that it made on rows
it had not seen (:class:`~sklearn_rnn.forecasting.ConformalIntervals`), a network that
learns the bounds themselves (``criterion="quantile"``), and one that forecasts night by
night, with errors of the past added on each path
(:func:`~sklearn_rnn.forecasting.forecast`).

Each interval is asked to hold nine truths of ten. The network learns from eight years
and is judged by the 104 weeks of two more. The temperatures are read from the folder
that the environment variable ``SKLEARN_RNN_DATA`` names.
"""

import os
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import mean_pinball_loss
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.forecasting import (
    ConformalIntervals,
    PersistenceRegressor,
    forecast,
    make_targets,
)

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
EPOCHS, N_PATHS = (1, 40) if QUICK else (20, 400)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("SKLEARN_RNN_DATA", SHARED)) / "small_univariate"
N_NIGHTS, N_LEARNT, N_HELD_BACK = 7, 2920, 730  # eight years, the last two of them
LOW, HIGH = 0.05, 0.95


def read_nights():
    """Read the lowest temperature of each night."""
    nights = pd.read_csv(FOLDER / "daily-min-temperatures.csv", index_col=0)
    return pd.DataFrame({"celsius": nights["Temp"].to_numpy()})


def make_nights():
    """Make ten years that go up and down, with nights that resemble the one before."""
    rng = np.random.default_rng(0)
    chance = np.zeros(3650)
    for night in range(1, 3650):
        chance[night] = 0.6 * chance[night - 1] + rng.normal(0, 2.2)
    year = 11 + 4 * np.cos(2 * np.pi * np.arange(3650) / 365)
    return pd.DataFrame({"celsius": year + chance})


if FOLDER.is_dir():
    X = read_nights()
else:
    print(
        "These nights are made up: for those of Melbourne, put daily-min-temperatures"
        ".csv (github.com/jbrownlee/Datasets) into small_univariate in the folder "
        "SKLEARN_RNN_DATA."
    )
    X = make_nights()
if QUICK:
    X, N_LEARNT, N_HELD_BACK = X[:500], 400, 100
learnt, later = slice(N_LEARNT), slice(N_LEARNT, len(X) - N_NIGHTS + 1)
y = make_targets(X["celsius"][learnt], N_NIGHTS)  # NaN where they would reach later
weeks = make_targets(X["celsius"], N_NIGHTS)[later][::N_NIGHTS]
truth = weeks.to_numpy()

# %%
# Three ways, and one without a network
# -------------------------------------
#
# The networks read four weeks. The first two predict seven nights at once, so the
# targets of a row reach into the rows behind it; ``ConformalIntervals`` leaves out of
# the training what reaches into the two years that it holds back.


def network(**parameters):
    """Read four weeks with a small GRU."""
    schedule = {"lr": 0.005, "lr_schedule": "cosine", "max_epochs": EPOCHS}
    net = GRURegressor(16, **schedule, random_state=0, **parameters)
    return make_pipeline(SequenceWindower(28), net)


def conformal(pipe):
    """Measure errors on the last two years that may be learnt from."""
    share = N_HELD_BACK / N_LEARNT
    model = ConformalIntervals(pipe, coverage=HIGH - LOW, calibration_fraction=share)
    intervals = model.fit(X[learnt], y).predict_interval(X[later])
    return np.moveaxis(intervals[::N_NIGHTS], -1, 0)


def quantiles():
    """Learn the bounds."""
    pipe = network(criterion="quantile", quantiles=(LOW, 0.5, HIGH))
    pipe.fit(X[learnt], y)
    found = pipe[-1].predict_quantiles(pipe[:-1].transform(X[later]))
    return np.moveaxis(found[::N_NIGHTS, :, [0, -1]], -1, 0)


# %%
# Paths begin at each of the weeks. What is added to them are errors of a network that
# had not seen the two years held back; that of the forecast has. With ``context=None``
# the past of a path is what ``forecast`` is given, and not the end of the training.


def paths():
    """Forecast each week night by night, and take quantiles over the paths."""
    begin = N_LEARNT - N_HELD_BACK
    blind = network().fit(X[:begin], X["celsius"][:begin])
    held_back = X[begin:N_LEARNT]
    errors = held_back["celsius"] - blind.predict(held_back)
    pipe = network().set_params(sequencewindower__context=None)
    pipe.fit(X[learnt], X["celsius"][learnt])
    bounds = []
    for row in range(later.start, later.stop, N_NIGHTS):
        drawn = forecast(
            pipe,
            X[row - 60 : row],
            N_NIGHTS,
            n_samples=N_PATHS,
            residuals=errors,
            random_state=row,
        )
        bounds.append(np.quantile(drawn, [LOW, HIGH], axis=1))
    return np.moveaxis(bounds, 1, 0)


ways = {
    "conformal": lambda: conformal(network()),
    "quantiles": quantiles,
    "paths": paths,
    "as last night": lambda: conformal(
        make_pipeline(SequenceWindower(28), PersistenceRegressor())
    ),
}

# %%
# Coverage alone is cheap: wide intervals have it. The pinball loss of both bounds
# punishes width and misses alike (nine times a miss), so it ranks intervals; ten times
# their sum is the interval score of Winkler.

found, rows = {}, {}
for name, way in ways.items():
    begin = time.perf_counter()
    low, high = found[name] = way()
    within = (low <= truth) & (truth <= high)
    rows[name] = {
        "coverage": within.mean(),
        "first night": within[:, 0].mean(),
        "seventh": within[:, -1].mean(),
        "width": (high - low).mean(),
        "seconds": time.perf_counter() - begin,
        "pinball": mean_pinball_loss(truth, low, alpha=LOW)
        + mean_pinball_loss(truth, high, alpha=HIGH),
    }
print(f"Intervals for 9 of 10, {len(truth)} weeks of {N_NIGHTS} nights")
print(pd.DataFrame(rows).T.round(3).to_string())

# %%
# All three hold as many truths as they were asked to, with three quarters of the width
# that "as last night" needs. Between them there is little to choose here: quantiles and
# paths may be wider where nights are harder to foresee, conformal intervals cannot, and
# need no more than one pipeline around which they go.

fig, axes = plt.subplots(3, 1, figsize=(9, 8), sharex=True, sharey=True)
fig.set_layout_engine("constrained")
for ax, name in zip(axes, ["conformal", "quantiles", "paths"], strict=True):
    low, high = found[name]
    for week in range(12):
        nights = week * N_NIGHTS + np.arange(N_NIGHTS)
        label = "9 of 10" if week == 0 else None
        ax.fill_between(
            nights, low[week], high[week], alpha=0.4, color="C0", label=label
        )
    ax.plot(truth[:12].ravel(), ".", color="0.3", label="actual")
    ax.set(title=f"{name}, a week ahead", ylabel="°C")
axes[0].legend()
axes[-1].set_xlabel("night")

plt.show()
