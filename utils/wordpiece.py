"""Words in pieces: a vocabulary that can spell words which it has never seen.

TensorFlow Text learns and tokenises; this is the only module that imports it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import tensorflow as tf

from utils.text import EOS, UNK

try:
    import tensorflow_text
    from tensorflow_text.tools.wordpiece_vocab.wordpiece_tokenizer_learner_lib import learn
except ImportError as error:
    raise ImportError("utils.wordpiece needs tensorflow-text, which doesn't exist for Windows: run "
                      "this lecture under WSL, on Colab, on Linux or on macOS") from error

JOINER = "##"                       # in front of a piece that goes on with a word
_VIRAMA = 9                         # the combining class of the sign that ties two consonants
_JOINERS = "\u200c\u200d"           # zero-width non-joiner and joiner
_FIRST = 0xE000                     # cluster k is written as this character + k (private use)
_MAX_CLUSTERS = 6400
_MAX_BYTES = 30_000                 # of a word, three for each cluster; a longer one is <unk>


def clusters(word: str) -> list[str]:
    """The letters of a word as a reader sees them: a base with its marks, and tied consonants.

    A vowel sign or an accent belongs to the letter before it, a consonant after a virama to the
    conjunct that the virama ties (Unicode Standard Annex 29, extended grapheme clusters, for the
    scripts of the course). `"".join(clusters(word)) == word`.
    """
    found: list[str] = []
    for char in word:
        mark = unicodedata.category(char)[0] == "M" or char in _JOINERS
        tied = found and unicodedata.category(char) == "Lo" and (
            unicodedata.combining(found[-1].rstrip("\u200d")[-1:] or " ") == _VIRAMA)
        if found and (mark or tied):
            found[-1] += char
        else:
            found.append(char)
    return found


class Wordpieces:
    """Ids of wordpieces, in place of the ids of words that a `Vocabulary` gives.

    Id 0 is `<eos>`, id 1 `<unk>`, the others are pieces; one that doesn't begin its word has `##`
    in front. A word becomes the longest piece that it begins with, then the longest one that the
    rest begins with, and so on (Schuster & Nakajima 2012; Wu et al. 2016, section 4.1). No piece
    begins or ends inside a cluster (see `clusters`). Each cluster of the training text is itself a
    piece, so only a word with another cluster becomes `<unk>`, as a whole.
    """

    eos, unk = 0, 1

    def __init__(self, alphabet: Sequence[str], written: Sequence[str]):
        """`written` are the pieces, cluster k of the `alphabet` written as chr(_FIRST + k)."""
        self._char = {cluster: chr(_FIRST + k) for k, cluster in enumerate(alphabet)}
        self._inside = [False, False, *(w.startswith(JOINER) for w in written)]
        back = {char: cluster for cluster, char in self._char.items()}
        self._text = [EOS, UNK, *("".join(back[c] for c in w.removeprefix(JOINER))
                                  for w in written)]
        self.tokens = [JOINER * i + t for i, t in zip(self._inside, self._text)]
        self._tokenizer = tensorflow_text.FastWordpieceTokenizer(
            [EOS, UNK, *written], unknown_token=UNK, token_out_type=tf.int32,
            no_pretokenization=True, max_bytes_per_word=_MAX_BYTES)
        self._known: dict[str, list[int]] = {}

    @classmethod
    def learn(cls, lines: Iterable[Sequence[str]], size: int) -> Wordpieces:
        """Learn at most `size` tokens from the words of `lines`, the training text of one language.

        Pieces are kept by how often they are needed (the top-down algorithm of TensorFlow Text).
        Raises ValueError if `size` is too small for the clusters, each at the start of a word and
        inside one.
        """
        counts = Counter(word for line in lines for word in line)
        parts = {word: clusters(word) for word in counts}
        alphabet = sorted(set().union(*parts.values()))
        if not alphabet:
            raise ValueError("no words: pieces are learnt from at least one line of words")
        if size < 2 * len(alphabet) + 2 or len(alphabet) > _MAX_CLUSTERS:
            raise ValueError(f"size is {size}; {len(alphabet)} clusters (at most {_MAX_CLUSTERS}) "
                             f"need {2 * len(alphabet) + 2}, <eos> and <unk> included")
        char = {cluster: chr(_FIRST + k) for k, cluster in enumerate(alphabet)}
        written = {"".join(map(char.get, parts[word])): n for word, n in counts.items()}
        learnt = learn(written, size, [EOS, UNK], lower_thresh=1, joiner=JOINER,
                       max_unique_chars=len(alphabet))
        pieces = cls(alphabet, learnt[2:])
        pieces._look_up(counts)
        return pieces

    def _look_up(self, words: Iterable[str]) -> None:
        new = [w for w in dict.fromkeys(words) if w not in self._known]
        if new:
            found = self._tokenizer.tokenize(
                ["".join(self._char.get(c, "?") for c in clusters(w)) for w in new])
            self._known.update(zip(new, found.to_list()))

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, words: Sequence[str]) -> np.ndarray:
        """Words to int32 ids, shape (number of pieces,). A plain string is an error: split it."""
        if isinstance(words, str):
            raise TypeError("encode takes a list of words, not a string: use utils.text.words")
        self._look_up(words)
        return np.array([i for w in words for i in self._known[w]], dtype="int32")

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Ids back to words. A piece with `##` that has no word before it begins one."""
        words: list[str] = []
        before = self.eos
        for i in map(int, ids):
            if self._inside[i] and before > self.unk:
                words[-1] += self._text[i]
            else:
                words.append(self._text[i])
            before = i
        return words
