"""Sentence pairs: one meaning in English and in German or Telugu.

The pairs use the sentences of the grammar with the words that the other language has an entry for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from utils.grammar import german, telugu
from utils.grammar.derivation import Derivation
from utils.grammar.grammar import Grammar, Lexicon, Weights
from utils.grammar.lexicon import KIND_OF
from utils.grammar.meaning import meaning
from utils.grammar.sentences import sentence
from utils.grammar.treebank import english

MAX_TOKENS = 14


def pair_grammar(language: str) -> Grammar:
    """The grammar of the sentences that have a translation; `language` is "de" or "te"."""
    full = Lexicon()
    if language == "de":
        known = replace(
            full,
            nouns=_kept(full.nouns, lambda cls, n: n.lemma in german.NOUNS),
            frames=_frames(full, lambda f, v: german.has_verb(f.subject, v)),
        )
    else:
        known = replace(
            full,
            nouns=_kept(full.nouns, lambda cls, n: telugu.has_noun(cls, n.lemma)),
            names=_kept(full.names, lambda _, n: n in telugu.NAMES),
            frames=_frames(
                full,
                lambda f, v: (
                    telugu.has_verb(f.subject, f.pattern, v)
                    and (v != "visit" or f.object == "place")
                ),
            ),
            attributive=_kept(full.attributive, lambda _, a: a in telugu.ADJECTIVES),
            predicative=_kept(full.predicative, lambda _, a: a in telugu.PREDICATES),
            say=tuple(v for v in full.say if v in telugu.VERBS),
        )
    consequences = tuple(
        c._replace(verbs=kept)
        for c in known.consequences
        if (language == "de" or c.adjective in telugu.PREDICATES)
        and (
            kept := tuple(
                v for v in c.verbs if any(v in f.verbs for f in known.frames if f.subject == c.kind)
            )
        )
    )
    subjects = {
        c: w
        for c, w in Weights().subjects.items()
        if known.nouns.get(c) and (c in KIND_OF or known.predicative.get(c))
    }
    return Grammar(
        replace(known, consequences=consequences), Weights(subjects=subjects), sentence()
    )


def _kept(words: dict, keep) -> dict:
    """The words of each class that pass; classes without any are dropped."""
    kept = {cls: tuple(w for w in ws if keep(cls, w)) for cls, ws in words.items()}
    return {cls: ws for cls, ws in kept.items() if ws}


def _frames(lexicon: Lexicon, keep) -> tuple:
    kept = (f._replace(verbs=tuple(v for v in f.verbs if keep(f, v))) for f in lexicon.frames)
    return tuple(f for f in kept if f.verbs)


def translate(derivation: Derivation, language: str) -> str:
    """The translation of a sentence. Raises telugu.Untranslatable where the tables end."""
    said = meaning(derivation)
    return german.german(said) if language == "de" else telugu.telugu(said)


def draw_pairs(language: str, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Pairs without end, each an independent draw of at most MAX_TOKENS English tokens."""
    grammar = pair_grammar(language)
    while True:
        derivation = grammar.sample(rng)
        if len(derivation.tokens) > MAX_TOKENS:
            continue
        try:
            yield english(derivation.tokens), translate(derivation, language)
        except telugu.Untranslatable:
            continue


def sample_pairs(
    language: str, rng: np.random.Generator, sizes: dict[str, int]
) -> dict[str, list[tuple[str, str]]]:
    """Distinct pairs for each split. No sentence stands in two splits, and no word of valid or
    test is new.
    """
    pairs: dict[str, str] = {}
    drawn = draw_pairs(language, rng)
    while len(pairs) < sum(sizes.values()):
        pairs.setdefault(*next(drawn))
    items = list(pairs.items())
    words = [{(side, word) for side in (0, 1) for word in pair[side].split()} for pair in items]
    counts = Counter(word for sentence_words in words for word in sentence_words)
    held_out: list[int] = []
    for i in range(
        len(items)
    ):  # a pair can leave the training part if each of its words stays there
        if len(held_out) < sizes["valid"] + sizes["test"] and all(
            counts[word] > 1 for word in words[i]
        ):
            held_out.append(i)
            counts.subtract(words[i])
    out = set(held_out)
    return {
        "train": [pair for i, pair in enumerate(items) if i not in out],
        "valid": [items[i] for i in held_out[: sizes["valid"]]],
        "test": [items[i] for i in held_out[sizes["valid"] :]],
    }
