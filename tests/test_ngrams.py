"""N-gram counts and Kneser-Ney: laws, and an independent implementation from the formulas."""

import os
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.ngrams import KneserNey, ngram_counts

V = 5
WORD = st.integers(0, V - 1)
STREAM = st.lists(WORD, min_size=6, max_size=60)
ORDER = st.integers(1, 5)
few = settings(max_examples=60, deadline=None)


def text_like_stream(length: int, vocab_size: int, seed: int) -> list[int]:
    """Words of falling frequency that mostly bring their follower: long n-grams come back."""
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(1, vocab_size + 1)
    stream = [0]
    for draw in rng.choice(vocab_size, size=length - 1, p=p / p.sum()):
        stream.append(int(draw) if rng.random() < 0.4 else (stream[-1] * 7 + 1) % vocab_size)
    return stream


class SlowKneserNey:
    """Chen and Goodman (1998), section 3, with dictionaries and recursion; shares no code."""

    def __init__(self, stream, order, vocab_size):
        stream = [int(w) for w in stream]
        grams = {
            k: [tuple(stream[i : i + k]) for i in range(len(stream) - k + 1)]
            for k in range(1, order + 1)
        }
        self.vocab_size = vocab_size
        self.counts = {order: Counter(grams[order])}
        for k in range(1, order):
            self.counts[k] = Counter(gram[1:] for gram in set(grams[k + 1]))
        self.discounts = {k: self.estimate_discounts(c.values()) for k, c in self.counts.items()}

    @staticmethod
    def estimate_discounts(counts):
        n = Counter(counts)
        try:
            y = n[1] / (n[1] + 2 * n[2])
            d = [(i, i - (i + 1) * y * n[i + 1] / n[i]) for i in (1, 2, 3)]
        except ZeroDivisionError:
            d = []
        if n[4] == 0 or not d or min(value for _, value in d) <= 0:
            d = [(1, 0.5), (2, 1.0), (3, 1.5)]
        return dict(d)

    def prob(self, word, context):
        k = len(context) + 1
        lower = self.prob(word, context[1:]) if context else 1 / self.vocab_size
        after = {w: self.counts[k][context + (w,)] for w in range(self.vocab_size)}
        total = sum(after.values())
        if total == 0:
            return lower
        d = self.discounts[k]
        freed = sum(d[min(c, 3)] for c in after.values() if c > 0)
        kept = after[word] - d[min(after[word], 3)] if after[word] > 0 else 0
        return (kept + freed * lower) / total

    def logprobs(self, stream, order):
        stream = [int(w) for w in stream]
        return [
            np.log(self.prob(w, tuple(stream[max(0, t - order + 1) : t])))
            for t, w in enumerate(stream)
        ]


# --- counts ---------------------------------------------------------------------------------------


@few
@given(st.lists(st.integers(-3, 3), max_size=40), st.integers(1, 6))
def test_counts_equal_a_dictionary(stream, n):
    expected = Counter(tuple(stream[i : i + n]) for i in range(len(stream) - n + 1))
    grams, counts = ngram_counts(stream, n)
    assert grams.shape == (len(expected), n)
    assert [tuple(gram) for gram in grams.tolist()] == sorted(expected)
    assert dict(zip(map(tuple, grams.tolist()), counts.tolist())) == expected


def test_counts_do_not_overflow_for_long_ngrams_of_large_ids():
    stream = np.array([2**31 - 1, 0, 2**31 - 2] * 10, np.int32)  # as one number: 620 bits
    grams, counts = ngram_counts(stream, 20)
    assert len(grams) == 3 and counts.sum() == 11
    assert all(any(np.array_equal(gram, stream[i : i + 20]) for i in range(3)) for gram in grams)


# --- Kneser-Ney: the independent implementation ---------------------------------------------------


@few
@given(STREAM, STREAM, ORDER)
def test_logprobs_equal_the_slow_implementation(train, test, order):
    fast = KneserNey(order, V).fit(train).logprobs(test)
    assert fast.shape == (len(test),)
    np.testing.assert_allclose(fast, SlowKneserNey(train, order, V).logprobs(test, order), 1e-10)


@few
@given(STREAM, st.lists(WORD, max_size=4), ORDER)
def test_next_probs_equal_the_slow_implementation(train, context, order):
    fast = KneserNey(order, V).fit(train).next_probs(context)
    slow = SlowKneserNey(train, order, V)
    used = tuple(context[max(0, len(context) - order + 1) :])
    np.testing.assert_allclose(fast, [slow.prob(w, used) for w in range(V)], 1e-10)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_estimated_discounts_and_logprobs_on_a_corpus_like_text(order):
    """The tiny corpora above mostly use the fallback discounts; these streams estimate them."""
    train, test = text_like_stream(3000, 400, seed=1), text_like_stream(150, 400, seed=2)
    fast = KneserNey(order, 400).fit(train)
    slow = SlowKneserNey(train, order, 400)
    discounts = [list(slow.discounts[k].values()) for k in range(1, order + 1)]
    np.testing.assert_allclose(fast.discounts, discounts, 1e-12)
    assert not np.any(np.all(fast.discounts == [0.5, 1, 1.5], axis=1)), "a fallback was used"
    np.testing.assert_allclose(fast.logprobs(test), slow.logprobs(test, order), 1e-10)


def test_discounts_by_hand():
    # Unigram counts: 4 words once, 3 twice, 2 three times, 1 four times: Y = 4 / (4 + 6) = 0.4.
    stream = np.repeat(np.arange(10), [1, 1, 1, 1, 2, 2, 2, 3, 3, 4])
    expected = [1 - 2 * 0.4 * 3 / 4, 2 - 3 * 0.4 * 2 / 3, 3 - 4 * 0.4 * 1 / 2]  # 0.4, 1.2, 2.2
    np.testing.assert_allclose(KneserNey(1, 10).fit(stream).discounts, [expected])
    without_fours = stream[stream != 9]
    np.testing.assert_allclose(KneserNey(1, 10).fit(without_fours).discounts, [[0.5, 1, 1.5]])
    # Many words of count 2 make D1 = 1 - 2 (1/19)(9/1) > 0, D2 = 2 - 3 (1/19)(99/9) > 0 but
    # D3+ = 3 - 4 (1/19)(2000/99) < 0: not a discount.
    counts = [1] + [2] * 9 + [3] * 99 + [4] * 2000
    stream = np.repeat(np.arange(len(counts)), counts)
    np.testing.assert_allclose(KneserNey(1, len(counts)).fit(stream).discounts, [[0.5, 1, 1.5]])


# --- Kneser-Ney: laws -----------------------------------------------------------------------------


@few
@given(STREAM, st.lists(st.integers(0, V), max_size=8), ORDER)
def test_next_probs_sum_to_1_and_leave_nothing_out(train, context, order):
    # Word V is never in the training text: contexts with it are unseen, and it is possible itself.
    probs = KneserNey(order, V + 1).fit(train).next_probs(context)
    assert probs.shape == (V + 1,)
    assert probs.sum() == pytest.approx(1, abs=1e-12)
    assert probs.min() > 0


@few
@given(STREAM, STREAM, ORDER)
def test_logprobs_and_next_probs_agree(train, test, order):
    model = KneserNey(order, V).fit(train)
    expected = [np.log(model.next_probs(test[:t])[w]) for t, w in enumerate(test)]
    np.testing.assert_allclose(model.logprobs(test), expected, 1e-10)


@few
@given(STREAM, STREAM, STREAM, ORDER)
def test_no_look_ahead(train, past, future, order):
    model = KneserNey(order, V).fit(train)
    np.testing.assert_array_equal(
        model.logprobs(past + future)[: len(past)], model.logprobs(past)
    )


@few
@given(STREAM, STREAM, ORDER)
def test_only_the_last_words_of_a_context_count(train, old, order):
    model = KneserNey(order, V).fit(train)
    recent = train[-(order - 1) :] if order > 1 else []
    np.testing.assert_array_equal(model.next_probs(old + recent), model.next_probs(recent))


def test_a_context_that_ends_the_training_text_backs_off():
    model = KneserNey(3, 4).fit([0, 1, 0, 1, 0, 2, 0, 3])  # nothing was ever seen after 3
    np.testing.assert_allclose(model.next_probs([3]), model.next_probs([]))
    np.testing.assert_allclose(model.next_probs([3, 0]), model.next_probs([0]))


def test_perplexity_of_a_uniform_text_is_the_vocabulary_size():
    # Each word once: what is discounted goes to 1/V, so all words are equal again.
    model = KneserNey(1, 50).fit(np.arange(50))
    assert np.exp(-model.logprobs(np.arange(50)).mean()) == pytest.approx(50)
    # Each pair of words once, in a cycle over all pairs: every context knows every word once.
    edges = {w: list(range(6)) for w in range(6)}
    cycle, path = [], [0]
    while path:  # Hierholzer's algorithm
        if edges[path[-1]]:
            path.append(edges[path[-1]].pop())
        else:
            cycle.append(path.pop())
    model = KneserNey(2, 6).fit(cycle)
    for context in product(range(6), repeat=2):
        np.testing.assert_allclose(model.next_probs(context), 1 / 6)


def test_order_1_is_the_discounted_unigram():
    stream = [0] * 5 + [1] * 3 + [2] * 2 + [3]  # no word occurs 4 times: D = 0.5, 1, 1.5
    freed = (1.5 + 1.5 + 1 + 0.5) / 11
    expected = np.array([3.5, 1.5, 1, 0.5, 0]) / 11 + freed / 5
    model = KneserNey(1, 5).fit(stream)
    np.testing.assert_allclose(model.next_probs([2, 0]), expected)
    np.testing.assert_allclose(model.logprobs([4, 0]), np.log(expected[[4, 0]]))


def test_francisco_is_frequent_but_a_poor_continuation():
    """Chen and Goodman's example: FRANCISCO is frequent, but only after SAN."""
    san, francisco, glasses, *others = range(13)
    text = [san, francisco] * 20
    for w in others:
        text += [w, glasses, w, san, francisco]
    raw = np.bincount(text, minlength=13)
    assert raw[francisco] > raw[glasses]
    unigram, bigram = KneserNey(1, 13).fit(text), KneserNey(2, 13).fit(text)
    assert unigram.next_probs([])[francisco] > unigram.next_probs([])[glasses]
    assert bigram.next_probs([])[francisco] < 0.2 * bigram.next_probs([])[glasses]
    assert bigram.next_probs([san])[francisco] > 0.9


def test_an_order_above_the_length_of_the_text_is_that_of_the_text():
    np.testing.assert_array_equal(
        KneserNey(9, 4).fit([1, 2, 1]).next_probs([2, 1, 2, 1]),
        KneserNey(3, 4).fit([1, 2, 1]).next_probs([2, 1]),
    )
    np.testing.assert_allclose(KneserNey(3, 4).fit([1]).next_probs([]), [1 / 8, 5 / 8, 1 / 8, 1 / 8])


def test_fit_again_forgets_the_earlier_text():
    model = KneserNey(2, V).fit([0, 1, 2, 3]).fit([4, 4, 0, 4])
    np.testing.assert_array_equal(
        model.next_probs([4]), KneserNey(2, V).fit([4, 4, 0, 4]).next_probs([4])
    )


# --- errors ---------------------------------------------------------------------------------------


def test_errors_say_what_to_do():
    model = KneserNey(2, V).fit([0, 1, 2])
    with pytest.raises(ValueError, match="order must be at least 1"):
        KneserNey(0, V)
    with pytest.raises(ValueError, match="vocab_size must be at least 1"):
        KneserNey(1, 0)
    with pytest.raises(ValueError, match="n must be at least 1"):
        ngram_counts([1, 2], 0)
    with pytest.raises(ValueError, match="empty"):
        KneserNey(2, V).fit([])
    with pytest.raises(RuntimeError, match="call fit"):
        KneserNey(2, V).logprobs([1])
    with pytest.raises(RuntimeError, match="call fit"):
        KneserNey(2, V).next_probs([1])
    for call in (KneserNey(2, V).fit, model.logprobs, model.next_probs):
        with pytest.raises(ValueError, match="Id 5 at position 1 is outside the vocabulary 0..4"):
            call([0, 5, 9])
        with pytest.raises(ValueError, match="Id -1 at position 0"):
            call([-1, 0])
        with pytest.raises(TypeError, match="integer ids, got float64"):
            call([0.0, 1.0])
        with pytest.raises(ValueError, match=r"got shape \(1, 2\)"):
            call([[0, 1]])
    with pytest.raises(TypeError, match="integer ids"):
        ngram_counts(np.array([0.5, 1.0]), 2)


def test_a_failed_fit_leaves_the_model_as_it_was():
    model = KneserNey(2, V).fit([0, 1, 2])
    before = model.next_probs([0])
    with pytest.raises(ValueError):
        model.fit([0, V])
    np.testing.assert_array_equal(model.next_probs([0]), before)


# --- a real corpus --------------------------------------------------------------------------------


@pytest.mark.skipif(not os.environ.get("COURSE_DATA"), reason="needs COURSE_DATA with wikitext-2")
def test_longer_contexts_help_on_wikitext_2():
    folder = Path(os.environ["COURSE_DATA"], "wikitext-2")
    ids: dict[str, int] = {}

    def stream(split):
        lines = (folder / f"{split}.txt").read_text(encoding="utf-8").split("\n")[:-1]
        words = (w for line in lines for w in [*line.split(), "<eos>"])
        return np.array([ids.setdefault(w, len(ids)) for w in words])

    train, test = stream("train"), stream("test")
    assert (len(train), len(test), len(ids)) == (2_088_628, 245_569, 33_278)
    models = (KneserNey(order, len(ids)).fit(train) for order in (1, 2, 3, 5))
    perplexities = [np.exp(-model.logprobs(test).mean()) for model in models]
    # Recorded with this implementation, which equals the slow one above on small corpora.
    np.testing.assert_allclose(perplexities, [911.705, 263.966, 224.397, 217.802], rtol=1e-5)
