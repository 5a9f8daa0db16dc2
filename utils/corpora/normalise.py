"""The one normalisation of Unicode text from the web."""

from __future__ import annotations

import re
import unicodedata

# Soft hyphen, zero-width space, directional marks, word joiner, byte-order mark: never visible.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
_JOINER = re.compile("[\u200c\u200d]+")  # ZWNJ, ZWJ


def normalise(text: str) -> str:
    """Composed (NFC), one blank between words, nothing invisible that carries no meaning.

    - every Unicode space (no-break, narrow no-break, thin, ...) becomes a blank; runs of blanks
      become one, and outer blanks go;
    - soft hyphens, zero-width spaces, directional marks and byte-order marks go;
    - a zero-width joiner or non-joiner (ZWJ, ZWNJ) stays inside a word, where it decides the shape
      of a Telugu conjunct, and goes elsewhere, where it would only make two types of one word.

    Idempotent. Letters, digits and punctuation are untouched (unlike NFKC, which turns the
    ellipsis into three full stops).
    """
    if not text.isascii():
        text = _JOINER.sub(_keep_inside_a_word, _INVISIBLE.sub("", text))
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def _keep_inside_a_word(match: re.Match[str]) -> str:
    around = match.string[match.start() - 1 : match.start()], match.string[match.end() :][:1]
    inside = all(char and unicodedata.category(char)[0] in "LM" for char in around)
    return match.group()[0] if inside else ""
