"""StepInput -> tokens become their weights; padding has none and never learns."""

import pytest
import torch

from sklearn_rnn.modules._sequence_model import SequenceModel
from sklearn_rnn.modules._step_input import StepInput

TOKENS = torch.tensor([[[1.0, 2.0], [3.0, 0.0]], [[2.0, 2.0], [0.0, 0.0]]])  # (B, T, F)


def make(**options):
    inputs = StepInput(2, num_embeddings=4, embedding_dim=3, **options)
    inputs.reset_parameters(torch.Generator().manual_seed(0))
    return inputs


def test_numbers_are_read_as_they_are():
    inputs = StepInput(2)
    assert inputs.output_size == 2
    assert inputs.n_parameters == 0
    assert torch.equal(inputs(TOKENS), TOKENS.transpose(0, 1))


def test_each_token_is_replaced_by_its_weights():
    inputs = make()
    E = inputs.embedding.weight
    assert inputs.output_size == 2 * 3
    assert inputs.n_parameters == 3 * 3
    x = inputs(TOKENS)  # (T, B, F * E)
    assert x.shape == (2, 2, 6)
    for b, t in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        first, second = TOKENS[b, t].long()
        assert torch.equal(x[t, b], torch.cat([E[first], E[second]]))


def test_large_tokens_are_exact():
    inputs = StepInput(1, num_embeddings=2**20 + 2, embedding_dim=1)
    inputs.embedding.weight.data[:, 0] = torch.arange(2**20 + 2.0)
    assert inputs(torch.tensor([[[2.0**20 + 1]]])).item() == 2**20 + 1


def test_padding_has_no_weights_and_never_learns():
    inputs = make()
    assert (inputs.embedding.weight[0] == 0).all()
    assert (inputs.embedding.weight[1:] != 0).all()
    inputs(TOKENS).sum().backward()
    gradient = inputs.embedding.weight.grad
    assert (gradient[0] == 0).all()
    assert torch.equal(gradient[1:, 0], torch.tensor([1.0, 3.0, 1.0]))  # how often


def test_new_weights_are_as_wide_as_standardised_features():
    inputs = StepInput(1, num_embeddings=2000, embedding_dim=8)
    inputs.reset_parameters(torch.Generator().manual_seed(0))
    weights = inputs.embedding.weight[1:].detach()
    assert abs(weights.mean()) < 0.03
    assert abs(weights.std() - 1) < 0.03


def test_dropout_takes_a_weight_from_all_steps():
    inputs = make(dropout=0.5)
    tokens = torch.ones(1, 4, 2)
    x = inputs.train()(tokens)
    assert (x == x[0]).all()
    assert 0 < (x[0] == 0).sum() < 6
    assert torch.equal(inputs.eval()(tokens)[0, 0], inputs.look_up(tokens)[0, 0])


@pytest.mark.parametrize("segment_length", [1, 2])
def test_the_model_reads_what_comes_out(segment_length):
    model = SequenceModel(
        "gru",
        2 * segment_length,
        4,
        1,
        num_embeddings=4,
        embedding_dim=3,
        segment_length=segment_length,
    )
    model.reset_parameters(torch.Generator().manual_seed(0))
    x = TOKENS.reshape(2, 2 // segment_length, 2 * segment_length)
    h = model.encoder(model.inputs(x))
    torch.testing.assert_close(model(x), model.head(h[-1]))
    assert model.n_parameters == sum(
        (3 * 3, model.encoder.n_parameters, 5)  # embedding, cells, head
    )
