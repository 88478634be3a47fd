"""
How long will an engine last?
=============================

NASA let 100 simulated turbofans run until they failed, and stopped 100 others some time
before (C-MAPSS, FD001). From 21 sensors, how many cycles has each of the others left?

One network reads the whole life of an engine, cycle by cycle, and after each of them
says what is left. So it learns from engines cut anywhere, and the test engines are
just that. It is also told the number of the cycle, how old the engine is. Beside it
stand ridge regression on the last cycle and on the last 30.

The files ``train_FD001.txt``, ``test_FD001.txt`` and ``RUL_FD001.txt`` are read from
the folder ``cmapss`` in the one that the environment variable ``SKLEARN_RNN_DATA``
names. Without them engines are made up here.
"""

import os
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import load_cmapss
from sklearn_rnn.forecasting import last_row_per_group, rul_score, rul_targets

QUICK = bool(os.environ.get("SKLEARN_RNN_QUICK"))
SEEDS = range(1) if QUICK else range(3)
MEMBERS = 1 if QUICK else 3  # networks that are averaged, for each seed
EPOCHS = 2 if QUICK else 60
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("SKLEARN_RNN_DATA", SHARED)) / "cmapss"
CAP = 125  # cycles; nothing tells before how long an engine will last

# %%
# The engines
# -----------
#
# A row of the table is a cycle of an engine. Made-up engines wear as real ones do:
# hardly at first and ever faster, each at its own pace and under noise.


COLUMNS = [f"setting_{i}" for i in range(1, 4)] + [f"sensor_{i}" for i in range(1, 22)]


def make_life(rng, slopes):
    """Make the cycles of an engine up to its failure."""
    length = int(np.clip(rng.normal(205, 45), 130, 360))
    wear = np.exp(np.arange(1 - length, 1) / 40)  # 1 at the end
    noise = rng.normal(scale=0.25, size=(length, len(COLUMNS)))
    cycles = pd.RangeIndex(1, length + 1, name="cycle")
    return pd.DataFrame(np.outer(wear, slopes) + noise, cycles, COLUMNS)


def make_engines(n_units=100):
    """Make engines that run to failure, and others that are stopped before."""
    rng = np.random.default_rng(0)
    slopes = rng.normal(size=len(COLUMNS))
    slopes[:10] = 0  # the settings and a few sensors tell nothing
    units = range(1, n_units + 1)
    train = {unit: make_life(rng, slopes) for unit in units}
    whole = {unit: make_life(rng, slopes) for unit in units}
    test = {unit: life[: rng.integers(31, len(life))] for unit, life in whole.items()}
    truth = pd.Series({unit: len(whole[unit]) - len(test[unit]) for unit in units})
    train, test = (pd.concat(lives, names=["unit"]) for lives in (train, test))
    return Bunch(train=train, test=test, truth=truth)


if FOLDER.is_dir():
    engines = load_cmapss(FOLDER)
else:
    print(
        f"No files in {FOLDER}: download the Turbofan Engine Degradation Simulation "
        "of NASA's Prognostics Center of Excellence. Made-up engines take their place."
    )
    engines = make_engines()


def read(table):
    """Take the sensors, and the cycle beside them: how old an engine is."""
    sensors = table.filter(like="sensor")
    return sensors.assign(cycle=table.index.get_level_values("cycle"))


X, X_test = read(engines.train), read(engines.test)
y = rul_targets(X, cap=CAP)
truth = engines.truth.clip(upper=CAP)
last = last_row_per_group(X_test)
print(f"{len(X)} cycles to learn from; cycles of a test engine:")
print(X_test.groupby("unit").size().describe()[["min", "50%", "max"]].to_string())

# %%
# What must be beaten
# -------------------
#
# The mean; ridge regression on the last cycle; and ridge regression on the last 30,
# which learns from the rows that have so many. All predictions are brought into the
# range of the labels, from 0 to 125 cycles, which helps the ridge most. It is not told
# the number of the cycle, which does it no good.

now, now_test = X.drop(columns="cycle"), X_test.drop(columns="cycle")
windower = SequenceWindower(30, horizon=0, context=None, flatten=True)
windower.set_output(transform="pandas")
lags, lags_test = windower.fit_transform(now), windower.transform(now_test)
full = lags.notna().all(axis=1)
baselines = {
    "mean": (DummyRegressor(), now, y, now_test),
    "ridge, last cycle": (Ridge(), now, y, now_test),
    "ridge, last 30 cycles": (Ridge(), lags[full], y[full], lags_test),
}

rows = {}


def add_row(name, seconds, predictions):
    """Score the last row of each test engine; average over seeds."""
    predictions = np.clip(predictions, 0, CAP)
    scores = [rul_score(truth, predicted) for predicted in predictions]
    errors = [root_mean_squared_error(truth, predicted) for predicted in predictions]
    rows[name] = [f"{seconds:.0f}", f"{np.mean(scores):.0f}", f"{np.mean(errors):.2f}"]
    return errors


for name, (model, *learnt, asked) in baselines.items():
    begin = time.perf_counter()
    pipe = make_pipeline(StandardScaler(), model).fit(*learnt)
    seconds = time.perf_counter() - begin
    add_row(name, seconds, [pipe.predict(asked.iloc[last])])

# %%
# Whole lives
# -----------
#
# A list of arrays, one per engine, and a list of labels, one for each cycle: so the
# network reads each cycle once in an epoch, and its prediction after a cycle knows all
# the cycles before. Windows would have to be long, and read each cycle many times.


def by_unit(table):
    """Part a table or Series into the arrays of its units."""
    return [rows.to_numpy() for _, rows in table.groupby("unit")]


def train(seed):
    """Learn from whole lives, and predict the test engines after each cycle."""
    network = GRURegressor(
        64,
        layer_norm=True,
        dropout=0.2,
        lr=0.005,
        lr_schedule="cosine",
        batch_size=10,
        max_epochs=EPOCHS,
        random_state=seed,
    )
    network.fit(by_unit(X), by_unit(y))
    predicted = np.concatenate(network.predict(by_unit(X_test)))
    return pd.Series(predicted, X_test.index).clip(0, CAP)


begin = time.perf_counter()
lives = [[train(10 * seed + member) for member in range(MEMBERS)] for seed in SEEDS]
seconds = (time.perf_counter() - begin) / len(SEEDS)
alone = [life.iloc[last] for members in lives for life in members]
errors = add_row("GRU", seconds / MEMBERS, alone)

# %%
# What one network makes too much of, another does not: the mean of three errs less
# than each of them.

means = [sum(members) / MEMBERS for members in lives]
if MEMBERS > 1:
    add_row("mean of three GRU", seconds, [life.iloc[last] for life in means])

# %%
# What they reach
# ---------------
#
# Published numbers are those of the papers. Here the truth is capped like the labels,
# as in most of them; where it is not, the error cannot be below 3.74.

if FOLDER.is_dir():
    rows["published: LSTM (Zheng 2017)"] = ["–", "338", "16.14"]
    rows["published: BiLSTM"] = ["–", "295", "13.65"]
    rows["published: DCNN"] = ["–", "274", "12.61"]
    rows["published: transformer"] = ["–", "–", "10.61"]
print(pd.DataFrame(rows, ["seconds", "score", "test RMSE"]).T.to_string())
if MEMBERS > 1:
    together = [root_mean_squared_error(truth, life.iloc[last]) for life in means]
    print(f"each mean of three: {np.round(together, 2)}")
print(f"each GRU alone: {np.round(errors, 2)}")

# %%
# One hundred engines, and four lives
# -----------------------------------
#
# Far from the failure nobody can tell when it will come; close to it the predictions
# draw together, where they matter most.

predicted = means[0]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
left.plot([0, CAP], [0, CAP], color="0.75")
left.plot(truth, predicted.iloc[last], ".")
left.set(xlabel="true life (cycles)", ylabel="predicted life (cycles)")
longest = X_test.groupby("unit").size().nlargest(4).index
for unit in longest:
    life = predicted[unit]
    to_come = truth[unit] + len(life) - life.index
    line = right.plot(to_come, life, label=f"engine {unit}")
right.plot([250, CAP, 0], [CAP, CAP, 0], color="0.75", label="label")
right.invert_xaxis()
right.set(xlabel="cycles left", ylabel="predicted life (cycles)")
right.legend()

plt.show()
