"""Settings of the whole test run, and the folder with the real data."""

import os
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before torch comes in: idle threads of one worker would take the core of another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest  # behind the setting
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# No deadline anywhere: a first call into torch may take seconds on a busy machine.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

os.environ["MPLBACKEND"] = "Agg"  # no window opens, here or in a subprocess


@pytest.fixture(scope="session")
def data_folder():
    """Return the folder with the real data sets, or skip where there is none."""
    folder = Path(os.environ.get("SKLEARN_RNN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data sets are not at {folder}; set SKLEARN_RNN_DATA")
    return folder
