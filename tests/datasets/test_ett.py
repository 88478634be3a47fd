"""load_ett: the published facts about ETTh1, and files that are not as expected."""

import gzip

import pandas as pd
import pytest

from sklearn_rnn.datasets import load_ett

HEADER = "date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT\n"
ROWS = [f"2016-07-01 0{hour}:00:00,1,2,3,4,5,6,{hour}\n" for hour in range(4)]


def test_etth1(data_folder):
    data = load_ett(data_folder / "ett" / "ETTh1.csv")
    assert data.shape == (17420, 7)
    assert not data.isna().any(axis=None)
    assert data.index.name == "date"
    assert data.index.freq == pd.tseries.frequencies.to_offset("h")
    assert data.index[0] == pd.Timestamp("2016-07-01")
    assert data["OT"].iloc[0] == pytest.approx(30.531)


@pytest.mark.parametrize("name", ["ETTm1.csv", "ETTm1.csv.gz"])
def test_plain_and_packed_files(tmp_path, name):
    text = HEADER + "".join(ROWS)
    content = gzip.compress(text.encode()) if name.endswith("gz") else text.encode()
    (tmp_path / name).write_bytes(content)
    for given in {name, "ETTm1.csv"}:
        assert load_ett(str(tmp_path / given))["OT"].tolist() == [0, 1, 2, 3]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"load_ett finds no file .*ETTh2.csv"):
        load_ett(tmp_path / "ETTh2.csv")


def test_other_columns_are_refused(tmp_path):
    (tmp_path / "other.csv").write_text("date,OT\n2016-07-01,1\n")
    with pytest.raises(ValueError, match=r"Got \['date', 'OT'\]"):
        load_ett(tmp_path / "other.csv")
