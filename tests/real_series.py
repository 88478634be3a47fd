"""The folder with the real data -> hourly and daily tables, errors of simple forecasts.

No public code: tests import it by `from real_series import ...`.
"""

import numpy as np
import pandas as pd

from sklearn_rnn.datasets import load_ett

ETT_TRAIN, ETT_TEST, ETT_END = 8640, 11_520, 14_400  # rows of 12, 4 and 4 months
PM25_TRAIN = 8760
POWER_TRAIN = 159 * 7


def load_channels(data_folder):
    """Return ETTh1 in units of its training part, channels one below the other."""
    hours = load_ett(data_folder / "ett" / "ETTh1.csv")[:ETT_END]
    learnt = hours[:ETT_TRAIN]
    scaled = (hours - learnt.mean()) / learnt.std(ddof=0)
    return scaled.rename_axis(columns="channel").unstack().to_frame("value")


def load_pm25(data_folder):
    """Return eight columns of each hour but those of the first day; 0 where unknown."""
    table = pd.read_csv(data_folder / "beijing_pm25" / "pollution.csv.gz")
    table.index = pd.to_datetime(table[["year", "month", "day", "hour"]])
    table = table.drop(columns=["No", "year", "month", "day", "hour"])
    return table[24:].fillna({"pm2.5": 0.0})


def load_power(data_folder):
    """Return what a household used each day of 205 weeks, Sunday to Saturday."""
    name = "household_power_consumption_days.csv"
    path = data_folder / "household_power_daily" / name
    table = pd.read_csv(path, index_col="Datetime", parse_dates=True)
    return table["Global_active_power"][1:-6]


def rmse(actual, predicted):
    return np.sqrt(np.mean((np.asarray(actual) - np.asarray(predicted)) ** 2))
