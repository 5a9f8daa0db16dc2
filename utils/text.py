"""From tokens to integer ids and back."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

EOS, UNK = "<eos>", "<unk>"


class Vocabulary:
    """The types a model knows, numbered by falling frequency; everything else is `<unk>`.

    `<eos>` ends each line and is a token like any other: it is predicted and counted. A type
    outside the vocabulary is replaced by `<unk>`, which is also predicted and counted; perplexities
    are comparable only between models with the same vocabulary.
    """

    def __init__(self, tokens: Sequence[str]):
        self.tokens = list(tokens)
        self._ids = {token: i for i, token in enumerate(self.tokens)}
        if len(self._ids) < len(self.tokens):
            twice = [t for t, n in Counter(self.tokens).items() if n > 1]
            raise ValueError(f"tokens occur twice in the vocabulary: {twice[:5]}")
        missing = [t for t in (EOS, UNK) if t not in self._ids]
        if missing:
            raise ValueError(f"the vocabulary lacks {missing}; use Vocabulary.build")
        self.eos, self.unk = self._ids[EOS], self._ids[UNK]

    @classmethod
    def build(cls, lines: Iterable[Sequence[str]], max_size: int | None = None,
              min_count: int = 1) -> "Vocabulary":
        """Count the tokens of `lines` (lists of strings) and keep the frequent ones.

        A type needs `min_count` occurrences; at most `max_size` types are kept, `<eos>` and
        `<unk>` included. Ties are broken alphabetically, so that the ids don't depend on chance.
        """
        counts: Counter = Counter()
        n_lines = 0
        for line in lines:
            counts.update(line)
            n_lines += 1
        if not n_lines:
            raise ValueError("no lines: a vocabulary is built from at least one line of tokens")
        counts = Counter({t: n for t, n in counts.items() if n >= min_count or t == UNK})
        counts[EOS] += n_lines
        counts[UNK] += 0
        ranked = sorted(counts, key=lambda t: (-counts[t], t))
        if max_size is not None:
            if max_size < 2:
                raise ValueError(f"max_size is {max_size}; <eos> and <unk> alone need 2")
            special = [t for t in ranked if t in (EOS, UNK)]
            kept = set([t for t in ranked if t not in special][: max_size - 2] + special)
            ranked = [t for t in ranked if t in kept]
        return cls(ranked)

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def id(self, token: str) -> int:
        """The number of `token`; that of `<unk>` if the vocabulary lacks it."""
        return self._ids.get(token, self.unk)

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """Tokens to int32 ids, shape (len(tokens),). A plain string is an error: split it first."""
        if isinstance(tokens, str):
            raise TypeError("encode takes a list of tokens, not a string: use text.split()")
        return np.array([self.id(t) for t in tokens], dtype="int32")

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Ids back to tokens."""
        return [self.tokens[int(i)] for i in ids]

    def stream(self, lines: Iterable[Sequence[str]]) -> np.ndarray:
        """All lines one after the other, each followed by `<eos>`: int32, shape (tokens,)."""
        ids: list[int] = []
        for line in lines:
            ids.extend(self.id(t) for t in line)
            ids.append(self.eos)
        return np.array(ids, dtype="int32")
