"""Treebanks in CoNLL-U (https://universaldependencies.org/format.html): words and their tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from utils.corpora.errors import CorpusError, MalformedLine, MissingCorpus
from utils.corpora.fetch import find
from utils.corpora.files import read_lines
from utils.corpora.registry import lookup, own_path
from utils.corpora.splits import split_by_group
from utils.files import write_whole

UPOS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM",
    "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
)  # fmt: skip
# "3-4": the surface token that words 3 and 4 make up; "8.1": a word that is not in the text
_NO_WORD = re.compile(r"\d+-\d+|\d+\.\d+")
_SPLIT = re.compile(r"(?:^|[-_.])(train|dev|valid|test)\.conllu$")


@dataclass(frozen=True)
class Sentence:
    """One sentence: its words, their universal tags and lemmas (lists of one length)."""

    forms: list[str]
    upos: list[str]
    lemmas: list[str]
    sent_id: str = ""
    text: str = ""

    def __len__(self) -> int:
        return len(self.forms)

    def with_upos(self, upos: Sequence[str]) -> Sentence:
        """The same sentence with other tags, for example predicted ones."""
        if len(upos) != len(self):
            raise ValueError(f"{len(self)} words need {len(self)} tags, not {len(upos)}")
        return replace(self, upos=list(upos))


@dataclass(frozen=True)
class Treebank:
    """Sentences by split; a split that the treebank does not have is an empty list."""

    name: str
    train: list[Sentence]
    valid: list[Sentence]
    test: list[Sentence]
    licence: str
    source: str


def load_treebank(name: Path | str) -> Treebank:
    """A treebank by name, or any UD treebank by path.

    A path is a folder with files named as UD names them (...-train.conllu, -dev, -test), or one
    file, whose sentences are then split 90/5/5 % at random, equal sentences together. Raises
    CorpusError of one kind or another, with file and line where there is one.
    """
    path = own_path(name)
    if path is not None and not path.is_dir():
        splits = split_by_group(read_conllu(path), lambda sentence: tuple(sentence.forms))
        return Treebank(path.stem, *splits, "your own", str(path))
    files = treebank_files(name)
    splits = (read_conllu(files[s]) if s in files else [] for s in ("train", "valid", "test"))
    if path is not None:
        return Treebank(path.stem, *splits, "your own", str(path))
    corpus = lookup(str(name), "treebank")
    return Treebank(corpus.name, *splits, corpus.licence, corpus.source)


def treebank_files(name: Path | str) -> dict[str, Path]:
    """The CoNLL-U file of each split ("train", "valid", "test") that a treebank has.

    `name` is that of a registered treebank, or the path of a folder. Raises CorpusError.
    """
    path = own_path(name)
    if path is None:
        source = lookup(str(name), "treebank").source
        files = find(str(name)).values()
    elif not path.is_dir():
        raise CorpusError(f"{path} is one file, but the splits are wanted as files: make a folder "
                          "with three, named ...-train.conllu, ...-dev.conllu and ...-test.conllu")
    else:
        source, files = str(path), sorted(path.glob("*.conllu"))
    by_split: dict[str, Path] = {}
    for file in files:
        if match := _SPLIT.search(file.name):
            split = match[1].replace("dev", "valid")
            if split in by_split:
                raise CorpusError(f"{source} has two files of the split {split!r}")
            by_split[split] = file
    if not by_split:
        raise MissingCorpus(f"{source} has no file named ...-train.conllu, -dev or -test")
    return by_split


def read_conllu(path: Path | str) -> list[Sentence]:
    """The sentences of a CoNLL-U file, in words: ranges (`3-4`) and empty nodes (`8.1`) are
    skipped, as published counts and tagging accuracies do.

    LF or CRLF; the blank line after the last sentence may be missing. Raises MalformedLine for a
    missing column, a tag that is not one of the 17 of UD, or word numbers that are not 1, 2, 3...
    """
    sentences, rows, comments = [], [], {}
    for number, line in enumerate([*read_lines(path), ""], 1):
        if not line:
            if rows:
                _, forms, lemmas, upos, *_ = map(list, zip(*rows))
                named = {key: comments.get(key, "") for key in ("sent_id", "text")}
                sentences.append(Sentence(forms, upos, lemmas, **named))
            rows, comments = [], {}
        elif line[0] == "#":
            key, _, value = line[1:].partition(" = ")
            comments[key.strip()] = value
        else:
            row = line.split("\t")
            if row[0] == str(len(rows) + 1) and len(row) == 10 and row[3] in UPOS and row[1]:
                rows.append(row)
            elif not (len(row) == 10 and _NO_WORD.fullmatch(row[0])):
                raise MalformedLine(path, number, _problem(row, len(rows) + 1))
    return sentences


def _problem(row: list[str], expected: int) -> str:
    if len(row) != 10:
        return f"expected 10 columns separated by tabs, found {len(row)}"
    if row[0] != str(expected):
        return f"expected the word number {expected}, found {row[0]!r}"
    if not row[1]:
        return "the word itself (column 2) is empty"
    return f"unknown tag {row[3]!r} in column 4; UD has {', '.join(UPOS)}"


def write_conllu(path: Path | str, sentences: Iterable[Sentence]) -> None:
    """Write sentences as CoNLL-U: id, form, lemma and tag; the other columns are `_`.

    read_conllu gives the same sentences back. Raises ValueError for a sentence that the format
    cannot hold: no words, an empty word, a tab or a line end in a field, a tag not of UD.
    """
    blocks = []
    for sentence in sentences:
        comments = {"sent_id": sentence.sent_id, "text": sentence.text}
        lines = [f"# {key} = {value}" for key, value in comments.items() if value]
        words = zip(sentence.forms, sentence.lemmas, sentence.upos, strict=True)
        for number, (form, lemma, upos) in enumerate(words, 1):
            if not form or upos not in UPOS:
                raise ValueError(f"word {number}, {form!r} tagged {upos!r}, cannot be written")
            lines.append(f"{number}\t{form}\t{lemma}\t{upos}" + 6 * "\t_")
        if not sentence.forms or any(
            re.search(r"[\t\r\n]", field)
            for field in (*sentence.forms, *sentence.lemmas, *comments.values())
        ):
            raise ValueError(f"CoNLL-U cannot hold this sentence: {sentence}")
        blocks.append("\n".join(lines) + "\n\n")
    write_whole(path, "".join(blocks))


def retag_conllu(
    source: Path | str, target: Path | str, tags: Iterable[Sequence[str]]
) -> None:
    """Copy a CoNLL-U file with other universal tags, one sequence for each sentence.

    All else stays as it is: comments, ranges (`3-4`), empty nodes (`8.1`), the other columns. Line
    ends become LF. Raises MalformedLine as read_conllu does, and ValueError if the tags do not
    fit the words or are not of UD.
    """
    sentences, tags = read_conllu(source), [list(t) for t in tags]
    if len(tags) != len(sentences):
        raise ValueError(f"{source} has {len(sentences)} sentences, not {len(tags)}")
    for number, (sentence, new) in enumerate(zip(sentences, tags), 1):
        if len(new) != len(sentence) or not set(new) <= set(UPOS):
            raise ValueError(f"sentence {number} of {source} cannot be tagged {new}")
    following = (tag for sentence in tags for tag in sentence)
    lines = []
    for line in read_lines(source):
        row = line.split("\t")
        if line and line[0] != "#" and not _NO_WORD.fullmatch(row[0]):
            row[3] = next(following)
        lines.append("\t".join(row))
    write_whole(target, "\n".join(lines).rstrip("\n") + "\n\n")
