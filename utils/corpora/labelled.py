"""Corpora for the other tasks: classification, minimal pairs, simplification."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from utils.corpora.errors import CorpusError, MalformedLine
from utils.corpora.fetch import find
from utils.corpora.files import read_lines
from utils.corpora.normalise import normalise
from utils.corpora.registry import lookup
from utils.corpora.splits import split_by_group

Example = tuple[str, str]  # text, label


@dataclass(frozen=True)
class Labelled:
    """(text, label) by split; `labels` in alphabetical order."""

    name: str
    train: list[Example]
    valid: list[Example]
    test: list[Example]
    labels: list[str]
    licence: str
    source: str


def load_names(deduplicate: bool = True, seed: int = 0) -> Labelled:
    """(surname, language of origin): 18 languages, split 90/5/5 % at random by name.

    deduplicate: keep each name once for each language (20,050 become 18,012). A name that occurs
    in several languages stays in all of them, in one split.
    """
    examples = [
        (normalise(name), path.stem)
        for path in find("names-18-languages").values()
        for name in read_lines(path)
    ]
    if deduplicate:
        examples = list(dict.fromkeys(examples))
    return _labelled("names-18-languages", examples, seed)


def load_polarity(seed: int = 0) -> Labelled:
    """(tokenised snippet, "pos" or "neg"), split 90/5/5 % at random, equal snippets together."""
    names = ["rt-polarity.neg", "rt-polarity.pos"]
    files = find("sentence-polarity", names)
    examples = [
        (normalise(line), name[-3:]) for name in names for line in read_lines(files[name])
    ]
    return _labelled("sentence-polarity", examples, seed)


def _labelled(name: str, examples: list[Example], seed: int) -> Labelled:
    corpus = lookup(name)
    splits = split_by_group(examples, lambda example: example[0], seed)
    labels = sorted({label for _, label in examples})
    return Labelled(name, *splits, labels, corpus.licence, corpus.source)


@dataclass(frozen=True)
class MinimalPair:
    """Two sentences that differ in agreement alone: a good language model prefers `good`."""

    good: str
    bad: str
    paradigm: str


def load_blimp_agreement() -> list[MinimalPair]:
    """The six subject-verb agreement paradigms of BLiMP, 1,000 pairs each; untokenised English."""
    pairs = []
    for path in find("blimp-agreement").values():
        for number, line in enumerate(read_lines(path), 1):
            try:
                record = json.loads(line)
                pair = record["sentence_good"], record["sentence_bad"], record["UID"]
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise MalformedLine(path, number, f"not a BLiMP record: {error}") from None
            pairs.append(MinimalPair(*pair))
    return pairs


@dataclass(frozen=True)
class Simplification:
    """A sentence and what ten people made of it."""

    original: str
    references: list[str]


def load_asset() -> dict[str, list[Simplification]]:
    """ASSET by split: "valid" (2,000 sentences) and "test" (359); it has no training set."""
    files = find("asset")
    return {split: _read_asset(files, split) for split in ("valid", "test")}


def _read_asset(files: dict[str, Path], split: str) -> list[Simplification]:
    names = [f"asset.{split}.{part}" for part in ("orig", *(f"simp.{i}" for i in range(10)))]
    columns = [[normalise(line) for line in read_lines(files[name])] for name in names]
    if len(set(map(len, columns))) > 1:
        raise CorpusError(f"the files asset.{split}.* do not have the same number of lines")
    return [Simplification(original, references) for original, *references in zip(*columns)]
