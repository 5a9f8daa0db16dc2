import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.batches import LMStreams, PaddedBatches, ShuffledLines, pad, windows

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


lengths = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def sequences(lengths):
    rng = np.random.default_rng(len(lengths))
    return [rng.integers(1, 50, n) for n in lengths]


@given(lengths, st.integers(1, 7), st.booleans(), st.sampled_from([None, 12]))
@settings(max_examples=100)
def test_padded_batches_hold_each_token_once_and_give_it_back_in_order(lengths, size, sort, width):
    x = sequences(lengths)
    data = PaddedBatches(x, [s + 1 for s in x], size, by_length=sort, width=width)
    batches = [data[k] for k in range(len(data))]
    for ids, y, weight in batches:
        assert ids.shape == y.shape == weight.shape and ids.shape[0] <= size
        assert ids.shape[1] == (width or weight.sum(axis=1).max())
        assert (ids[weight == 1] + 1 == y[weight == 1]).all()
        assert (ids[weight == 0] == 0).all() and (y[weight == 0] == 0).all()
    assert sum(weight.sum() for *_, weight in batches) == data.n_tokens == sum(lengths)
    assert sum(ids.size for ids, *_ in batches) == data.n_positions
    for back, sequence in zip(data.in_order([ids for ids, *_ in batches]), x, strict=True):
        assert back.tolist() == sequence.tolist()
    first = data.in_order([ids[:, 0] for ids, *_ in batches], per_step=False)
    assert first == [s[0] for s in x]


@given(lengths, st.integers(1, 7))
@settings(max_examples=50)
def test_no_order_of_batches_of_that_size_pads_less_than_sorting_by_length(lengths, size):
    x = sequences(lengths * size)                    # a last batch that is not full may pay off
    assert (PaddedBatches(x, None, size).n_positions
            <= PaddedBatches(x, None, size, by_length=False).n_positions)


@pytest.mark.parametrize("sort", [True, False])
def test_keras_cannot_take_the_width_of_the_first_two_batches_for_that_of_all(sort):
    data = PaddedBatches(sequences([3, 3, 3, 3, 3, 3, 9, 1]), None, 2, by_length=sort)
    widths = [data[k][0].shape[1] for k in range(len(data))]
    assert widths[0] == min(widths) and widths[1] == max(widths)


def test_several_inputs_and_labels():
    x = sequences([2, 5, 3])
    spellings = [np.tile(s[:, None], (1, 4)) for s in x]             # (T, 4)
    data = PaddedBatches((x, spellings), np.array([7, 8, 9]), 2)
    for k in range(len(data)):
        (ids, letters), y = data[k]
        assert letters.shape == (*ids.shape, 4) and (letters == ids[..., None]).all()
        assert y.shape == (len(ids),)
    assert data.in_order([data[k][1] for k in range(2)], per_step=False) == [7, 8, 9]


@pytest.mark.parametrize("make, message", [
    (lambda: pad([]), "no sequences"),
    (lambda: pad([np.arange(3)], width=2), "has length 3, but width is 2"),
    (lambda: PaddedBatches([], None, 2), "at least 1 of each"),
    (lambda: PaddedBatches(sequences([2]), None, 0), "at least 1 of each"),
    (lambda: PaddedBatches([np.arange(0)], None, 1), "no sequence that is empty"),
    (lambda: PaddedBatches(sequences([2, 3]), sequences([2]), 1), "1 targets for 2 sequences"),
    (lambda: PaddedBatches(sequences([2, 3]), sequences([2, 2]), 1), "differ in length"),
    (lambda: PaddedBatches((sequences([2]), sequences([3])), None, 1), "inputs differ"),
])
def test_what_cannot_be_padded_gets_a_clear_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_shuffled_lines_are_the_same_lines_in_another_order_in_each_epoch():
    stream = np.array([1, 2, 0, 3, 0, 4, 5, 6, 0, 7, 0, 8, 9])        # the last line has no end

    def epochs(seed):
        data, seen = ShuffledLines(stream, batch_size=2, steps=3, eos=0, seed=seed), []
        for _ in range(4):
            batches = [data[k] for k in range(len(data))]
            y = data.in_order(np.concatenate([b[1] for b in batches], axis=1))
            x = data.in_order(np.concatenate([b[0] for b in batches], axis=1))
            assert x[0] == 0 and (x[1:] == y[:-1]).all()
            seen.append(" ".join(map(str, y)))
            data.on_epoch_end()
        return seen

    seen = epochs(seed=1)
    for text in seen:
        assert len(text) == 2 * len(stream) - 1
        assert all(line in text for line in ("1 2 0", "3 0", "4 5 6 0", "7 0", "8 9"))
    assert len(set(seen)) > 1 and seen == epochs(seed=1) != epochs(seed=2)
