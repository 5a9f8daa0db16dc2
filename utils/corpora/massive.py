"""MASSIVE 1.1 (FitzGerald et al. 2022): requests to a voice assistant in 52 languages, CC BY 4.0.

Each language has one file, `<locale>.jsonl`, in the archive (39 MB) at ADDRESS, and the utterances
correspond by their id.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from utils.corpora.errors import CorpusError, MalformedLine, MissingCorpus, TruncatedFile
from utils.corpora.files import decode_lines
from utils.corpora.normalise import normalise
from utils.corpora.pairs import Pairs

ADDRESS = "https://amazon-massive-nlu-dataset.s3.amazonaws.com/amazon-massive-dataset-1.1.tar.gz"
PARTITIONS = ("train", "dev", "test")


@dataclass(frozen=True)
class Utterance:
    """One line of MASSIVE. `annot_utt` is `utt` with its slots: "wake me at [time : nine am]"."""

    id: str
    partition: str
    intent: str
    utt: str
    annot_utt: str


def load_massive(
    archive: Path | str, source: str = "en-US", target: str = "te-IN"
) -> Pairs:
    """Translation pairs of two locales in their official partitions (11,514 / 2,033 / 2,974).

    Raises CorpusError of one kind or another, also if the two do not have the same ids.
    """
    utterances = read_massive(archive, [source, target])
    sources, targets = ({item.id: item for item in utterances[key]} for key in (source, target))
    if sources.keys() != targets.keys():
        odd = min(sources.keys() ^ targets.keys())
        raise CorpusError(f"{archive}: {source} and {target} do not pair up, see id {odd!r}")
    parts = {partition: [] for partition in PARTITIONS}
    for key, item in sources.items():
        parts[item.partition].append((normalise(item.utt), normalise(targets[key].utt)))
    language = f"{source[:2]}-{target[:2]}"
    return Pairs("massive", *parts.values(), language, "CC BY 4.0", str(archive))


def read_massive(archive: Path | str, locales: Sequence[str]) -> dict[str, list[Utterance]]:
    """The utterances of some locales, in file order. Raises MissingCorpus (no archive, or no such
    locale in it), TruncatedFile, MalformedLine or NotUTF8."""
    found, present = {}, []
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                path = PurePosixPath(member.name)
                if not member.isfile() or path.suffix != ".jsonl" or path.name.startswith("."):
                    continue
                present.append(path.stem)
                if path.stem in locales:
                    lines = decode_lines(members.extractfile(member).read(), f"{archive}/{path}")
                    found[path.stem] = list(_utterances(lines, f"{archive}/{path}"))
                if len(found) == len(set(locales)):  # the rest need not be unpacked
                    return found
    except FileNotFoundError:
        raise MissingCorpus(f"there is no file {archive}; download it from {ADDRESS}") from None
    except (EOFError, zlib.error, tarfile.ReadError) as error:
        raise TruncatedFile(f"{archive} is not a whole tar.gz file ({error})") from error
    absent = ", ".join(sorted(set(locales) - set(present)))
    raise MissingCorpus(f"{archive} has no locale {absent}; it has {', '.join(sorted(present))}")


def _utterances(lines: Iterable[str], path: str) -> Iterable[Utterance]:
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            item = Utterance(*(record[key] for key in Utterance.__dataclass_fields__))
        except json.JSONDecodeError as error:
            raise MalformedLine(path, number, f"not JSON: {error}") from None
        except (KeyError, TypeError) as error:
            raise MalformedLine(path, number, f"a field is missing: {error}") from None
        if item.partition not in PARTITIONS:
            raise MalformedLine(path, number, f"unknown partition {item.partition!r}")
        yield item
