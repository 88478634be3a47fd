"""A slow forecast to compare with: append a row, and predict the whole table anew."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def slow_loop():
    """Forecast row after row."""
    return append_and_predict


def append_and_predict(pipe, X, rows, fed):
    """Append row after row and predict everything; `rows` holds what is known of each.

    Each of `rows` belongs to a group of its own or follows the one before; `fed` are
    columns of X, one for each output.
    """
    predictions = []
    for i in range(len(rows)):
        row = rows.iloc[[i]].copy()
        row[fed] = 0.0  # not read: it is not known yet
        X = pd.concat([X, row])
        found = np.ravel(pipe.predict(X)[-1])
        X.iloc[-1, [X.columns.get_loc(name) for name in fed]] = found
        predictions.append(found)
    return np.array(predictions)
