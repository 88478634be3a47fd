"""Folder of NASA's turbofan files -> tables by unit and cycle, and the true life."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import pandas as pd
from sklearn.utils import Bunch

SUBSETS = ("FD001", "FD002", "FD003", "FD004")
SETTINGS = [f"setting_{i}" for i in range(1, 4)]
SENSORS = [f"sensor_{i}" for i in range(1, 22)]


def load_cmapss(directory: str | PathLike[str], subset: str = "FD001") -> Bunch:
    """Load simulated turbofan engines that run to failure (NASA C-MAPSS).

    The files are not part of this package. NASA's Prognostics Center of Excellence
    offers them for download as "Turbofan Engine Degradation Simulation".

    Parameters
    ----------
    directory : str or path
        Folder with the files `train_FD001.txt`, `test_FD001.txt` and `RUL_FD001.txt`,
        as published or each compressed as `.gz`.

    subset : {"FD001", "FD002", "FD003", "FD004"}, default="FD001"
        FD001 has one operating condition and one fault, FD002 six and one, FD003 one
        and two, FD004 six and two.

    Returns
    -------
    Bunch
        With the attributes

        train : DataFrame of shape (n_rows, 24)
            Engines up to their failure, on the index `(unit, cycle)`: three operating
            settings and 21 sensors, without units of measurement.
        test : DataFrame of shape (n_rows, 24)
            Other engines, numbered from 1 again, each stopped some time before.
        truth : Series of shape (n_units,)
            Cycles that each test engine had left at its last row, by `unit`.

    Raises
    ------
    FileNotFoundError
        If a file is not there.

    ValueError
        If `subset` is unknown, or a file has other columns.

    See Also
    --------
    load_nasa_battery : Real batteries, which come with this package.
    sklearn_rnn.forecasting.rul_targets : Labels for the training rows.

    References
    ----------
    Saxena, A. and Goebel, K. (2008). Turbofan Engine Degradation Simulation Data Set.
    NASA Prognostics Data Repository, NASA Ames Research Center, Moffett Field, CA.

    Examples
    --------
    >>> from sklearn_rnn.datasets import load_cmapss
    >>> engines = load_cmapss("data/cmapss")  # doctest: +SKIP
    >>> engines.train.loc[1, "sensor_2"].head(2)  # doctest: +SKIP
    cycle
    1    641.82
    2    642.15
    Name: sensor_2, dtype: float64
    """
    if subset not in SUBSETS:
        raise ValueError(
            f"load_cmapss expects a subset of {', '.join(SUBSETS)}. Got {subset!r}."
        )
    folder = Path(directory)
    truth = _read(folder, f"RUL_{subset}.txt", ["rul"])["rul"]
    truth.index = pd.RangeIndex(1, len(truth) + 1, name="unit")
    columns = ["unit", "cycle", *SETTINGS, *SENSORS]
    train, test = (
        _read(folder, f"{part}_{subset}.txt", columns).set_index(["unit", "cycle"])
        for part in ("train", "test")
    )
    return Bunch(train=train, test=test, truth=truth)


def _read(folder: Path, name: str, columns: list[str]) -> pd.DataFrame:
    paths = [folder / name, folder / f"{name}.gz"]
    for path in paths:
        if path.is_file():
            break
    else:
        raise FileNotFoundError(
            f"load_cmapss finds neither {name} nor {name}.gz in {str(folder)!r}. "
            "Download the Turbofan Engine Degradation Simulation data of NASA's "
            "Prognostics Center of Excellence, and pass the folder of its files."
        )
    table = pd.read_csv(path, sep=r"\s+", header=None)
    if table.shape[1] != len(columns):
        raise ValueError(
            f"load_cmapss expects {len(columns)} columns in {path.name}. Got "
            f"{table.shape[1]}."
        )
    return table.set_axis(columns, axis=1)
