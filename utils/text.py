"""From text to tokens, from tokens to integer ids, and back."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

EOS, UNK = "<eos>", "<unk>"

# On a text whose digits were replaced by 0 and whose other characters of words by a. An apostrophe
# inside a word begins a token; a hyphen or a slash there, and a point, comma or colon between
# digits, belong to it.
_TOKEN = re.compile(r"""(?<=[a0])'[a0]+ | [a0]+ (?: [-/][a0]+ | (?<=0)[.,:](?=0)[a0]+ )* | [^ ]""",
                    re.VERBOSE)
_CLOSE, _OPEN = set(".,!?;:%)]}…”’»।'"), set("([{„‘«¿¡$£#")


@cache
def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return "0"
    if category[0] in "LNM" or category == "Cf":    # M, Cf: vowel signs and joiners of Telugu
        return "a"
    return " " if char.isspace() else "'" if char == "’" else char


def words(text: str) -> list[str]:
    """Words and punctuation marks of a sentence, each a token; case is kept.

    `Jane's cat isn't here.` -> `Jane`, `'s`, `cat`, `isn`, `'t`, `here`, `.`
    """
    kinds = "".join(map(_kind, text))
    return [text[m.start():m.end()] for m in _TOKEN.finditer(kinds)]


def join(tokens: Iterable[str]) -> str:
    """A sentence from its tokens: the inverse of `words` for ordinary writing.

    What was written cannot be told from the tokens alone in rare cases, such as a blank on both
    sides of a hyphen or on none.
    """
    text, glue, quoted = "", True, False
    for token in tokens:
        straight = token == '"'                     # opens and closes by turns
        ends = straight and quoted or token == "“" and "„" in text
        attached = ends or token in _CLOSE or len(token) > 1 and token[0] in "'’"
        text += token if glue or attached else " " + token
        glue = token in _OPEN or (straight or token == "“") and not ends
        quoted ^= straight
    return text


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
              min_count: int = 1, eos_first: bool = False) -> "Vocabulary":
        """Count the tokens of `lines` (lists of strings) and keep the frequent ones.

        A type needs `min_count` occurrences; at most `max_size` types are kept, `<eos>` and
        `<unk>` included. Ties are broken alphabetically, so that the ids don't depend on chance.
        `eos_first`: `<eos>` has the id 0, so that it can pad batches, and `<unk>` the id 1.
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
        if eos_first:
            ranked = [EOS, UNK, *(t for t in ranked if t not in (EOS, UNK))]
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
