"""Parameters of the estimators -> their texts, for `complete_docstring`."""

PARAMETERS = """
hidden_size : int or tuple of int, default=32
    Length of the hidden state, of all layers or of each. More of it remembers more;
    weights and time grow with its square.

num_layers : int, default=1
    Number of recurrent layers, each reading the states of the one below. A tuple as
    `hidden_size` tells it too.

bidirectional : bool, default=False
    Whether each layer also reads from the last step to the first. Both ends of a
    sequence are past rows, so this leaks nothing.

residual : bool, default=False
    Whether each layer but the first adds what it shows to what it reads, so that a
    gradient finds a way around it (He 2016). Needs layers of one size.

dropout : float, default=0.0
    Probability of a state to be dropped in training after every layer, the last
    included, so that it acts with one layer too.

recurrent_dropout : float, default=0.0
    Probability of a recurrent weight to be zero in one forward pass of training
    (weight drop, Merity 2017).

input_dropout : float, default=0.0
    Probability of a feature to be dropped from a sequence in training, from all its
    steps at once and before the first layer (variational dropout, Gal 2016).

zoneout : float, default=0.0
    Probability of a unit to keep its state of the step before in training; in
    prediction it moves as on average (Krueger 2017). An LSTM draws for its hidden
    and its cell state. Several times slower, since steps are taken one by one.

layer_norm : bool, default=False
    Whether the states of every layer, the last included, are normalised to mean
    zero and variance one over their units, then scaled and shifted by weights of
    their own (Ba 2016). The recurrence itself reads them as they are.

pooling : {"last", "mean", "max", "attention"}, default="last"
    How the states over time become one vector: the final state, the mean or largest
    value over the steps, or a mean with learnt weights (additive attention, Bahdanau
    2015), which :meth:`attention_weights` shows.

num_embeddings : int or None, default=None
    Number of tokens that the embedding knows, the padding 0 included. None learns
    from the data of `fit` how many there are.

embedding_dim : int or None, default=None
    Number of weights that each token has: X then holds tokens, whole numbers from 1,
    and 0 is padding, an absent step. None reads numbers as they are.

module : type, functools.partial or None, default=None
    Class of a `torch.nn.Module` to train in place of the layers described here, or a
    partial of it with arguments of its own; see :doc:`/guide/custom_modules`.

recurrent_init : {"orthogonal", "identity", "uniform"}, default="orthogonal"
    What the recurrent weights of each gate begin with: a rotation (Saxe 2014), the
    identity, or uniform numbers up to one over the square root of `hidden_size`.

input_init : str, default="xavier_uniform"
    What the input weights of each gate begin with: "xavier_uniform" (Glorot 2010),
    "kaiming_normal" (He 2015) or "uniform", the same as for recurrent weights.

standardize : bool, default=True
    Whether features and target are scaled to mean zero and variance one inside, by
    training statistics. Predictions come back in the units of y.

instance_norm : {"auto", "last", "standard"} or None, default="auto"
    How the column that y copies is read, if there is one. "last" reads it relative
    to its last value in each sequence, and the network predicts the change from it;
    "standard" also divides by the standard deviation of the sequence (RevIN, Kim
    2022). "auto" is "last" where the column is known and nothing elsewhere.

target_feature : "auto", int, str, list of these or None, default="auto"
    The column that y copies. "auto" takes what :class:`SequenceWindower` found in
    the rows; a name or index says it for other input, where y has the units of that
    column; a list names one per output. The next values of a column, as outputs of
    a forecast of several steps, are copies too.

n_channels : int or None, default=None
    Number of features in an X of two axes, read as n_timesteps x n_channels columns
    with the oldest step first. None means one.

segment_length : int, default=1
    Steps that become one recurrent step, side by side as its features (SegRNN, Lin
    2023). It shortens the way through a long sequence, and time, by that factor.
    Where it does not divide a length, the oldest step is repeated in front.

criterion : str or type, default="squared_error"
    Loss: "squared_error", "absolute_error", "huber", "quantile" (pinball loss),
    "poisson" (for counts, y >= 0; predictions are positive), or a loss class of
    torch that takes `reduction`.

quantiles : array-like of float or None, default=None
    Levels to predict with criterion="quantile", ascending and with 0.5 among them,
    which :meth:`predict` returns. None means (0.1, 0.5, 0.9).

optimizer : {"adam", "adamw", "rmsprop", "sgd"} or type, default="adam"
    Update rule, or an optimizer class of torch.

lr : float, default=0.002
    Step size of the optimizer.

lr_schedule : str or None, default=None
    How the step size changes. "plateau" halves it when the loss stays for half of
    `patience`, "step" takes a tenth after each third of `max_epochs`, "exponential"
    falls to 1 %, "cosine" to 0; "warmup_cosine" and "one_cycle" rise to `lr` first.

lr_schedule_params : dict or None, default=None
    Arguments of the scheduler of torch, such as `{"step_size": 20}` for "step".

max_epochs : int, default=100
    Number of passes over the training data, at most.

batch_size : int, default=32
    Number of sequences in one update.

bptt_steps : int or None, default=None
    Number of time steps that the gradient goes back from the end of each sequence;
    earlier steps are only read, and take no memory (truncated back-propagation
    through time, Williams and Peng 1990). None means all. Where y has a target for
    each step, so many steps are an update of their own, and the next go on from
    their state.

stateful : bool, default=False
    Whether the state runs on through the rows of each group, rather than beginning
    anew in every window of a :class:`SequenceWindower`. A prediction then rests on
    all rows of its group up to the end of its window, and on none behind it; an
    epoch and `predict` read each row once. In training the rows are cut into at
    most `batch_size` lanes side by side; each begins with the state after as many
    rows before it as a window has, and is updated every `bptt_steps` rows (None: a
    window). Independent samples have no rows before them, and nothing changes.

weight_decay : float, default=0.0
    L2 penalty of the optimizer.

l1 : float, default=0.0
    L1 penalty on all weights but biases and those of `layer_norm`. It pulls each
    towards zero by the same slope, and is not part of the recorded losses.

clip_grad_norm : float or None, default=1.0
    Largest norm of the whole gradient of an update; it is scaled down to that.

clip_grad_value : float or None, default=None
    Largest absolute value in the gradient; larger ones are cut.

record_gradients : bool, default=False
    Whether `gradient_norms_` tells the norm of the gradient of each update.

early_stopping : bool, default=False
    Whether to hold out validation data and end the training when their loss no
    longer falls. In a table, training samples whose target a validation window
    reads are left out, except in groups that would lose more than half of theirs.
    Targets of later rows are known to be that only where the windower saw `y` and
    found a column that they copy; others count as targets of their own row.
    :meth:`partial_fit` holds nothing out.

validation_fraction : float, default=0.1
    Share of the samples to hold out: the last rows of each group for windows of a
    table, random samples otherwise. If targets look ahead and copy no column, the
    last training targets may lie in rows that the validation reads. Where the last
    rows are unlike the others, as in series that run to failure, a fixed
    `max_epochs` may serve better.

patience : int, default=10
    Number of epochs without a smaller validation loss before training ends.

restore_best : bool, default=True
    Whether early stopping keeps the weights of the best epoch, or of the last.

warm_start : bool, default=False
    Whether `fit` goes on from the weights and scales of the previous `fit`. What
    says how to train may change in between, what the network is made of may not:
    :doc:`/guide/long_trainings` lists both.

checkpoint_path : str, PathLike or None, default=None
    File that saves the training after its epochs. A later `fit` with the same
    parameters and data goes on from it and ends with the same bits; `max_epochs`
    may grow. A folder that exists holds a file for each training of a search. Needs
    an int as `random_state`. See :doc:`/guide/long_trainings`.

checkpoint_every : int, default=1
    Number of epochs between two saves.

callbacks : list of skorch callbacks or None, default=None
    Copied and called by the training loop; the copies, with what they found, are in
    `net_.callbacks_`. For progress bars and score monitors of scikit-learn use
    :meth:`set_callbacks`.

random_state : int, RandomState, Generator or None, default=None
    Decides weights, order of batches, dropout and validation split. An int gives
    the same fit each time, and no process-wide generator is touched.

device : str, default="cpu"
    Where to train and predict, in the words of torch: "cpu", "cuda", "cuda:1".

n_threads : int or "auto", default="auto"
    Threads of torch during `fit`. "auto" takes one where the work of a step is
    small, since a second would slow it down. `predict` shares out large steps in
    the same way; small ones it leaves to one thread of torch, and gives many
    sequences to as many threads of Python, with the same bits.

verbose : int, default=0
    Whether to print a line per epoch.
"""

SEQ2SEQ_PARAMETERS = """
cell : {"lstm", "gru", "rnn_tanh", "rnn_relu"}, default="lstm"
    Equations of a step, in the encoder and in the decoder: those of
    :class:`LSTMRegressor`, :class:`GRURegressor` or :class:`RNNRegressor`.

num_layers : int, default=1
    Number of recurrent layers of the encoder, and of the decoder. A tuple as
    `hidden_size` tells it too.

bidirectional : bool, default=False
    Whether the encoder also reads from the last step to the first. A linear layer then
    brings its final states to the size of those of the decoder, which has one
    direction.

attention : bool, default=False
    Whether each step of the decoder also reads the states of the encoder, averaged by
    learnt weights (multiplicative attention, Luong 2015), which
    :meth:`attention_weights` shows. Without it all that the decoder knows of a sequence
    is in the final state.

teacher_forcing_ratio : float or tuple of float, default=(1.0, 0.0)
    Probability that a step of the decoder reads the true output of the step before in
    training, and not its own (scheduled sampling, Bengio 2015). A tuple gives that of
    the first and of the last epoch, with even steps between. With one, training is
    fastest, but never meets the errors that the decoder will make by itself.
"""

CLASSIFIER_PARAMETERS = """
standardize : bool, default=True
    Whether features are scaled to mean zero and variance one inside, by training
    statistics.

class_weight : dict, "balanced" or None, default=None
    Weight of each class in the loss, as `{label: weight}`; "balanced" gives all
    classes the same weight in sum. Only their ratios count. `partial_fit`, which sees
    a part of the data, takes no "balanced".

validation_fraction : float, default=0.1
    Share of the samples to hold out: the last rows of each group for windows of a
    table; otherwise random samples, in proportion to their classes.
"""
