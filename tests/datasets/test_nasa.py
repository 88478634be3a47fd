"""load_nasa_battery: the published facts about the four batteries."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.datasets import load_nasa_battery

BATTERIES = ["B0005", "B0006", "B0007", "B0018"]


def test_636_rows_by_battery_and_cycle():
    data = load_nasa_battery()
    assert data.shape == (636, 17)
    assert data.index.names == ["battery", "cycle"]
    assert data.groupby("battery").size().to_dict() == dict(
        zip(BATTERIES, [168, 168, 168, 132], strict=True)
    )
    assert data.index.is_unique
    assert not data.isna().any(axis=None)
    for _, rows in data.groupby("battery"):
        np.testing.assert_array_equal(
            rows.index.get_level_values("cycle"), np.arange(1, len(rows) + 1)
        )


@pytest.mark.parametrize(
    ("battery", "cycle"), list(zip(BATTERIES, [125, 109, None, 97], strict=True))
)
def test_end_of_life_is_the_first_cycle_below_1_4_ah(battery, cycle):
    capacity = load_nasa_battery()["capacity_ah"].loc[battery]
    below = capacity.index[capacity < 1.4]
    assert (below[0] if len(below) else None) == cycle


@pytest.mark.parametrize(
    ("battery", "rmse"),
    list(zip(BATTERIES, [0.0138, 0.0243, 0.0129, 0.0239], strict=True)),
)
def test_error_of_same_as_last_cycle_from_cycle_18_on(battery, rmse):
    steps = load_nasa_battery()["capacity_ah"].loc[battery].diff()[17:]
    assert np.sqrt((steps**2).mean()) == pytest.approx(rmse, abs=5e-5)


def test_starts_are_times_in_order():
    start = load_nasa_battery()["start"]
    assert pd.api.types.is_datetime64_any_dtype(start)
    assert start.groupby("battery").is_monotonic_increasing.all()


def test_return_X_y_gives_numeric_features_and_the_capacity():
    X, y = load_nasa_battery(return_X_y=True)
    data = load_nasa_battery()
    assert list(X.columns) == [name for name in data.columns if name != "start"]
    assert all(pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes)
    pd.testing.assert_series_equal(y, data["capacity_ah"])
    pd.testing.assert_series_equal(X["capacity_ah"], y)


def test_columns_are_those_the_docstring_explains():
    explained = load_nasa_battery.__doc__
    for name in load_nasa_battery().columns:
        assert f"``{name}``" in explained


def test_the_bundled_table_is_the_published_one(data_folder):
    name = "percycle_B0005_B0006_B0007_B0018.csv"
    original = pd.read_csv(data_folder / "nasa_battery" / name, parse_dates=["start"])
    pd.testing.assert_frame_equal(load_nasa_battery().reset_index(), original)
