"""The folder with the real data -> batteries and engines as networks read them.

No public code: tests import it by `from real_lives import ...`.
"""

import numpy as np
import pandas as pd

CAPACITY_WHEN_NEW = 2.0  # Ah


def load_xjtu(data_folder, batch):
    """Return X, y of a batch: 16 features of each charge, and the health after it.

    Both are on the index (battery, cycle). Infinite entropies, 151 in all batches, are
    NaN.
    """
    path = data_folder / "xjtu_battery" / "xjtu_percycle.csv.gz"
    table = pd.read_csv(path).rename(columns={"cycle_index": "cycle"})
    table = table[table["battery"].str.startswith(f"{batch}_battery")]
    table = table.set_index(["battery", "cycle"]).replace([np.inf, -np.inf], np.nan)
    return table.drop(columns="capacity"), table["capacity"] / CAPACITY_WHEN_NEW


def by_unit(table):
    """Part a table or Series into the arrays of its units, in the order they come."""
    return [rows.to_numpy() for _, rows in table.groupby(level=0, sort=False)]
