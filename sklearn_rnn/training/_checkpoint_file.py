"""Named arrays and facts <-> one file that a crash or a flipped bit cannot spoil."""

from __future__ import annotations

import glob
import hashlib
import json
import math
import os
import secrets
import shutil
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.exceptions import CheckpointError, CheckpointWarning

Arrays = dict[str, NDArray[Any]]

MAGIC = b"sklearn_rnn checkpoint\n"
FORMAT = 1
OPENING = struct.Struct("<23sIQ")  # magic, format, length of the JSON that follows
DIGEST_SIZE = hashlib.sha256().digest_size  # at the end, over all that stands before
ENCODINGS = {np.dtype(code).newbyteorder("<").str for code in "?bhiqBHIQefd"}
TOKEN_SIZE = 4  # bytes of chance in the name of a temporary file


def write_checkpoint(
    path: str | os.PathLike, arrays: Arrays, facts: dict, alone: bool = True
) -> None:
    """Write a checkpoint and keep the one before it.

    The file is written under another name, brought to the disk and only then renamed,
    so that a process killed at any moment leaves a whole file. The earlier one stays
    beside it as `<name>.previous`.

    Parameters
    ----------
    path : str or PathLike
        File to write.

    arrays : dict of str to ndarray
        Booleans, integers or floats, of any shape.

    facts : dict
        What JSON can hold.

    alone : bool, default=True
        Whether no other process writes this checkpoint at the same time, so that what
        one that was killed has left may go.

    Raises
    ------
    CheckpointError
        If it cannot be written, for instance because the disk is full. What was there
        before is left whole.

    TypeError
        If an array or a fact is of another kind.
    """
    path = Path(path).resolve()
    opening = _describe(arrays, facts)
    n_bytes = len(opening) + sum(a.nbytes for a in arrays.values()) + DIGEST_SIZE
    token = secrets.token_hex(TOKEN_SIZE)
    new, old = _temporary(path, token, "new"), _temporary(path, token, "old")
    try:
        if alone:
            _remove_temporary_files(path)
        with new.open("xb") as file:
            _write_parts(file, opening, arrays)
        if path.exists():
            _link_or_copy(path, old)
        new.replace(path)
        if old.exists():  # only now is there another whole file
            old.replace(previous_of(path))
        _bring_to_disk(path.parent)
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint could not be written: {error.strerror or error}. It needs "
            f"about {n_bytes} bytes in folder {str(path.parent)!r}, beside the earlier "
            "ones. What was saved earlier is still whole."
        ) from error
    finally:
        new.unlink(missing_ok=True)
        old.unlink(missing_ok=True)


def read_checkpoint(path: str | os.PathLike) -> tuple[Arrays, dict]:
    """Read a checkpoint, or the one before it where the newest is damaged.

    Parameters
    ----------
    path : str or PathLike
        File that `write_checkpoint` wrote.

    Returns
    -------
    arrays : dict of str to ndarray
        Arrays of their own memory.

    facts : dict
        As written, with lists where there were tuples.

    Raises
    ------
    CheckpointError
        If neither file is a whole checkpoint.

    Warns
    -----
    CheckpointWarning
        If the one before it was read.
    """
    path = Path(path).resolve()
    try:
        return _read_one(path)
    except (OSError, ValueError) as error:
        damage = _reason(error)
    previous = previous_of(path)
    try:
        arrays, facts = _read_one(previous)
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"There is no usable checkpoint at {str(path)!r}: {damage}. The one before "
            f"it, {previous.name!r}, is none either: {_reason(error)}. Delete both to "
            "begin anew."
        ) from None
    warnings.warn(
        f"The checkpoint {str(path)!r} cannot be used: {damage}. The one before it is "
        f"read, {previous.name!r}; delete both to begin anew.",
        CheckpointWarning,
        stacklevel=2,
    )
    return arrays, facts


def previous_of(path: Path) -> Path:
    """Name the file that keeps the checkpoint before the newest.

    Parameters
    ----------
    path : Path
        The newest.

    Returns
    -------
    Path
        Beside it.
    """
    return path.with_name(f"{path.name}.previous")


def _describe(arrays: Arrays, facts: dict) -> bytes:
    """Encode all but the numbers of the arrays."""
    layout = []
    for name, array in arrays.items():
        encoding = array.dtype.newbyteorder("<").str
        if encoding not in ENCODINGS:
            raise TypeError(
                f"A checkpoint holds booleans, integers and floats. Array {name!r} has "
                f"dtype {array.dtype}."
            )
        layout.append([name, encoding, array.shape])
    header = json.dumps({"arrays": layout, "facts": facts}).encode()
    return OPENING.pack(MAGIC, FORMAT, len(header)) + header


def _write_parts(file: BinaryIO, opening: bytes, arrays: Arrays) -> None:
    digest = hashlib.sha256()
    for part in (memoryview(opening), *map(_little_endian, arrays.values())):
        digest.update(part)
        file.write(part)
    file.write(digest.digest())
    file.flush()
    os.fsync(file.fileno())


def _little_endian(array: NDArray[Any]) -> memoryview:
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return plain.reshape(-1).view(np.uint8).data


def _read_one(path: Path) -> tuple[Arrays, dict]:
    content = memoryview(path.read_bytes())
    if content[: len(MAGIC)] != MAGIC:
        raise ValueError("it is no checkpoint of sklearn_rnn")
    body = content[:-DIGEST_SIZE]
    if hashlib.sha256(body).digest() != content[-DIGEST_SIZE:]:
        raise ValueError("it is truncated or altered")
    try:
        _, version, n_header = OPENING.unpack_from(body)
        if version != FORMAT:
            raise ValueError(f"it has format {version}, and only {FORMAT} is known")
        begin = OPENING.size + n_header
        header = json.loads(bytes(body[OPENING.size : begin]))
        return dict(_take_arrays(body[begin:], header["arrays"])), header["facts"]
    except (struct.error, KeyError, TypeError, RecursionError) as error:
        raise ValueError("its header makes no sense") from error


def _take_arrays(
    body: memoryview, layout: list[Any]
) -> Iterator[tuple[str, NDArray[Any]]]:
    begin = 0
    for name, encoding, shape in layout:
        if encoding not in ENCODINGS:  # an object would be read by pickle
            raise ValueError(f"it holds an array of dtype {encoding!r}")
        count = math.prod(shape)
        native = np.dtype(encoding).newbyteorder("=")
        values = np.empty(0, dtype=native)
        if count:
            values = np.frombuffer(body, encoding, count, begin).astype(native)
        yield name, values.reshape(shape)
        begin += count * native.itemsize
    if begin != len(body):
        raise ValueError("its arrays have another length than it says")


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return str(getattr(error, "strerror", None) or error)


def _link_or_copy(path: Path, copy: Path) -> None:
    """Give a file a second name, so that `path` exists at any moment."""
    try:
        copy.hardlink_to(path)
    except OSError:  # some file systems have no second names
        shutil.copyfile(path, copy)
        _bring_to_disk(copy)


def _bring_to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary(path: Path, token: str, kind: str) -> Path:
    return path.with_name(f"{path.name}.{token}.{kind}")


def _remove_temporary_files(path: Path) -> None:
    """Remove what processes that were killed have left."""
    token = "[0-9a-f]" * (2 * TOKEN_SIZE)
    for kind in ("new", "old"):
        for left in path.parent.glob(f"{glob.escape(path.name)}.{token}.{kind}"):
            left.unlink(missing_ok=True)
