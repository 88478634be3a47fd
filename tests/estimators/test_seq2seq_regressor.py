"""Seq2SeqRegressor: forms and units of y, unknown targets, the column that y copies."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import Seq2SeqRegressor, SequenceWindower

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 6, 2))
Y = np.stack([X[:, ::-1, 0].cumsum(axis=1), 100 * X[:, ::-1, 1] + 50], axis=2)
TABLE = pd.DataFrame(RNG.normal(size=(120, 2)).cumsum(axis=0), columns=["a", "b"])
QUICK = {"max_epochs": 3, "random_state": 0, "lr": 0.01, "batch_size": 16}


def fitted(y, rows=X, **parameters):
    return Seq2SeqRegressor(6, **QUICK | parameters).fit(rows, y)


@pytest.mark.parametrize(
    "y",
    [Y, Y[:, :, 0], Y[:, :1], Y[:, :2, 0], Y[:, 0, 0]],
    ids=lambda y: str(y.shape[1:]),
)
def test_predictions_have_the_shape_and_units_of_y(y):
    regressor = fitted(y, max_epochs=20, lr=0.02, teacher_forcing_ratio=1.0)
    predicted = regressor.predict(X)
    assert predicted.shape == y.shape
    assert predicted.dtype == np.float64
    assert regressor.score(X, y) > 0.3
    steps = y.reshape(80, y.shape[1] if y.ndim > 1 else 1, -1)
    assert regressor.n_output_steps_ == steps.shape[1]
    assert regressor.n_outputs_ == steps.shape[2]
    assert regressor.score(X, y) == pytest.approx(
        r2_score(y.reshape(80, -1), predicted.reshape(80, -1))
    )


def test_one_axis_is_one_step():
    assert_array_equal(
        fitted(Y[:, 0, 0]).predict(X), fitted(Y[:, :1, 0]).predict(X)[:, 0]
    )


def test_two_axes_are_one_output():
    assert_array_equal(
        fitted(Y[:, :, :1]).predict(X)[..., 0], fitted(Y[:, :, 0]).predict(X)
    )


def test_lists_and_frames_are_arrays():
    expected = fitted(Y[:, :, 0]).predict(X)
    assert_array_equal(fitted(Y[:, :, 0].tolist()).predict(X), expected)
    assert_array_equal(fitted(pd.DataFrame(Y[:, :, 0])).predict(X), expected)


@pytest.mark.parametrize("y", [Y, Y[:, :, 0]], ids=["two outputs", "one"])
@pytest.mark.parametrize("form", [list, np.ndarray.tolist], ids=["arrays", "lists"])
def test_curves_of_unequal_length_are_unknown_behind_their_end(y, form):
    lengths = RNG.permutation(np.arange(80) % 6 + 1)
    curves = [curve[:n] for curve, n in zip(y, lengths, strict=True)]
    padded = y.copy()
    padded[np.arange(6) >= lengths[:, None]] = np.nan
    regressor = fitted([form(curve) for curve in curves])
    expected = fitted(padded)
    assert regressor.n_output_steps_ == 6
    assert regressor.predict(X).shape == y.shape
    assert_array_equal(regressor.predict(X), expected.predict(X))
    short = np.flatnonzero(lengths < 5)  # as a fold may have it
    score = regressor.score(X[short], [form(curves[i]) for i in short])
    assert score == pytest.approx(expected.score(X[short], padded[short]))


def test_curves_of_unequal_width_are_refused():
    with pytest.raises(ValueError, match="inhomogeneous"):
        fitted([Y[0, :2], *Y[1:, :, 0]])


def test_output_steps_may_be_more_or_fewer_than_those_of_x():
    """And are not cut to the length of short sequences."""
    ragged = [steps[:n] for steps, n in zip(X, RNG.integers(1, 4, 80), strict=True)]
    long = np.repeat(Y[:, :, 0], 3, axis=1)  # (80, 18)
    assert fitted(long, ragged).predict(ragged).shape == (80, 18)
    assert fitted(Y[:, :2, 0], ragged).predict(ragged).shape == (80, 2)


def test_a_single_step_gives_a_curve():
    """One to many: the response to a set-point."""
    set_point = RNG.uniform(1, 3, size=(300, 1, 1))
    curve = set_point[:, 0] * (1 - np.exp(-np.arange(1, 16) / 4))
    settings = {"max_epochs": 20, "lr": 0.02, "teacher_forcing_ratio": 1.0}
    regressor = Seq2SeqRegressor(16, cell="gru", random_state=0, **settings)
    regressor.fit(set_point[:200], curve[:200])
    error = regressor.predict(set_point[200:]) - curve[200:]
    assert np.sqrt(np.mean(error**2)) < 0.05  # of a curve up to 3
    assert np.sqrt(np.mean((curve[200:] - curve[:200].mean(axis=0)) ** 2)) > 0.3


def test_all_steps_have_one_scale():
    """Only so can an output be what the next step reads."""
    scaler = fitted(Y).scaler_
    assert_allclose(scaler.target_mean_, Y.mean(axis=(0, 1)))
    assert_allclose(scaler.target_scale_, Y.std(axis=(0, 1)))


def test_units_are_irrelevant():
    """In full batch: the order of samples depends on their bits."""
    settings = {"batch_size": 80, "teacher_forcing_ratio": 1.0}
    plain = fitted(Y[:, :, 0], **settings).predict(X)
    other = fitted(Y[:, :, 0] * 1000 + 7, **settings).predict(X)
    assert_allclose((other - 7) / 1000, plain, atol=1e-4)


def test_unknown_targets_weigh_nothing():
    """Full batch: what an unknown target would have been is nowhere seen."""
    y = Y.copy()
    y[::3, 4:] = np.nan
    y[1, 2, 0] = np.nan
    settings = {"batch_size": 80, "teacher_forcing_ratio": 1.0}
    regressor = fitted(y, **settings)
    known = ~np.isnan(y)
    assert_allclose(regressor.scaler_.target_mean_, np.nanmean(y, axis=(0, 1)))
    assert np.isfinite(regressor.predict(X)).all()
    ours = regressor.score(X, y)
    flat, of_flat = y.reshape(80, -1), regressor.predict(X).reshape(80, -1)
    each = [
        r2_score(flat[k, i], of_flat[k, i])
        for i, k in enumerate(known.reshape(80, -1).T)
    ]
    assert ours == pytest.approx(np.mean(each))


def test_loss_is_the_mean_over_known_targets():
    y = Y[:, :, 0].copy()
    y[:40, 3:] = np.nan
    regressor = fitted(
        y, max_epochs=1, lr=1e-12, batch_size=80, teacher_forcing_ratio=0
    )
    errors = (regressor.predict(X) - y) / regressor.scaler_.target_scale_
    assert regressor.loss_curve_[0] == pytest.approx(np.nanmean(errors**2), rel=1e-5)


def ahead(column, n_steps):
    return np.column_stack([column.shift(-k) for k in range(n_steps)])


@pytest.mark.parametrize("slope", [1.0, -2.5])
def test_the_column_that_y_copies_is_found_behind_a_windower(slope):
    y = slope * ahead(TABLE["a"], 4) + 3
    pipe = make_pipeline(SequenceWindower(8), Seq2SeqRegressor(6, **QUICK))
    pipe.fit(TABLE, y)
    regressor = pipe[-1]
    assert regressor.target_feature_ == "a"
    assert_allclose(regressor.scaler_.target_columns.slopes, [slope])
    assert_array_equal(regressor.scaler_.shifted_, [True, False])
    # a constant added to all rows is added to the predictions
    windows = pipe[0].transform(TABLE)
    higher = pipe[0].transform(TABLE.assign(a=TABLE["a"] + 16))
    assert_allclose(
        regressor.predict(higher)[1:],
        regressor.predict(windows)[1:] + slope * 16,
        atol=1e-3,
    )
    mean = regressor.scaler_.target_average_
    assert_allclose(regressor.predict(windows)[0], np.full(4, mean))  # no history


def test_changes_from_the_last_value_have_one_scale():
    scaler = fitted(Y[:, :, 0], target_feature=0).scaler_
    change = Y[:, :, 0] - X[:, -1:, 0]
    assert_allclose(scaler.target_mean_, [change.mean()], rtol=1e-5)
    assert_allclose(scaler.target_scale_, [change.std()], rtol=1e-5)


def test_steps_that_copy_several_columns_have_none_in_common():
    y = np.column_stack([TABLE["a"], TABLE["b"].shift(-1)])
    windower = SequenceWindower(8).fit(TABLE, y)
    windows = windower.transform(TABLE)
    assert_array_equal(windows.target_columns.columns, [0, 1])
    assert fitted(y, windows).target_feature_ is None


def test_a_network_of_no_change_predicts_the_last_value():
    regressor = fitted(Y[:, :, 0], target_feature=0, standardize=False)
    for weights in regressor.net_.module_.parameters():
        weights.data.zero_()
    assert_allclose(regressor.predict(X), np.tile(X[:, -1:, 0], 6), rtol=1e-6)
    both = fitted(Y, target_feature=[1, None], standardize=False)
    assert both.target_feature_ == [1, None]
    for weights in both.net_.module_.parameters():
        weights.data.zero_()
    assert_allclose(both.predict(X)[:, :, 0], np.tile(X[:, -1:, 1], 6), rtol=1e-6)
    assert_allclose(both.predict(X)[:, :, 1], 0, atol=1e-6)


def test_spread_is_the_unit_of_a_copied_column():
    y = np.tile(X[:, -1:, 0], 5)
    regressor = fitted(y, target_feature=0, instance_norm="standard")
    doubled = X * [2.0, 1.0]
    assert_allclose(regressor.predict(doubled), 2 * regressor.predict(X), rtol=1e-4)


def test_scaled_targets_come_back():
    from sklearn_rnn import Sequences

    for norm in (None, "last", "standard"):
        scaler = fitted(Y, target_feature=0, instance_norm=norm).scaler_
        sequences = Sequences.from_array(X)
        scaled = scaler.scale_targets(sequences, Y)
        assert_allclose(scaler.restore_targets(sequences, scaled), Y, atol=1e-4)


@pytest.mark.parametrize(
    ("y", "parameters", "message"),
    [
        (Y[:, :, :, None], {}, r"y has shape \(80, 6, 2, 1\)"),
        (Y[:70, :, 0], {}, "inconsistent numbers of samples"),
        (np.where(Y[:, 0, 0] > 0, np.nan, 1.0), {}, "Input y contains NaN"),
        (np.full((80, 3), np.nan), {}, "No sample has a known target"),
        (Y * [1.0, np.nan], {}, "NaN in all rows of output 1"),
        (Y, {"target_feature": "c"}, "none of the 2 features"),
        (Y, {"target_feature": [0]}, "names 1 columns, but y has 2 outputs"),
        (Y, {"instance_norm": "last"}, "none is known"),
        (Y, {"criterion": "quantile"}, "'criterion' parameter"),
        (Y, {"attention": 1.5}, "'attention' parameter"),
    ],
)
def test_bad_input_is_named(y, parameters, message):
    with pytest.raises(ValueError, match=message):
        fitted(y, **parameters)
