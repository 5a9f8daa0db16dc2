"""Sentence pairs for translation."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from utils.corpora.errors import CorpusError, MalformedLine
from utils.corpora.fetch import find
from utils.corpora.files import read_lines
from utils.corpora.normalise import normalise
from utils.corpora.registry import corpora, lookup, own_path
from utils.corpora.splits import split_by_group
from utils.grammar.pairs import draw_pairs

Pair = tuple[str, str]
Row = tuple[str, str, str]  # source, target, group


@dataclass(frozen=True)
class Pairs:
    """(source sentence, target sentence) by split; normalised text, not yet tokenised.

    `language` is "en-de" or the like, source first.
    """

    name: str
    train: list[Pair]
    valid: list[Pair]
    test: list[Pair]
    language: str
    licence: str
    source: str


def load_pairs(
    name: Path | str,
    max_train_pairs: int | None = None,
    columns: tuple[int | str, int | str] = (0, 1),
    group: int | str | None = None,
    seed: int = 0,
    draws: int = 0,
) -> Pairs:
    """Sentence pairs by name, or from a TSV file of one's own by path.

    everyday-en-de, everyday-en-te and multi30k-en-de have their own splits. The others, and a file
    of one's own, are split 90/5/5 % at random by source sentence (Tatoeba has several German
    sentences for one English one), pratham-en-te by story. For a file of one's own see read_tsv:
    `columns` holds source and target, `group` what must not straddle two splits, if not the source.

    max_train_pairs: train is a random part of at most so many pairs, in their order (Tatoeba is
    sorted by length, so its beginning would be the shortest sentences); valid and test stay whole,
    so that their scores can be compared. Raises CorpusError of one kind or another.

    draws: so many further pairs are drawn from the grammar that wrote everyday-en-de or
    everyday-en-te, and added to train. Pairs that are there already are left out, and what stands
    in valid or test.

    A registered corpus with its languages exchanged, such as multi30k-de-en, is that corpus with
    source and target exchanged, in the same splits.
    """
    known = str(name) in corpora()
    base, *languages = str(name).rsplit("-", 2)
    turned = "-".join([base, *languages[::-1]])
    if not known and turned in corpora() and own_path(name) is None:
        found = load_pairs(turned, max_train_pairs, seed=seed, draws=draws)
        parts = ([pair[::-1] for pair in part] for part in (found.train, found.valid, found.test))
        return Pairs(str(name), *parts, "-".join(languages), found.licence, found.source)
    path = own_path(name)
    if path is None:
        corpus = lookup(str(name), "pairs")
        name, language = corpus.name, corpus.language
        licence, source = corpus.licence, corpus.source
        if name in _TSV_FILES:
            splits = split_by_group(_read_one_tsv(name), _group, seed)
        else:
            splits = _read_multi30k() if name == "multi30k-en-de" else _read_three_tsv(name)
    else:
        name, language, licence, source = path.stem, "", "your own", str(path)
        splits = split_by_group(read_tsv(path, columns, group), _group, seed)
    train, valid, test = splits
    if max_train_pairs is not None and max_train_pairs < len(train):
        kept = random.Random(seed).sample(range(len(train)), max_train_pairs)
        train = [train[index] for index in sorted(kept)]
    if draws:
        train = _with_draws(str(name), train, {row[0] for part in (valid, test) for row in part},
                            np.random.default_rng(seed), draws)
    return Pairs(
        name, *([row[:2] for row in part] for part in (train, valid, test)),
        language, licence, source,
    )  # fmt: skip


def _with_draws(name: str, train: list[Row], held_out: set[str], rng: np.random.Generator,
                draws: int) -> list[Row]:
    if name not in ("everyday-en-de", "everyday-en-te"):
        raise CorpusError(f"{name} can't grow by {draws} draws: it was not written by a grammar of "
                          "this course, as everyday-en-de and everyday-en-te were")
    rows = {row[:2]: row for row in train}
    for pair in islice(draw_pairs(name[-2:], rng), draws):
        if pair[0] not in held_out:
            rows.setdefault(pair, (*pair, pair[0]))
    return list(rows.values())


def read_tsv(
    path: Path | str,
    columns: tuple[int | str, int | str] = (0, 1),
    group: int | str | None = None,
) -> list[Row]:
    """(source, target, group) of each line of a tab-separated file, normalised.

    A column is a number from 0, or a name in the header line (then the file has one). `group`:
    a third column; None: the source sentence, without regard to case. Empty lines are skipped.
    Raises MalformedLine for a line with another number of columns than the first, or an empty cell.
    """
    lines = read_lines(path)
    width = lines[0].count("\t") + 1 if lines else 0
    wanted = [*columns] if group is None else [*columns, group]
    start = 0
    if isinstance(columns[0], str):
        header, start = lines[0].split("\t"), 1
        absent = [name for name in wanted if name not in header]
        if absent:
            raise MalformedLine(path, 1, f"no column {absent[0]!r} in the header: {header}")
        wanted = [header.index(name) for name in wanted]
    rows = []
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != width or width <= max(wanted):
            needed = max(width, max(wanted) + 1)
            raise MalformedLine(
                path, number, f"expected {needed} columns separated by tabs, found {len(cells)}"
            )
        source, target, *rest = (normalise(cells[column]) for column in wanted)
        if not (source and target):
            raise MalformedLine(path, number, "the source or the target sentence is empty")
        rows.append((source, target, rest[0] if rest else source.casefold()))
    return rows


def _group(row: Row) -> str:
    return row[2]


def _read_three_tsv(name: str) -> list[list[Row]]:
    names = [f"{split}.tsv" for split in ("train", "valid", "test")]
    files = find(name, names)
    return [read_tsv(files[name]) for name in names]


def _read_multi30k() -> list[list[Row]]:
    name = "multi30k-en-de"
    files, splits = find(name), []
    for split in ("train", "val", "test_2016_flickr"):
        english, german = (read_lines(files[f"{split}.{side}.gz"]) for side in ("en", "de"))
        if len(english) != len(german):
            raise CorpusError(f"{name} {split}: {len(english)} English, {len(german)} German lines")
        splits.append([(normalise(en), normalise(de), "") for en, de in zip(english, german)])
    return splits


def _read_one_tsv(name: str) -> list[Row]:
    file, columns = _TSV_FILES[name]
    return read_tsv(find(name, [file])[file], **columns)


_TSV_FILES = {
    "numbers-en-de": ("pairs.tsv", {}),
    "tatoeba-en-de": ("deu.txt", {}),
    "tatoeba-en-te": ("tel.txt", {}),
    "pratham-en-te": ("pairs.en-te.tsv", {"columns": ("en", "te"), "group": "story_id"}),
}
