"""File of the electricity transformer data -> table by date."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import pandas as pd

COLUMNS = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"]


def load_ett(path: str | PathLike[str]) -> pd.DataFrame:
    """Load the temperature and the loads of an electricity transformer (ETT).

    The files are not part of this package: Zhou et al. publish them as ETDataset.

    Parameters
    ----------
    path : str or path
        File such as `ETTh1.csv`, as published or compressed; `.csv.gz` is tried where
        there is no `.csv`.

    Returns
    -------
    DataFrame of shape (n_rows, 7)
        High, middle and low loads, useful (`HUFL`, `MUFL`, `LUFL`) and useless (`HULL`,
        `MULL`, `LULL`), and the oil temperature `OT` in °C. The index `date` has the
        frequency of the file: an hour, or a quarter of one.

    Raises
    ------
    FileNotFoundError
        If the file is not there.

    ValueError
        If it has other columns.

    See Also
    --------
    load_cmapss : Engines that run to failure.

    References
    ----------
    Zhou, H. et al. (2021). Informer: Beyond efficient transformer for long sequence
    time-series forecasting. AAAI 35(12), 11106-11115.
    https://doi.org/10.1609/aaai.v35i12.17325

    Examples
    --------
    >>> from sklearn_rnn.datasets import load_ett
    >>> load_ett("data/ETTh1.csv").shape  # doctest: +SKIP
    (17420, 7)
    """
    file = Path(path)
    if not file.is_file() and file.with_name(f"{file.name}.gz").is_file():
        file = file.with_name(f"{file.name}.gz")
    if not file.is_file():
        raise FileNotFoundError(
            f"load_ett finds no file {str(path)!r}. Download the ETDataset of Zhou et "
            "al. and pass the path of one of its files, such as ETTh1.csv."
        )
    data = pd.read_csv(file)
    if list(data.columns) != ["date", *COLUMNS]:
        raise ValueError(
            f"load_ett expects the columns {['date', *COLUMNS]} in {file.name}. Got "
            f"{list(data.columns)}."
        )
    dates = pd.DatetimeIndex(data.pop("date"), freq="infer")
    return data.set_index(dates)
