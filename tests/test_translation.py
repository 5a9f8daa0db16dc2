from itertools import product

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.seq2seq import encoder_decoder
from utils.translation import attention_weights, search, translate


def table(seed, rows, vocab, memory=2):
    """log P(next | last two ids) at random, for each row; and a step that looks it up."""
    p = np.random.default_rng(seed).dirichlet(np.full(vocab, 0.7), (rows, *[vocab] * memory))
    log_p = np.log(p).astype("float32")

    def advance(ids, states):
        before, = states                                     # (rows, beam): the id before the last
        return log_p[np.arange(rows)[:, None], before, ids], [ids]
    return log_p, advance


def total(log_p, ids):
    """log P(ids, <eos>) of one row, ids after two <eos>."""
    whole = [0, 0, *ids, 0]
    return sum(log_p[a, b, c] for a, b, c in zip(whole, whole[1:], whole[2:]))


def begin(rows, beam):
    return [np.zeros((rows, beam), int)]


@given(st.integers(0, 1000), st.integers(1, 3), st.integers(2, 4), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_a_beam_that_holds_everything_finds_the_best(seed, rows, vocab, longest):
    log_p, advance = table(seed, rows, vocab)
    beam = sum(vocab ** n for n in range(longest + 1))
    found = search(advance, begin(rows, beam), rows, beam, longest)
    every = [ids for n in range(longest + 1) for ids in product(range(1, vocab), repeat=n)]
    for row in range(rows):
        best = sorted((total(log_p[row], ids) for ids in every), reverse=True)
        np.testing.assert_allclose([h.logprob for h in found[row]], best, rtol=1e-4)


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(2, 6),
       st.sampled_from([0.0, 0.6, 1.0]))
@settings(max_examples=40, deadline=None)
def test_a_beam_of_one_is_greedy(seed, rows, vocab, alpha):
    log_p, advance = table(seed, rows, vocab)
    found = search(advance, begin(rows, 1), rows, 1, 8, alpha)
    for row in range(rows):
        ids, last = [], (0, 0)
        while len(ids) < 8:
            token = int(log_p[row][last].argmax())
            if token == 0:
                break
            ids.append(token)
            last = (last[1], token)
        assert len(found[row]) == 1 and found[row][0].ids.tolist() == ids


@given(st.integers(0, 1000), st.integers(2, 6), st.integers(1, 6), st.sampled_from([0.0, 1.0]))
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_the_ids_and_in_order(seed, vocab, beam, alpha):
    log_p, advance = table(seed, 2, vocab)
    for row, found in enumerate(search(advance, begin(2, beam), 2, beam, 5, alpha)):
        assert 1 <= len(found) <= beam
        assert len({h.ids.tobytes() for h in found}) == len(found)
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
        for h in found:
            np.testing.assert_allclose(h.logprob, total(log_p[row], h.ids), rtol=1e-4)
            np.testing.assert_allclose(h.score, h.logprob / (len(h.ids) + 1) ** alpha)


def test_greedy_is_not_always_the_best():
    log_p = np.log(np.array([[[1e-9, 0.55, 0.45], [0.34, 0.33, 0.33], [0.9, 0.05, 0.05]]]))

    def advance(ids, states):
        return log_p[0][ids], states
    assert search(advance, [], 1, 1, 3)[0][0].ids.tolist() == [1]
    assert search(advance, [], 1, 2, 3)[0][0].ids.tolist() == [2]


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(5)
    return encoder_decoder(9, 11, embedding=6, units=8, n_layers=2, two_ways=True,
                           attention="luong")


@pytest.mark.parametrize("beam", [1, 3])
def test_batches_change_no_translation(network, beam):
    rng = np.random.default_rng(2)
    sources = [rng.integers(1, 9, n) for n in (3, 1, 6, 6, 2)]
    together = translate(network, sources, beam, max_length=7, batch_size=4)
    for source, found in zip(sources, together, strict=True):
        alone, = translate(network, [source], beam, max_length=7)
        assert [h.ids.tolist() for h in alone] == [h.ids.tolist() for h in found]
        np.testing.assert_allclose([h.score for h in alone], [h.score for h in found], atol=1e-4)


def test_the_score_is_the_models_own(network):
    source = np.array([3, 1, 4])
    for h in translate(network, [source], beam=4, max_length=7)[0]:
        z = np.asarray(network.model([source[None], np.append(0, h.ids)[None]]), "float64")[0]
        z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(
            h.logprob, z[np.arange(len(z)), np.append(h.ids, 0)].sum(), atol=1e-4)


def test_attention_weights_are_rows_that_sum_to_one(network):
    weights = attention_weights(network, np.array([3, 1, 4]), np.array([5, 6]))
    assert weights.shape == (3, 3)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("beam, longest", [(0, 3), (2, 0)])
def test_wrong_sizes(beam, longest):
    with pytest.raises(ValueError, match="at least 1"):
        search(lambda ids, states: None, [], 1, beam, longest)
