"""Time one fit with each cell at sizes from 16 to 128, against the LSTM of that size.

A GRU does three quarters of the work of an LSTM and a plain RNN a quarter; only with
compiled cells do they take less time. One layer, windows of 20 rows of one feature,
one thread.

    python examples/benchmarks/bench_cells.py [--quick] [--cpu]
"""

import numpy as np
from measuring import CLOCKS, read_arguments, take_turns
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.datasets import make_battery_fade

REGRESSORS = {"LSTM": LSTMRegressor, "GRU": GRURegressor, "RNN": RNNRegressor}
WINDOW = 20
SIZES = [(hidden, batch) for batch in (32, 256) for hidden in (16, 32, 64, 128)]


def make_fit(regressor, hidden, batch, n_epochs, table, y):
    """Make a call that fits a pipeline."""
    net = regressor(
        hidden,
        batch_size=batch,
        max_epochs=n_epochs,
        early_stopping=False,
        n_threads=1,
        random_state=0,
    )
    pipe = make_pipeline(SequenceWindower(WINDOW), net)
    return lambda: pipe.fit(table, y)


def main():
    """Print seconds and ratios per size."""
    arguments = read_arguments(__doc__)
    clock = CLOCKS["cpu" if arguments.cpu else "wall"]
    n_rounds, n_epochs = (2, 1) if arguments.quick else (7, 10)
    table, y = make_battery_fade(1024, random_state=0)
    print(f"\n{'units, batch':14}{'LSTM s':>9}{'GRU s':>9}{'RNN s':>9}", end="")
    print(f"{'GRU / LSTM':>12}{'RNN / LSTM':>12}")
    for hidden, batch in SIZES[:3] if arguments.quick else SIZES:
        calls = {
            name: make_fit(regressor, hidden, batch, n_epochs, table, y)
            for name, regressor in REGRESSORS.items()
        }
        times, _ = take_turns(calls, n_rounds, clock)
        seconds = "".join(f"{np.median(times[name]):9.3f}" for name in REGRESSORS)
        ratios = "".join(
            f"{np.median(times[name] / times['LSTM']):12.2f}" for name in ("GRU", "RNN")
        )
        print(f"{f'{hidden}, {batch}':14}{seconds}{ratios}", flush=True)


if __name__ == "__main__":
    main()
