"""The table of all corpora, and fetching of those that are missing (`make data`)."""

from __future__ import annotations

import argparse
import re
import sys

from utils.corpora.errors import CorpusError, MissingCorpus
from utils.corpora.fetch import find, locate
from utils.corpora.registry import Corpus, corpora, lookup


def main(arguments: list[str] | None = None) -> int:
    """Print the table; exit status 1 if a fetch failed or a file that is here is corrupt."""
    parser = argparse.ArgumentParser(prog="python -m utils.corpora", description=__doc__)
    parser.add_argument(
        "--fetch", nargs="+", default=[], metavar="NAME",
        help="download these corpora if they are missing, or all that have an address",
    )  # fmt: skip
    fetch, problems = parser.parse_args(arguments).fetch, []
    rows = [("corpus", "kind", "found", "size", "checked", "licence")]
    try:
        public = [c.name for c in corpora().values() if any(f.addresses for f in c.files)]
        for name in public if fetch == ["all"] else fetch:
            try:
                find(lookup(name).name)
            except CorpusError as error:
                problems.append(str(error))
        for corpus in corpora().values():
            licence = re.split(r" \(|;", corpus.licence)[0]  # the whole of it is in corpora.tsv
            rows.append((corpus.name, corpus.kind, *_state(corpus, problems), licence))
    except CorpusError as error:  # no registry, or COURSE_DATA names no folder
        problems.append(str(error))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip())
    for problem in dict.fromkeys(problems):
        print(f"\n{problem}", file=sys.stderr)
    return 1 if problems else 0


def _state(corpus: Corpus, problems: list[str]) -> tuple[str, str, str]:
    """Where it was found, its size, and whether its checksums hold; a corrupt file is a problem,
    and so is a missing one of an embedded corpus, which belongs to the course itself."""
    here = {file: found for file in corpus.files if (found := locate(corpus, file))}
    sizes = [here[file][1].stat().st_size if file in here else file.size for file in corpus.files]
    found = ", ".join(dict.fromkeys(place for place, _ in here.values())) or "missing"
    if 0 < len(here) < len(corpus.files):
        found += f" ({len(here)} of {len(corpus.files)} files)"
    checked = "ok"
    try:
        find(corpus.name, download=False)
    except CorpusError as error:
        absent = isinstance(error, MissingCorpus)
        checked = "" if absent else "CORRUPT"
        if corpus.embedded or not absent:
            problems.append(str(error))
    return found, f"{sum(size or 0 for size in sizes) / 1e6:.2f} MB", checked


if __name__ == "__main__":
    sys.exit(main())
