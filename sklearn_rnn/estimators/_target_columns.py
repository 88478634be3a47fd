"""target_feature and instance_norm of an estimator -> columns that targets copy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn.sequences._sequences import Sequences
from sklearn_rnn.sequences._target_columns import TargetColumns

CLOSE = 1e-5  # of the range of y, beside what float32 rows can tell apart


def resolve_target_columns(
    target_feature: Any, sequences: Sequences, targets: NDArray[np.float64]
) -> TargetColumns | None:
    """Find the column that each target is an affine copy of.

    Parameters
    ----------
    target_feature : "auto", int, str, list of these or None
        "auto" takes what the windower found, where it holds for `targets`; an int or
        str names a column in the units of y, for all outputs; a list one per output.

    sequences : Sequences of length n_samples
        Inputs.

    targets : ndarray of shape (n_samples, n_outputs)
        Targets in the units of y.

    Returns
    -------
    TargetColumns or None
        None where no column is known.

    Raises
    ------
    ValueError
        If a named column does not exist.
    """
    if target_feature is None:
        return None
    if isinstance(target_feature, str) and target_feature == "auto":
        found = sequences.target_columns
        return found if found and _holds(found, sequences, targets) else None
    n_outputs = targets.shape[1]
    named = target_feature
    if not isinstance(named, (list, tuple)):
        named = [named] * n_outputs
    if len(named) != n_outputs:
        raise ValueError(
            f"target_feature names {len(named)} columns, but y has {n_outputs} outputs."
        )
    columns = np.array([_column(name, sequences) for name in named])
    return _with_known_maps(columns, sequences, targets)


def resolve_columns_of_steps(
    target_feature: Any, sequences: Sequences, targets: NDArray[np.float64]
) -> TargetColumns | None:
    """Find the column that each output is an affine copy of, the same at all steps.

    Parameters
    ----------
    target_feature : "auto", int, str, list of these or None
        As in `resolve_target_columns`.

    sequences : Sequences of length n_samples
        Inputs.

    targets : ndarray of shape (n_samples, n_steps, n_outputs)
        Targets in the units of y.

    Returns
    -------
    TargetColumns or None
        None where no column is known.

    Raises
    ------
    ValueError
        If a named column does not exist.
    """
    n_steps, n_outputs = targets.shape[1:]
    if target_feature != "auto":
        return resolve_target_columns(target_feature, sequences, targets[:, 0])
    flat = targets.reshape(len(targets), -1)  # the windower saw steps as outputs
    found = resolve_target_columns("auto", sequences, flat)
    if found is None:
        return None
    maps = np.stack([found.columns, found.slopes, found.intercepts])
    maps = maps.reshape(3, n_steps, n_outputs)
    same = np.isclose(maps, maps[:, :1], rtol=CLOSE).all(axis=(0, 1))
    columns = np.where(same, maps[0, 0], -1).astype(np.intp)
    if (columns < 0).all():
        return None
    return TargetColumns(columns, maps[1, 0], maps[2, 0])


def describe_target_columns(found: TargetColumns | None, sequences: Sequences) -> Any:
    """Name the columns for the user.

    Parameters
    ----------
    found : TargetColumns or None
        What `resolve_target_columns` returned.

    sequences : Sequences
        Inputs, whose columns may have names.

    Returns
    -------
    str, int, list of these or None
        One name or index, or a list of them where there are several outputs; None for
        an output that no column copies.
    """
    if found is None:
        return None
    names = sequences.feature_names or range(sequences.rows.shape[1])
    described = [names[j] if j >= 0 else None for j in found.columns]
    return described[0] if len(described) == 1 else described


def _column(name: Any, sequences: Sequences) -> int:
    if name is None:
        return -1
    n_features = sequences.rows.shape[1]
    names = sequences.feature_names or ()
    if isinstance(name, str) and name in names:
        return names.index(name)
    if isinstance(name, (int, np.integer)) and -n_features <= name < n_features:
        return int(name) % n_features
    raise ValueError(
        f"target_feature={name!r} is none of the {n_features} features"
        + (f" {list(names)}." if names else "; name it by its index.")
    )


def _with_known_maps(
    columns: NDArray[np.intp], sequences: Sequences, targets: NDArray[np.float64]
) -> TargetColumns:
    """Take slope and intercept from the windower where its map of the column holds."""
    known = sequences.target_columns
    slopes, intercepts = np.ones(len(columns)), np.zeros(len(columns))
    if known is not None:
        same = (columns[:, None] == known.columns) & (known.columns >= 0)
        for k, i in np.argwhere(same):
            if _copies(known, i, sequences, targets[:, k]):
                slopes[k], intercepts[k] = known.slopes[i], known.intercepts[i]
    return TargetColumns(columns, slopes, intercepts)


def _holds(
    found: TargetColumns, sequences: Sequences, targets: NDArray[np.float64]
) -> bool:
    return len(found.columns) == targets.shape[1] and all(
        _copies(found, k, sequences, targets[:, k])
        for k in np.flatnonzero(found.columns >= 0)
    )


def _copies(
    found: TargetColumns, k: np.intp, sequences: Sequences, y: NDArray[np.float64]
) -> bool:
    """Check a map on the targets at hand: a step in between may have changed y."""
    if sequences.own_rows is None:
        return True
    lead = 0 if found.leads is None else found.leads[k]
    rows = sequences.own_rows + lead
    known = (sequences.own_rows >= 0) & (rows < len(sequences.rows)) & ~np.isnan(y)
    if not known.any():
        return True
    column, y = sequences.rows[rows[known], found.columns[k]], y[known]
    copied = found.slopes[k] * column.astype(np.float64) + found.intercepts[k]
    rounding = 4 * np.finfo(np.float32).eps * np.abs(copied).max()
    error = np.abs(y - copied)
    # Later rows may lie in another series, or behind one that was left out: a few.
    largest = np.median(error) if lead else error.max()
    return bool(largest <= CLOSE * np.ptp(y) + rounding)
