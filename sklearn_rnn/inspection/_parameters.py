"""Fitted estimator -> table of the weights of its layers."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.estimators._base import BaseRecurrent
from sklearn_rnn.modules._counting import count_weights


def parameter_table(estimator: Any) -> pd.DataFrame:
    """Count the weights of each layer that training can change.

    Parameters
    ----------
    estimator : recurrent estimator or Pipeline
        Fitted; of a pipeline, its last step is.

    Returns
    -------
    DataFrame of shape (n_layers + 1, 4)
        `layer`, `weights`, `biases` and `total`, in the order in which data flow, and a
        row "total", which is `n_parameters_`. What is frozen is not counted: the second
        bias of torch's cells, or the weights of padding.

    Raises
    ------
    TypeError
        If the estimator is no recurrent one, and no pipeline that ends in one.

    See Also
    --------
    find_lr : Looks at how they learn.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNRegressor
    >>> from sklearn_rnn.inspection import parameter_table
    >>> X, y = np.zeros((4, 10, 50)), np.arange(4.0)
    >>> parameter_table(RNNRegressor(128, max_epochs=1).fit(X, y))
                                layer  weights  biases  total
    0  encoder.layers.0.directions.0    22784     128  22912
    1                           head      128       1    129
    2                          total    22912     129  23041
    """
    network = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not isinstance(network, BaseRecurrent):
        raise TypeError(
            "parameter_table expects a recurrent estimator, or a Pipeline that ends in "
            f"one. Got {type(network).__name__}. Pass the best_estimator_ of a search, "
            "or the step of a pipeline that is the network."
        )
    check_is_fitted(network)
    rows = [
        (name, weights, biases, weights + biases)
        for name, weights, biases in count_weights(network.net_.module_)
    ]
    table = pd.DataFrame(rows, columns=["layer", "weights", "biases", "total"])
    total = {"layer": "total", **table.drop(columns="layer").sum()}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)
