"""Corpora for language models: lines of tokens."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from utils.corpora.errors import CorpusError
from utils.corpora.fetch import find
from utils.corpora.files import read_lines
from utils.corpora.registry import lookup, own_path

Line = list[str]
SPLITS = ("train.txt", "valid.txt", "test.txt")
# A word with its inner apostrophes and hyphens (know't), a dash, or one punctuation mark. Only
# for English: \w does not match the vowel signs of Telugu.
ENGLISH_TOKEN = re.compile(r"\w+(?:['-]\w+)*|--|[^\w\s]")


@dataclass(frozen=True)
class LMCorpus:
    """Three lists of lines; a line is a list of tokens, without <eos>.

    Each line is followed by one <eos> when it becomes a stream, empty lines ([]) too: published
    perplexities of WikiText-2 count them. `truth` holds what is known exactly of an embedded
    corpus (its entropy per token, for one), None elsewhere.
    """

    name: str
    train: list[Line]
    valid: list[Line]
    test: list[Line]
    licence: str
    source: str
    truth: dict | None = field(default=None, repr=False)


def load_lm(
    name: Path | str, max_train_tokens: int | None = None, unit: str = "word"
) -> LMCorpus:
    """A language-model corpus by name, or a text of one's own by path.

    everyday, wikitext-2: three files, tokens separated by blanks. WikiText-2 is left as published:
    headings are lines (`= Title =`), empty lines are kept, rare words are <unk>, and the 36 U+FEFF
    in its training text stay tokens of their own, as they are in the published vocabulary of
    33,278 types.
    tinyshakespeare: words and punctuation marks, split 90/5/5 % of the lines, in order.
    A path: a folder with train.txt, valid.txt and test.txt, or one file, split 90/5/5 % in order;
    tokens are separated by blanks.

    max_train_tokens: the training text is cut before the first line that would exceed it (<eos>
    not counted); valid and test stay whole, so that their perplexities can be compared.
    unit: "word", or "character": each line is the list of its characters, blanks included, and
    <eos> stands for the line end.
    """
    if unit not in ("word", "character"):
        raise ValueError(f'unit must be "word" or "character", not {unit!r}')
    path, truth, tokenise = own_path(name), None, str.split
    if path is None:
        corpus = lookup(str(name), "language model")
        name, licence, source = corpus.name, corpus.licence, corpus.source
        files = find(name)
        if "truth.json" in files:
            truth = json.loads("\n".join(read_lines(files["truth.json"])))
        if name == "tinyshakespeare":
            tokenise = ENGLISH_TOKEN.findall
    else:
        name, licence, source = path.stem, "your own", str(path)
        files = {split: path / split for split in SPLITS} if path.is_dir() else {path.name: path}
    if unit == "character":
        tokenise = list
    parts = _three_parts(files)
    train, valid, test = ([tokenise(line) for line in part] for part in parts)
    if max_train_tokens is not None:
        train = cut(train, max_train_tokens)
    return LMCorpus(name, train, valid, test, licence, source, truth)


def _three_parts(files: dict[str, Path]) -> list[list[str]]:
    if all(split in files for split in SPLITS):
        return [read_lines(files[split]) for split in SPLITS]
    (path,) = files.values()
    lines = read_lines(path)
    held_out = len(lines) // 20
    if held_out == 0:
        raise CorpusError(f"{path} has {len(lines)} lines; three splits need 20 or more")
    end = len(lines) - held_out
    return [lines[: end - held_out], lines[end - held_out : end], lines[end:]]


def cut(lines: list[Line], max_tokens: int) -> list[Line]:
    """The longest beginning of `lines`, in whole lines, with at most `max_tokens` tokens."""
    total = 0
    for number, line in enumerate(lines):
        total += len(line)
        if total > max_tokens:
            lines = lines[:number]
            break
    if not any(lines):
        raise ValueError(f"{max_tokens} tokens are fewer than the first line has")
    return lines
