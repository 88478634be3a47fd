"""Two public tables -> what each of their rows tells of the next, and of those before.

The air of Beijing (UCI 381, Chen) has a row for each hour, the power of a household
(UCI 235, Hebrail and Berard) one for each day. Tables that are not in the folder
`SKLEARN_RNN_DATA` are made up.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("SKLEARN_RNN_DATA", SHARED))


def read_pollution():
    """Return the hourly table, without its first day and with 0 where dust misses."""
    path = FOLDER / "beijing_pm25" / "pollution.csv.gz"
    if not path.is_file():
        hours = pd.date_range("2010-01-02", periods=43_800, freq="h")
        names = ["pm2.5", "DEWP", "TEMP", "PRES", "Iws", "Is", "Ir"]
        return make_up(path, "381", hours, names).assign(cbwd="NE")
    table = pd.read_csv(path)[24:].fillna({"pm2.5": 0.0})
    table.index = pd.to_datetime(table[["year", "month", "day", "hour"]])
    return table.drop(columns=["No", "year", "month", "day", "hour"])


def read_power():
    """Return what a household used each day, in kilowatt minutes."""
    name = "household_power_consumption_days.csv"
    path = FOLDER / "household_power_daily" / name
    if not path.is_file():
        days = pd.date_range("2006-12-17", periods=205 * 7, freq="D")
        return make_up(path, "235", days, ["used"])["used"]
    table = pd.read_csv(path, index_col="Datetime", parse_dates=True)
    return table["Global_active_power"][1:-6]  # whole weeks


def make_up(path, number, dates, names):
    """Let columns drift, in place of a table that is not there."""
    print(f"{path} is not there (get it from UCI {number}); the table is made up.")
    steps = np.random.default_rng(0).normal(size=(len(dates), len(names)))
    drift = pd.DataFrame(steps, dates, names).ewm(halflife=7).mean()
    return (1000 + 1000 * drift).clip(lower=0)


def around(angle, name):
    """Make two columns of the place on a circle, such as the hour of the day."""
    return {f"sin_{name}": np.sin(angle), f"cos_{name}": np.cos(angle)}


def describe_pollution(table):
    """Add what a row tells of the hour that follows it, and of gaps in the dust.

    A missing amount is 0, which is no amount that was ever measured over an hour.
    """
    dust = table["pm2.5"]
    next_hour = (table.index.hour.to_numpy() + 1) * 2 * np.pi / 24
    skewed = np.log1p(table[["Iws", "Is", "Ir"]])
    return table.assign(
        **skewed,
        log_dust=np.log1p(dust),
        root_of_dust=np.sqrt(dust),  # a copy of the target, from which changes count
        missing=(dust == 0).astype(float),
        last_known=dust.where(dust > 0).ffill().fillna(0.0),
        **around(next_hour, "hour"),
    )


def look_back(table):
    """Make columns of how the air changed in up to 24 hours, and of the wind.

    `Iws` is the sum of the wind's speed since it turned, so that its growth is the
    speed of the hour.
    """
    columns = {
        f"{name} since {hours}": table[name].diff(hours)
        for name, steps in {
            "pm2.5": (1, 2, 3, 6, 12, 24),
            "DEWP": (1, 3, 6, 24),
            "TEMP": (1, 3, 6, 24),
            "PRES": (1, 3, 6, 24),
        }.items()
        for hours in steps
    }
    dust = table["pm2.5"]
    for hours in (3, 6, 12, 24):
        columns[f"mean of {hours}"] = dust.rolling(hours, 1).mean() - dust
    steady = table["cbwd"] == table["cbwd"].shift()
    speed = (table["Iws"] - table["Iws"].shift().where(steady, 0.0)).clip(lower=0)
    columns["speed"] = np.log1p(speed)
    for side in ("NE", "NW", "SE", "cv"):
        blows = table["cbwd"] == side
        columns[f"speed {side}"] = np.log1p(speed) * blows
        columns[f"speed {side}, mean of 6"] = (speed * blows).rolling(6, 1).mean()
    return pd.DataFrame(columns).fillna(0.0)  # the first day has no day before it


def describe_power(power):
    """Add which day follows a row: day of the week and time of the year."""
    next_day = power.index + pd.Timedelta(days=1)
    weekday = pd.get_dummies(next_day.day_name(), dtype=float).set_index(power.index)
    year = 2 * np.pi * next_day.day_of_year.to_numpy() / 365.25
    return power.to_frame().assign(**weekday, **around(year, "year"))
