"""N-gram counts and the n-gram language model: interpolated, modified Kneser-Ney.

Everything here is sorting and looking up, whole streams at a time. An n-gram is never stored as n
words: the distinct n-grams are numbered 0, 1, 2, ... in lexicographic order, and an n-gram is the
pair (number of its first n-1 words, last word), packed into one integer
`number * vocab_size + word`. So keys stay small for any n, and the words that follow one context
lie side by side in the sorted table.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


def ngram_counts(stream: ArrayLike, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Count the n-grams of a stream.

    Args:
        stream: (T,) integer ids.
        n: length of the n-grams, at least 1.

    Returns:
        The N distinct n-grams in lexicographic order, (N, n), and how often each occurs, (N,).
        N is 0 if the stream is shorter than n.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}.")
    stream = _id_array(stream)
    if len(stream) < n:
        return np.empty((0, n), stream.dtype), np.empty(0, np.int64)
    words, tokens = np.unique(stream, return_inverse=True)
    numbers = np.zeros(len(stream) + 1, np.int64)
    for k in range(n):
        _, first, numbers, counts = _number(numbers[:-1], tokens[k:], len(words))
    return np.lib.stride_tricks.sliding_window_view(stream, n)[first], counts


class KneserNey:
    """Interpolated, modified Kneser-Ney language model of any order.

    Chen and Goodman, "An empirical study of smoothing techniques for language modeling", TR-10-98
    (1998), section 3; shorter in Computer Speech and Language 13 (1999). With h the context, h' the
    context without its oldest word, and c the counts:

        P(w | h) = (c(h w) - D(c(h w))) / c(h)  +  gamma(h) P(w | h')
        gamma(h) = (D1 N1(h) + D2 N2(h) + D3+ N3+(h)) / c(h)

    N1(h), N2(h), N3+(h): how many words follow h once, twice, more often. gamma(h) is the mass that
    the discounts have freed, so that the sum over w is 1. A context that was never seen leaves all
    to h': gamma(h) = 1.

    - **Counts.** The highest order counts occurrences. Each lower order counts continuations: the
      number of *different* words seen before the n-gram, because it is asked only where the longer
      context didn't help.
    - **Discounts.** One for counts of 1, 2, and 3 or more, for each order, from the counts of
      counts n1..n4 of that order: Y = n1 / (n1 + 2 n2), D1 = 1 - 2 Y n2 / n1,
      D2 = 2 - 3 Y n3 / n2, D3+ = 3 - 4 Y n4 / n3. Small or artificial corpora can have n_i = 0, or
      discounts outside 0 < D_i <= i. That order then uses 0.5, 1, 1.5, as KenLM does.
    - **Unknown words.** The vocabulary is closed: ids 0 .. vocab_size - 1. Below the unigrams is
      the uniform 1/V, so that each word of the vocabulary has a probability above 0, also those
      never seen in training. A word outside it has to be mapped to <unk>, a word like the others,
      before it gets here (`Vocabulary.encode` does); an id out of range is an error.
    - **Start of a stream.** A stream is preceded by nothing: its first words are predicted from the
      shorter context that is there, by the lower orders. <eos> is a word like the others, and
      contexts reach across it.

    A training stream shorter than `order` trains a model of the order of its length.

    Attributes:
        order, vocab_size: as given.
        discounts: (order, 3), D1, D2, D3+ of each order, unigrams first. Set by `fit`.
    """

    def __init__(self, order: int, vocab_size: int):
        if order < 1:
            raise ValueError(f"order must be at least 1 (unigrams), got {order}.")
        if vocab_size < 1:
            raise ValueError(f"vocab_size must be at least 1, got {vocab_size}.")
        self.order = order
        self.vocab_size = vocab_size
        self._levels: list[_Level] = []

    def fit(self, stream: ArrayLike) -> "KneserNey":
        """Train on a stream of ids, (T,), forgetting all earlier training. Returns the model."""
        tokens = self._checked(stream)
        if len(tokens) == 0:
            raise ValueError("The training stream is empty: nothing to count.")
        all_keys, all_counts = [], []
        numbers = np.zeros(len(tokens) + 1, np.int64)  # of the one 0-gram, at each position
        for k in range(min(self.order, len(tokens))):
            prefixes, suffixes = numbers[:-1], numbers[1:]
            keys, first, numbers, counts = _number(prefixes, tokens[k:], self.vocab_size)
            if k > 0:  # each distinct n-gram is one more different word before its suffix
                all_counts[-1] = np.bincount(suffixes[first], minlength=len(all_keys[-1]))
            all_keys.append(keys)
            all_counts.append(counts)

        self.discounts = np.array([_discounts(counts) for counts in all_counts])
        contexts = [1] + [len(keys) for keys in all_keys]
        self._levels = [
            _level(keys, counts, discounts, n_contexts, self.vocab_size)
            for keys, counts, discounts, n_contexts in zip(
                all_keys, all_counts, self.discounts, contexts
            )
        ]
        return self

    def logprobs(self, stream: ArrayLike) -> np.ndarray:
        """Natural log of P(token | the `order - 1` tokens before it in the stream), for each token.

        Args:
            stream: (T,) ids. The first tokens have the shorter context that is there.

        Returns:
            (T,) log-probabilities, all finite.
        """
        tokens = self._checked(stream)
        probs = np.full(len(tokens), 1 / self.vocab_size)
        numbers = np.zeros(len(tokens) + 1, np.int64)
        for k, level in enumerate(self._fitted()):
            contexts = numbers[:-1]
            numbers = level.find(contexts, tokens[k:], self.vocab_size)
            probs[k:] *= level.backoff[contexts]
            probs[k:] += level.share[numbers]
        return np.log(probs)

    def next_probs(self, context: ArrayLike) -> np.ndarray:
        """Distribution of the next word.

        Args:
            context: ids, oldest first, any number of them; the last `order - 1` are used.

        Returns:
            (vocab_size,) probabilities, all above 0, sum 1.
        """
        context = self._checked(context)
        context = context[max(0, len(context) - self.order + 1) :]
        probs = np.full(self.vocab_size, 1 / self.vocab_size)
        numbers = np.zeros(len(context) + 1, np.int64)
        for k, level in enumerate(self._fitted()[: len(context) + 1]):
            number = numbers[-1]  # of the last k words of the context
            first_key = number * self.vocab_size
            start, stop = np.searchsorted(level.keys, [first_key, first_key + self.vocab_size])
            probs *= level.backoff[number]
            probs[level.keys[start:stop] - first_key] += level.share[start:stop]
            numbers = level.find(numbers[:-1], context[k:], self.vocab_size)
        return probs

    def _fitted(self) -> "list[_Level]":
        if not self._levels:
            raise RuntimeError("This model has not been trained: call fit(stream) first.")
        return self._levels

    def _checked(self, ids: ArrayLike) -> np.ndarray:
        ids = _id_array(ids)
        outside = np.flatnonzero((ids < 0) | (ids >= self.vocab_size))
        if len(outside):
            at = outside[0]
            raise ValueError(
                f"Id {ids[at]} at position {at} is outside the vocabulary 0..{self.vocab_size - 1}:"
                " encode text with the Vocabulary of the training text, which maps unknown words"
                " to <unk>."
            )
        return ids.astype(np.int64)


class _Level(NamedTuple):
    """One order of the model: N n-grams in H contexts.

    `share` and `backoff` have one more entry than there are n-grams and contexts: the last one, so
    that number -1 (never seen) finds its share 0 and its backoff 1 there.
    """

    keys: np.ndarray  # (N,) sorted
    share: np.ndarray  # (N + 1,) (c(h w) - D) / c(h)
    backoff: np.ndarray  # (H + 1,) gamma(h)

    def find(self, contexts: np.ndarray, words: np.ndarray, vocab_size: int) -> np.ndarray:
        """Numbers of the n-grams (context, word), -1 for those never seen; all arrays (M,)."""
        keys = contexts * vocab_size + words  # an unseen context, -1, gives a negative key: no hit
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, -1)


def _level(
    keys: np.ndarray, counts: np.ndarray, discounts: np.ndarray, n_contexts: int, vocab_size: int
) -> _Level:
    contexts = keys // vocab_size
    # Counts are 0 where all there is of a context is the start (no word before) or the end (no word
    # after) of the stream: nothing to discount, all goes to the shorter context.
    discount = np.append(0.0, discounts)[np.minimum(counts, 3)]
    totals = np.bincount(contexts, weights=counts, minlength=n_contexts)
    freed = np.bincount(contexts, weights=discount, minlength=n_contexts)
    seen = totals > 0
    share = (counts - discount) / np.where(seen, totals, 1)[contexts]
    backoff = np.where(seen, freed, 1) / np.where(seen, totals, 1)
    return _Level(keys, np.append(share, 0.0), np.append(backoff, 1.0))


def _discounts(counts: np.ndarray) -> np.ndarray:
    """D1, D2, D3+ of one order from its counts of counts."""
    n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=6)[1:5]
    fallback = np.array([0.5, 1.0, 1.5])
    if 0 in (n1, n2, n3, n4):
        return fallback
    y = n1 / (n1 + 2 * n2)
    discounts = np.array([1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    # A discount is at most its count (here always so), and above 0, or unseen words would get 0.
    return discounts if np.all(discounts > 0) else fallback


def _number(prefixes: np.ndarray, words: np.ndarray, vocab_size: int) -> tuple[np.ndarray, ...]:
    """Number the n-grams (prefix, word), given the numbers of the prefixes; (M,) each.

    Returns:
        keys (N,) of the distinct n-grams, sorted; where each is first met (N,); the number of each
        given n-gram (M,); counts (N,).
    """
    return np.unique(
        prefixes * vocab_size + words, return_index=True, return_inverse=True, return_counts=True
    )


def _id_array(ids: ArrayLike) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.ndim != 1:
        raise ValueError(f"Expected one stream of ids, shape (T,), got shape {ids.shape}.")
    if len(ids) == 0:  # NumPy makes an empty list an array of floats
        return ids.astype(np.int64)
    if not np.issubdtype(ids.dtype, np.integer):
        raise TypeError(f"Expected integer ids, got {ids.dtype}: encode the tokens first.")
    return ids
