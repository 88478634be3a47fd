"""Threads: a limit holds in its block and in its thread, and children of fork live."""

import multiprocessing
import sys
import threading
import warnings

import pytest
import torch

from sklearn_rnn.training._threads import (
    WORK_FOR_TWO_THREADS,
    count_readers,
    limit_threads,
)


@pytest.fixture(autouse=True)
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def in_another_thread(question):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(question()))
    thread.start()
    thread.join()
    return answers[0]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_limit_holds_in_the_block_only(n_threads):
    with limit_threads(n_threads, 0):
        assert torch.get_num_threads() == n_threads
    assert torch.get_num_threads() == 3


def test_setting_comes_back_after_an_error():
    with pytest.raises(KeyboardInterrupt), limit_threads(1, 0):
        raise KeyboardInterrupt
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(
    ("work", "n_threads"), [(WORK_FOR_TWO_THREADS - 1, 1), (WORK_FOR_TWO_THREADS, 3)]
)
def test_auto_takes_one_thread_for_small_work(work, n_threads):
    with limit_threads("auto", work):
        assert torch.get_num_threads() == n_threads


@pytest.mark.parametrize(
    ("n_threads", "work", "n_readers"),
    [("auto", 0, 3), (1, 0, 1), (2, 0, 2), ("auto", WORK_FOR_TWO_THREADS, 1)],
)
def test_readers_side_by_side_where_torch_takes_one_thread(n_threads, work, n_readers):
    assert count_readers(n_threads, work) == n_readers


def test_other_threads_keep_theirs():
    with limit_threads(1, 0):
        assert torch.get_num_threads() == 1
        assert in_another_thread(torch.get_num_threads) == 3


def test_limit_in_another_thread_changes_nothing_here():
    def inside():
        with limit_threads(1, 0):
            return torch.get_num_threads()

    assert in_another_thread(inside) == 1
    assert torch.get_num_threads() == 3


def test_limits_nest():
    with limit_threads(1, 0):
        with limit_threads(2, 0):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 1


def multiply(n_threads, size=1000):
    with limit_threads(n_threads, WORK_FOR_TWO_THREADS):
        product = torch.ones(size, size) @ torch.ones(size, size)
        return float(product.sum()), torch.get_num_threads()


def answer(n_threads, queue):
    queue.put(multiply(n_threads))


@pytest.mark.skipif(sys.platform != "linux", reason="fork is safe on Linux only")
@pytest.mark.parametrize("n_threads", ["auto", 1, 3])
def test_a_forked_child_does_not_hang(n_threads):
    expected, _ = multiply(3)  # starts OpenMP's pool, which a child does not inherit
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    child = fork.Process(target=answer, args=(n_threads, queue))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child.start()
    child.join(timeout=60)
    hung = child.is_alive()
    child.kill()
    assert not hung
    assert queue.get(timeout=10) == (expected, 1)
