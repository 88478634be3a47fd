"""Writers of checkpoints on full disks, or killed: a whole file is always left."""

import errno
import io
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from small_checkpoints import names, number_in, write

from sklearn_rnn.exceptions import CheckpointError, CheckpointWarning
from sklearn_rnn.training import _checkpoint_file
from sklearn_rnn.training._checkpoint_file import read_checkpoint, write_checkpoint

fork_only = pytest.mark.skipif(sys.platform != "linux", reason="forks children")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "training.checkpoint"


def test_left_temporary_files_are_removed_and_others_are_not(path):
    left = [f"{path.name}.0123abcd.new", f"{path.name}.0123abcd.old"]
    others = [f"{path.name}.new", "other.0123abcd.new", f"{path.name}.2024.new"]
    for name in left + others:
        (path.parent / name).touch()
    write(path, 0)
    assert names(path.parent) == sorted([*others, path.name])


def test_without_hard_links_it_copies(path, monkeypatch):
    def refuse(self, target):
        raise OSError(errno.EPERM, "no hard links")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write(path, 0)
    write(path, 1)
    assert names(path.parent) == [path.name, f"{path.name}.previous"]
    path.unlink()
    with pytest.warns(CheckpointWarning, match="no such file"):
        assert number_in(path) == 0


def fail(*arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FullDisk(io.FileIO):
    """Write some bytes, and then say that the disk is full."""

    left = 100

    def write(self, part):
        self.left -= len(part)
        return super().write(part) if self.left > 0 else fail()


class FullAtClose(io.FileIO):
    """Say at the very end that the disk is full, as network file systems do."""

    def __exit__(self, *error):
        super().__exit__(*error)
        fail()


def open_on_full_disk(path, mode):
    return FullDisk(path, mode)


def open_full_at_close(path, mode):
    return FullAtClose(path, mode)


@pytest.mark.parametrize(
    ("owner", "call", "replacement"),
    [
        (Path, "open", open_on_full_disk),
        (os, "fsync", fail),
        (Path, "open", open_full_at_close),
        (Path, "replace", fail),
    ],
    ids=["write", "fsync", "close", "rename"],
)
def test_a_full_disk_leaves_the_earlier_one_whole(
    path, monkeypatch, owner, call, replacement
):
    write(path, 0)
    write(path, 1)
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, replacement)
        with pytest.raises(
            CheckpointError,
            match=r"No space left on device. It needs about \d+ bytes in folder '/",
        ):
            write(path, 2)
    assert names(path.parent) == [path.name, f"{path.name}.previous"]
    assert number_in(path) == 1
    write(path, 3)
    assert number_in(path) == 3


def test_the_error_says_how_many_bytes(path, monkeypatch):
    write(path, 0)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CheckpointError, match=f"about {path.stat().st_size} bytes"):
        write(path, 1)


def test_missing_folder(tmp_path):
    with pytest.raises(CheckpointError, match=r"No such file.*folder '.*nowhere'"):
        write(tmp_path / "nowhere" / "training", 0)


def test_an_interrupt_leaves_no_temporary_file(path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    write(path, 0)
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(path, 1)
    assert names(path.parent) == [path.name]
    assert number_in(path) == 0


def in_child(target, *arguments):
    """Start a process that ends without cleaning up after itself."""
    child = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child.start()
    return child


def write_under_a_limit(path, n_bytes):
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    try:
        write_checkpoint(path, {"a": np.zeros(1000)}, {})
    except CheckpointError as error:
        os._exit(10 if "File too large" in str(error) else 11)
    os._exit(0)


@fork_only
def test_a_real_limit_of_the_file_size(path):
    write(path, 0)
    child = in_child(write_under_a_limit, path, 4000)
    child.join(timeout=60)
    assert child.exitcode == 10
    assert names(path.parent) == [path.name]
    assert number_in(path) == 0


def die_at_call(path, number, n_calls):
    """Be killed just before the given call that changes the disk."""
    calls = iter(range(n_calls))

    def counting(call):
        def count_and_call(*arguments, **options):
            if next(calls, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return count_and_call

    os.fsync = counting(os.fsync)
    for name in ("open", "hardlink_to", "replace", "unlink"):
        setattr(Path, name, counting(getattr(Path, name)))
    _checkpoint_file._write_parts = counting(_checkpoint_file._write_parts)
    write(path, number)
    os._exit(0)


@fork_only
@pytest.mark.parametrize("n_earlier", [1, 2])
def test_killed_before_any_step_a_whole_file_is_left(path, n_earlier):
    """Without a warning: the file under the name itself is always whole."""
    for number in range(n_earlier):
        write(path, number)
    newest, codes = set(), []
    for n_calls in range(12):
        child = in_child(die_at_call, path, n_earlier + n_calls, n_calls)
        child.join(timeout=60)
        codes.append(child.exitcode)
        newest.add(number_in(path))
        assert len(names(path.parent)) <= 4
    assert codes[0] == -signal.SIGKILL
    assert codes[-1] == 0
    assert len(newest) > 3
    write(path, 100)
    assert names(path.parent) == [path.name, f"{path.name}.previous"]
    assert number_in(path) == 100


def write_on_and_on(path, number):
    while True:
        number += 1
        write_checkpoint(path, {"a": np.full(5000, number)}, {"number": number})


@fork_only
def test_killed_at_any_moment_a_whole_file_is_left(path):
    begin = time.perf_counter()
    for number in range(2):
        write_checkpoint(path, {"a": np.full(5000, number)}, {"number": number})
    seconds = max(0.005, time.perf_counter() - begin)  # a busy machine takes longer
    moments = random.Random(0)
    for _ in range(30):
        child = in_child(write_on_and_on, path, number)
        time.sleep(seconds * moments.uniform(1, 8))
        child.kill()
        child.join(timeout=60)
        arrays, facts = read_checkpoint(path)
        np.testing.assert_array_equal(arrays["a"], np.full(5000, facts["number"]))
        read_checkpoint(path.with_name(f"{path.name}.previous"))
        assert facts["number"] >= number
        number = facts["number"]
    assert number > 10


ON_A_SMALL_DISK = """
import os
import sys
import numpy as np
from sklearn_rnn.exceptions import CheckpointError
from sklearn_rnn.training._checkpoint_file import read_checkpoint, write_checkpoint
path = sys.argv[1] + "/training"
write_checkpoint(path, {"a": np.zeros(4000)}, {})
try:
    write_checkpoint(path, {"a": np.ones(8000)}, {})
except CheckpointError as error:
    print(error)
arrays, _ = read_checkpoint(path)
print(arrays["a"].any(), os.listdir(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path):
    mount = f"mount -t tmpfs -o size=80k tmpfs {tmp_path}"
    own_mounts = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare to mount a small disk with")
    if subprocess.run([*own_mounts, mount], check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    script = f'{mount} && exec "$@"'
    run = [*own_mounts, script, "sh", sys.executable, "-c", ON_A_SMALL_DISK, tmp_path]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    message, listing = done.stdout.splitlines()
    assert "could not be written: No space left on device. It needs about 64" in message
    assert listing == "False ['training']"
