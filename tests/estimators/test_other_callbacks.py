"""callbacks and verbose that change under warm_start -> the new ones act, alone."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from skorch.callbacks import Callback, Freezer, LRScheduler
from torch.optim.lr_scheduler import LambdaLR, StepLR

from sklearn_rnn import GRURegressor, Seq2SeqRegressor
from sklearn_rnn.estimators._going_on import MAY_CHANGE

GUIDE = Path(__file__).parents[2] / "docs/guide/long_trainings.rst"

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5, 2))
Y = X[:, :, 0].mean(axis=1)


class Count(Callback):
    """Count epochs, from the moment it is initialised."""

    def initialize(self):
        self.n_epochs_ = 0
        return self

    def on_epoch_end(self, net, **kwargs):
        self.n_epochs_ += 1


class Look(Callback):
    """See gradients, and perhaps change them."""

    def on_grad_computed(self, net, **kwargs):
        """Do nothing, which nobody can know."""


def made(**parameters):
    settings = {"max_epochs": 2, "warm_start": True, "random_state": 0} | parameters
    return GRURegressor(4, **settings)


def halving():
    return LRScheduler(StepLR, step_size=1, gamma=0.5)


def counts(regressor):
    found = regressor.net_.callbacks_
    return [callback.n_epochs_ for _, callback in found if isinstance(callback, Count)]


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_new_ones_are_called_and_old_ones_are_gone(method):
    regressor = made(callbacks=[Count(), Count()]).fit(X, Y)
    assert counts(regressor) == [2, 2]
    getattr(regressor.set_params(callbacks=[Count()]), method)(X, Y)
    assert counts(regressor) == [2 if method == "fit" else 1]
    getattr(regressor.set_params(callbacks=None), method)(X, Y)
    assert counts(regressor) == []


def test_a_list_that_grew_is_noticed_and_the_same_ones_go_on():
    callbacks = [Count()]
    regressor = made(callbacks=callbacks).fit(X, Y).fit(X, Y)
    assert counts(regressor) == [4]
    regressor = pickle.loads(pickle.dumps(regressor)).fit(X, Y)
    assert counts(regressor) == [6]
    regressor.callbacks.append(Count())
    assert counts(regressor.fit(X, Y)) == [2, 2]


@pytest.mark.parametrize("lr_schedule", [None, "cosine"])
def test_they_change_nothing_else(lr_schedule):
    plain = made(lr_schedule=lr_schedule, dropout=0.2).fit(X, Y)
    other = made(lr_schedule=lr_schedule, dropout=0.2).fit(X, Y)
    other.set_params(callbacks=[Count()], verbose=0)
    for regressor in (plain, other):
        regressor.partial_fit(X, Y).fit(X, Y)
    # A callback of one's own leaves the gradient to autograd, which rounds otherwise.
    np.testing.assert_allclose(other.predict(X), plain.predict(X), rtol=1e-4)
    np.testing.assert_array_equal(other.history_["lr"], plain.history_["lr"])


def test_a_scheduler_leaves_no_step_size_behind():
    regressor = made(lr=0.1, callbacks=[halving()]).fit(X, Y)
    regressor.set_params(callbacks=[]).fit(X, Y)
    later = LRScheduler(LambdaLR, lr_lambda=lambda epoch: 1 / (1 + epoch))
    regressor.set_params(callbacks=[later], lr=0.2).fit(X, Y)  # in epochs 4 and 5
    rates = regressor.history_["lr"].tolist()
    assert rates == pytest.approx([0.1, 0.05, 0.1, 0.1, 0.2 / 5, 0.2 / 6])


@pytest.mark.parametrize("touching", [Look(), Freezer("encoder.*")], ids=["see", "fix"])
def test_what_touches_weights_neither_comes_nor_goes(touching):
    message = "may freeze weights or change gradients, and can neither come nor go"
    before, after = made().fit(X, Y), made(callbacks=[touching]).fit(X, Y)
    expected = before.predict(X)
    for regressor, other in ((before, [touching]), (after, [])):
        with pytest.raises(ValueError, match=message):
            regressor.set_params(callbacks=other).partial_fit(X, Y)
    np.testing.assert_array_equal(before.predict(X), expected)
    assert before.set_params(callbacks=None).fit(X, Y).n_epochs_ == 4
    assert after.set_params(callbacks=[touching]).fit(X, Y).n_epochs_ == 4


def test_verbose_changes(capsys):
    regressor = made().fit(X, Y)
    assert capsys.readouterr().out == ""
    regressor.set_params(verbose=1).fit(X, Y)
    printed = capsys.readouterr().out
    assert "train_loss" in printed
    assert len(printed.strip().splitlines()) == 4  # with two lines of the header
    regressor.set_params(verbose=0).partial_fit(X, Y)
    assert capsys.readouterr().out == ""


def test_the_guide_lists_what_may_change():
    table = GUIDE.read_text().partition("\nmay change")[2].partition("\n====")[0]
    may, _, may_not = table.partition("may not")
    assert set(re.findall(r"`(\w+)`", may)) == MAY_CHANGE
    known = GRURegressor().get_params().keys() | Seq2SeqRegressor().get_params().keys()
    assert known >= MAY_CHANGE
    assert known - MAY_CHANGE >= set(re.findall(r"`(\w+)`", may_not))
