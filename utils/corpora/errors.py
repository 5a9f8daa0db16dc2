"""What can go wrong with a corpus: one exception for each case, each saying what to do."""

from __future__ import annotations

from pathlib import Path


class CorpusError(Exception):
    """Any failure to find, fetch or read a corpus."""


class UnknownCorpus(CorpusError):
    """No corpus has this name, or the one that has it is of another kind."""


class MissingCorpus(CorpusError):
    """A corpus is known, but its files are nowhere on this machine and cannot be downloaded."""


class DownloadFailed(MissingCorpus):
    """Every address was tried: no network, an interrupted transfer, or not the listed file."""


class WrongChecksum(CorpusError):
    """A file is not, byte for byte, the one in the registry."""


class TruncatedFile(WrongChecksum):
    """A file is shorter than listed, or a compressed file breaks off."""


class BadLine(CorpusError):
    """A line that cannot be read; `path` and `line` (counted from 1) say where."""

    def __init__(self, path: Path | str, line: int, problem: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}")
        self.path, self.line = Path(path), line


class MalformedLine(BadLine):
    """A line that does not follow its format."""


class NotUTF8(BadLine):
    """A line whose bytes are not UTF-8 text."""
