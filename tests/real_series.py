"""The folder with the real data -> hourly tables in units of their training part.

No public code: tests import it by `from real_series import ...`.
"""

from sklearn_rnn.datasets import load_ett

ETT_TRAIN, ETT_TEST, ETT_END = 8640, 11_520, 14_400  # rows of 12, 4 and 4 months


def load_channels(data_folder):
    """Return ETTh1 in units of its training part, channels one below the other."""
    hours = load_ett(data_folder / "ett" / "ETTh1.csv")[:ETT_END]
    learnt = hours[:ETT_TRAIN]
    scaled = (hours - learnt.mean()) / learnt.std(ddof=0)
    return scaled.rename_axis(columns="channel").unstack().to_frame("value")
