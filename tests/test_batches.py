import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.batches import LMStreams, windows

streams = st.lists(st.integers(0, 9), min_size=1, max_size=60).map(lambda x: np.array(x, "int32"))


@given(streams, st.integers(1, 7), st.integers(1, 9))
@settings(max_examples=100)
def test_every_token_is_a_target_exactly_once(stream, batch_size, steps):
    data = LMStreams(stream, batch_size, steps, first=0)
    y = np.concatenate([data[k][1] for k in range(len(data))], axis=1)
    weight = np.concatenate([data[k][2] for k in range(len(data))], axis=1)
    assert weight.sum() == len(stream)
    assert (data.in_order(y) == stream).all()


@given(streams, st.integers(1, 7), st.integers(1, 9))
@settings(max_examples=100)
def test_each_row_goes_on_where_it_stopped(stream, batch_size, steps):
    data = LMStreams(stream, batch_size, steps, first=7)
    x, y, weight = (np.concatenate([data[k][i] for k in range(len(data))], axis=1)
                    for i in range(3))
    both = (weight[:, 1:] > 0)
    assert (x[:, 1:][both] == y[:, :-1][both]).all()       # the input is the last target
    assert x[0, 0] == 7


def test_the_arrays_are_the_batches_in_order():
    data = LMStreams(np.arange(23), batch_size=3, steps=2, first=0)
    for i, array in enumerate(data.arrays()):
        assert array.shape == (len(data) * 3, 2)
        for k in range(len(data)):
            assert (array[3 * k:3 * k + 3] == data[k][i]).all()


@given(streams, st.integers(1, 6))
@settings(max_examples=100)
def test_windows_hold_the_tokens_before_each_target(stream, n):
    x, y = windows(stream, n, pad=9)
    assert x.shape == (len(stream), n) and (y == stream).all()
    for t in range(len(stream)):
        before = list(stream[max(t - n, 0):t])
        assert list(x[t]) == [9] * (n - len(before)) + before


def test_bad_input_gets_a_clear_error():
    with pytest.raises(ValueError, match="at least 1 token"):
        windows(np.arange(3), 0, pad=0)
    with pytest.raises(ValueError, match="not empty"):
        LMStreams(np.array([], "int32"), 2, 2, first=0)
    with pytest.raises(ValueError, match="at least 1"):
        LMStreams(np.arange(3), 0, 2, first=0)
    with pytest.raises(ValueError, match="expected"):
        LMStreams(np.arange(3), 1, 2, first=0).in_order(np.zeros((2, 2)))
