"""load_cmapss: the published facts about FD001, and files that are not as expected."""

import gzip

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn.datasets import load_cmapss
from sklearn_rnn.forecasting import last_row_per_group, rul_score, rul_targets


@pytest.fixture(scope="module")
def engines(data_folder):
    return load_cmapss(data_folder / "cmapss")


def test_published_sizes(engines):
    assert engines.train.shape == (20631, 24)
    assert engines.test.shape == (13096, 24)
    assert engines.truth.shape == (100,)
    assert engines.truth.index.tolist() == list(range(1, 101))
    for part in (engines.train, engines.test):
        assert part.index.names == ["unit", "cycle"]
        assert not part.isna().any(axis=None)
        lengths = part.groupby("unit").size()
        assert len(lengths) == 100
        assert (part.index.get_level_values("cycle") >= 1).all()
    assert lengths.agg(["min", "max"]).tolist() == [31, 303]


def test_constant_sensors(engines):
    spread = engines.train.max() - engines.train.min()
    constant = spread.index[spread == 0]
    assert set(constant) >= {f"sensor_{i}" for i in (1, 5, 10, 16, 18, 19)}


def test_known_floors(engines):
    """SOURCE.md: the mean errs by 41.9, ridge on the last row by 20.8, both capped."""
    y, rows = rul_targets(engines.train), last_row_per_group(engines.test)
    truth = engines.truth.clip(upper=125).to_numpy()
    ridge = make_pipeline(StandardScaler(), Ridge()).fit(engines.train, y)
    predicted = ridge.predict(engines.test)[rows]
    errors = [np.sqrt(np.mean((p - truth) ** 2)) for p in (y.mean(), predicted)]
    np.testing.assert_allclose(errors, [41.9, 20.8], atol=0.05)
    assert rul_score(truth, predicted) < rul_score(truth, np.full(100, y.mean()))


def make_files(folder, n_columns=26, packed=()):
    row = " ".join(["1", "1", *["0.5"] * (n_columns - 2)]) + "  \n"
    for name, text in [("train", row), ("test", row), ("RUL", "112 \n")]:
        file = folder / f"{name}_FD003.txt"
        if name in packed:
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            file.write_text(text)
    return folder


@pytest.mark.parametrize("packed", [(), ("train", "RUL")])
def test_plain_and_packed_files(tmp_path, packed):
    engines = load_cmapss(make_files(tmp_path, packed=packed), "FD003")
    assert engines.train.loc[(1, 1), "sensor_21"] == 0.5
    assert engines.truth.loc[1] == 112


def test_missing_file_is_named(tmp_path):
    make_files(tmp_path)
    (tmp_path / "test_FD003.txt").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"neither test_FD003.txt nor test_FD003"
    ):
        load_cmapss(str(tmp_path), "FD003")


def test_other_columns_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"expects 26 columns in train_FD003.txt. Got 25"
    ):
        load_cmapss(make_files(tmp_path, n_columns=25), "FD003")


def test_unknown_subset_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"FD003, FD004. Got 'FD005'"):
        load_cmapss(tmp_path, "FD005")
