"""Laws of the language models and of what is measured with them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from utils.runtime import start

start(seed=1)

import keras  # noqa: E402

from utils import training  # noqa: E402
from utils.evaluation import perplexity, recurrent_logprobs, window_logprobs  # noqa: E402
from utils.models import recurrent_lm, reset_states, window_lm, with_batch_size  # noqa: E402
from utils.training import train_recurrent_lm, train_window_lm  # noqa: E402

V = 11
STREAM = np.random.default_rng(0).integers(0, V, 77).astype("int32")
CELLS = ("rnn", "gru", "lstm")


def log_softmax(logits):
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("cell", CELLS)
def test_log_probabilities_are_those_of_one_pass_over_the_stream(cell):
    model = recurrent_lm(cell, V, 5, 6, batch_size=1)
    x = np.concatenate([[0], STREAM[:-1]])[None]
    reset_states(model)
    want = log_softmax(keras.ops.convert_to_numpy(model(x))[0])[np.arange(77), STREAM]
    for steps in (1, 7, 64, 200):
        np.testing.assert_allclose(recurrent_logprobs(model, STREAM, 0, steps), want, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_rows_do_not_see_each_other_and_a_copy_has_the_same_weights(cell):
    model = recurrent_lm(cell, V, 5, 6, batch_size=3, n_layers=2)
    rows = np.split(STREAM[:75], 3)
    together = recurrent_logprobs(model, STREAM[:75], 0, 16)
    one = with_batch_size(model, 1)
    for k, row in enumerate(rows):
        first = 0 if k == 0 else rows[k - 1][-1]
        alone = recurrent_logprobs(one, row, first, 16)
        np.testing.assert_allclose(together[k * 25:(k + 1) * 25], alone, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_no_look_ahead(cell):
    model = recurrent_lm(cell, V, 5, 6, batch_size=1)
    other = STREAM.copy()
    other[40:] = (other[40:] + 3) % V
    a, b = recurrent_logprobs(model, STREAM, 0), recurrent_logprobs(model, other, 0)
    np.testing.assert_array_equal(a[:40], b[:40])
    assert (a[40:] != b[40:]).any()


def test_window_log_probabilities_see_the_window_and_nothing_else():
    model = window_lm(V, window=3, embedding=4, hidden=5)
    far, near = STREAM.copy(), STREAM.copy()
    far[36], near[37] = (far[36] + 1) % V, (near[37] + 1) % V
    a = window_logprobs(model, STREAM, pad=0)
    assert a.shape == STREAM.shape
    assert window_logprobs(model, far, pad=0)[40] == a[40]
    assert window_logprobs(model, near, pad=0)[40] != a[40]


def test_an_untrained_model_is_near_uniform_and_a_uniform_one_has_perplexity_v():
    assert perplexity(np.full(50, -np.log(V))) == pytest.approx(V)
    model = recurrent_lm("rnn", V, 5, 6, batch_size=1)
    assert perplexity(recurrent_logprobs(model, STREAM, 0)) == pytest.approx(V, rel=0.5)


def test_perplexity_is_per_token_not_a_mean_over_batches():
    logprobs = np.log([0.5] * 9 + [0.01])
    assert perplexity(logprobs) == pytest.approx((0.5 ** 9 * 0.01) ** (-1 / 10))
    with pytest.raises(ValueError, match="one value per token"):
        perplexity(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="not a number"):
        perplexity(np.array([-1.0, np.nan]))
    with pytest.raises(ValueError, match="above 0"):
        perplexity(np.array([0.5]))


def test_a_small_text_is_learnt_by_heart_and_the_same_seed_gives_the_same_figures():
    text = np.tile(np.array([1, 2, 3, 4, 5, 0], "int32"), 40)

    def run():
        keras.utils.set_random_seed(3)
        model = recurrent_lm("rnn", 6, 8, 16, batch_size=4)
        return train_recurrent_lm(model, text, text, 0, epochs=12, steps=10, learning_rate=0.02)

    first, second = run(), run()
    assert first["valid"].iloc[-1] < 1.1
    assert first.equals(second)
    history = train_window_lm(window_lm(6, 2, 8, 8), text, text, 0, epochs=8, batch_size=16,
                              learning_rate=0.02)
    assert history["valid"].iloc[-1] < 1.1


def test_lines_can_be_shuffled_in_training():
    text = np.concatenate([[k, k, k, 0] for k in np.random.default_rng(0).integers(1, 6, 60)])
    valid = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        model = recurrent_lm("lstm", 6, 8, 16, batch_size=4)
        valid.append(train_recurrent_lm(model, text, text, 0, epochs=20, steps=10, shuffle_seed=5,
                                        learning_rate=0.03)["valid"].iloc[-1])
    assert valid[0] == valid[1]
    assert valid[0] == pytest.approx(5 ** 0.25, rel=0.1)    # the first word of a line costs ln 5


def test_the_carried_state_is_used_in_training():
    """What follows depends on a token `steps` before: only a carried state can tell."""
    rng = np.random.default_rng(0)
    blocks = [[c, 0, 0, 0, c] for c in rng.integers(1, 3, 400)]
    text = np.array(blocks, "int32").ravel()
    keras.utils.set_random_seed(1)
    model = recurrent_lm("rnn", 3, 8, 16, batch_size=4)
    history = train_recurrent_lm(model, text, text, 0, epochs=10, steps=5, learning_rate=0.02)
    per_block = 5 * np.log(history["valid"].iloc[-1])
    assert per_block < np.log(2) * 1.15      # the first token costs ln 2, its repeat nothing


def test_the_perplexity_after_training_is_that_of_the_evaluation():
    for length in (77, 80):                     # with padding at the end and without
        model = recurrent_lm("rnn", V, 5, 6, batch_size=4)
        history = train_recurrent_lm(model, STREAM, STREAM[:length], 0, epochs=1, steps=8)
        want = perplexity(recurrent_logprobs(model, STREAM[:length], 0, steps=8))
        assert history["valid"][0] == pytest.approx(want, rel=1e-5)
    model = window_lm(V, 3, 4, 5)
    history = train_window_lm(model, STREAM, STREAM, 0, epochs=1, batch_size=10)
    want = perplexity(window_logprobs(model, STREAM, 0))
    assert history["valid"][0] == pytest.approx(want, rel=1e-5)


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match="'rnm'.*rnn, gru, lstm"):
        recurrent_lm("rnm", V)


def test_tied_weights_use_one_matrix_at_both_ends():
    model = recurrent_lm("lstm", V, 6, 6, batch_size=1, n_layers=2, tied=True)
    untied = recurrent_lm("lstm", V, 6, 6, batch_size=1, n_layers=2)
    assert untied.count_params() - model.count_params() == V * 6
    embedding = model.get_layer("embedding")
    for weight in (embedding.bias, embedding.embeddings):       # a bias of zeros would hide itself
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    copy = with_batch_size(model, 1)
    matrix, bias = (np.asarray(w) for w in (embedding.embeddings, embedding.bias))
    weights = {w.path: w for w in model.trainable_variables}
    weights |= {"logits/kernel": matrix.T, "logits/bias": bias}
    for w in untied.trainable_variables:
        w.assign(weights[w.path])
    want = recurrent_logprobs(untied, STREAM, 0)
    np.testing.assert_allclose(recurrent_logprobs(model, STREAM, 0), want, atol=1e-5)
    np.testing.assert_allclose(recurrent_logprobs(copy, STREAM, 0), want, atol=1e-5)
    with pytest.raises(ValueError, match="embedding is 5 and units is 6"):
        recurrent_lm("lstm", V, 5, 6, tied=True)


def test_a_tied_model_learns():
    text = np.tile(np.array([1, 2, 3, 4, 5, 0], "int32"), 40)
    keras.utils.set_random_seed(3)
    model = recurrent_lm("lstm", 6, 16, 16, batch_size=4, tied=True)
    history = train_recurrent_lm(model, text, text, 0, epochs=12, steps=10, learning_rate=0.02)
    assert history["valid"].iloc[-1] < 1.1


def test_a_trained_model_can_be_copied_for_other_rows():
    text = np.tile(np.array([1, 2, 3, 4, 5, 0], "int32"), 40)
    model = recurrent_lm("rnn", 6, 8, 8, batch_size=4)
    train_recurrent_lm(model, text, text, 0, epochs=1, steps=10)
    copy = with_batch_size(model, 1)
    assert copy.input_shape[0] == 1
    for ours, theirs in zip(copy.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_several_updates_at_once_are_the_same_updates(monkeypatch):
    """Losses to the last bit, and a bar that counts each update; an epoch has fewer than eight."""
    found, counted = [], []
    for at_once in (1, 8):
        monkeypatch.setattr(training, "steps_at_once", lambda updates: at_once)
        bar = SimpleNamespace(n=0, close=lambda: None)
        bar.update = lambda k: setattr(bar, "n", bar.n + k)
        monkeypatch.setattr(training, "progress", lambda **_: bar)
        keras.utils.set_random_seed(0)
        model = recurrent_lm("lstm", 12, embedding=6, units=6, batch_size=2)
        found.append(train_recurrent_lm(model, STREAM, STREAM, 0, epochs=3, steps=8))
        counted.append(bar.n)
    pd.testing.assert_frame_equal(*found, check_exact=True)
    assert counted[0] == counted[1] > 8


def test_only_a_long_training_does_several_updates_at_once():
    assert training.steps_at_once(100) == 1 and training.steps_at_once(5_000) > 1
