"""Checkpoint files: they come back whole, or are refused by what ails them."""

import hashlib

import numpy as np
import pytest
from small_checkpoints import names, number_in, write

from sklearn_rnn.exceptions import CheckpointError, CheckpointWarning
from sklearn_rnn.training import _checkpoint_file
from sklearn_rnn.training._checkpoint_file import read_checkpoint, write_checkpoint

ARRAYS = {
    "weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "big endian": np.arange(3, dtype=">f8"),
    "counts": np.array([-(2**62), 2**62]),
    "flags": np.array([True, False]),
    "generator": np.arange(256, dtype=np.uint8),
    "0-d": np.array(np.nan),
    "empty": np.empty((0, 3), dtype=np.float32),
    "none of three": np.empty((3, 0), dtype=np.int64),
    "": np.array(7, dtype=np.uint8),
}
FACTS = {
    "größe": "σ ☃ 🔋",
    "loss": 0.1 + 0.2,
    "inf": float("inf"),
    "rows": [{"a": None}],
}
TINY = {"a": np.array([1.5], dtype=np.float32)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "training.checkpoint"


def test_round_trip(path):
    write_checkpoint(path, ARRAYS, FACTS)
    arrays, facts = read_checkpoint(str(path))
    assert facts == FACTS
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, ARRAYS[name], strict=name != "big endian")
        assert array.flags.writeable
        assert array.dtype.isnative
    assert names(path.parent) == [path.name]


def test_nothing_at_all(path):
    write_checkpoint(path, {}, {})
    assert read_checkpoint(path) == ({}, {})


def test_every_flipped_byte_is_refused(path):
    write_checkpoint(path, TINY, {"epoch": 3})
    whole = path.read_bytes()
    for place in range(len(whole)):
        for change in (0x01, 0x80, 0xFF):
            altered = bytearray(whole)
            altered[place] ^= change
            path.write_bytes(altered)
            with pytest.raises(CheckpointError, match="no usable checkpoint"):
                read_checkpoint(path)


def test_every_truncation_and_extension_is_refused(path):
    write_checkpoint(path, TINY, {"epoch": 3})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match="no usable checkpoint"):
            read_checkpoint(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(CheckpointError, match="it is truncated or altered"):
        read_checkpoint(path)


def forge(path, old, new):
    """Alter a file so that its digest fits."""
    body = path.read_bytes()[:-32].replace(old, new)
    path.write_bytes(body + hashlib.sha256(body).digest())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"<f4"', b'"|O8"', r"an array of dtype '\|O8'"),
        (b'"<f4"', b'"<U1"', "an array of dtype '<U1'"),
        (b'"<f4"', b'"<f8"', "buffer is smaller"),
        (b'"<f4"', b'"<f2"', "arrays have another length than it says"),
        (b"[1]", b"[2]", "buffer is smaller"),
        (b"[1]", b'"1"', "makes no sense"),
        (b'"arrays"', b'"arrows"', "makes no sense"),
        (b'{"arrays"', b'["arrays"', "delimiter"),
        (b"\n\1\0\0\0", b"\n\2\0\0\0", "it has format 2, and only 1 is known"),
        (b"sklearn_rnn", b"sklearn_RNN", "it is no checkpoint of sklearn_rnn"),
    ],
)
def test_forged_files_are_refused(path, old, new, reason):
    write_checkpoint(path, TINY, {})
    forge(path, old, old)
    read_checkpoint(path)
    forge(path, old, new)
    with pytest.raises(CheckpointError, match=reason):
        read_checkpoint(path)


def test_a_cut_opening_with_a_digest_that_fits_is_refused(path):
    body = _checkpoint_file.MAGIC + b"\1"
    path.write_bytes(body + hashlib.sha256(body).digest())
    with pytest.raises(CheckpointError, match="makes no sense"):
        read_checkpoint(path)


def test_objects_are_not_written(path):
    with pytest.raises(TypeError, match="Array 'a' has dtype object"):
        write_checkpoint(path, {"a": np.array([{}])}, {})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_checkpoint(path, {}, {"a": object()})
    assert names(path.parent) == []


def test_the_one_before_is_kept(path):
    for number in range(3):
        write(path, number)
    assert names(path.parent) == [path.name, f"{path.name}.previous"]
    assert number_in(path) == 2
    assert number_in(path.with_name(f"{path.name}.previous")) == 1


@pytest.mark.parametrize("damage", ["altered", "truncated", "missing"])
def test_a_damaged_one_falls_back_to_the_one_before(path, damage):
    write(path, 0)
    write(path, 1)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(whole[:-1] + (b"" if damage == "truncated" else b"?"))
    with pytest.warns(CheckpointWarning, match=r"is read, 'training.checkpoint.prev"):
        assert number_in(path) == 0
    write(path, 2)
    assert number_in(path) == 2


def test_without_a_usable_one_both_reasons_are_told(path):
    with pytest.raises(CheckpointError, match=r"no such file.*either: there is no suc"):
        read_checkpoint(path)
    write(path, 0)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"altered.*no such file.*Delete both"):
        read_checkpoint(path)


def test_a_link_stays_a_link(path, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    path.symlink_to(target / "real")
    write(path, 0)
    write(path, 1)
    assert names(target) == ["real", "real.previous"]
    assert number_in(path) == 1
