"""Group ids by column, index or metadata -> windows of one group each."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn.exceptions import MissingGroupsError
from sklearn_rnn.windowing import SequenceWindower

IDS = ["a", "b", "a", "b", "b", "a"]
FRAME = pd.DataFrame({"cell": IDS, "value": np.arange(6.0)})
EXPECTED = [[0], [1], [0, 2], [1, 3], [3, 4], [2, 5]]


def values(windows):
    return [list(window[:, 0]) for window in windows]


def windower(**parameters):
    return SequenceWindower(2, horizon=0, **parameters)


@pytest.mark.parametrize(
    "ids",
    [
        pd.Categorical(IDS),
        pd.array(IDS, dtype="string"),
        np.array(IDS, dtype=object),
        pd.to_datetime(["2020" if i == "a" else "2021" for i in IDS]),
        [3 if i == "a" else 7 for i in IDS],
        [-0.70710678 if i == "a" else 1.25 for i in IDS],
        [i == "a" for i in IDS],
    ],
    ids=["category", "string", "object", "date", "int", "float", "bool"],
)
def test_group_column_of_any_type(ids):
    frame = FRAME.assign(cell=ids)
    by_cell = windower(group_by="cell").fit(frame[:4])
    assert values(windower(group_by="cell").fit_transform(frame)) == EXPECTED
    assert values(by_cell.transform(frame[4:])) == EXPECTED[4:]
    beside = windower().fit_transform(FRAME[["value"]], groups=ids)
    assert values(beside) == EXPECTED


def test_group_column_is_an_input_column_and_no_feature():
    fitted = windower(group_by="cell").fit(FRAME)
    assert fitted.n_features_in_ == 2
    assert list(fitted.feature_names_in_) == ["cell", "value"]
    assert fitted.groups_ == ["a", "b"]
    sequences = fitted.transform(FRAME)
    assert sequences.feature_names == ("value",)
    assert list(sequences.groups) == [0, 1, 0, 1, 1, 0]
    assert sequences.rows.shape == (6, 1)


def test_table_without_groups_is_one_series():
    fitted = windower().fit(FRAME[["value"]])
    assert fitted.groups_ is None
    assert list(fitted.transform(FRAME[["value"]]).groups) == [0] * 6


@pytest.mark.parametrize("position", [0, -2])
@pytest.mark.parametrize("as_table", [np.array, list], ids=["array", "list"])
def test_group_column_by_position_in_an_array(position, as_table):
    table = as_table(FRAME.to_numpy().tolist())
    assert values(windower(group_by=position).fit_transform(table)) == EXPECTED
    numeric = np.array([[ord(cell), value] for cell, value in FRAME.to_numpy()])
    assert values(windower(group_by=position).fit_transform(numeric)) == EXPECTED


def test_group_column_by_name_also_fits_the_array_of_the_same_columns():
    fitted = windower(group_by="cell", context=None).fit(FRAME)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        windows = fitted.transform(FRAME.to_numpy())
    assert values(windows) == EXPECTED


def test_integer_named_columns():
    frame = FRAME.set_axis([10, 20], axis=1)
    fitted = windower(group_by=10).fit(frame)
    assert values(fitted.transform(frame)) == EXPECTED
    assert fitted.transform(frame).feature_names == ("x1",)


def test_several_group_columns():
    frame = FRAME.assign(site=[1, 1, 2, 1, 1, 2])
    fitted = windower(group_by=["cell", "site"]).fit(frame)
    assert fitted.groups_ == [("a", 1), ("b", 1), ("a", 2)]
    assert values(fitted.transform(frame))[:3] == [[0], [1], [2]]
    fitted = windower(group_by=["cell", "site", "cell"]).fit(frame)
    assert fitted.groups_ == [("a", 1, "a"), ("b", 1, "b"), ("a", 2, "a")]


def test_outer_levels_of_a_multiindex_are_the_group():
    frame = FRAME.assign(site="x", t=range(6))
    two = frame.set_index(["cell", "t"])[["value"]]
    assert values(windower().fit_transform(two)) == EXPECTED
    three = frame.set_index(["site", "cell", "t"])[["value"]]
    fitted = windower().fit(three)
    assert fitted.groups_ == [("x", "a"), ("x", "b")]
    assert values(fitted.fit(three[:4]).transform(three[4:])) == EXPECTED[4:]


def test_group_column_goes_before_the_levels_of_the_index():
    frame = FRAME.assign(site="x", t=range(6)).set_index(["site", "t"])
    assert windower(group_by="cell").fit(frame).groups_ == ["a", "b"]


def test_ids_match_across_the_three_routes():
    stacked = FRAME.assign(t=range(6)).set_index(["cell", "t"])
    fitted = windower().fit(stacked[:4])
    windows = fitted.transform(FRAME[["value"]][4:], groups=IDS[4:])
    assert values(windows) == EXPECTED[4:]


@pytest.mark.parametrize(
    "transform_input",
    [FRAME[["value"]], FRAME[["value"]][4:]],
    ids=["training rows", "new rows"],
)
def test_transform_without_the_groups_of_fit_is_refused(transform_input):
    fitted = windower().fit(FRAME[["value"]], groups=IDS)
    with pytest.raises(MissingGroupsError, match="group_by=, where nothing can drop"):
        fitted.transform(transform_input)


def test_transform_without_the_multiindex_of_fit_is_refused():
    fitted = windower().fit(FRAME.assign(t=range(6)).set_index(["cell", "t"]))
    with pytest.raises(MissingGroupsError, match="transform got none"):
        fitted.transform(FRAME[["value"]])


def test_groups_that_fit_did_not_see_are_series_without_history():
    fitted = windower().fit(FRAME[["value"]][:2])
    windows = fitted.transform(FRAME[["value"]][2:], groups=IDS[2:])
    assert values(windows) == [[2], [3], [3, 4], [2, 5]]


@pytest.mark.parametrize(
    ("group_by", "frame", "source"),
    [
        ("cell", FRAME, "group_by"),
        (None, FRAME.set_index(["cell", FRAME.index]), "the MultiIndex of X"),
    ],
)
def test_groups_named_twice_are_refused(group_by, frame, source):
    with pytest.raises(ValueError, match=f"{source} names the groups already"):
        windower(group_by=group_by).fit(frame, groups=IDS)


@pytest.mark.parametrize("groups", [IDS[:5], [IDS] * 6, "a"])
def test_groups_of_another_length_are_refused(groups):
    with pytest.raises(ValueError, match=r"one id per row\. Got shape .* for 6 rows"):
        windower().fit(FRAME[["value"]], groups=groups)


def test_groups_as_one_column_are_accepted():
    windows = windower().fit_transform(FRAME[["value"]], groups=FRAME[["cell"]])
    assert values(windows) == EXPECTED


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_group_id_is_refused(missing):
    ids = [*IDS[:3], missing, *IDS[4:]]
    with pytest.raises(ValueError, match="Row 3 has none"):
        windower(group_by="cell").fit(FRAME.assign(cell=ids))
    with pytest.raises(ValueError, match="Row 3 has none"):
        windower().fit(FRAME[["value"]], groups=pd.Series(ids))


@pytest.mark.parametrize(
    ("group_by", "table", "message"),
    [
        ("engine", FRAME, r"Got 'engine', and the columns are \['cell', 'value'\]"),
        ("engine", FRAME, "Levels of a MultiIndex need no group_by"),
        (
            "cell",
            FRAME.rename(columns={"cell": "id__cell"}),
            "has renamed it to 'id__cell': set its verbose_feature_names_out=False",
        ),
        (0, FRAME, "Got 0, and the columns"),
        ("cell", FRAME.to_numpy(), "names a column, but X has no column names"),
        (2, FRAME.to_numpy(), "group_by=2 is no position of a column: X has 2"),
        (["cell", "value"], FRAME, "minimum of 1 is required"),
    ],
)
def test_group_by_that_does_not_fit_the_table_is_refused(group_by, table, message):
    with pytest.raises(ValueError, match=message):
        windower(group_by=group_by).fit(table)


def test_a_step_that_drops_the_groups_is_refused():
    table = FRAME.set_index(["cell", FRAME.index])
    with pytest.raises(MissingGroupsError, match=r"index of y names \['cell'\]"):
        make_pipeline(StandardScaler(), SequenceWindower(2)).fit(table, table["value"])
    keeps = StandardScaler().set_output(transform="pandas")
    windower = SequenceWindower(2)
    make_pipeline(keeps, windower).fit(table, table["value"])
    assert windower.groups_ == list(dict.fromkeys(IDS))
