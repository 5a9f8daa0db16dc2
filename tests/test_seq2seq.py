import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.batches import PairBatches, pad
from utils.layers import LSTM
from utils.losses import FusedOutput
from utils.seq2seq import encoder_decoder, with_decoder
from utils.training import train_seq2seq
from utils.translation import attention_weights, translate

KINDS = {"plain": {}, "two layers": dict(n_layers=2), "two ways": dict(two_ways=True),
         "luong": dict(attention="luong", two_ways=True, n_layers=2),
         "bahdanau": dict(attention="bahdanau")}
rng = np.random.default_rng(0)


def pairs(n, longest=7, vocab=9):
    def some():
        return [rng.integers(1, vocab, rng.integers(1, longest + 1)).astype("int32")
                for _ in range(n)]
    return some(), some()


@pytest.fixture(scope="module", params=KINDS)
def network(request):
    keras.utils.set_random_seed(3)
    return encoder_decoder(9, 11, embedding=6, units=8, **KINDS[request.param])


def test_padding_of_source_and_target_changes_nothing(network):
    source, before = pad(pairs(4)[0]), pad(pairs(4)[1])
    logits = network.model([source, before])
    wider = network.model([np.pad(source, ((0, 0), (0, 5))), np.pad(before, ((0, 0), (0, 3)))])
    assert logits.shape == (*before.shape, 11)
    np.testing.assert_allclose(wider[:, :before.shape[1]], logits, atol=1e-5)


def test_the_other_rows_of_a_batch_change_nothing(network):
    sources, befores = pairs(5)
    together = network.model([pad(sources), pad(befores)])
    for row, (s, b) in zip(together, zip(sources, befores)):
        alone = network.model([pad([s], 8), b[None]])
        np.testing.assert_allclose(alone[0], row[:len(b)], atol=1e-5)


def test_a_later_target_token_changes_no_earlier_logits(network):
    source, before = rng.integers(1, 9, (2, 5)), rng.integers(1, 11, (2, 6))
    other = before.copy()
    other[:, 3:] = (other[:, 3:] + 1) % 11
    a, b = network.model([source, before]), network.model([source, other])
    np.testing.assert_array_equal(a[:, :3], b[:, :3])
    assert not np.allclose(a[:, 3], b[:, 3])


def test_every_source_token_changes_the_logits(network):
    source, before = rng.integers(1, 8, (1, 6)), rng.integers(1, 11, (1, 3))
    for k in range(6):
        other = source.copy()
        other[0, k] += 1
        assert not np.array_equal(network.model([source, before]), network.model([other, before]))


def test_step_by_step_is_the_whole(network):
    source = pad(pairs(3)[0])
    before = rng.integers(1, 11, (3, 4, 2))                  # two hypotheses for each source
    memory, *states = network.encoder(source)
    states = [keras.ops.repeat(s[:, None], 2, axis=1) for s in states]
    for t in range(4):
        inputs = [keras.ops.convert_to_tensor(x) for x in (before[:, t], source, memory, *states)]
        logits, weights, *states = network.step(inputs)
        for k in range(2):
            whole = network.model([source, before[:, :t + 1, k]])
            np.testing.assert_allclose(logits[:, k], whole[:, t], atol=1e-5)
    assert weights.shape == (3, 2, source.shape[1])
    total = np.asarray(weights).sum(axis=2)
    assert np.allclose(total, 1, atol=1e-6) or not total.any()
    assert not np.asarray(weights)[np.repeat((source == 0)[:, None], 2, axis=1)].any()


def test_it_learns_to_turn_a_sequence_around():
    keras.utils.set_random_seed(1)
    sources, _ = pairs(400, longest=3, vocab=6)
    targets = [s[::-1] for s in sources]
    network = encoder_decoder(6, 6, embedding=8, units=24, attention="luong", two_ways=True)
    batches = PairBatches(sources, targets, 20)
    history = train_seq2seq(network.model, batches, batches, epochs=8, learning_rate=2e-2)
    assert history.valid.iloc[0] < 6 and history.valid.iloc[-1] < 1.1     # 1 is perfect


def test_the_reported_perplexity_is_the_mean_over_tokens():
    keras.utils.set_random_seed(1)
    sources, targets = pairs(30)
    network = encoder_decoder(9, 9, embedding=4, units=6)
    batches = PairBatches(sources, targets, 4)
    history = train_seq2seq(network.model, batches, batches, epochs=1)
    total = 0.0
    for s, t in zip(sources, targets):
        z = np.asarray(network.model([s[None], np.append(0, t)[None]]), "float64")[0]
        z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
        total -= z[np.arange(len(t) + 1), np.append(t, 0)].sum()
    assert batches.n_tokens == sum(len(t) + 1 for t in targets)
    np.testing.assert_allclose(history.valid.iloc[-1], np.exp(total / batches.n_tokens), rtol=1e-5)


def test_the_last_layer_is_the_output_layer(network):
    assert FusedOutput(network.model).output_layer.name == "logits"


@given(st.integers(1, 12), st.integers(1, 5))
@settings(max_examples=30)
def test_pairs_are_batched_once_each_and_moved_by_one(n, batch_size):
    sources, targets = pairs(n)
    batches = PairBatches(sources, targets, batch_size)
    seen = []
    for k in range(len(batches)):
        (source, before), y, weight = batches[k]
        assert (before[:, 0] == 0).all() and (before[:, 1:] == y[:, :-1]).all()
        for s, t, w in zip(source, y, weight):
            length = int(w.sum())
            assert w[:length].all() and t[length - 1] == 0 and not t[length:].any()
            seen.append((tuple(s[s > 0]), tuple(t[:length - 1])))
    assert sorted(seen) == sorted((tuple(s), tuple(t)) for s, t in zip(sources, targets))


@pytest.mark.parametrize("sources, targets, size, says", [
    ([[1]], [], 2, "1 sources and 0 targets"), ([], [], 2, "at least one"),
    ([[1], []], [[1], [2]], 2, "shortest"), ([[1]], [[1]], 0, "batch_size is 0")])
def test_pairs_that_cannot_be_batched(sources, targets, size, says):
    with pytest.raises(ValueError, match=says):
        PairBatches(sources, targets, size)


@pytest.mark.parametrize("wrong, says", [(dict(attention="dot"), "luong or bahdanau"),
                                         (dict(two_ways=True, units=7), "even")])
def test_wrong_arguments(wrong, says):
    with pytest.raises(ValueError, match=says):
        encoder_decoder(5, 5, **wrong)


def frames_network(masked=True, copies=1):
    """Reads frames (S, 3), padding 0; `copies` is the number of the decoder's layers."""
    keras.utils.set_random_seed(4)
    frames = keras.Input((None, 3))
    mask = keras.ops.any(keras.ops.not_equal(frames, 0), axis=-1) if masked else None
    memory, *last = LSTM(8, return_sequences=True, return_state=True)(frames, mask=mask)
    return with_decoder(frames, memory, last * copies, 11, 6, "luong", mask)


def test_a_decoder_behind_another_encoder_steps_as_a_whole():
    network = frames_network(copies=2)
    source = pad([rng.normal(size=(n, 3)).astype("float32") for n in (4, 2)])
    before = rng.integers(1, 11, (2, 3))
    memory, *states = network.encoder(source)
    states = [s[:, None] for s in states]
    for t in range(3):
        inputs = [keras.ops.convert_to_tensor(x)
                  for x in (before[:, t:t + 1], source, memory, *states)]
        logits, weights, *states = network.step(inputs)
        whole = network.model([source, before[:, :t + 1]])
        np.testing.assert_allclose(logits[:, 0], whole[:, t], atol=1e-5)
    np.testing.assert_allclose(np.asarray(weights).sum(axis=2), 1, atol=1e-6)
    assert not np.asarray(weights)[1, 0, 2:].any()


def test_without_a_mask_the_whole_memory_counts():
    source = rng.normal(size=(5, 3)).astype("float32")
    source[2] = 0
    for masked in (True, False):
        weights = attention_weights(frames_network(masked), source, np.array([3, 1]))
        assert weights.shape == (3, 5) and (weights[:, 2] > 0).all() == (not masked)


def test_it_learns_to_name_numbers_that_are_no_ids():
    """Each frame is a value between 0 and 1 in one of three places; its name is the place."""
    names = [rng.integers(1, 4, rng.integers(1, 4)).astype("int32") for _ in range(300)]
    frames = [(np.eye(3)[n - 1] * rng.uniform(0.2, 0.9, (len(n), 1))).astype("float32")
              for n in names]
    network = frames_network()
    batches = PairBatches(frames, names, 20)
    train_seq2seq(network.model, batches, batches, epochs=15, learning_rate=2e-2)
    found = translate(network, frames[:40], max_length=4)
    right = [list(best.ids) == list(n) for (best, *_), n in zip(found, names)]
    assert np.mean(right) > 0.8       # 30 % are of one place


def test_sources_of_one_size_are_never_widened():
    pictures = [np.full((4, 5, 3), k, "float32") for k in range(7)]
    batches = PairBatches(pictures, pairs(7)[1], 3)
    assert {batches[k][0][0].shape[1:] for k in range(3)} == {(4, 5, 3)}


@pytest.mark.parametrize("widths", [(), (8,), (8, 7)])
def test_states_that_do_not_fit_the_memory(widths):
    memory = keras.Input((None, 8))
    with pytest.raises(ValueError, match="as the memory is 8 wide"):
        with_decoder(memory, memory, [keras.Input((w,)) for w in widths], 5)
