"""A checkpoint of one number -> written and read again, for several test files."""

import numpy as np

from sklearn_rnn.training._checkpoint_file import read_checkpoint, write_checkpoint


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def write(path, number):
    write_checkpoint(path, {"a": np.full(50, number)}, {"number": number})


def number_in(path):
    """Read a checkpoint of `write` and check that its two parts belong together."""
    arrays, facts = read_checkpoint(path)
    np.testing.assert_array_equal(arrays["a"], np.full(50, facts["number"]))
    return facts["number"]
