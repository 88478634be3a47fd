"""Parameters -> what they say, in numbers; test_every_parameter.py has them all."""

import numpy as np
import pytest
import torch

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 7, 2)) * [1.0, 50.0] + [0.0, 200.0]
Y = 1000.0 * X[:, -1, 0] + 5000.0


@pytest.fixture(params=[RNNRegressor, LSTMRegressor, GRURegressor])
def cls(request):
    return request.param


def fitted(cls=LSTMRegressor, **parameters):
    settings = {"hidden_size": 4, "max_epochs": 3, "random_state": 0}
    return cls(**settings | parameters).fit(X, Y)


@pytest.mark.parametrize(
    ("cls", "own"),
    [(RNNRegressor, {"nonlinearity": "tanh"}), (LSTMRegressor, {"forget_bias": 1.0})],
)
def test_a_constructor_of_its_own_has_all_that_is_shared(cls, own):
    assert cls().get_params() == GRURegressor().get_params() | own


def first_weights(cls, **parameters):
    regressor = fitted(cls, max_epochs=1, lr=1e-12, **parameters)
    direction = regressor.net_.module_.encoder.layers[0].directions[0]
    return [weights.detach() for weights in direction.rnn.all_weights[0]]


@pytest.mark.parametrize("forget_bias", [0.0, 2.5])
def test_forget_bias(forget_bias):
    _, _, bias, _ = first_weights(LSTMRegressor, forget_bias=forget_bias)
    i, f, g, o = bias.split(4)
    torch.testing.assert_close(f, torch.full((4,), forget_bias))
    torch.testing.assert_close(torch.cat([i, g, o]), torch.zeros(12))


def test_irnn_begins_by_keeping_its_state():
    """Le et al. 2015: relu, the identity on the state, zero bias."""
    weights = first_weights(
        RNNRegressor, nonlinearity="relu", recurrent_init="identity"
    )
    _, weight_hh, bias, second_bias = weights
    torch.testing.assert_close(weight_hh, torch.eye(4))
    torch.testing.assert_close(bias, torch.zeros(4))
    torch.testing.assert_close(second_bias, torch.zeros(4))
    state = torch.tensor([[0.0, 0.5, 2.0, 7.0]])
    nothing = torch.zeros(1, 2)
    for _ in range(5):
        state = torch.rnn_relu_cell(nothing, state, *weights)
    torch.testing.assert_close(state, torch.tensor([[0.0, 0.5, 2.0, 7.0]]))


@pytest.mark.parametrize("input_init", ["xavier_uniform", "uniform"])
def test_input_init_reaches_the_network(cls, input_init):
    weight_ih, *_ = first_weights(cls, input_init=input_init, hidden_size=50)
    bound = (6 / (2 + 50)) ** 0.5 if input_init == "xavier_uniform" else 50**-0.5
    assert weight_ih.abs().max().item() == pytest.approx(bound, rel=0.05)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("rmsprop", torch.optim.RMSprop),
        ("sgd", torch.optim.SGD),
        (torch.optim.Adamax, torch.optim.Adamax),
    ],
)
def test_optimizer_by_name_or_class(name, owner):
    optimizer = fitted(optimizer=name, lr=0.03, weight_decay=0.01).net_.optimizer_
    assert type(optimizer) is owner
    (group,) = optimizer.param_groups
    assert group["lr"] == 0.03
    assert group["weight_decay"] == 0.01


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("squared_error", torch.nn.MSELoss),
        ("absolute_error", torch.nn.L1Loss),
        ("huber", torch.nn.HuberLoss),
        (torch.nn.SmoothL1Loss, torch.nn.SmoothL1Loss),
    ],
)
def test_criterion_by_name_or_class(name, owner):
    regressor = fitted(criterion=name, max_epochs=1, lr=1e-12)
    scaled = torch.tensor((Y - Y.mean()) / Y.std())
    output = torch.tensor((regressor.predict(X) - Y.mean()) / Y.std())
    expected = owner()(output, scaled).item()
    assert regressor.loss_curve_[0] == pytest.approx(expected, rel=1e-4)


def test_absolute_error_finds_the_median():
    same, y = np.ones((50, 3, 1)), np.r_[np.zeros(30), np.full(20, 10.0)]
    settings = {"max_epochs": 60, "lr": 0.05, "random_state": 0}
    median = GRURegressor(4, criterion="absolute_error", **settings).fit(same, y)
    mean = GRURegressor(4, **settings).fit(same, y)
    assert median.predict(same[:1])[0] == pytest.approx(0.0, abs=0.7)
    assert mean.predict(same[:1])[0] == pytest.approx(4.0, abs=0.7)


def moved(cls, **parameters):
    """Measure how far one step of gradient descent moves the weights."""
    step = {"optimizer": "sgd", "lr": 1.0, "batch_size": 60, "random_state": 0}
    far = cls(4, max_epochs=1, **step | parameters).fit(X, Y)
    near = cls(4, max_epochs=1, **step | parameters | {"lr": 1e-12}).fit(X, Y)
    pairs = zip(
        far.net_.module_.parameters(), near.net_.module_.parameters(), strict=True
    )
    return torch.cat([(a - b).detach().flatten() for a, b in pairs])


def test_clip_grad_norm_bounds_the_whole_step(cls):
    free = moved(cls, clip_grad_norm=None)
    clipped = moved(cls, clip_grad_norm=0.01)
    assert free.norm() > 0.02
    assert clipped.norm().item() == pytest.approx(0.01, rel=1e-3)
    torch.testing.assert_close(
        clipped / clipped.norm(), free / free.norm(), atol=1e-4, rtol=0
    )


def test_clip_grad_value_bounds_each_weight(cls):
    clipped = moved(cls, clip_grad_norm=None, clip_grad_value=0.01)
    assert clipped.abs().max().item() == pytest.approx(0.01, rel=1e-3)


def test_weight_decay_shrinks_the_weights(cls):
    def norm(weight_decay):
        regressor = fitted(cls, weight_decay=weight_decay, max_epochs=20, lr=0.05)
        weights = regressor.net_.module_.parameters()
        return torch.cat([w.detach().flatten() for w in weights]).norm()

    assert norm(1.0) < 0.7 * norm(0.0)


def test_l1_shrinks_weights_and_makes_some_of_them_small(cls):
    def sizes(l1):
        regressor = fitted(cls, l1=l1, max_epochs=60, lr=0.01)
        matrices = (w for w in regressor.net_.module_.parameters() if w.ndim > 1)
        return torch.cat([w.detach().flatten().abs() for w in matrices])

    free, penalised = sizes(0.0), sizes(0.1)
    assert penalised.sum() < 0.5 * free.sum()
    assert (penalised < 0.01).sum() > 5 * (free < 0.01).sum()


def test_dropout_acts_with_one_layer_and_not_in_predict(cls):
    dropping = {"dropout": 0.5, "input_dropout": 0.5, "recurrent_dropout": 0.5}
    regressor = fitted(cls, **dropping)
    np.testing.assert_array_equal(regressor.predict(X), regressor.predict(X))
    module = regressor.net_.module_
    assert module.dropout.p == 0.5
    assert module.inputs.dropout.p == 0.5
    assert module.encoder.layers[0].directions[0].weight_drop.p == 0.5


def test_zoneout_trains_by_chance_and_predicts_by_the_mean(cls):
    regressor = fitted(cls, zoneout=0.3, max_epochs=1, lr=1e-12)
    np.testing.assert_array_equal(regressor.predict(X), regressor.predict(X))
    plain = fitted(cls, max_epochs=1, lr=1e-12)
    assert regressor.loss_curve_ != plain.loss_curve_
    for one, other in zip(
        regressor.net_.module_.parameters(),
        plain.net_.module_.parameters(),
        strict=True,
    ):
        torch.testing.assert_close(one, other)
    assert (regressor.predict(X) != plain.predict(X)).all()


@pytest.mark.parametrize("bidirectional", [False, True])
def test_layer_norm_has_weights_of_its_own(cls, bidirectional):
    settings = {"num_layers": 2, "bidirectional": bidirectional}
    plain, normed = (fitted(cls, layer_norm=n, **settings) for n in (False, True))
    n_states = 4 * (1 + bidirectional)
    assert normed.n_parameters_ == plain.n_parameters_ + 2 * 2 * n_states
    for norm in normed.net_.module_.encoder.norms:
        assert (norm.weight != 1).all()  # they learn
        assert (norm.bias != 0).all()


def test_batch_size_is_the_number_of_samples_of_an_update():
    assert list(fitted(batch_size=16).history_["train_batch_count"]) == [4, 4, 4]
    assert list(fitted(batch_size=60).history_["train_batch_count"]) == [1, 1, 1]


def test_max_epochs_is_the_number_of_epochs():
    assert fitted(max_epochs=5).n_epochs_ == 5


def test_standardize_makes_units_irrelevant(cls):
    plain = fitted(cls).predict(X)
    settings = {"hidden_size": 4, "max_epochs": 3, "random_state": 0}
    other = cls(**settings).fit(X * 100 - 7, Y / 1000).predict(X * 100 - 7)
    np.testing.assert_allclose(other * 1000, plain, rtol=1e-2)
    raw = fitted(cls, standardize=False)
    np.testing.assert_array_equal(raw.scaler_.scale_, 1.0)
    assert abs(raw.predict(X)).max() < 100  # in three epochs it cannot reach 5,000


def test_device_is_where_the_network_lies():
    assert next(fitted(device="cpu").net_.module_.parameters()).device.type == "cpu"
    with pytest.raises((RuntimeError, NotImplementedError)):
        fitted(device="meta")  # it computes nothing there, so training must fail
