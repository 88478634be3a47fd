"""Rows of two public tables -> test error of their next values, beside baselines.

`pollution` is the air of Beijing (UCI 381, Chen): the fine dust of the next hour, from
three hours that each tell how the air changed in up to 24. By the rules of a widely
copied lesson the first day is dropped, a missing amount is 0, the first 8,760 hours are
learnt from and all others forecast.
`power` is a household (UCI 235, Hebrail and Berard): what it will use on each of the
seven days of the next week, from the 14 days before. Of its weeks, Sunday to Saturday,
159 are learnt from and the next 46 forecast, one after the other.

Settings were chosen on the last rows of the training part, with the models trained on
the rows before them; `--choose` prints what was compared there, and no test row is
read. Tables that are not in the folder `SKLEARN_RNN_DATA` are made up (see tables.py).
What is printed are tables for docs/studies.rst:

    python examples/benchmarks/study_next_values.py [--quick] [--choose]
        [--studies pollution power]
"""

import argparse
import time
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tables import (
    describe_pollution,
    describe_power,
    look_back,
    read_pollution,
    read_power,
)

from sklearn_rnn import GRURegressor, SequenceWindower
from sklearn_rnn.forecasting import (
    PersistenceRegressor,
    SeasonalNaiveRegressor,
    make_targets,
)

WIDTHS = 24, 7, 7


@dataclass(frozen=True)
class Study:
    """A table, its rows to learn from, and who forecasts the others."""

    X: pd.DataFrame
    y: pd.Series
    horizon: int  # steps of a forecast, which are also the rows between two forecasts
    n_train: int
    n_chosen_by: int  # last rows of the training part
    window_length: int
    prepare: object
    by_root: bool  # whether the network forecasts roots of the values
    network: GRURegressor
    others: dict  # what else was compared: fields of the study and of the network
    ridge: Ridge
    baselines: dict
    published: dict


def pollution():
    """Forecast the next hour of dust."""
    table = read_pollution()
    described = describe_pollution(table)
    X = described.join(look_back(table))
    wind = ColumnTransformer(
        [("wind", OneHotEncoder(sparse_output=False), ["cbwd"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    network = GRURegressor(
        hidden_size=64,
        dropout=0.5,
        criterion="huber",
        lr_schedule="cosine",
        max_epochs=30,
        batch_size=128,
    )
    return Study(
        X=X,
        y=X["pm2.5"],
        horizon=1,
        n_train=8760,
        n_chosen_by=2760,
        window_length=3,
        prepare=wind,
        by_root=True,
        network=network,
        others={
            "1 step": {"window_length": 1},
            "6 steps": {"window_length": 6},
            "24 steps": {"window_length": 24},
            "24 steps, no changes": {"window_length": 24, "X": described},
            "no instance_norm": {"instance_norm": None},
            "squared error": {"criterion": "squared_error"},
            "absolute error": {"criterion": "absolute_error"},
            "32 units": {"hidden_size": 32},
            "dropout 0.3": {"dropout": 0.3},
            "amounts, not roots": {"by_root": False},
        },
        ridge=Ridge(alpha=100.0),
        baselines={"same as last hour": PersistenceRegressor()},
        published={"LSTM of the lesson": 26.496},
    )


def power():
    """Forecast the seven days of the next week."""
    y = read_power()
    network = GRURegressor(
        dropout=0.5,
        instance_norm=None,
        criterion="absolute_error",
        lr_schedule="cosine",
        max_epochs=30,
    )
    return Study(
        X=describe_power(y),
        y=y,
        horizon=7,
        n_train=159 * 7,
        n_chosen_by=46 * 7,
        window_length=14,
        prepare="passthrough",
        by_root=False,
        network=network,
        others={
            "instance_norm last": {"instance_norm": "last"},
            "instance_norm standard": {"instance_norm": "standard"},
            "squared error": {"criterion": "squared_error"},
            "dropout 0.3": {"dropout": 0.3},
            "64 units": {"hidden_size": 64},
            "60 epochs": {"max_epochs": 60},
        },
        ridge=Ridge(alpha=1000.0),
        baselines={
            "same as last day": PersistenceRegressor(),
            "same day of last week": SeasonalNaiveRegressor(7),
            "same week of last year": SeasonalNaiveRegressor(364),
        },
        published={"LSTM": 399.456, "encoder and decoder": 372.6},
    )


def square(roots):
    """Square, with 0 for what is below it."""
    return np.square(np.clip(roots, 0, None))


def judge(study, model, n_train, n_rows, *, window_length=None, by_root=False):
    """Learn from the first rows; return seconds and RMSE on those up to `n_rows`."""
    begin = time.perf_counter()
    windows = SequenceWindower(window_length or study.window_length)
    pipe = make_pipeline(clone(study.prepare, safe=False), windows, model)
    if by_root:
        pipe = TransformedTargetRegressor(
            pipe, func=np.sqrt, inverse_func=square, check_inverse=False
        )
    pipe.fit(study.X[:n_train], make_targets(study.y[:n_train], study.horizon))
    predicted = pipe.predict(study.X[n_train:n_rows])
    return time.perf_counter() - begin, error(study, predicted, n_train, n_rows)


def judge_ridge(study, n_train, n_rows):
    """Do the same with ridge regression on a table of lags, all of them known."""
    begin = time.perf_counter()
    windows = SequenceWindower(study.window_length, flatten=True)
    lags = make_pipeline(clone(study.prepare, safe=False), windows)
    first = lags.fit_transform(study.X[:n_train])
    ridge = make_pipeline(StandardScaler(), study.ridge)
    full = slice(study.window_length, n_train - study.horizon + 1)
    ridge.fit(first[full], make_targets(study.y[:n_train], study.horizon)[full])
    predicted = ridge.predict(lags.transform(study.X[n_train:n_rows]))
    return time.perf_counter() - begin, error(study, predicted, n_train, n_rows)


def error(study, predicted, n_train, n_rows):
    """Judge one forecast per `horizon` rows, so that each value is forecast once."""
    predicted = np.reshape(predicted, (-1, study.horizon))[:: study.horizon]
    return root_mean_squared_error(study.y[n_train:n_rows], predicted.ravel())


def judge_seeds(study, settings, seeds, n_train, n_rows):
    """Return seconds and RMSE of the network, means over the seeds."""
    of_study = {field.name for field in fields(study)} & settings.keys()
    study = replace(study, **{name: settings[name] for name in of_study})
    settings = {k: v for k, v in settings.items() if k not in of_study}
    runs = []
    for seed in seeds:
        network = clone(study.network).set_params(random_state=seed, **settings)
        runs.append(judge(study, network, n_train, n_rows, by_root=study.by_root))
    return np.mean(runs, axis=0)


def print_table(rows):
    """Print seconds and RMSE of each forecast, as a table in reStructuredText."""
    rule = "  ".join("=" * width for width in WIDTHS)
    print(rule, f"{'forecast':24}  seconds     RMSE", rule, sep="\n")
    for name, (seconds, rmse) in rows.items():
        print(f"{name:24}  {f'{seconds:.1f}' if seconds else '':>7}  {rmse:7.3f}")
    print(rule)


def compare_settings(study, seeds, shortened):
    """Judge the network and its neighbours on the last training rows."""
    n_train = study.n_train - study.n_chosen_by
    rows = {
        name: judge_seeds(study, settings | shortened, seeds, n_train, study.n_train)
        for name, settings in ({"chosen": {}} | study.others).items()
    }
    return rows | compare_baselines(study, n_train, study.n_train)


def compare_baselines(study, n_train, n_rows):
    """Judge ridge regression and forecasts that learn nothing."""
    rows = {"ridge, same windows": judge_ridge(study, n_train, n_rows)}
    for name, baseline in study.baselines.items():
        period = getattr(baseline, "period", 1)
        rows[name] = judge(study, baseline, n_train, n_rows, window_length=period)
    return rows


def compare_forecasts(study, seeds, shortened):
    """Judge the network and the baselines on the test rows."""
    parts = study.n_train, len(study.X)
    rows = {"GRU, mean of seeds": judge_seeds(study, shortened, seeds, *parts)}
    rows |= compare_baselines(study, *parts)
    return rows | {f"{name} (*)": (0, rmse) for name, rmse in study.published.items()}


def main():
    """Print a table per study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one seed, two epochs")
    parser.add_argument("--choose", action="store_true", help="compare settings")
    studies = {"pollution": pollution, "power": power}
    parser.add_argument("--studies", nargs="+", choices=studies, default=list(studies))
    chosen = parser.parse_args()
    seeds, shortened = ([0], {"max_epochs": 2}) if chosen.quick else ([0, 1, 2], {})
    compare = compare_settings if chosen.choose else compare_forecasts
    for name in chosen.studies:
        print(f"\n{studies[name].__doc__}  (*) as published")
        print_table(compare(studies[name](), seeds, shortened))


if __name__ == "__main__":
    main()
