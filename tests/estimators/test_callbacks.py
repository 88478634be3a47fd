"""Callbacks of scikit-learn and of skorch -> told of every epoch, and able to stop."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import skorch.callbacks
import torch
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower
from sklearn_rnn.training import _net

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5, 2))
Y = X[:, :, 0].mean(axis=1)
FRAME = pd.DataFrame(RNG.normal(size=(60, 2)).cumsum(axis=0), columns=["a", "b"])


@pytest.fixture
def callback():
    return pytest.importorskip(
        "sklearn.callback", reason="scikit-learn < 1.9 has no callbacks"
    )


class Recorder:
    """Follow the protocol of scikit-learn's FitCallback and note the path of tasks."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.tasks, self.ended, self.calls = [], [], []
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        path = [context]
        while path[0].parent is not None:
            path.insert(0, path[0].parent)
        self.tasks.append(tuple(f"{t.estimator_name}.{t.task_name}" for t in path))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.ended.append((context.task_name, fitted_estimator))
        is_last = context.task_id + 1 == self.stop_after
        return context.task_name == "epoch" and is_last


def search():
    pipe = make_pipeline(
        SequenceWindower(4), RNNRegressor(2, max_epochs=3, random_state=0)
    )
    return GridSearchCV(
        pipe, {"rnnregressor__hidden_size": [2, 3]}, cv=TimeSeriesSplit(2)
    )


def test_tasks_nest_from_the_search_to_the_epochs(callback):
    recorder = Recorder()
    search().set_callbacks(recorder).fit(FRAME, FRAME["a"])
    epochs = [path for path in recorder.tasks if path[-1] == "RNNRegressor.epoch"]
    assert len(epochs) == 3 * (2 * 2 + 1)  # candidates x folds, and the refit
    for path in epochs:
        assert path[0].startswith("GridSearchCV.")
        assert path[-2] == "RNNRegressor.fit"
        assert any(task.startswith("Pipeline.") for task in path)
    assert recorder.calls == ["setup", "teardown"]


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_progress_bars_of_scikit_learn(callback, n_jobs, capsys):
    pytest.importorskip("rich", reason="scikit-learn's progress bar draws with rich")
    bar = callback.ProgressBar(max_propagation_depth=None)
    search().set_params(n_jobs=n_jobs).set_callbacks(bar).fit(FRAME, FRAME["a"])
    printed = capsys.readouterr().out
    assert "GridSearchCV" in printed
    assert "RNNRegressor - fit" in printed


def test_each_epoch_gets_a_score(callback):
    monitor = callback.ScoringMonitor(scoring="r2")
    regressor = LSTMRegressor(8, max_epochs=6, lr=0.02, random_state=0)
    regressor.set_callbacks(monitor).fit(X, Y)
    logged = monitor.get_logs().data_as_pandas
    scores = logged.loc[logged["task_name"] == "epoch", "r2"]
    assert len(scores) == 6
    assert len(set(scores)) == 6
    assert scores.iloc[-1] == regressor.score(X, Y)
    first = LSTMRegressor(8, max_epochs=1, lr=0.02, random_state=0).fit(X, Y)
    assert scores.iloc[0] == first.score(X, Y)


def test_listening_changes_nothing(callback):
    plain = GRURegressor(4, dropout=0.2, max_epochs=3, random_state=0).fit(X, Y)
    heard = GRURegressor(4, dropout=0.2, max_epochs=3, random_state=0)
    heard.set_callbacks(callback.ScoringMonitor(scoring="r2"), Recorder()).fit(X, Y)
    np.testing.assert_array_equal(heard.predict(X), plain.predict(X))


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_callback_that_returns_true_ends_the_training(callback, early_stopping):
    recorder = Recorder(stop_after=2)
    regressor = RNNRegressor(4, max_epochs=9, early_stopping=early_stopping)
    regressor.set_callbacks(recorder).fit(X, Y)
    assert regressor.n_epochs_ == 2
    assert [name for name, _ in recorder.ended] == ["epoch", "epoch", "fit"]
    assert all(fitted.predict(X).shape == (40,) for _, fitted in recorder.ended)


class Change(Recorder):
    """Do something to the net after the second of four epochs."""

    def __init__(self, action):
        super().__init__()
        self.action = action

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch" and context.task_id == 1:
            self.action(estimator.net_)


def drop_features(net):
    net.module_.inputs.dropout.p = net.module_.inputs.dropout.dropout.p = 0.5


def hook(net):
    net.module_.head.register_forward_hook(lambda module, x, out: 0 * out)


def begin_anew(net):
    net.initialize_optimizer()


def lose_gradients(net):
    net.optimizer_.zero_grad()


def lose_memory(net):
    optimizer = net.optimizer_
    state = optimizer.state_dict()
    [moments] = state["state"].values()
    moments |= {name: value * 0 for name, value in moments.items()}
    optimizer.load_state_dict(state)


@pytest.mark.parametrize(
    ("action", "makes_a_difference"),
    [
        (drop_features, True),
        (hook, True),
        (begin_anew, True),
        (lose_memory, True),
        (lose_gradients, False),
    ],
)
def test_what_a_callback_does_between_epochs(callback, action, makes_a_difference):
    losses = []
    for each in action, lambda net: None:
        regressor = LSTMRegressor(4, max_epochs=4, lr=0.02, random_state=0)
        regressor.set_callbacks(Change(each)).fit(X, Y)
        losses.append(regressor.loss_curve_)
    np.testing.assert_array_equal(losses[0][:2], losses[1][:2])
    assert (losses[0][3] != losses[1][3]) == makes_a_difference


@pytest.mark.parametrize("listening", [False, True])
def test_an_epoch_prepares_nothing_again_where_nobody_listens(
    callback, listening, monkeypatch
):
    calls, tie_weights = [], _net.tie_weights
    monkeypatch.setattr(_net, "tie_weights", lambda *a: calls.append(tie_weights(*a)))
    regressor = LSTMRegressor(4, max_epochs=4, random_state=0)
    if listening:
        regressor.set_callbacks(Recorder())
    regressor.fit(X, Y)
    assert len(calls) == (4 if listening else 1)


def test_tear_down_after_a_failed_fit(callback):
    recorder = Recorder()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        RNNRegressor(4).set_callbacks(recorder).fit(X, Y[:-1])
    assert recorder.calls == ["setup", "teardown"]


def test_fit_works_where_scikit_learn_has_no_callbacks():
    code = (
        "import sys; sys.modules['sklearn.callback'] = None\n"
        "import numpy as np\n"
        "from sklearn_rnn import LSTMRegressor, SequenceWindower\n"
        "X = np.arange(20.0)[:, None]\n"
        "windows = SequenceWindower(3).fit_transform(X, X[:, 0])\n"
        "fitted = LSTMRegressor(2, max_epochs=2).fit(windows, X[:, 0])\n"
        "assert fitted.n_epochs_ == 2 and not hasattr(fitted, 'set_callbacks')\n"
    )
    # scikit-learn's own base imports the module, so it must be there for it first
    code = "import sklearn.base, sklearn.pipeline, sklearn.model_selection\n" + code
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


class Counter(skorch.callbacks.Callback):
    """Count epochs and batches on the object itself."""

    def __init__(self):
        self.epochs = self.batches = 0

    def on_epoch_end(self, net, **kwargs):
        self.epochs += 1

    def on_batch_end(self, net, **kwargs):
        self.batches += 1


def test_skorch_callbacks_are_copied():
    counter = Counter()
    regressor = RNNRegressor(4, max_epochs=3, batch_size=20, callbacks=[counter])
    regressor.fit(X, Y)
    assert (counter.epochs, counter.batches) == (0, 0)
    assert regressor.callbacks[0] is counter
    (copied,) = [c for _, c in regressor.net_.callbacks_ if isinstance(c, Counter)]
    assert (copied.epochs, copied.batches) == (3, 6)


def test_skorch_callbacks_act():
    halve = skorch.callbacks.LRScheduler(
        torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5
    )
    regressor = RNNRegressor(4, max_epochs=3, lr=0.1, callbacks=[("halve", halve)])
    rates = regressor.fit(X, Y).history_["lr"]
    np.testing.assert_allclose(rates, [0.1, 0.05, 0.025])


def test_skorch_early_stopping_ends_the_training():
    stop = skorch.callbacks.EarlyStopping(
        "train_loss", patience=1, threshold=10.0, sink=str
    )
    regressor = RNNRegressor(4, max_epochs=30, callbacks=[stop]).fit(X, Y)
    assert regressor.n_epochs_ == 2


@pytest.mark.parametrize(
    "callback",
    [
        skorch.callbacks.EarlyStopping(),
        ("best", skorch.callbacks.Checkpoint(f_params=None)),
    ],
    ids=["EarlyStopping", "Checkpoint"],
)
def test_who_waits_for_a_validation_loss_is_told_that_there_is_none(callback):
    message = r"looks at 'valid_loss.* early_stopping=True.*monitor='train_loss"
    regressor = RNNRegressor(4, max_epochs=2, callbacks=[callback])
    with pytest.raises(ValueError, match=message):
        regressor.fit(X, Y)
    with pytest.raises(ValueError, match=message):
        regressor.set_params(early_stopping=True).partial_fit(X, Y)


def test_skorch_early_stopping_beside_ours():
    stop = skorch.callbacks.EarlyStopping(patience=1, threshold=10.0, sink=str)
    regressor = RNNRegressor(4, max_epochs=30, early_stopping=True, callbacks=[stop])
    assert regressor.fit(X, Y).n_epochs_ == 2


@pytest.mark.parametrize("early_stopping", [False, True])
def test_verbose_prints_a_line_per_epoch(capsys, early_stopping):
    settings = {"max_epochs": 3, "early_stopping": early_stopping, "patience": 1}
    RNNRegressor(4, verbose=0, **settings).fit(X, Y)
    assert capsys.readouterr() == ("", "")
    regressor = RNNRegressor(4, verbose=1, **settings).fit(X, Y)
    lines = capsys.readouterr().out.strip().splitlines()
    assert "train_loss" in lines[0]
    assert ("valid_loss" in lines[0]) == early_stopping
    assert len(lines) == 2 + regressor.n_epochs_
