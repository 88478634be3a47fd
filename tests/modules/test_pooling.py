"""Pooling: a slow loop over the real steps of each sequence gives the same."""

import pytest
import torch

from sklearn_rnn.modules._pooling import POOLINGS

H = 3
LENGTHS = torch.tensor([5, 1, 0, 3])


def states(directions):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(5, 4, H * directions, generator=generator)


def slow_pool(pooling, h, lengths):
    pooled = []
    for i, n in enumerate(lengths):
        real = h[:n, i]
        if not n:
            pooled.append(torch.zeros(h.shape[2]))
        elif pooling == "last":
            pooled.append(torch.cat([real[-1, :H], real[0, H:]]))
        elif pooling == "mean":
            pooled.append(real.mean(0))
        else:
            pooled.append(real.max(0).values)
    return torch.stack(pooled)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("pooling", POOLINGS)
class TestPoolings:
    def test_equals_a_slow_loop(self, pooling, directions):
        h = states(directions)
        found = POOLINGS[pooling](h, LENGTHS, H)
        torch.testing.assert_close(found, slow_pool(pooling, h, LENGTHS))

    def test_full_sequences_need_no_lengths(self, pooling, directions):
        h = states(directions)
        full = torch.full((4,), 5)
        found = POOLINGS[pooling](h, None, H)
        torch.testing.assert_close(found, POOLINGS[pooling](h, full, H))

    @pytest.mark.parametrize("content", [torch.nan, torch.inf, -torch.inf, 1e30])
    def test_padding_is_not_looked_at(self, pooling, directions, content):
        h = states(directions)
        padded = h.clone()
        padded[torch.arange(5)[:, None] >= LENGTHS] = content
        found = POOLINGS[pooling](padded, LENGTHS, H)
        assert torch.equal(found, POOLINGS[pooling](h, LENGTHS, H))
