"""A million rows -> windows that cost little more than the rows themselves."""

import tracemalloc

import numpy as np
import pandas as pd

from sklearn_rnn.windowing import SequenceWindower


def test_windows_of_a_large_table_take_less_than_three_float32_copies():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200_000, 10)))
    table_size = frame.size * np.dtype(np.float32).itemsize
    tracemalloc.start()
    windows = SequenceWindower(100).fit_transform(frame, frame[0].to_numpy())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert windows.shape == (200_000, 100, 10)
    assert peak < 3 * table_size


def test_single_precision_rows_are_shared():
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    assert np.shares_memory(SequenceWindower(5).fit_transform(rows).rows, rows)
