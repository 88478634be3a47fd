"""instance_norm and target_feature -> the column that y copies is read as a change."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, SequenceWindower

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {"b": RNG.normal(size=300), "a": (RNG.normal(size=300) + 0.5).cumsum()}
)
TRAIN, TEST = FRAME[:200], FRAME[200:]


def piped(cls=RNNRegressor, **parameters):
    settings = {"max_epochs": 3, "random_state": 0}
    return make_pipeline(SequenceWindower(8), cls(4, **settings | parameters))


def forecast(**parameters):
    return piped(**parameters).fit(TRAIN, TRAIN["a"]).predict(TEST)


@pytest.mark.parametrize("cls", [RNNRegressor, LSTMRegressor, GRURegressor])
@pytest.mark.parametrize("norm", ["auto", "last", "standard"])
def test_a_drifting_walk_is_followed_beyond_the_training_range(cls, norm):
    errors = {
        setting: root_mean_squared_error(
            TEST["a"], forecast(cls=cls, instance_norm=setting, max_epochs=20)
        )
        for setting in (norm, None)
    }
    assert errors[norm] < 1.3  # the noise of a step is 1
    assert errors[None] > 5 * errors[norm]


def test_each_instance_norm_acts():
    last, standard, none = (
        forecast(instance_norm=n) for n in ("last", "standard", None)
    )
    assert (last != standard).any()
    assert (last != none).any()
    np.testing.assert_array_equal(forecast(instance_norm="auto"), last)


def test_auto_without_a_known_column_is_none():
    y = TRAIN["a"] + RNG.normal(size=200)
    auto, none = (piped(instance_norm=n).fit(TRAIN, y) for n in ("auto", None))
    np.testing.assert_array_equal(auto.predict(TEST), none.predict(TEST))
    assert auto[-1].target_feature_ is None


@pytest.mark.parametrize("norm", ["last", "standard"])
def test_an_instance_norm_by_name_needs_a_column(norm):
    y = TRAIN["a"] + RNG.normal(size=200)
    with pytest.raises(ValueError, match=r"none is known. Name it by target_feature="):
        piped(instance_norm=norm).fit(TRAIN, y)
    with pytest.raises(ValueError, match=r"none is known. Name it by target_feature="):
        piped(instance_norm=norm, target_feature=None).fit(TRAIN, TRAIN["a"])


@pytest.mark.parametrize("name", ["a", 1, -1, ["a"], [1]])
def test_name_or_index_says_what_auto_finds(name):
    named = piped(target_feature=name).fit(TRAIN, TRAIN["a"])
    assert named[-1].target_feature_ == "a"
    np.testing.assert_array_equal(named.predict(TEST), forecast())


def test_none_switches_it_off():
    off = piped(target_feature=None).fit(TRAIN, TRAIN["a"])
    assert off[-1].target_feature_ is None
    np.testing.assert_array_equal(off.predict(TEST), forecast(instance_norm=None))


def test_an_affine_copy_is_found_in_its_own_units():
    fahrenheit = 1.8 * TRAIN["a"] + 32
    predicted = piped().fit(TRAIN, fahrenheit).predict(TEST)
    np.testing.assert_allclose(predicted, 1.8 * forecast() + 32, atol=1e-2)


def test_several_outputs_each_with_its_column():
    table = TRAIN.assign(noise=RNG.normal(size=200))
    outputs = table[["noise", "a"]].to_numpy() * [1.0, -2.0]
    pipe = piped().fit(table, outputs)
    assert pipe[-1].target_feature_ == ["noise", "a"]
    unknown = RNG.normal(size=200)
    pipe.fit(table, np.stack([unknown, table["a"]], axis=1))
    assert pipe[-1].target_feature_ == [None, "a"]
    pipe.set_params(rnnregressor__target_feature=[None, "b"]).fit(table, outputs)
    assert pipe[-1].target_feature_ == [None, "b"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "capacity",
            r"target_feature='capacity' is none of the 2 features \['b', 'a'\]",
        ),
        (2, r"target_feature=2 is none of the 2 features"),
        (["a", "b"], "target_feature names 2 columns, but y has 1 outputs"),
    ],
)
def test_a_name_that_does_not_fit(name, message):
    with pytest.raises(ValueError, match=message):
        piped(target_feature=name).fit(TRAIN, TRAIN["a"])


def test_for_arrays_the_user_names_the_column():
    windows = SequenceWindower(8).fit_transform(TRAIN)[8:].to_array()
    y = TRAIN["a"].to_numpy()[8:]
    settings = {"max_epochs": 3, "random_state": 0}
    unnamed = RNNRegressor(4, **settings).fit(windows, y)
    assert unnamed.target_feature_ is None
    named = RNNRegressor(4, target_feature=1, **settings).fit(windows, y)
    assert named.target_feature_ == 1
    np.testing.assert_allclose(  # the network sees changes: the level is no news
        named.predict(windows + np.array([0, 1000.0])),
        named.predict(windows) + 1000,
        atol=1e-2,
    )


@pytest.mark.parametrize("norm", ["last", "standard", None])
def test_a_row_without_history_is_predicted_and_finite(norm):
    pipe = piped(instance_norm=norm).fit(TRAIN, TRAIN["a"])
    windows = pipe[0].transform(TRAIN)
    assert windows.lengths[0] == 0
    first = pipe[-1].predict(windows[:1])
    assert np.isfinite(first).all()
    if norm is not None:
        assert first[0] == pytest.approx(TRAIN["a"].mean())
    np.testing.assert_array_equal(first, pipe[-1].predict(windows)[:1])


def test_no_row_with_history_at_all():
    with (
        pytest.warns(UserWarning, match="window"),
        pytest.raises(ValueError, match="no sequence with a time step to learn from"),
    ):
        make_pipeline(
            SequenceWindower(2, horizon=5), RNNRegressor(2, target_feature="a")
        ).fit(TRAIN[:4], TRAIN["a"][:4])


STEPS = [0, 1, 2, 3]


def steps_ahead(frame, steps=STEPS):
    """Make y (n_rows, n_steps), unknown where the table ends."""
    return np.column_stack([frame["a"].shift(-k) for k in steps])


@pytest.mark.parametrize("norm", ["last", "standard"])
@pytest.mark.parametrize("options", [{}, {"segment_length": 3}])
class TestSeveralSteps:
    def test_all_are_found_and_followed(self, norm, options):
        pipe = piped(instance_norm=norm, max_epochs=30, **options)
        pipe.fit(TRAIN, steps_ahead(TRAIN))
        assert pipe[-1].target_feature_ == ["a"] * 4
        predicted, y = pipe.predict(TEST), steps_ahead(TEST)
        error = np.sqrt(np.nanmean((predicted - y) ** 2, axis=0))
        assert (error < 1.5 * np.sqrt(np.arange(1, 5))).all()  # of a random walk

    def test_level_is_no_news(self, norm, options):
        pipe = piped(instance_norm=norm, **options).fit(TRAIN, steps_ahead(TRAIN))
        moved = piped(instance_norm=norm, **options)
        above = TRAIN.assign(a=TRAIN["a"] + 1000)
        moved.fit(above, steps_ahead(above))
        np.testing.assert_allclose(
            moved.predict(TEST.assign(a=TEST["a"] + 1000)),
            pipe.predict(TEST) + 1000,
            atol=0.02,
        )

    def test_named_equals_found(self, norm, options):
        y = steps_ahead(TRAIN)
        found, named = (
            piped(instance_norm=norm, target_feature=feature, **options)
            .fit(TRAIN, y)
            .predict(TEST)
            for feature in ("auto", "a")
        )
        np.testing.assert_array_equal(found, named)


def test_steps_ahead_of_groups_and_behind_absent_rows():
    frame = FRAME.assign(cell=np.repeat(["x", "y", "z"], 100))
    frame.iloc[[50, 51, 120], :2] = np.nan
    y = frame.groupby("cell")[["a"]].shift([0, -1, -2])
    pipe = make_pipeline(
        SequenceWindower(8, group_by="cell"), RNNRegressor(4, max_epochs=1)
    )
    assert pipe.fit(frame, y)[-1].target_feature_ == ["a"] * 3


def test_steps_ahead_that_a_step_in_between_has_changed():
    """The windower saw y; the regressor gets its logarithm."""
    positive = TRAIN.assign(a=np.exp(TRAIN["a"] / TRAIN["a"].abs().max()))
    windows = SequenceWindower(8).fit_transform(positive, steps_ahead(positive))
    regressor = RNNRegressor(4, max_epochs=1)
    regressor.fit(windows, steps_ahead(positive))
    assert regressor.target_feature_ == ["a"] * 4
    for changed in (np.log(steps_ahead(positive)), steps_ahead(positive, [0, 1, 2, 2])):
        assert regressor.fit(windows, changed).target_feature_ is None
