"""random_state -> the same bits in any thread or process, and nothing else moves."""

import multiprocessing
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed, parallel_config

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.training import _threads

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6, 2))
Y = X[:, :, 0].mean(axis=1)


def make(cls=LSTMRegressor, **parameters):
    settings = {"dropout": 0.2, "recurrent_dropout": 0.1, "max_epochs": 3}
    return cls(6, num_layers=2, **settings | {"random_state": 0} | parameters)


def fit_predict(regressor):
    return regressor.fit(X, Y).predict(X)


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
def test_an_int_gives_the_same_fit_each_time(cls):
    first, again = fit_predict(make(cls)), fit_predict(make(cls))
    np.testing.assert_array_equal(again, first)
    assert (fit_predict(make(cls, random_state=1)) != first).any()
    assert (fit_predict(make(cls, random_state=None)) != first).any()


@pytest.mark.parametrize("source", [np.random.RandomState, np.random.default_rng])
def test_a_generator_gives_a_new_fit_each_time(source):
    regressor = make(random_state=source(3))
    first, second = fit_predict(regressor), fit_predict(regressor)
    assert (first != second).any()
    again = make(random_state=source(3))
    np.testing.assert_array_equal(fit_predict(again), first)
    np.testing.assert_array_equal(fit_predict(again), second)


def global_state():
    return np.random.get_state()[1].copy()


@pytest.mark.parametrize("random_state", [0, None])
def test_process_wide_generators_stay_untouched(random_state):
    before = torch.get_rng_state(), global_state()
    regressor = make(random_state=random_state, early_stopping=True)
    fit_predict(regressor)
    regressor.partial_fit(X, Y)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(global_state(), before[1])


def test_process_wide_seed_changes_nothing():
    first = fit_predict(make())
    torch.manual_seed(123)
    np.testing.assert_array_equal(fit_predict(make()), first)


def test_four_threads_at_once_give_the_bits_of_serial_fits():
    serial = [fit_predict(make(random_state=seed)) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(fit_predict, make(random_state=seed)) for seed in range(8)]
    for job, expected in zip(jobs, serial, strict=True):
        np.testing.assert_array_equal(job.result(), expected)


def test_threads_predict_with_one_network_at_once():
    regressor = make().fit(X, Y)
    expected = regressor.predict(X)
    with ThreadPoolExecutor(4) as pool:
        for predicted in pool.map(lambda _: regressor.predict(X), range(16)):
            np.testing.assert_array_equal(predicted, expected)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_worker_gives_the_bits_of_the_parent(backend):
    regressors = [make(random_state=seed, n_threads=1) for seed in range(2)]
    serial = [fit_predict(regressor) for regressor in regressors]
    with parallel_config(backend):
        parallel = Parallel(2)(delayed(fit_predict)(each) for each in regressors)
    np.testing.assert_array_equal(parallel, serial)


def threads_in(regressor):
    """Ask for torch's threads during a fit."""
    seen = []

    class Spy(torch.nn.MSELoss):
        def forward(self, output, target):
            seen.append(torch.get_num_threads())
            return super().forward(output, target)

    regressor.set_params(criterion=Spy).fit(X, Y)
    return set(seen)


@pytest.mark.parametrize(("n_threads", "expected"), [(1, {1}), (2, {2}), ("auto", {1})])
def test_n_threads_holds_in_fit_and_is_restored(n_threads, expected):
    before = torch.get_num_threads()
    assert threads_in(make(n_threads=n_threads)) == expected
    assert torch.get_num_threads() == before


def test_n_threads_holds_in_a_new_thread():
    """torch sets its own number when a thread first asks for it."""
    seen = []
    torch.set_num_threads(torch.get_num_threads())  # now torch has a number to set
    job = threading.Thread(target=lambda: seen.append(threads_in(make(n_threads=1))))
    job.start()
    job.join()
    assert seen == [{1}]


@pytest.mark.skipif(
    not torch.backends.mkl.is_available(), reason="this torch has no MKL"
)
def test_n_threads_holds_after_the_user_set_them():
    """torch.set_num_threads leaves MKL a number that OpenMP's limit does not reach."""
    torch.set_num_threads(torch.get_num_threads())
    set_mkl_threads = _threads._set_mkl_threads()
    with _threads.limit_threads(1, 1):
        assert set_mkl_threads(1) == 1
    before = set_mkl_threads(0)
    set_mkl_threads(before)
    assert before == torch.get_num_threads()


def predict_in_child(regressor, rows, queue):
    queue.put(regressor.predict(rows))


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork"
)
@pytest.mark.parametrize("n_threads", ["auto", 2])
def test_a_forked_child_predicts(n_threads):
    """OpenMP's pool does not survive fork: torch would wait for it for ever."""
    rows = RNG.normal(size=(300, 10, 20))
    regressor = GRURegressor(48, max_epochs=1, batch_size=300, n_threads=2)
    regressor.fit(rows, rows[:, 0, 0]).set_params(n_threads=n_threads)
    expected = regressor.predict(rows)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=predict_in_child, args=(regressor, rows, queue))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of threads
        child.start()
    try:
        np.testing.assert_allclose(queue.get(timeout=60), expected, rtol=1e-5)
        child.join(timeout=60)
    finally:
        child.kill()
