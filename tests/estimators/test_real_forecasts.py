"""Networks on measured series -> errors of the test rows, as asserted.

All settings were fixed on the validation rows before the first look at the test.
"""

import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from real_series import ETT_TEST, ETT_TRAIN, load_channels
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.forecasting import make_targets

STUDIES = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.mark.slow
def test_transformer(data_folder):
    """Seven series 96 hours ahead: a mean squared error of 0.37 (DLinear: 0.375)."""
    table = load_channels(data_folder)
    hour = table.groupby("channel").cumcount().to_numpy()
    train, later, test = hour < ETT_TRAIN, hour >= ETT_TRAIN, hour >= ETT_TEST
    targets = make_targets(table["value"][train], 96)
    targets[hour[train] < 336] = np.nan
    begin = time.perf_counter()
    network = GRURegressor(
        128,
        segment_length=24,
        instance_norm="last",
        criterion="absolute_error",
        lr_schedule="cosine",
        max_epochs=3,
        batch_size=128,
        random_state=0,
    )
    pipe = make_pipeline(SequenceWindower(336), network).fit(table[train], targets)
    actual = make_targets(table["value"][test], 96).to_numpy()
    known = np.isfinite(actual).all(axis=1)
    predicted = pipe.predict(table[later])[test[later]]
    seconds = time.perf_counter() - begin
    last = table.groupby("channel").shift()[test].to_numpy()
    error, baseline = (
        np.mean((actual - forecast)[known] ** 2) for forecast in (predicted, last)
    )
    print(f"ETTh1 GRU {error:.3f} (last value {baseline:.3f}), {seconds:.0f} s")
    assert known.sum() == 7 * 2785
    assert baseline == pytest.approx(1.295, abs=0.002)
    assert error <= 0.37


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "baseline", "most"),
    [
        # The next hour: 5 % below the last one (an LSTM of a lesson: 26.50).
        ("pollution", 26.559, 0.95 * 26.559),
        # A week by its days (an LSTM of a lesson: 399.5).
        ("power", 469.389, 399),
    ],
)
def test_next_values(data_folder, monkeypatch, name, baseline, most):
    """The networks of the study in examples/benchmarks, mean of three seeds."""
    monkeypatch.syspath_prepend(STUDIES)
    monkeypatch.setattr(import_module("tables"), "FOLDER", data_folder)
    studies = import_module("study_next_values")
    study = getattr(studies, name)()
    parts = study.n_train, len(study.X)
    seconds, error = studies.judge_seeds(study, {}, [0, 1, 2], *parts)
    others = studies.compare_baselines(study, *parts)
    errors = {other: rmse for other, (_, rmse) in others.items()}
    print(f"{name} GRU {error:.2f}, {seconds:.0f} s; {errors}")
    assert baseline == pytest.approx(
        errors.get("same as last hour", errors.get("same day of last week")), abs=0.001
    )
    assert error <= most
    assert error < errors["ridge, same windows"]
