"""Series -> seconds of a fit and error one step ahead, beside darts and neuralforecast.

All train one layer of 32 units and a linear layer on windows of 20 cycles of a battery
that fades, with Adam, the squared error, batches of 32 and the same number of updates,
on one thread, in one process, in turns. Each package scales a window by itself: this
one subtracts its last value, the peers its mean, and all divide by its spread; by
default this one does not divide. Peers run at their leanest: no progress bar, log,
checkpoints or validation.

Only ``fit`` is timed. The error is that of the 200 cycles after the training rows, each
forecast from the measured cycles before it. The first weights differ, so that a ratio
is printed only where the mean errors of the rounds agree to a tenth.

    python examples/benchmarks/bench_forecasters.py [--quick] [--cpu]
"""

import logging
import statistics
import warnings

import numpy as np
import pandas as pd
import torch
from measuring import CLOCKS, is_installed, read_arguments
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade

WINDOW, BATCH, LR, HIDDEN = 20, 32, 0.002, 32
N_TRAIN, N_CYCLES, UPDATES_PER_EPOCH = 700, 900, 22
TOLERANCE = 0.1
QUIET = {
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
}


REGRESSORS = {"LSTM": LSTMRegressor, "GRU": GRURegressor}


class Package:
    """This package, as a user writes it but for the scaling of windows."""

    instance_norm = "standard"

    def __init__(self, cell, table, n_epochs, seed):
        self.table = table
        regressor = REGRESSORS[cell](
            HIDDEN,
            lr=LR,
            batch_size=BATCH,
            max_epochs=n_epochs,
            instance_norm=self.instance_norm,
            n_threads=1,
            random_state=seed,
        )
        self.pipe = make_pipeline(SequenceWindower(WINDOW), regressor)

    def fit(self):
        train = self.table[:N_TRAIN]
        self.pipe.fit(train, train["capacity"])

    def predict(self):
        return self.pipe.predict(self.table[N_TRAIN:])


class PackageDefault(Package):
    """The same with the scaling that it chooses by itself."""

    instance_norm = "auto"


class Darts:
    """The forecaster of darts that reads windows, and gives one step."""

    def __init__(self, cell, table, n_epochs, seed):
        from darts import TimeSeries
        from darts.models import BlockRNNModel

        values = table["capacity"].to_numpy(np.float32)
        self.series = TimeSeries.from_values(values)
        self.train = self.series[:N_TRAIN]
        self.model = BlockRNNModel(
            WINDOW,
            1,
            model=cell,
            hidden_dim=HIDDEN,
            batch_size=BATCH,
            n_epochs=n_epochs,
            optimizer_kwargs={"lr": LR},
            use_reversible_instance_norm={"affine": False},
            random_state=seed,
            pl_trainer_kwargs=QUIET,
        )

    def fit(self):
        self.model.fit(self.train, verbose=False)

    def predict(self):
        found = self.model.historical_forecasts(
            self.series, start=N_TRAIN, forecast_horizon=1, retrain=False, verbose=False
        )
        return found.values().ravel()


class NeuralForecast:
    """The cells of neuralforecast with a linear decoder."""

    def __init__(self, cell, table, n_epochs, seed):
        from neuralforecast import NeuralForecast as Core
        from neuralforecast import models
        from neuralforecast.losses.pytorch import MSE

        times = np.arange(len(table))
        columns = {"unique_id": "cell", "ds": times, "y": table["capacity"]}
        self.rows = pd.DataFrame(columns)
        self.train = self.rows[:N_TRAIN]
        model = getattr(models, cell)(
            alias="forecast",
            h=1,
            input_size=WINDOW,
            encoder_n_layers=1,
            encoder_hidden_size=HIDDEN,
            decoder_layers=1,
            loss=MSE(),
            max_steps=n_epochs * UPDATES_PER_EPOCH,
            learning_rate=LR,
            batch_size=1,  # series; its windows are counted apart
            windows_batch_size=BATCH,
            scaler_type="standard",
            random_seed=seed,
            **QUIET,
        )
        self.core = Core(models=[model], freq=1)

    def fit(self):
        self.core.fit(self.train)

    def predict(self):
        found = self.core.cross_validation(
            self.rows,
            n_windows=None,
            test_size=len(self.rows) - N_TRAIN,
            use_fitted=True,
        )
        return found["forecast"].to_numpy()


OURS = {"this package": Package, "the same, defaults": PackageDefault}
PEERS = {"darts": Darts, "neuralforecast": NeuralForecast}


def run(made, measured, clock):
    """Fit and return the seconds of that, and the error on the rows that follow."""
    begin = clock()
    made.fit()
    spent = clock() - begin
    return spent, root_mean_squared_error(measured[N_TRAIN:], made.predict())


def race(cell, forecasters, n_epochs, n_rounds, clock):
    """Let all take turns; return {name: (seconds, errors)}."""
    table, measured = make_battery_fade(N_CYCLES, random_state=0)
    for make in forecasters.values():
        run(make(cell, table, 1, 0), measured, clock)  # pays for loading
    found = {name: [] for name in forecasters}
    for seed in range(n_rounds):
        for name, make in forecasters.items():
            made = make(cell, table, n_epochs, seed)
            found[name].append(run(made, measured, clock))
    return {name: np.array(seen).T for name, seen in found.items()}


def show(title, found, ratios_anyway):
    """Print a line per forecaster; ratios are medians within a turn."""
    print(f"\n{title:24}{'seconds':>10}{'worst':>10}{'RMSE':>10}{'ratio':>10}")
    ours, error = next(iter(found.values()))
    for name, (seen, errors) in found.items():
        agree = abs(errors.mean() / error.mean() - 1) < TOLERANCE
        ratio = f"{statistics.median(seen / ours):10.2f}"
        print(
            f"{name:24}{statistics.median(seen):10.3f}{seen.max():10.3f}"
            f"{errors.mean():10.5f}{ratio if agree or ratios_anyway else '    differ'}",
            flush=True,
        )


def main():
    """Race against those that are installed."""
    arguments = read_arguments(__doc__)
    logging.disable(logging.WARNING)  # Lightning tells of every fit
    warnings.simplefilter("ignore")  # and warns of its own loaders
    torch.set_num_threads(1)
    clock = CLOCKS["cpu" if arguments.cpu else "wall"]
    n_rounds, n_epochs = (1, 1) if arguments.quick else (7, 40)
    peers = {name: make for name, make in PEERS.items() if is_installed(name, name)}
    for cell in REGRESSORS:
        found = race(cell, OURS | peers, n_epochs, n_rounds, clock)
        title = f"{cell}(32), {n_epochs * UPDATES_PER_EPOCH} updates"
        show(title, found, arguments.quick)


if __name__ == "__main__":
    main()
