"""
Follow a live sensor
====================

A kiln reports once a minute how much power its heater takes and whether its door is
open. How hot is it inside? For a trial run a probe stood in it; later it is there only
once an hour. What the kiln holds now was put in over the last hours, so no short window
tells. With ``stateful=True`` the network keeps its state from minute to minute instead:
one new row in, one prediction out, at the same cost however long it has been running.
"""

import os
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMRegressor, SequenceWindower

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
N_TRIAL, N_LIVE = (
    (600, 100) if QUICK else (10_000, 2_000)
)  # a week, and a day and a half

# %%
# The kiln
# --------
#
# Heat comes in with the power and leaves in proportion to how hot it is inside, four
# times as fast through the open door. With the door shut it takes an hour to lose half
# of the heat.


def hold(values, shortest, longest, rng):
    """Keep each value for a random number of minutes."""
    return np.repeat(values, rng.integers(shortest, longest, len(values)))


def make_kiln(n_minutes, seed=0):
    """Make what the kiln reports, and its temperature in °C."""
    rng = np.random.default_rng(seed)
    power = hold(rng.uniform(0, 10, n_minutes), 20, 120, rng)[:n_minutes]
    door = hold(rng.random(n_minutes) < 0.2, 10, 60, rng)[:n_minutes]
    inside, temperature = np.empty(n_minutes), 300.0
    for t in range(n_minutes):
        leaves = 0.01 + 0.03 * door[t]
        temperature += power[t] - leaves * (temperature - 20.0)
        inside[t] = temperature
    measured = power + rng.normal(0, 0.3, n_minutes)
    X = pd.DataFrame({"power_kw": measured, "door_open": door.astype(float)})
    return X, pd.Series(inside, name="temperature_c")


X, y = make_kiln(N_TRIAL + N_LIVE)
trial, live = X[:N_TRIAL], X[N_TRIAL:]

# %%
# Learn from the trial run
# ------------------------
#
# ``horizon=0``: the temperature of a minute may be told from the report of that minute.
# The rows are cut into lanes that are read side by side, and the gradient reaches back
# 100 minutes (``bptt_steps``); the state itself reaches back to the first row.
#
# Beside it stand the same network on windows of half an hour, ridge regression on
# windows, and what the probe said last when it was there, at the full hour.


def network(n_epochs, **parameters):
    """Build the network."""
    regressor = LSTMRegressor(
        16,
        lr=0.01,
        batch_size=16,
        max_epochs=2 if QUICK else n_epochs,
        random_state=0,
        **parameters,
    )
    return make_pipeline(SequenceWindower(30, horizon=0), regressor)


def ridge(window_length):
    """Build the baseline."""
    windows = SequenceWindower(window_length, horizon=0, flatten=True)
    return make_pipeline(windows, SimpleImputer(), Ridge())


pipes = {
    "LSTM, state runs on": network(250, stateful=True, bptt_steps=100),
    "LSTM, windows of 30": network(10),
    "ridge, windows of 30": ridge(30),
    "ridge, windows of 200": ridge(200),
}
predicted = pd.DataFrame(
    {name: pipe.fit(trial, y[:N_TRIAL]).predict(live) for name, pipe in pipes.items()},
    index=live.index,
)
predicted["probe, once an hour"] = y[y.index % 60 == 0].reindex(y.index).ffill()
errors = {
    name: root_mean_squared_error(y[N_TRIAL:], values)
    for name, values in predicted.items()
}
print("Live rows, RMSE in °C")
print(pd.Series(errors).round(1).to_string())

# %%
# Now the rows arrive one at a time
# ---------------------------------
#
# ``predict_next`` goes on where training ended. Each call reads one row, and gives what
# ``predict`` gives for the whole table.

regressor = pipes["LSTM, state runs on"][-1]
one_by_one, seconds = [], []
for row in live.to_numpy():
    begin = perf_counter()
    one_by_one.append(regressor.predict_next(row))
    seconds.append(perf_counter() - begin)

milliseconds = pd.Series(seconds) * 1000
distance = np.abs(one_by_one - predicted["LSTM, state runs on"]).max()
half = len(milliseconds) // 2
print("\nA row at a time, milliseconds per row")
print(f"first half, median      {milliseconds[:half].median():8.3f}")
print(f"second half, median     {milliseconds[half:].median():8.3f}")
print(f"slowest of a hundred    {milliseconds.quantile(0.99):8.3f}")
print(f"largest distance from predict: {distance / y.std():.1e} standard deviations")

# %%

shown = live.index[: 12 * 60]
fig, (ax, below) = plt.subplots(
    2, 1, figsize=(9, 6), sharex=True, height_ratios=[3, 1], layout="constrained"
)
hours = (shown - shown[0]) / 60
ax.plot(hours, y[shown], color="0.6", linewidth=4, label="inside, not measured")
for name in ("LSTM, windows of 30", "ridge, windows of 200"):
    ax.plot(hours, predicted.loc[shown, name], linewidth=1, label=name)
ax.plot(hours, one_by_one[: len(shown)], "k", linewidth=1, label="LSTM, row by row")
ax.set(ylabel="temperature (°C)", title="The first twelve hours of live rows")
ax.legend()
below.plot(hours, X.loc[shown, "power_kw"], color="tab:red", linewidth=1)
below.fill_between(
    hours, 0, 10, where=X.loc[shown, "door_open"] > 0, color="0.85", label="door open"
)
below.set(xlabel="hours", ylabel="power (kW)")
below.legend(loc="upper right")

plt.show()
