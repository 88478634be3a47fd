"""Every example runs and prints its table: most shortened, and in full when slow."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("plot_*.py"))
LONG = {  # minutes of training; the tests on real data cover what they measure
    "plot_09_nasa_battery_rul.py",
    "plot_10_turbofan_rul.py",
    "plot_11_electricity_transformer.py",
    "plot_13_halving_search.py",
}
IN_FULL_ONLY = {  # a quarter of a minute even when shortened
    "plot_01_battery_forecast.py",
    "plot_02_grid_search.py",
    "plot_03_adding_problem.py",
    "plot_04_long_and_ragged.py",
}
BENCHMARKS = sorted((FOLDER / "benchmarks").glob("*_*.py"))


def run(script, *arguments, **environment):
    """Run a script in a process of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=os.environ | {"MPLBACKEND": "Agg"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def table_rows(printed):
    """Return the lines that begin with a label and end with a number."""
    return re.findall(r"^\S.*\s-?\d+\.\d+ *$", printed, flags=re.MULTILINE)


def test_there_are_examples_and_benchmarks():
    assert len(EXAMPLES) >= 2
    assert len(BENCHMARKS) >= 2


@pytest.mark.parametrize(
    "script",
    [e for e in EXAMPLES if e.name not in IN_FULL_ONLY],
    ids=lambda path: path.name,
)
def test_examples_print_their_table(script):
    assert len(table_rows(run(script, SKLEARN_RNN_QUICK="1"))) >= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "script", [e for e in EXAMPLES if e.name not in LONG], ids=lambda path: path.name
)
def test_examples_run_in_full(script):
    assert len(table_rows(run(script, SKLEARN_RNN_QUICK=""))) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("script", BENCHMARKS, ids=lambda path: path.name)
def test_benchmarks_print_their_table(script):
    assert len(table_rows(run(script, "--quick"))) >= 3


def test_what_an_hour_of_dust_tells_does_not_depend_on_later_hours(
    monkeypatch, tmp_path
):
    monkeypatch.syspath_prepend(FOLDER / "benchmarks")
    tables = import_module("tables")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)  # the table is made up
    table = tables.read_pollution()[:200]
    table["cbwd"] = np.random.default_rng(0).choice(["NE", "NW", "SE", "cv"], 200)

    def tell(rows):
        return tables.describe_pollution(rows).join(tables.look_back(rows))

    assert_frame_equal(tell(table[:150]), tell(table)[:150])


def test_the_speed_of_wind_is_what_its_sum_has_grown_by_since_it_turned(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER / "benchmarks")
    tables = import_module("tables")
    table = pd.DataFrame({"cbwd": ["NE", "NE", "SE", "SE"], "Iws": [1.0, 3, 2, 7]})
    told = tables.look_back(
        table.assign(**{"pm2.5": 0.0, "DEWP": 0, "TEMP": 0, "PRES": 0})
    )
    np.testing.assert_allclose(np.expm1(told["speed"]), [1, 2, 2, 5])
    np.testing.assert_allclose(np.expm1(told["speed SE"]), [0, 0, 2, 5])
