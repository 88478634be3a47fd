"""Teacher forcing, early stopping and going on: how encoder and decoder are trained."""

import numpy as np
import pytest

from sklearn_rnn import Seq2SeqClassifier, Seq2SeqRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
Y = X[:, ::-1].cumsum(axis=1) * 10 + 3
QUICK = {"hidden_size": 4, "max_epochs": 5, "random_state": 0, "lr": 0.01}


@pytest.fixture
def told(monkeypatch):
    """Note the ratio and the mode of each call of a module with the truth."""
    from sklearn_rnn.modules._seq2seq import Seq2SeqModel

    calls, forward = [], Seq2SeqModel.forward

    def listen(self, x, lengths=None, truth=None, ratio=None):
        calls.append((self.training, None if truth is None else truth.numpy(), ratio))
        return forward(self, x, lengths, truth, 1.0 if ratio is None else ratio)

    monkeypatch.setattr(Seq2SeqModel, "forward", listen)
    return calls


def ratios(calls):
    """Return the ratio of each epoch; each had one batch to train on."""
    return [ratio for training, _, ratio in calls if training]


def make(**parameters):
    return Seq2SeqRegressor(**QUICK | {"batch_size": 60} | parameters)


def test_ratio_decays_over_the_epochs_of_a_fit(told):
    make(teacher_forcing_ratio=(1.0, 0.0)).fit(X, Y)
    assert ratios(told) == [1.0, 0.75, 0.5, 0.25, 0.0]
    told.clear()
    make(teacher_forcing_ratio=0.4).fit(X, Y)
    assert ratios(told) == [0.4] * 5


def test_ratio_begins_anew_in_each_fit_and_goes_on_in_partial_fit(told):
    regressor = make(warm_start=True, max_epochs=3).fit(X, Y).fit(X, Y)
    assert ratios(told) == [1.0, 0.5, 0.0] * 2
    told.clear()
    regressor.set_params(teacher_forcing_ratio=0.7).fit(X, Y)
    assert ratios(told) == [0.7] * 3
    told.clear()
    regressor = make(max_epochs=3)
    for _ in range(4):
        regressor.partial_fit(X, Y)
    assert ratios(told) == [1.0, 0.5, 0.0, 0.0]


def test_truth_is_the_target_in_the_scale_of_the_network(told):
    make(max_epochs=1).fit(X, Y)
    [(_, truth, _)] = told
    scaled = (Y - Y.mean()) / Y.std()  # alike at every step
    order = np.lexsort(truth[:, :, 0].T), np.lexsort(scaled.T)
    np.testing.assert_allclose(truth[order[0], :, 0], scaled[order[1]], atol=1e-5)


def test_validation_and_prediction_are_told_nothing(told):
    regressor = make(early_stopping=True, teacher_forcing_ratio=1.0).fit(X, Y)
    assert [truth for training, truth, _ in told if not training] == [None] * 5
    told.clear()
    regressor.predict(X)
    assert {(training, truth) for training, truth, _ in told} == {(False, None)}


def test_validation_loss_is_that_of_predictions():
    regressor = make(early_stopping=True, restore_best=False, validation_fraction=0.5)
    regressor.fit(X, Y)
    scale = regressor.scaler_.target_scale_
    errors = ((regressor.predict(X) - Y) / scale) ** 2
    losses = errors.mean(axis=1)  # half of the samples have the recorded mean
    assert losses.min() < regressor.validation_loss_curve_[-1] < losses.max()


def test_early_stopping_keeps_the_best_epoch():
    settings = {"max_epochs": 40, "lr": 0.2, "patience": 3, "early_stopping": True}
    regressor = make(**settings, cell="gru").fit(X, Y)
    assert regressor.best_epoch_ == np.argmin(regressor.validation_loss_curve_) + 1
    assert regressor.n_epochs_ <= regressor.best_epoch_ + 3


@pytest.mark.parametrize("cls", [Seq2SeqRegressor, Seq2SeqClassifier])
def test_a_checkpoint_goes_on_with_the_same_coins(cls, tmp_path):
    y = Y if cls is Seq2SeqRegressor else Y > 3
    settings = QUICK | {"teacher_forcing_ratio": 0.5, "dropout": 0.1}
    whole = cls(**settings).fit(X, y)
    path = tmp_path / "training"
    cls(**settings | {"max_epochs": 2}, checkpoint_path=path).fit(X, y)
    resumed = cls(**settings, checkpoint_path=path).fit(X, y)
    np.testing.assert_array_equal(resumed.transform(X), whole.transform(X))
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))


def test_a_checkpoint_keeps_the_plan_of_a_ratio_that_fades(tmp_path):
    path = tmp_path / "training"
    make(checkpoint_path=path, max_epochs=3).fit(X, Y)
    with pytest.raises(ValueError, match="epochs of teacher_forcing_ratio was 3, is 5"):
        make(checkpoint_path=path).fit(X, Y)


def test_warm_start_and_partial_fit_need_as_many_output_steps():
    regressor = make(warm_start=True).fit(X, Y)
    for train in (regressor.fit, regressor.partial_fit):
        with pytest.raises(ValueError, match=r"y of 5 output steps\. Got 4"):
            train(X, Y[:, :4])
    with pytest.raises(ValueError, match=r"fitted with 1 outputs\. Got y with 2"):
        regressor.fit(X, np.stack([Y, Y], axis=2))


@pytest.mark.parametrize(
    "ratio",
    [(1.0,), (1.0, 0.5, 0.0), (1.0, -0.1), (2, 0), (True, 0), ("a", "b"), [0.5, None]],
)
def test_a_ratio_is_a_number_or_two(ratio):
    with pytest.raises(ValueError, match="a tuple of its first and last value"):
        make(teacher_forcing_ratio=ratio).fit(X, Y)


def test_a_ratio_may_be_of_numpy(told):
    make(teacher_forcing_ratio=(np.float32(1), np.int64(0))).fit(X, Y)
    assert ratios(told) == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_a_ratio_is_checked_where_training_goes_on():
    regressor = make(warm_start=True).fit(X, Y)
    regressor.set_params(teacher_forcing_ratio=(2.0, 0))
    for train in (regressor.fit, regressor.partial_fit):
        with pytest.raises(ValueError, match="a tuple of its first and last value"):
            train(X, Y)


def test_bad_values_of_one_parameter():
    for bad in (1.5, -0.1, "always"):
        with pytest.raises(ValueError, match="'teacher_forcing_ratio' parameter"):
            make(teacher_forcing_ratio=bad).fit(X, Y)
    for cell in ("rnn", "LSTM", None):
        with pytest.raises(ValueError, match="'cell' parameter"):
            make(cell=cell).fit(X, Y)
