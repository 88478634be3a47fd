"""Attributes of fitted estimators -> their texts, for `complete_docstring`."""

ATTRIBUTES = """
n_features_in_ : int
    Number of features of a time step; of columns, for an X of two axes.

feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
    Names of the columns, for a DataFrame.

n_outputs_ : int
    Number of targets.

n_timesteps_ : int
    Length of the longest training sequence.

num_embeddings_ : int or None
    Number of tokens that the embedding knows, padding included, if there is one.

n_parameters_ : int
    Number of weights that training can change.

net_ : SequenceNet
    The trained skorch net; `net_.module_` is the torch module.

scaler_ : SequenceScaler
    Means and scales learnt from the training data.

history_ : DataFrame of shape (`n_epochs_`, n_columns)
    One row per epoch: epoch, lr, train_loss, train_batch_count, the same of the
    validation data with early stopping, dur (seconds). Losses are in the scale of
    the network, lr is that of the first update of the epoch.

loss_curve_ : ndarray of shape (`n_epochs_`,)
    Mean training loss of each epoch.

validation_loss_curve_ : ndarray of shape (`n_epochs_`,) or None
    Validation loss after each epoch, with early stopping.

n_epochs_ : int
    Number of epochs finished, those after the epoch whose weights are kept included.

best_epoch_ : int
    Epoch with the smallest validation loss, from 1; without any, the last one, or
    after an interrupt that with the smallest training loss. Its weights are kept,
    unless `restore_best` is False or the training diverged: then those of the last.

gradient_norms_ : DataFrame of shape (n_updates, 4) or None
    epoch, update, norm_before and norm_after clipping, if `record_gradients`.
"""

REGRESSOR_ATTRIBUTES = """
target_feature_ : str, int, list of these or None
    The column that y copies, as far as it is known and used.

quantiles_ : tuple of float or None
    Levels that :meth:`predict_quantiles` gives; None without criterion="quantile".
"""

CLASSIFIER_ATTRIBUTES = """
classes_ : ndarray of shape (n_classes,)
    Labels, ascending; 0 and 1 for a y of three axes, with several labels per step.

n_outputs_ : int
    Number of outputs of the network: one for each class, or label.
"""
