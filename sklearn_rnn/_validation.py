"""Arrays, tables, lists of arrays, Sequences -> checked float32 Sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sklearn_rnn.sequences._columns import find_odd_column
from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._steps import as_float32, find_absent

PLAIN = np.float32, np.float64  # numbers that no check has to convert


def check_sequences(
    X: Any,
    *,
    estimator: BaseEstimator,
    reset: bool,
    n_channels: int | None = None,
    tokens: bool = False,
) -> Sequences:
    """Read any of the input forms as sequences.

    Parameters
    ----------
    X : Sequences, list of arrays, or array-like
        Arrays have shape (n_samples, n_timesteps, n_features); or (n_samples,
        n_timesteps * n_channels), the features of the oldest step first. The arrays of
        a list have shape (n_timesteps_i, n_features) or (n_timesteps_i,).

    estimator : estimator
        Whose `n_features_in_` and `feature_names_in_` are set, or must agree.

    reset : bool
        Whether to set them.

    n_channels : int or None, default=None
        Number of features in an array of two axes; None means one.

    tokens : bool, default=False
        Whether an array of two axes counts as one feature, whatever its width, as the
        arrays of a list do: rows of tokens are filled up to any length.

    Returns
    -------
    Sequences
        Without absent steps.

    Raises
    ------
    ValueError
        If the shape is none of these, there is no sample or no feature, a value is no
        real number or infinite, a time step is partly NaN, or a sequence leaves its
        rows.

    TypeError
        If `X` is sparse.
    """
    if isinstance(X, Sequences):
        _check_n_samples(len(X), estimator)
        _check_features(_one_row(X.rows), estimator, reset)
        _check_places(X)
        return X.drop_absent_steps()
    if is_ragged(X):
        parts = [_check_steps(i, steps, estimator) for i, steps in enumerate(X)]
        _check_n_samples(len(parts), estimator)
        names = _common_names(X)
        sequences = _join(parts, names)
        one_row = _one_row(sequences.rows)
        if names is not None:
            one_row = pd.DataFrame(one_row, columns=names)
        _check_features(one_row, estimator, reset)
        return sequences
    dense = X
    if not _is_plain(X):
        dense = check_array(
            X,
            dtype="numeric",
            order="C",
            allow_nd=True,
            ensure_all_finite=False,
            estimator=estimator,
            input_name="X",
        )
    if tokens and dense.ndim == 2 and n_channels is None:
        dense = dense[:, :, None]
    if dense.ndim != 2:
        _check_three_axes(dense, estimator)
        _check_features(dense[:, 0, :], estimator, reset)
        return Sequences.from_array(dense)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    if n_channels is not None:
        dense = _split_channels(dense, n_channels, estimator)
    return Sequences.from_array(dense)


def is_ragged(X: Any) -> bool:
    """Tell whether `X` is a list of arrays rather than an array-like.

    Parameters
    ----------
    X : object
        What the user passed.

    Returns
    -------
    bool
        True for a list or tuple of arrays, whatever their lengths, and of lists of
        unequal length. Lists of equal length are the rows of a table. An array or
        Series of objects counts as a list.
    """
    if isinstance(X, (np.ndarray, pd.Series)) and X.dtype == object and X.ndim == 1:
        X = X.tolist()
    if not isinstance(X, (list, tuple)) or not len(X):
        return False
    if any(getattr(steps, "ndim", 0) in (1, 2) for steps in X):
        return True
    sized = [len(steps) for steps in X if hasattr(steps, "__len__")]
    return len(sized) == len(X) and len(set(sized)) > 1


def _is_plain(X: Any) -> bool:
    """Tell whether `check_array` would only look at `X`, which takes a while."""
    return (
        type(X) is np.ndarray
        and X.dtype in PLAIN
        and X.ndim == 3
        and len(X) > 0
        and X.flags.c_contiguous
    )


def _check_steps(i: int, steps: Any, estimator: BaseEstimator) -> NDArray[Any]:
    try:
        return check_array(
            steps,
            dtype="numeric",
            ensure_2d=False,
            ensure_all_finite=False,
            ensure_min_samples=0,
            estimator=estimator,
            input_name="X",
        )
    except (TypeError, ValueError) as error:
        _refuse_columns(i, steps, error)
        raise


def _refuse_columns(i: int, table: Any, error: Exception) -> None:
    """Name the first column of a DataFrame that holds no numbers, if that is it."""
    odd = find_odd_column(table)
    if odd is not None:
        name, held = odd
        raise ValueError(
            f"Column {name!r} of sample {i} of X holds {held} ({error}). Encode it in "
            "all tables alike, such as by a OneHotEncoder that is fitted to "
            "pd.concat(X), or leave it out."
        ) from error


def _join(parts: list[NDArray[Any]], names: list[str] | None) -> Sequences:
    try:
        return Sequences.from_list(parts)
    except ValueError:
        if names is not None:  # which the error can tell
            lengths = np.array([len(part) for part in parts])
            stops = np.cumsum(lengths)
            rows = as_float32(np.concatenate(parts))
            find_absent(rows, stops - lengths, stops, tuple(names))
        raise


def _common_names(tables: Any) -> list[str] | None:
    """Give the columns of a list of DataFrames; None without names, as of arrays."""
    names = [
        list(table.columns) if isinstance(table, pd.DataFrame) else None
        for table in tables
    ]
    for place, others in enumerate(names):
        if others != names[0]:
            raise ValueError(
                "The tables of a list must have the same columns in the same order. "
                f"Number 0 has {names[0]}, number {place} has {others}."
            )
    are_names = names[0] and all(isinstance(name, str) for name in names[0])
    return names[0] if are_names else None


def _check_features(
    one_step: NDArray[Any], estimator: BaseEstimator, reset: bool
) -> None:
    """Let scikit-learn count the features, which it looks for on the second axis."""
    if not one_step.shape[1]:
        raise ValueError(
            f"Found 0 features while a minimum of 1 is required by "
            f"{type(estimator).__name__}."
        )
    fitted = vars(estimator)
    has_names = "feature_names_in_" in fitted  # which an array lacks: it is warned of
    if reset or has_names or one_step.shape[1] != fitted.get("n_features_in_"):
        validate_data(estimator, one_step, reset=reset, skip_check_array=True)


def _check_places(X: Sequences) -> None:
    """Refuse sequences that are not inside their rows: no later step looks again."""
    wrong = (X.starts < 0) | (X.starts > X.stops) | (X.stops > len(X.rows))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(
            f"Sequences need 0 <= start <= stop <= {len(X.rows)}, the number of their "
            f"rows. Got sequence {i} from {X.starts[i]} to {X.stops[i]}."
        )


def _one_row(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.empty((1, rows.shape[1]), dtype=np.float32)


def _check_n_samples(n_samples: int, estimator: BaseEstimator) -> None:
    if not n_samples:
        raise ValueError(
            f"Found 0 sequences while a minimum of 1 is required by "
            f"{type(estimator).__name__}."
        )


def _check_three_axes(dense: NDArray[Any], estimator: BaseEstimator) -> None:
    name = type(estimator).__name__
    if dense.ndim != 3:
        raise ValueError(
            f"{name} expects X of shape (n_samples, n_timesteps, n_features), "
            "(n_samples, n_timesteps) or a list of arrays. Got shape "
            f"{dense.shape}."
        )
    if 0 in dense.shape[1:]:
        raise ValueError(
            f"{name} needs at least one time step and one feature. Got X of shape "
            f"{dense.shape}, that is, (n_samples, n_timesteps, n_features)."
        )


def _split_channels(
    flat: NDArray[Any], n_channels: int, estimator: BaseEstimator
) -> NDArray[Any]:
    if flat.shape[1] % n_channels:
        raise ValueError(
            f"{type(estimator).__name__} reads X as n_timesteps x n_channels columns. "
            f"Its {flat.shape[1]} columns are no multiple of n_channels={n_channels}."
        )
    return flat.reshape(len(flat), -1, n_channels)
