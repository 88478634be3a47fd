"""SequenceWindower -> scikit-learn's own checks of an estimator."""

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_rnn.windowing import SequenceWindower

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.ShortHistoryWarning"),
    pytest.mark.filterwarnings("ignore::sklearn_rnn.exceptions.TargetLeakWarning"),
    # array API input is checked only where SCIPY_ARRAY_API=1 is set
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
    # some checks fit on a DataFrame and transform an array, or the reverse, on purpose
    pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names"),
]

READS_EARLIER_ROWS = {
    "check_methods_sample_order_invariance": (
        "the window of a row is the rows before it, so their order is the content"
    ),
    "check_methods_subset_invariance": (
        "the window of a row is the rows before it, and a subset lacks them"
    ),
}


def expected_failures(windower):
    row_by_row = windower.window_length == 1 and windower.horizon == 0
    return {} if row_by_row else READS_EARLIER_ROWS


@parametrize_with_checks(
    [
        SequenceWindower(),
        SequenceWindower(3),
        SequenceWindower(3, flatten=True),
        SequenceWindower(3, horizon=0),
        SequenceWindower(3, context=None),
        SequenceWindower(3, context="fit"),
        SequenceWindower(1, horizon=0),
        SequenceWindower(1, horizon=0, flatten=True),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_param_validation,
        estimator_checks.check_inplace_ensure_writeable,
        estimator_checks.check_set_output_transform,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_that_scikit_learn_keeps_for_itself(check, flatten):
    check("SequenceWindower", SequenceWindower(3, flatten=flatten))


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_transformer_get_feature_names_out,
        estimator_checks.check_transformer_get_feature_names_out_pandas,
        estimator_checks.check_set_output_transform_pandas,
        estimator_checks.check_global_output_transform_pandas,
        estimator_checks.check_get_feature_names_out_error,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_of_named_output_columns(check):
    check("SequenceWindower", SequenceWindower(3, flatten=True))
