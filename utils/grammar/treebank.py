"""Sentences with their exact tags, in CoNLL-U (https://universaldependencies.org/format.html)."""

from __future__ import annotations

import numpy as np

from utils.grammar.derivation import Derivation, Word
from utils.grammar.grammar import Grammar
from utils.grammar.lexicon import NAMES
from utils.grammar.sentences import sentence

CAPITALISED = {"i", "mondays"} | {name for names in NAMES.values() for name in names}


def english(tokens: list[str]) -> str:
    """Tokens as one writes them: capitals, and punctuation marks after the word."""
    text = " ".join(cased(tokens))
    for mark in ",.?!":
        text = text.replace(f" {mark}", mark)
    return text


def cased(tokens: list[str]) -> list[str]:
    """Tokens with the capitals of ordinary writing."""
    return [t.capitalize() if i == 0 or t in CAPITALISED else t for i, t in enumerate(tokens)]


def conllu(derivation: Derivation, sent_id: str) -> str:
    """One sentence with UPOS, lemma and features; heads and relations are left out ("_")."""
    words = derivation.words
    forms = cased([w.form for w in words])
    rows = [f"# sent_id = {sent_id}", f"# text = {english([w.form for w in words])}"]
    for i, (form, word) in enumerate(zip(forms, words)):
        after = words[i + 1].upos == "PUNCT" if i + 1 < len(words) else False
        misc = "SpaceAfter=No" if after else "_"
        rows.append(
            "\t".join(
                [str(i + 1), form, _lemma(word), word.upos, "_", word.feats, "_", "_", "_", misc]
            )
        )
    return "\n".join(rows) + "\n\n"


def _lemma(word: Word) -> str:
    """Names and "I" keep their capital in the lemma, too."""
    return word.lemma.capitalize() if word.upos == "PROPN" or word.lemma == "i" else word.lemma


def sample_treebank(rng: np.random.Generator, sizes: dict[str, int]) -> dict[str, str]:
    """Distinct sentences for each split: name -> text of the file."""
    grammar = Grammar(start=sentence())
    seen: dict[tuple[str, ...], Derivation] = {}
    while len(seen) < sum(sizes.values()):
        derivation = grammar.sample(rng)
        seen.setdefault(tuple(derivation.tokens), derivation)
    derivations = iter(seen.values())
    return {
        split: "".join(conllu(next(derivations), f"{split}-{i + 1}") for i in range(size))
        for split, size in sizes.items()
    }
