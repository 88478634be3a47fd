"""Schedules: step sizes are those of torch's schedulers, through stops and restarts."""

import math
import pickle

import pytest
import torch
from numpy.testing import assert_allclose
from skorch.callbacks import Callback
from torch.optim import lr_scheduler

from sklearn_rnn.training._schedules import SCHEDULES, set_schedule

LR = 0.01  # of make_net
PARAMS = {"plateau": {"threshold": 0.5}}  # so that it has something to do at once
EPOCHS, BATCHES = 12, 3  # 20 samples in batches of 8


def by_hand(make, n_epochs=EPOCHS, losses=None, steps_per_epoch=1):
    """Follow a scheduler of torch without a net; the step size of each epoch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=LR)
    scheduler, rates = make(optimizer), []
    for i in range(n_epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        for _ in range(steps_per_epoch):
            optimizer.step()
            scheduler.step(*(() if losses is None else (losses[i],)))
    return rates


def warm_up(optimizer):
    """Rise for two of 12 epochs; the rest is a cosine."""
    parts = [
        lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=2),
        lr_scheduler.CosineAnnealingLR(optimizer, T_max=10),
    ]
    return lr_scheduler.SequentialLR(optimizer, parts, milestones=[2])


CURVES = {
    "step": ({}, lambda o: lr_scheduler.StepLR(o, 4)),
    "step, params": (
        {"step_size": 5, "gamma": 0.5},
        lambda o: lr_scheduler.StepLR(o, 5, gamma=0.5),
    ),
    "exponential": ({}, lambda o: lr_scheduler.ExponentialLR(o, 0.01 ** (1 / 12))),
    "exponential, params": (
        {"gamma": 0.9},
        lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    ),
    "cosine": ({}, lambda o: lr_scheduler.CosineAnnealingLR(o, 12)),
    "cosine, params": (
        {"T_max": 3, "eta_min": 1e-3},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 3, 1e-3),
    ),
    "warmup_cosine, params": ({"warmup_epochs": 2}, warm_up),
}


@pytest.fixture
def with_schedule(make_net):
    def make(name, params=None, n_epochs=EPOCHS, patience=10, **net):
        net = make_net(net=net)
        set_schedule(net, name, params, n_epochs, patience)
        return net

    return make


@pytest.mark.parametrize("case", CURVES)
def test_epochs_have_the_step_sizes_of_torch(with_schedule, make_data, train, case):
    params, make = CURVES[case]
    net = with_schedule(case.split(",")[0], params)
    train(net, make_data().batches(), n_epochs=EPOCHS)
    assert_allclose(net.history[:, "lr"], by_hand(make))


def test_formulas(with_schedule, make_data, train):
    """The same once more, from the equations."""
    share = {
        "step": lambda e: 0.1 ** (e // 4),
        "exponential": lambda e: 0.01 ** (e / 12),
        "cosine": lambda e: (1 + math.cos(math.pi * e / 12)) / 2,
        "warmup_cosine": lambda e: (
            0.1 if e < 1 else (1 + math.cos(math.pi * (e - 1) / 11)) / 2
        ),
    }
    for name, of in share.items():
        net = train(with_schedule(name), make_data().batches(), n_epochs=EPOCHS)
        assert_allclose(net.history[:, "lr"], [LR * of(e) for e in range(EPOCHS)])


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("params", [{}, {"factor": 0.1, "patience": 1}])
def test_plateau(with_schedule, make_data, train, validated, params):
    losses = [5.0, 4.0, 4.0, 4.0, 4.0, 4.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]
    monitored = "valid_loss" if validated else "train_loss"

    class SetLosses(Callback):
        """Write losses as if they had been measured, before the schedule reads them."""

        def on_epoch_end(self, net, **kwargs):
            net.history.record(monitored, losses[len(net.history) - 1])

    net = with_schedule("plateau", params, patience=4)
    net.callbacks_.insert(0, ("set", SetLosses()))
    valid = make_data(seed=1).batches() if validated else None
    train(net, make_data().batches(), valid, EPOCHS)
    expected = {"factor": 0.5, "patience": 2} | params
    rates = by_hand(
        lambda o: lr_scheduler.ReduceLROnPlateau(o, **expected), losses=losses
    )
    assert_allclose(net.history[:, "lr"], rates)
    assert len(set(rates)) == (5 if params else 3)


@pytest.mark.parametrize("params", [{}, {"pct_start": 0.5, "max_lr": 0.1}])
def test_one_cycle_goes_by_updates(with_schedule, make_data, train, params):
    class Note(Callback):
        """Note the step size of each update."""

        def on_train_begin(self, net, **kwargs):
            self.rates = []

        def on_grad_computed(self, net, **kwargs):
            self.rates.append(net.optimizer_.param_groups[0]["lr"])

    net = with_schedule("one_cycle", params, callbacks=[Note()])
    train(net, make_data().batches(), make_data(seed=1).batches(), EPOCHS)
    [note] = [c for _, c in net.callbacks_ if isinstance(c, Note)]
    options = {"max_lr": LR, "total_steps": EPOCHS * BATCHES} | params

    def make(optimizer):
        return lr_scheduler.OneCycleLR(optimizer, cycle_momentum=False, **options)

    rates = by_hand(make, EPOCHS * BATCHES - 1)
    assert_allclose(note.rates[:-1], rates)
    assert max(rates) == pytest.approx(options["max_lr"], rel=0.01)
    assert note.rates[-1] == pytest.approx(options["max_lr"] / 25 / 1e4)
    assert_allclose(net.history[:, "lr"], note.rates[::BATCHES])
    assert net.optimizer_.param_groups[0]["betas"] == (0.9, 0.999)


@pytest.mark.parametrize("n_epochs", [1, 2, 3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_short_plans(with_schedule, make_data, train, name, n_epochs):
    net = with_schedule(name, None, n_epochs, patience=1)
    train(net, make_data().batches(), n_epochs=n_epochs)
    rates = net.history[:, "lr"]
    if name != "one_cycle":
        assert max(rates) == pytest.approx(LR)
    assert min(rates) > 0


def rates_of(net, train, make_data, *trainings):
    for n_epochs in trainings:
        train(net, make_data().batches(), n_epochs=n_epochs)
    return net.history[:, "lr"]


@pytest.mark.parametrize("name", SCHEDULES)
class TestGoingOn:
    def whole(self, name, with_schedule, make_data, train):
        net = with_schedule(name, PARAMS.get(name), 6, patience=2, lr=0.3)
        return rates_of(net, train, make_data, 6)

    def test_in_several_trainings(self, name, with_schedule, make_data, train):
        net = with_schedule(name, PARAMS.get(name), 6, patience=2, lr=0.3)
        rates = rates_of(net, train, make_data, 1, 1, 3, 1)
        assert rates == self.whole(name, with_schedule, make_data, train)

    def test_after_a_pickle(self, name, with_schedule, make_data, train):
        net = with_schedule(name, PARAMS.get(name), 6, patience=2, lr=0.3)
        rates_of(net, train, make_data, 4)
        again = pickle.loads(pickle.dumps(net))
        assert again.schedule in dict(again.callbacks_).values()
        rates = rates_of(again, train, make_data, 2)
        assert rates == rates_of(net, train, make_data, 2)
        assert again.schedule.lr_scheduler_.optimizer is again.optimizer_
        assert len(set(rates)) > 1

    def test_after_a_checkpoint(self, name, with_schedule, make_data, train):
        """History, step size and the schedule's own few numbers are enough."""
        net = with_schedule(name, PARAMS.get(name), 6, patience=2, lr=0.3)
        rates_of(net, train, make_data, 4)
        other = with_schedule(name, PARAMS.get(name), 6, patience=2, lr=0.3)
        other.history.extend(net.history)
        other.schedule.load_state_dict(net.schedule.state_dict())
        train(other, make_data().batches(), n_epochs=1)
        train(net, make_data().batches(), n_epochs=1)
        assert other.history[-1, "lr"] == net.history[-1, "lr"]

    def test_after_an_interrupt(self, name, with_schedule, make_data, train):
        class Interrupt(Callback):
            """Press Ctrl-C once, in or at the end of the fourth epoch."""

            pressed = False

            def press(self, net):
                if len(net.history) == 4 and not self.pressed:
                    self.pressed = True
                    raise KeyboardInterrupt

        class InEpoch(Interrupt):
            def on_batch_end(self, net, **kwargs):
                self.press(net)

        class AtEnd(Interrupt):
            def on_epoch_end(self, net, **kwargs):
                self.press(net)

        for kind in (InEpoch, AtEnd):
            options = {"lr": 0.3, "callbacks": [kind()]}
            net = with_schedule(name, PARAMS.get(name), 6, patience=2, **options)
            with pytest.raises(KeyboardInterrupt):
                train(net, make_data().batches(), n_epochs=6)
            assert len(net.history) == 3
            rates = rates_of(net, train, make_data, 3)
            whole = self.whole(name, with_schedule, make_data, train)
            if name == "plateau":  # the losses differ from here on
                rates, whole = rates[:4], whole[:4]
            assert_allclose(rates, whole)

    def test_after_the_plan(self, name, with_schedule, make_data, train):
        net = with_schedule(name, None, 4)
        rates = rates_of(net, train, make_data, 4, 1, 1)
        if name == "one_cycle":  # the first update of the fourth epoch has a larger one
            assert rates[4] == rates[5] == pytest.approx(LR / 25 / 1e4)
        elif name in ("cosine", "warmup_cosine"):
            assert 0 < rates[3] == rates[4] == rates[5]
        elif name in ("exponential", "step"):
            assert rates[5] < rates[3]


class TestReplacing:
    def test_a_new_one_begins_anew(self, with_schedule, make_data, train):
        net = with_schedule("exponential", {"gamma": 0.5})
        train(net, make_data().batches(), n_epochs=3)
        set_schedule(net, "step", {"step_size": 1}, EPOCHS, 10)
        train(net, make_data().batches(), n_epochs=2)
        rates = LR * torch.tensor([1, 0.5, 0.25, 1, 0.1])
        assert_allclose(net.history[:, "lr"], rates, rtol=1e-6)

    def test_none_goes_back_to_the_step_size_itself(
        self, with_schedule, make_data, train
    ):
        net = with_schedule("exponential", {"gamma": 0.5})
        n_callbacks = len(net.callbacks_)
        train(net, make_data().batches(), n_epochs=3)
        set_schedule(net, None, None, EPOCHS, 10)
        train(net, make_data().batches(), n_epochs=1)
        assert net.history[-1, "lr"] == LR
        assert net.schedule is None
        assert len(net.callbacks_) == n_callbacks - 1


class TestSpeed:
    @pytest.mark.parametrize("name", SCHEDULES)
    def test_only_one_cycle_asks_for_notice_of_batches(
        self, with_schedule, make_data, train, name
    ):
        net = train(with_schedule(name), make_data().batches(), n_epochs=1)
        n_noted = BATCHES if name == "one_cycle" else 1
        assert len(net.history[-1, "batches"]) == n_noted


class TestRefusals:
    @pytest.mark.parametrize("name", SCHEDULES)
    def test_unknown_names(self, with_schedule, name):
        message = (
            rf"lr_schedule='{name}' does not know \['gama', 'last_epoch'\] of "
            r"lr_schedule_params\. It takes \['"
        )
        with pytest.raises(ValueError, match=message):
            with_schedule(name, {"gama": 0.5, "last_epoch": 3})

    @pytest.mark.parametrize(
        ("name", "param"),
        [
            ("one_cycle", "total_steps"),
            ("warmup_cosine", "n_epochs"),
            ("plateau", "mode"),
        ],
    )
    def test_names_that_are_filled_in(self, with_schedule, name, param):
        with pytest.raises(ValueError, match=rf"does not know \['{param}'\]"):
            with_schedule(name, {param: 3})

    @pytest.mark.parametrize(
        ("name", "params"),
        [
            ("plateau", {"factor": 2.0}),
            ("one_cycle", {"pct_start": 7.0}),
            ("warmup_cosine", {"warmup_epochs": -1}),
            ("warmup_cosine", {"start_factor": -1}),
        ],
    )
    def test_bad_values(self, with_schedule, make_data, train, name, params):
        net = with_schedule(name, params)
        message = rf"lr_schedule='{name}' cannot use lr_schedule_params={{.*}}: "
        with pytest.raises(ValueError, match=message):
            train(net, make_data().batches())

    def test_params_without_a_schedule(self, with_schedule):
        message = r"lr_schedule_params={'gamma': 0.5} belong to a schedule. Got lr_sch"
        with pytest.raises(ValueError, match=message):
            with_schedule(None, {"gamma": 0.5})
