"""Find the files of a corpus: embedded, COURSE_DATA, the user's cache, or its official address."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import pooch
import requests
from tqdm import tqdm

from utils.corpora import registry
from utils.corpora.errors import (
    DownloadFailed,
    MissingCorpus,
    TruncatedFile,
    WrongChecksum,
)
from utils.corpora.registry import Corpus, CorpusFile, lookup

# manythings.org refuses clients that do not name themselves; uncompressed transfers keep the
# progress bar true and let a transfer that breaks off be noticed by its length.
HEADERS = {"User-Agent": "Mozilla/5.0 (rnn-nlp-course)", "Accept-Encoding": "identity"}
_CONNECTION_ERRORS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


def cache_folder() -> Path:
    """Where downloads are kept: COURSE_CACHE, or the operating system's folder for caches."""
    return Path(os.environ.get("COURSE_CACHE") or pooch.os_cache("rnn-nlp-course")).expanduser()


def data_folder() -> Path | None:
    """The folder named by COURSE_DATA, or None. A relative path counts from the course's folder,
    because a notebook runs in its own. Raises MissingCorpus if there is no such folder."""
    named = os.environ.get("COURSE_DATA")
    if not named:
        return None
    folder = (registry.ROOT / Path(named).expanduser()).resolve()
    if not folder.is_dir():
        raise MissingCorpus(f"COURSE_DATA={named} names no folder: {folder} does not exist")
    return folder


def places(corpus: Corpus) -> dict[str, Path]:
    """The folders in which its files may lie, in the order in which they are looked for."""
    if corpus.embedded:
        return {"embedded": registry.DATA / corpus.embedded}
    folder = data_folder()
    given = {"COURSE_DATA": folder / corpus.name} if folder else {}
    return given | {"cache": cache_folder() / corpus.name}


def locate(corpus: Corpus, file: CorpusFile) -> tuple[str, Path] | None:
    """Which place has the file, and its path; None if none has. Nothing is checked yet."""
    for place, folder in places(corpus).items():
        if (folder / file.name).is_file():
            return place, folder / file.name
    return None


def verify(corpus: Corpus, file: CorpusFile, path: Path) -> None:
    """Raise TruncatedFile or WrongChecksum unless `path` holds exactly the listed bytes."""
    size = path.stat().st_size
    if file.size is not None and size < file.size:
        raise TruncatedFile(
            f"{path} is truncated: {size:,} of {file.size:,} bytes. {_cure(corpus)}"
        )
    if _sha256(path, size, path.stat().st_mtime_ns) != file.sha256:
        raise WrongChecksum(
            f"{path} is not the registered file of {corpus.name} (wrong sha256). {_cure(corpus)}"
        )


def _cure(corpus: Corpus) -> str:
    if corpus.embedded:
        return "Restore it with git, or write the corpora anew: make corpora"
    return f"Delete the file and run again to fetch it, or copy it again. {corpus.note}".strip()


@lru_cache(maxsize=None)  # once per process and version of the file
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    return pooch.file_hash(str(path), alg="sha256")


def find(name: str, files: Sequence[str] = (), download: bool = True) -> dict[str, Path]:
    """The verified files of a corpus, {file name: path}, downloaded if they are nowhere here.

    `files` names those that are needed (default: all). Raises UnknownCorpus, MissingCorpus (or
    its subclass DownloadFailed), WrongChecksum or TruncatedFile.
    """
    corpus = lookup(name)
    wanted = [file for file in corpus.files if not files or file.name in files]
    if not wanted:
        raise MissingCorpus(_how_to_get(corpus, [], "no file of it is registered"))
    missing = [file for file in wanted if locate(corpus, file) is None]
    if missing and not (download and all(file.addresses for file in missing)):
        raise MissingCorpus(_how_to_get(corpus, missing, "its files are not on this machine"))
    if missing:
        _download(corpus, missing)
    paths = {}
    for file in wanted:
        _, paths[file.name] = locate(corpus, file)
        verify(corpus, file, paths[file.name])
    return paths


def _how_to_get(corpus: Corpus, missing: list[CorpusFile], reason: str) -> str:
    """The whole story for the reader who cannot get a corpus: every way that is left."""
    lines = [f"{corpus.name}: {reason}"]
    if corpus.embedded:
        return f"{lines[0]}. {_cure(corpus)}"
    names = [file.name for file in missing]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    lines += [f"  missing    {', '.join(names[:3])}{more}"]
    addresses = sorted({address for file in missing for address in file.addresses})
    if len(addresses) > 3:  # one for each file, in one folder
        addresses = sorted({address.rpartition("/")[0] + "/" for address in addresses})
    lines += [f"  address    {address}" for address in addresses or [corpus.source]]
    folder = list(places(corpus).values())[0]
    lines += [f"  licence    {corpus.licence}", f"  put it in  {folder}"]
    if "COURSE_DATA" not in places(corpus):
        lines += [f"             or in a folder {corpus.name}/ in the one that COURSE_DATA names"]
    if corpus.stand_in:
        lines += [f"  or use     {corpus.stand_in!r}, embedded in the course: no network needed"]
    return "\n".join(lines + [f"  note       {corpus.note}"] * bool(corpus.note))


def _download(corpus: Corpus, missing: list[CorpusFile]) -> None:
    """Fetch files into the cache, trying the addresses of each in turn. Raises DownloadFailed."""
    for addresses, group in itertools.groupby(missing, key=lambda file: file.addresses):
        files, reasons = list(group), []
        for address in addresses:
            try:
                _fetch(corpus, files, address)
                break
            except _CONNECTION_ERRORS:
                reasons.append(f"no connection to {urlsplit(address).netloc}, or it broke off")
            except (WrongChecksum, zipfile.BadZipFile):
                reasons.append(f"what {address} sends is not the registered edition")
            except OSError as error:  # the other errors of requests, a full disk, no permission
                reasons.append(str(error))
        else:
            reason = f"the download failed ({'; '.join(reasons)})"
            raise DownloadFailed(_how_to_get(corpus, missing, reason))


def _fetch(corpus: Corpus, files: list[CorpusFile], address: str) -> None:
    """Download one address, check what came, and only then move it to its place in the cache.

    Everything happens in a scratch folder on the same disk, so that whatever interrupts it, a
    file in the cache is a whole and verified one.
    """
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache) as scratch:
        name = Path(urlsplit(address).path).name
        arrived = Path(_retrieve(f"{corpus.name}/{name}", address, name, scratch))
        if zipfile.is_zipfile(arrived):
            ready = [(file, _extract(arrived, file, scratch)) for file in files]
        else:
            ready = [(file, arrived) for file in files]
        for file, path in ready:
            verify(corpus, file, path)
        (cache / corpus.name).mkdir(exist_ok=True)
        for file, path in ready:
            path.chmod(0o644)  # temporary files are private, a cache may be shared by a class
            os.replace(path, cache / corpus.name / file.name)


def _retrieve(title: str, address: str, name: str, folder: str) -> str:
    """Download, saying so in one line, with a progress bar below it in a terminal."""
    pooch.get_logger().setLevel("WARNING")
    print(f"Downloading {title} from {urlsplit(address).netloc}", file=sys.stderr)
    # pooch sets the total when it knows it; disable=None: a bar in a terminal only
    with tqdm(total=1, unit="B", unit_scale=True, leave=False, disable=None) as bar:
        downloader = pooch.HTTPDownloader(progressbar=bar, headers=HEADERS, chunk_size=1 << 16)
        return pooch.retrieve(address, None, fname=name, path=folder, downloader=downloader)


def _extract(archive: Path, file: CorpusFile, folder: str) -> Path:
    """Unpack the member that has the listed content, whatever the archive calls it."""
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            if member.file_size == file.size:
                path = Path(folder, f"{member.header_offset}-{file.name}")
                path.write_bytes(members.read(member))
                if pooch.file_hash(str(path), alg="sha256") == file.sha256:
                    return path
    raise WrongChecksum(
        f"no file in this archive is the registered {file.name} (another edition?)"
    )
