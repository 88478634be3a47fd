"""Random tables of sensors, and the prediction of a stream as one would explain it."""

import numpy as np
import pandas as pd
import pytest
import torch


@pytest.fixture(scope="session")
def make_table():
    """Make sensors `a` and `b` of interleaved groups, in the order of time."""

    def make(seed=0, n_rows=60, groups=("p", "q"), p_absent=0.1, p_gap=0.1):
        rng = np.random.default_rng(seed)
        values = rng.normal(size=(n_rows, 2)).cumsum(axis=0)
        values[rng.random(n_rows) < p_absent] = np.nan
        steps = np.where(rng.random(n_rows) < p_gap, 50, 1)
        table = pd.DataFrame(values, index=np.cumsum(steps), columns=["a", "b"])
        return table.assign(group=rng.choice(list(groups), n_rows))

    return make


@pytest.fixture(scope="session")
def slow_predictions():
    """Advance the module of a fitted regressor one row at a time."""

    def predict(regressor, frame, horizon, max_gap=None):
        answer = {}
        for _, rows in frame.groupby(frame.get("group", np.zeros(len(frame)))):
            steps = rows.drop(columns="group", errors="ignore").to_numpy()
            breaks = np.diff(rows.index) > (max_gap or np.inf)
            for run in np.split(np.arange(len(rows)), np.flatnonzero(breaks) + 1):
                after = read_run(regressor, steps[run])
                for place, row in enumerate(run):
                    answer[rows.index[row]] = after[max(0, place + 1 - horizon)]
        predictions = np.array([answer[time] for time in frame.index])
        return predictions[:, 0] if regressor._y_was_flat else predictions

    return predict


def read_run(regressor, steps):
    """Give the predictions after none, one, two ... of the rows of one run."""
    scaler, module = regressor.scaler_, regressor.net_.module_.eval()
    states, last = module.encoder.zero_states(1), None
    h, predictions = states[-1][0], []
    for step in [None, *steps]:
        if step is not None and not np.isnan(step).all():
            change = (step - (step if last is None else last)) / scaler.scale_
            x = np.where(scaler.shifted_, change, (step - scaler.mean_) / scaler.scale_)
            x = torch.tensor(x, dtype=torch.float32).view(1, 1, -1)
            with torch.no_grad():
                [h], states = module.encoder.advance(x, states)
            last = step
        with torch.no_grad():
            output = module.read_out(h)[0].numpy()
        predictions.append(restore(scaler, output, last))
    return predictions


def restore(scaler, output, last):
    """Bring an output back to the units of y, given the last row that was read."""
    values, found = output * scaler.target_scale_ + scaler.target_mean_, []
    if scaler.target_columns is not None:
        found = scaler.target_columns.columns
    for k in np.flatnonzero(np.asarray(found) >= 0):
        slopes, intercepts = (
            scaler.target_columns.slopes,
            scaler.target_columns.intercepts,
        )
        values[k] += slopes[k] * (0 if last is None else last[found[k]]) + intercepts[k]
        if last is None:
            values[k] = scaler.target_average_[k]
    return values
