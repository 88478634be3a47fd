"""Bundled csv -> DataFrame of NASA's ageing batteries, one row per discharge."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

FILE_NAME = "percycle_B0005_B0006_B0007_B0018.csv"


def load_nasa_battery(
    *, return_X_y: bool = False
) -> pd.DataFrame | tuple[pd.DataFrame, pd.Series]:
    """Load the ageing of four lithium-ion batteries, one row per discharge cycle.

    Batteries B0005, B0006, B0007 and B0018 of NASA's Prognostics Center of Excellence
    were charged, discharged at 2 A and measured at room temperature until about 30 % of
    their rated 2 Ah was lost. A battery counts as worn out when its capacity first
    falls below 1.4 Ah: at cycle 125, 109, never and 97.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return the numeric columns and the capacity instead of one table.

    Returns
    -------
    data : DataFrame of shape (636, 17)
        The columns below, on the index `(battery, cycle)`, cycles from 1.

    (X, y) : tuple of DataFrame of shape (636, 16) and Series of shape (636,)
        If `return_X_y` is True: every column but `start`, and the column `capacity_ah`
        again as target. A window that ends one row earlier makes it a forecast.

    See Also
    --------
    make_battery_fade : Made cells, of any number and length.

    Notes
    -----
    ================== ======= =====================================================
    column             unit    meaning
    ================== ======= =====================================================
    ``start``          time    start of the discharge
    ``ambient_temp_c`` °C      temperature of the room
    ``capacity_ah``    Ah      capacity, as NASA gives it
    ``n_samples``              number of raw measurements of the discharge
    ``duration_s``     s       from the first measurement to the last
    ``t_discharge_s``  s       time during which more than 0.1 A flowed
    ``coulomb_ah``     Ah      charge taken out, integrated from the current
    ``energy_wh``      Wh      energy taken out
    ``v_mean_load``    V       mean voltage while discharging
    ``v_min``          V       lowest voltage
    ``i_mean_load``    A       mean current while discharging; negative is outwards
    ``temp_start_c``   °C      temperature of the cell at the start
    ``temp_mean_c``    °C      its mean
    ``temp_max_c``     °C      its highest value
    ``t_to_3v8_s``     s       time until the voltage fell to 3.8 V
    ``t_to_3v5_s``     s       time until it fell to 3.5 V
    ``t_to_3v2_s``     s       time until it fell to 3.2 V
    ================== ======= =====================================================

    Capacity, start and room temperature are NASA's own; the other columns are derived
    from its raw measurements. The data are a work of the US Government, published as
    NASA open data. From cycle 18 on, the last capacity as forecast of the next errs by
    0.0138, 0.0243, 0.0129 and 0.0239 Ah (root mean square).

    References
    ----------
    Saha, B. and Goebel, K. (2007). Battery Data Set. NASA Prognostics Data Repository,
    NASA Ames Research Center, Moffett Field, CA.

    Examples
    --------
    >>> from sklearn_rnn.datasets import load_nasa_battery
    >>> load_nasa_battery()["capacity_ah"].groupby("battery").agg(["size", "min"])
             size       min
    battery
    B0005     168  1.287453
    B0006     168  1.153818
    B0007     168  1.400455
    B0018     132  1.341051
    >>> X, y = load_nasa_battery(return_X_y=True)
    >>> X.shape, y.shape
    ((636, 16), (636,))
    """
    with (files("sklearn_rnn.datasets") / "data" / FILE_NAME).open() as file:
        data = pd.read_csv(file, parse_dates=["start"], index_col=["battery", "cycle"])
    if return_X_y:
        return data.drop(columns="start"), data["capacity_ah"]
    return data
