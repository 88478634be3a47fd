"""Lives of engines and batteries -> errors for units never seen, as asserted.

All settings were chosen on units of the training part that were held out.
"""

import time

import numpy as np
import pytest
from real_lives import by_unit, load_xjtu
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.datasets import load_cmapss
from sklearn_rnn.forecasting import last_row_per_group, rul_score, rul_targets


def ridge_on_lags(X, y, X_test):
    """Predict test rows by ridge regression on 30 rows, learnt where there are 30."""
    windower = SequenceWindower(30, horizon=0, context=None, flatten=True)
    windower.set_output(transform="pandas")
    lags = windower.fit_transform(X)
    full = lags.notna().all(axis=1)
    ridge = make_pipeline(StandardScaler(), Ridge()).fit(lags[full], y[full])
    rows = last_row_per_group(X_test)
    return ridge.predict(windower.transform(X_test).iloc[rows]).clip(0, 125)


@pytest.mark.slow
def test_turbofans(data_folder):
    """FD001, last cycle of each test engine, mean of three networks: below 13.3.

    The settings and the number of the cycle beside the sensors were chosen on training
    engines held out in folds and cut where test engines are: 10.8 alone and 10.3 in
    pairs, and 11.9 and 11.6 without the number (docs/studies.rst). On the test engines
    nine networks err by 11.4 to 13.5 alone, three triples by 11.4 to 12.2.
    """
    engines = load_cmapss(data_folder / "cmapss")
    X, X_test = (
        part.filter(like="sensor").assign(cycle=part.index.get_level_values("cycle"))
        for part in (engines.train, engines.test)
    )
    y, truth = rul_targets(X, cap=125), engines.truth.clip(upper=125)
    begin = time.perf_counter()
    lives = [
        GRURegressor(
            64,
            layer_norm=True,
            dropout=0.2,
            lr=0.005,
            lr_schedule="cosine",
            batch_size=10,
            max_epochs=60,
            random_state=seed,
        )
        .fit(by_unit(X), by_unit(y))
        .predict(by_unit(X_test))
        for seed in range(3)
    ]
    seconds = time.perf_counter() - begin
    alone = np.array([[life[-1] for life in member] for member in lives]).clip(0, 125)
    predicted = alone.mean(axis=0)
    error = root_mean_squared_error(truth, predicted)
    errors = [root_mean_squared_error(truth, each) for each in alone]
    ridge = ridge_on_lags(X.drop(columns="cycle"), y, X_test.drop(columns="cycle"))
    baseline = root_mean_squared_error(truth, ridge)
    print(
        f"C-MAPSS GRU {error:.2f}, score {rul_score(truth, predicted):.0f}, alone "
        f"{np.round(errors, 2)} (ridge on 30 cycles {baseline:.2f}), {seconds:.0f} s"
    )
    assert baseline == pytest.approx(14.71, abs=0.1)
    assert error <= 13.3
    assert error < baseline


@pytest.mark.slow
def test_battery_health(data_folder):
    """Batch 2C, each of its eight cells left out once: mean absolute error 0.0060.

    The network and ridge read the number of the cycle besides the features of the
    charge. It was tried on half the cells of each batch, left out from among
    themselves. Over all six batches the error is 0.0063 (docs/studies.rst), that of a
    GRU of the literature 0.0071.
    """
    X, y = load_xjtu(data_folder, "2C")
    X["number"] = X.groupby(level="battery").cumcount()
    pipes = {
        "ridge": make_pipeline(SimpleImputer(), MinMaxScaler((-1, 1)), Ridge(0.01)),
        "GRU": make_pipeline(
            SimpleImputer().set_output(transform="pandas"),
            SequenceWindower(5, horizon=0, context=None),
            GRURegressor(
                criterion="absolute_error",
                dropout=0.3,
                lr=0.005,
                lr_schedule="cosine",
                batch_size=64,
                max_epochs=20,
                random_state=0,
            ),
        ),
    }
    cells = X.index.get_level_values("battery")
    errors, seconds = {}, {}
    for name, pipe in pipes.items():
        begin = time.perf_counter()
        scores = cross_val_score(
            pipe,
            X,
            y,
            groups=cells,
            cv=LeaveOneGroupOut(),
            scoring="neg_mean_absolute_error",
        )
        errors[name], seconds[name] = -scores.mean(), time.perf_counter() - begin
    print(
        f"XJTU 2C, {len(scores)} cells, GRU {errors['GRU']:.4f} (ridge on the last "
        f"charge {errors['ridge']:.4f}), {seconds['GRU']:.0f} s"
    )
    assert errors["GRU"] <= 0.0060
    assert errors["GRU"] < errors["ridge"]
