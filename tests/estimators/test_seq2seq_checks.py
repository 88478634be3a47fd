"""Encoder and decoder -> scikit-learn's own checks of an estimator, none excepted."""

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_rnn import Seq2SeqClassifier, Seq2SeqRegressor

# array API input is checked only where SCIPY_ARRAY_API=1 is set
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")

FAMILY = [Seq2SeqRegressor, Seq2SeqClassifier]
QUICK = {"max_epochs": 40, "lr": 0.03, "batch_size": 128}


@parametrize_with_checks([cls(16, **QUICK) for cls in FAMILY])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        *(cls() for cls in FAMILY),
        *(cls(16, attention=True, bidirectional=True, **QUICK) for cls in FAMILY),
        *(cls(16, cell="gru", teacher_forcing_ratio=0.5, **QUICK) for cls in FAMILY),
    ]
)
def test_scikit_learn_checks_of_other_settings(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_param_validation,
        estimator_checks.check_inplace_ensure_writeable,
    ],
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize("cls", FAMILY)
def test_checks_that_scikit_learn_keeps_for_itself(check, cls):
    check(cls.__name__, cls(4, max_epochs=2))
