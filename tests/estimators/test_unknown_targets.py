"""NaN in y of shape (n_samples, n_outputs) -> weighs nothing."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5, 2))
Y = np.column_stack([X[:, :, 0].mean(axis=1), X[:, -1, 1]])
FRAME = pd.DataFrame(RNG.normal(size=(80, 2)).cumsum(axis=0), columns=["a", "b"])
CRITERIA = ["squared_error", "absolute_error", "huber", "quantile", "poisson"]


def quick(cls=RNNRegressor, **parameters):
    return cls(4, **{"max_epochs": 3, "random_state": 0} | parameters)


def with_gaps(y, rows, columns):
    y = np.array(y, dtype=float)
    y[np.ix_(rows, columns)] = np.nan
    return y


GAPPY = with_gaps(Y, np.arange(0, 60, 3), [1])


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_rows_without_a_known_target_are_as_absent(cls, criterion):
    gone = np.arange(5, 60, 7)
    kept = np.setdiff1d(np.arange(60), gone)
    regressor = quick(cls, criterion=criterion, dropout=0.2)
    y = np.abs(Y)
    first = regressor.fit(X, with_gaps(y, gone, [0, 1])).predict(X)
    second = regressor.fit(X[kept], y[kept]).predict(X)
    np.testing.assert_array_equal(first, second)


def test_windows_whose_targets_are_not_yet_known_are_as_absent():
    y = FRAME[["a"]].to_numpy()
    windows = SequenceWindower(5).fit_transform(FRAME, y)
    first = quick().fit(windows, with_gaps(y, np.arange(70, 80), [0]))
    second = quick().fit(windows[:70], y[:70])
    assert first.target_feature_ == "a"
    np.testing.assert_array_equal(first.predict(windows), second.predict(windows))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_an_unknown_target_has_no_gradient(criterion):
    """One step of descent: what the head of a column learns, it learns from the known.

    A fit on the rows where the column is known has the same gradient there, but for the
    number of targets that the loss is averaged over.
    """
    y = np.abs(Y)
    gaps = np.arange(0, 60, 3)
    known = np.setdiff1d(np.arange(60), gaps)
    settings = {
        "criterion": criterion,
        "optimizer": "sgd",
        "batch_size": 60,
        "max_epochs": 1,
        "clip_grad_norm": None,
        "standardize": False,
    }
    still = head_of(quick(lr=1e-30, **settings).fit(X, y))
    gappy = head_of(quick(lr=1.0, **settings).fit(X, with_gaps(y, gaps, [1])))
    whole = head_of(quick(lr=1.0, **settings).fit(X[known], y[known]))
    all_of_it = head_of(quick(lr=1.0, **settings).fit(X, y))
    own = len(still) // 2  # rows of the head that belong to the second output
    np.testing.assert_allclose(
        (gappy - still)[own:] * (60 + 40), (whole - still)[own:] * 80, atol=1e-4
    )
    np.testing.assert_allclose(
        (gappy - still)[:own] * (60 + 40), (all_of_it - still)[:own] * 120, atol=1e-4
    )
    assert np.abs(gappy - still)[own:].max() > 1e-3


def head_of(regressor):
    head = regressor.net_.module_.head
    return torch.cat([head.weight, head.bias[:, None]], dim=1).detach().numpy()


def test_recorded_losses_are_means_over_known_targets():
    weight = RNG.uniform(0.5, 2.0, size=60)
    regressor = quick(lr=1e-30, optimizer="sgd", max_epochs=1, batch_size=7)
    regressor.fit(X, GAPPY, sample_weight=weight)
    error = ((regressor.predict(X) - GAPPY) / regressor.scaler_.target_scale_) ** 2
    known = ~np.isnan(GAPPY)
    expected = np.average(error[known], weights=(weight[:, None] * known)[known])
    assert regressor.loss_curve_[0] == pytest.approx(expected, rel=1e-5)


def test_known_targets_are_learnt():
    y = with_gaps(Y, np.arange(0, 60, 2), [1])
    y[1::4, 0] = np.nan
    regressor = quick(max_epochs=150, lr=0.02).fit(X, y)
    known = ~np.isnan(y)
    error = ((regressor.predict(X) - Y) ** 2)[known].mean()
    assert error < 0.1 * Y[known].var()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_in_a_flat_y_it_is_refused(method):
    message = r"Input y contains NaN. Leave those samples out; or pass y of shape"
    with pytest.raises(ValueError, match=message):
        getattr(quick(), method)(X, GAPPY[:, 1])
    assert getattr(quick(), method)(X, GAPPY[:, 1:]).predict(X).shape == (60, 1)


def test_infinity_is_refused():
    with pytest.raises(ValueError, match="Input y contains infinity"):
        quick().fit(X, np.where(np.isnan(GAPPY), np.inf, Y))


def test_an_output_that_is_nowhere_known_is_refused():
    with pytest.raises(ValueError, match="y has NaN in all rows of output 1 that"):
        quick().fit(X, with_gaps(Y, np.arange(60), [1]))
    with pytest.raises(ValueError, match="No sample has a known target"):
        quick().fit(X, np.full((60, 2), np.nan))


def test_an_output_known_only_in_validation_is_refused():
    windows = SequenceWindower(5).fit_transform(FRAME)
    y = with_gaps(FRAME, np.arange(72), [1])
    with pytest.raises(ValueError, match="y has NaN in all rows of output 1 that"):
        quick(early_stopping=True).fit(windows, y)


def test_a_later_part_may_lack_an_output():
    regressor = quick().partial_fit(X, Y)
    regressor.partial_fit(X, with_gaps(Y, np.arange(60), [1]))
    assert regressor.n_epochs_ == 2
    assert np.isfinite(regressor.predict(X)).all()


@pytest.mark.parametrize("step", ["fit", "early stopping"])
def test_steps_ahead_with_open_ends(step):
    y = np.column_stack([FRAME["a"].shift(-k) for k in range(4)])
    pipe = make_pipeline(
        SequenceWindower(5), quick(early_stopping=step == "early stopping")
    )
    predicted = pipe.fit(FRAME, pd.DataFrame(y)).predict(FRAME)
    assert predicted.shape == (80, 4)
    assert np.isfinite(predicted).all()
    assert np.isfinite(pipe[-1].loss_curve_).all()
    if step == "early stopping":
        assert np.isfinite(pipe[-1].validation_loss_curve_).all()


def test_score_is_that_of_the_known_targets():
    fitted, weight = quick().fit(X, GAPPY), np.arange(1.0, len(X) + 1)
    known, predicted = ~np.isnan(GAPPY), fitted.predict(X)
    expected = [
        r2_score(GAPPY[k, i], predicted[k, i], sample_weight=weight[k])
        for i, k in enumerate(known.T)
    ]
    assert fitted.score(X, GAPPY, weight) == pytest.approx(np.mean(expected))


@pytest.mark.parametrize(
    ("y", "weight", "message"),
    [
        (np.full_like(GAPPY, np.nan), None, "no known target with a sample_weight"),
        (GAPPY, np.zeros(len(X)), "no known target|non-zero number"),
        (GAPPY, np.ones(len(X) + 1), r"sample_weight\.shape == \(61,\)"),
        (GAPPY, np.ones((len(X), 1)), "Sample weights must be 1D"),
    ],
)
def test_nothing_to_compare_with_has_no_score(y, weight, message):
    fitted = quick().fit(X, GAPPY)
    with pytest.raises(ValueError, match=message):
        fitted.score(X, y, weight)


def test_an_output_without_weight_does_not_count():
    fitted, weight = quick().fit(X, GAPPY), np.isnan(GAPPY[:, 1])
    expected = r2_score(GAPPY[weight, 0], fitted.predict(X)[weight, 0])
    assert fitted.score(X, GAPPY, weight) == pytest.approx(expected)
