"""Words by their letters, outputs of padded batches, sentences in colour."""

import numpy as np
import pytest

from utils.runtime import start

start(seed=1)

import keras  # noqa: E402
from keras import layers, ops  # noqa: E402

from utils.batches import PaddedBatches, pad  # noqa: E402
from utils.layers import LSTM  # noqa: E402
from utils.tagging import Spelling, coloured, outputs  # noqa: E402

RNG = np.random.default_rng(5)
LETTERS = pad([RNG.integers(1, 9, n) for n in (3, 5, 1, 7, 3)], width=9)         # (5, 9)
LETTERS = LETTERS[[0, 1, 0, 2, 3, 4, 0, 1]].reshape(2, 4, 9)                    # words occur again


def gradients(f, weights):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        y = f()
        loss = ops.sum(y ** 2)
    return [np.asarray(tf.convert_to_tensor(g)) for g in tape.gradient(loss, weights)]


def test_reading_each_distinct_word_once_changes_nothing():
    spelling = Spelling(9, 4, 3)
    spelling(LETTERS)
    plain = lambda: ops.reshape(spelling.read(LETTERS.reshape(8, 9)), (2, 4, 6))  # noqa: E731
    np.testing.assert_allclose(spelling(LETTERS), plain(), atol=1e-6)
    weights = [w.value for w in spelling.trainable_variables]
    for a, b in zip(gradients(lambda: spelling(LETTERS), weights), gradients(plain, weights)):
        assert np.abs(b).max() > 1e-4
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_word_has_one_vector_wherever_it_stands_and_letters_behind_it_count_for_nothing():
    spelling = Spelling(9, 4, 3)
    vectors = ops.convert_to_numpy(spelling(LETTERS))
    np.testing.assert_array_equal(vectors[0, 0], vectors[0, 2])
    assert np.abs(vectors[0, 0] - vectors[0, 1]).max() > 1e-3
    wider = np.pad(LETTERS, ((0, 0), (0, 3), (0, 2)))                            # padding words too
    np.testing.assert_allclose(ops.convert_to_numpy(spelling(wider))[:, :4], vectors, atol=1e-6)


def test_a_spelling_layer_is_saved_and_loaded(tmp_path):
    x = keras.Input((None, 9), dtype="int32")
    model = keras.Model(x, Spelling(9, 4, 3)(x))
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_allclose(again(LETTERS), model(LETTERS), atol=1e-6)


def tagger():
    words = keras.Input((None,), dtype="int32")
    spelling = keras.Input((None, 6), dtype="int32")
    e = layers.Concatenate()([layers.Embedding(20, 5)(words), Spelling(9, 4, 3)(spelling)])
    h = layers.Bidirectional(LSTM(4, return_sequences=True))(e, mask=ops.not_equal(words, 0))
    return keras.Model([words, spelling], layers.Dense(3)(h))


@pytest.mark.parametrize("size, sort, width", [(1, True, None), (3, True, None), (2, False, 11)])
def test_outputs_do_not_depend_on_the_batch_and_come_back_in_order(size, sort, width):
    keras.utils.set_random_seed(2)
    model = tagger()
    words = [RNG.integers(1, 20, n) for n in (4, 9, 1, 6, 2, 9, 3)]
    letters = [RNG.integers(1, 9, (len(w), 6)) for w in words]
    found = outputs(model, PaddedBatches((words, letters), None, size, sort, width))
    assert len(found) == len(words)
    for w, l, logits in zip(words, letters, found):
        assert logits.shape == (len(w), 3)
        np.testing.assert_allclose(logits, model([w[None], l[None]])[0], atol=1e-5)


def test_outputs_of_a_model_with_one_input_follow_its_weights():
    x = keras.Input((None,), dtype="int32")
    model = keras.Model(x, layers.Embedding(5, 2)(x))
    sequences = [np.array([1, 2]), np.array([3])]
    batches = PaddedBatches(sequences, sequences, 2)
    before = outputs(model, batches)
    model.set_weights([w + 1 for w in model.get_weights()])
    for a, b in zip(before, outputs(model, batches)):
        np.testing.assert_allclose(b, a + 1, atol=1e-6)


def test_a_coloured_sentence_is_text_not_markup():
    html = coloured([("a < b", ["<b>", "&"], ["NOUN", "SYM"])]).data
    assert "a &lt; b" in html and "&lt;b&gt;" in html and "&amp;" in html and "NOUN" in html
    with pytest.raises(ValueError):
        coloured([("", ["a", "b"], ["X"])])
