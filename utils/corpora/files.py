"""Text files, read strictly."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from utils.corpora.errors import MalformedLine, MissingCorpus, NotUTF8, TruncatedFile


def read_lines(path: Path | str) -> list[str]:
    """The lines of a UTF-8 file (or of a gzip file, if its name ends in .gz), without line ends.

    Only LF and CRLF end a line: `str.splitlines` would also cut at U+0085 or U+2028, which occur
    inside sentences. A byte-order mark at the start is dropped. Raises MissingCorpus, NotUTF8 or
    TruncatedFile.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
    except FileNotFoundError:
        raise MissingCorpus(f"there is no file {path}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TruncatedFile(f"{path} is not a whole gzip file ({error}): copy it again") from error
    return decode_lines(data, path)


def decode_lines(data: bytes, path: Path | str) -> list[str]:
    """The lines in `data`; `path` is where they come from, for the messages."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.start counts from after a byte-order mark, which has no line end in it
        line = error.object.count(b"\n", 0, error.start) + 1
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            advice = "it looks like UTF-16"
        else:
            advice = f"byte 0x{error.object[error.start]:02x} is not possible here"
        raise NotUTF8(path, line, f"not UTF-8 text ({advice}); save the file as UTF-8") from None
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line[:-1] if line.endswith("\r") else line for line in lines] if "\r" in text else lines


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a small TSV file with a header line. Raises MalformedLine."""
    header, *lines = [line.split("\t") for line in read_lines(path)]
    for number, cells in enumerate(lines, 2):
        if len(cells) != len(header):
            raise MalformedLine(path, number, f"expected {len(header)} columns, not {len(cells)}")
    return [dict(zip(header, cells)) for cells in lines]
