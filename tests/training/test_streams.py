"""Lanes: each sample once, one state from segment to segment, no gradient beyond."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sklearn_rnn import SequenceWindower
from sklearn_rnn.training import _streams
from sklearn_rnn.training._build import build_module
from sklearn_rnn.training._scaling import SequenceScaler
from sklearn_rnn.training._streams import StreamIterator, StreamTensors

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_rnn.exceptions.ShortHistoryWarning"
)


def make_tensors(lengths, horizon=1, weights=None):
    """Make series of normal rows; the target of a sample is its number."""
    n_rows = sum(lengths)
    rng = np.random.default_rng(n_rows)
    table = pd.DataFrame(rng.normal(size=(n_rows, 2)), columns=["a", "b"])
    table["group"] = np.repeat(np.arange(len(lengths)), lengths)
    table = table.iloc[np.sort(rng.permutation(n_rows))]
    windower = SequenceWindower(4, horizon=horizon, group_by="group")
    windows, targets = windower.fit_transform(table), np.arange(float(n_rows))[:, None]
    scaler = SequenceScaler(False, None, None, stream=True)
    scaler.fit(windows, targets, np.ones(n_rows))
    return StreamTensors(windows, scaler, targets, weights, "cpu")


def usable(tensors):
    return np.flatnonzero(tensors.stops > tensors.series.begins)


def make_lanes(lengths, n_lanes=3, n_steps=4, warm_up=5, horizon=1, seed=None):
    tensors = make_tensors(lengths, horizon)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    index = usable(tensors)
    return StreamIterator(tensors, index, n_lanes, n_steps, warm_up, generator)


def make_module(**changes):
    parameters = {"cell": "lstm", "input_size": 2, "hidden_size": 3, "output_size": 1}
    return build_module(0, **parameters | changes).eval()


def samples(epoch):
    return [y[:, 0].int().tolist() for _, y in epoch]


lengths_of_series = st.lists(st.integers(1, 60), min_size=1, max_size=5)
shapes = st.fixed_dictionaries(
    {
        "n_lanes": st.integers(1, 6),
        "n_steps": st.integers(1, 7),
        "warm_up": st.integers(1, 9),
        "horizon": st.sampled_from([0, 1, 3]),
        "seed": st.none() | st.integers(0, 9),
    }
)


@given(lengths_of_series, shapes)
@settings(max_examples=60)
def test_each_sample_comes_once_per_epoch(lengths, shape):
    assume(max(lengths) > shape["horizon"])
    lanes = make_lanes(lengths, **shape)
    for _ in range(2):
        epoch = list(lanes)
        found = sorted(chain(*samples(epoch)))
        assert found == usable(lanes.tensors).tolist()
        assert len(lanes) == len(epoch)
        assert all(batch.x.shape[0] == shape["n_steps"] for batch, _ in epoch)
        assert all(batch.x.shape[1] <= shape["n_lanes"] for batch, _ in epoch)
        assert [len(batch) for batch, _ in epoch] == [len(y) for _, y in epoch]


@given(lengths_of_series, shapes, st.data())
@settings(max_examples=60)
def test_holes_between_samples_are_read_and_not_learnt(lengths, shape, data):
    assume(max(lengths) > shape["horizon"])
    lanes = make_lanes(lengths, **shape)
    chosen = data.draw(st.sets(st.sampled_from(lanes.samples.tolist()), min_size=1))
    some = StreamIterator(
        lanes.tensors,
        np.array(sorted(chosen)),
        shape["n_lanes"],
        shape["n_steps"],
        shape["warm_up"],
    )
    epoch = list(some)
    assert sorted(chain(*samples(epoch))) == sorted(chosen)
    assert len(epoch) <= len(some)
    module = make_module()
    for (batch, _), numbers in zip(epoch, samples(epoch), strict=True):
        outputs = batch.outputs_of(module).detach()[:, 0]
        expected = [slow_output(module, some, number) for number in numbers]
        np.testing.assert_allclose(outputs, expected, atol=1e-5)


@torch.no_grad()
def slow_output(module, lanes, number):
    """Read from the begin of a sample's lane, or before it, in one long forward."""
    stop = int(lanes.tensors.stops[number])
    lane = np.searchsorted(lanes.begins, stop - 1, side="right") - 1
    first = int(lanes.tensors.series.begins[number])
    begin = int(lanes.begins[lane])
    if begin > first:
        assert begin - lanes.warm_up >= first
        begin -= lanes.warm_up
    h, _ = module.encoder.advance(lanes.tensors.rows[begin:stop, None])
    return float(module.read_out(h[-1])[0, 0])


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
@given(lengths_of_series, shapes)
@settings(max_examples=25)
def test_segments_go_on_where_the_one_before_ended(cell, lengths, shape):
    assume(max(lengths) > shape["horizon"])
    lanes, module = make_lanes(lengths, **shape), make_module(cell=cell, num_layers=2)
    for batch, y in lanes:
        outputs = batch.outputs_of(module).detach()[:, 0]
        again = batch.outputs_of(module).detach()[:, 0]  # as some optimizers ask for
        expected = [slow_output(module, lanes, int(number)) for number in y[:, 0]]
        np.testing.assert_allclose(outputs, expected, atol=1e-5)
        np.testing.assert_allclose(again, expected, atol=1e-5)


def test_lanes_are_of_one_length_and_warmed_up_but_for_the_first_of_a_series():
    lanes = make_lanes([400, 90], n_lanes=4, n_steps=5, warm_up=7)
    assert lanes.begins.tolist() == [0, 125, 250, 375, 400]
    assert lanes.ends.tolist() == [125, 250, 375, 399, 489]
    assert lanes.is_warm.tolist() == [False, True, True, True, False]
    # segments: 25, 25, 25 and 18 side by side, then 5
    assert len(lanes) == 25 + 5 == len(list(lanes))


def test_no_lane_is_so_short_that_an_epoch_makes_few_updates():
    lanes = make_lanes([100], n_lanes=32, n_steps=5)
    assert np.diff(lanes.begins).tolist() == [5 * _streams.SHORTEST_LANE] * 2


def test_the_gradient_reaches_back_to_the_begin_of_the_segment():
    lanes = make_lanes([90, 30], n_lanes=2, n_steps=6, warm_up=9)
    lanes.tensors.rows.requires_grad_(True)
    module, reached = make_module().train(), []
    for batch, y in lanes:
        for place, number in enumerate(y[:, 0].int().tolist()):
            lanes.tensors.rows.grad = None
            batch.outputs_of(module)[place].sum().backward(retain_graph=True)
            stop = int(lanes.tensors.stops[number])
            rows = lanes.tensors.rows.grad.abs().sum(dim=1).nonzero()[:, 0].tolist()
            lane = np.searchsorted(lanes.begins, stop - 1, side="right") - 1
            begin = stop - 1 - (stop - 1 - lanes.begins[lane]) % 6
            assert rows == list(range(begin, stop))
            reached.append(len(rows))
    assert set(reached) == {1, 2, 3, 4, 5, 6}


def test_the_state_is_reset_at_each_epoch():
    lanes, module = make_lanes([300], n_lanes=2), make_module()
    first, second = (
        [batch.outputs_of(module).detach() for batch, _ in lanes] for _ in range(2)
    )
    assert all(map(torch.equal, first, second))


def test_a_seed_decides_the_order_and_each_epoch_has_its_own():
    lengths = [60, 90, 120, 150, 180, 30, 20]
    one, other = (make_lanes(lengths, n_lanes=2, n_steps=3, seed=4) for _ in range(2))
    first, again = samples(one), samples(one)
    assert first != again
    assert [samples(other), samples(other)] == [first, again]
    kept = make_lanes(lengths, n_lanes=2, n_steps=3)
    assert samples(kept) == samples(kept)


def test_weights_are_carried():
    weights = np.arange(1.0, 41.0)
    tensors = make_tensors([25, 15], weights=weights)
    lanes = StreamIterator(tensors, usable(tensors), 3, 4, 5)
    for batch, y in lanes:
        np.testing.assert_allclose(batch.weight, y[:, 0] + 1)
    assert next(iter(make_lanes([25])))[0].weight is None
