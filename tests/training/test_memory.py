"""An epoch never holds the windows: memory of a whole process, on Linux."""

import subprocess
import sys

import pytest

N_ROWS, N_FEATURES, WINDOW = 100_000, 10, 100
WINDOWS_MIB = N_ROWS * N_FEATURES * WINDOW * 4 / 2**20

PROGRAM = f"""
import resource
import numpy as np
from sklearn_rnn import LSTMRegressor, SequenceWindower

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

rng = np.random.default_rng(0)
X = rng.normal(size=({N_ROWS}, {N_FEATURES}))
y = rng.normal(size={N_ROWS})
model = LSTMRegressor(4, max_epochs=1, batch_size=256, random_state=0)
full = X[:25600].reshape(-1, 100, {N_FEATURES})  # a batch that compiled cells take
model.fit(full, y[:256])  # loads all there is to load
before = peak_mib()
windows = SequenceWindower({WINDOW}).fit_transform(X, y)
model.fit(windows, y).predict(windows)
print(peak_mib() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_epoch_and_prediction_do_not_hold_the_windows():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    grown = float(done.stdout)
    print(f"grew by {grown:.0f} MiB; the windows are {WINDOWS_MIB:.0f} MiB")
    assert grown < WINDOWS_MIB / 5
