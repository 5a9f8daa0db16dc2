"""Which corpora there are: data/corpora.tsv (what each is), data/registry.tsv (each public file)
and data/*/SHA256SUMS (each embedded file, written by utils.grammar)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from utils.corpora.errors import CorpusError, MalformedLine, UnknownCorpus
from utils.corpora.files import read_lines, read_table

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


@dataclass(frozen=True)
class CorpusFile:
    """One file as it has to be: its size in bytes (None: not listed), sha256, and addresses."""

    corpus: str
    name: str
    size: int | None
    sha256: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """What is known of a corpus before any of its files is opened.

    `embedded` is its folder inside data/ ("" for a public corpus), `stand_in` the embedded corpus
    to use when this one cannot be had, `note` a trap worth telling in an error message.
    """

    name: str
    kind: str
    language: str
    embedded: str
    what: str
    licence: str
    source: str
    stand_in: str
    note: str
    files: tuple[CorpusFile, ...]


def corpora() -> dict[str, Corpus]:
    """Every registered corpus by name, embedded ones first."""
    return _read_registry(DATA)


@lru_cache
def _read_registry(data: Path) -> dict[str, Corpus]:
    if not (data / "corpora.tsv").is_file():
        raise CorpusError(
            f"{data / 'corpora.tsv'} is missing. utils reads it from the course's own folder: "
            "work in a clone of the course, installed with `make` or `pip install -e .`"
        )
    files: dict[str, list[CorpusFile]] = {}
    for row in read_table(data / "registry.tsv"):
        file = CorpusFile(
            row["corpus"], row["file"], int(row["bytes"]), row["sha256"],
            tuple(row["addresses"].split()),
        )
        files.setdefault(file.corpus, []).append(file)
    found = {}
    for row in read_table(data / "corpora.tsv"):
        name, embedded = row.pop("corpus"), row["embedded"]
        listed = _embedded_files(name, data / embedded) if embedded else files.pop(name, [])
        found[name] = Corpus(name=name, files=tuple(listed), **row)
    if files:
        raise CorpusError(f"registry.tsv lists files of {', '.join(files)}, not in corpora.tsv")
    return found


def _embedded_files(name: str, folder: Path) -> list[CorpusFile]:
    sums = folder.parent / "SHA256SUMS"
    if not sums.is_file():
        return []
    files = []
    for number, line in enumerate(read_lines(sums), 1):
        sha256, gap, path = line.partition("  ")
        if not gap or len(sha256) != 64:
            raise MalformedLine(sums, number, "expected `sha256  path`, as sha256sum writes it")
        if path.startswith(folder.name + "/"):
            files.append(CorpusFile(name, path[len(folder.name) + 1 :], None, sha256))
    return files


def lookup(name: str, kind: str | None = None) -> Corpus:
    """The corpus of this name. Raises UnknownCorpus, with suggestions, also when it is of another
    kind than the one asked for."""
    known = corpora()
    fitting = [corpus.name for corpus in known.values() if kind in (None, corpus.kind)]
    listing = f"{'Corpora' if kind is None else f'Of the kind {kind!r}'}: {', '.join(fitting)}."
    if name not in known:
        near = difflib.get_close_matches(name, fitting or known, n=2, cutoff=0.5)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise UnknownCorpus(
            f"there is no corpus (nor file, nor folder) called {name!r}.{hint} {listing}"
        )
    if kind not in (None, known[name].kind):
        raise UnknownCorpus(f"{name!r} is of the kind {known[name].kind!r}. {listing}")
    return known[name]


def own_path(name: Path | str) -> Path | None:
    """The path, if `name` means a file or folder of one's own rather than a registered corpus."""
    if isinstance(name, str) and name in corpora():
        return None
    path = Path(name).expanduser()
    means_path = isinstance(name, Path) or "/" in name or path.suffix != "" or path.exists()
    return path if means_path else None
