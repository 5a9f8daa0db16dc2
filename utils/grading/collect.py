"""Find out who submitted what: from a folder, or a zip as Moodle, ILIAS or Canvas export it.

    a folder   STUDENT/notebook.ipynb or STUDENT/PART/notebook.ipynb
    Moodle     Jörg Müller_123456_assignsubmission_file_/notebook.ipynb
    ILIAS      .../Müller_Jörg_jmueller_4711/20261201120000_notebook.ipynb
    Canvas     mullerjorg_LATE_123_456_notebook-1.ipynb

Everything in an export is untrusted: names, links, sizes. Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
import json
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

DATA = {".txt", ".csv", ".tsv", ".json", ".npz", ".npy", ".conllu"}
LARGEST = 64 << 20  # bytes of a file
LARGEST_FOLDER = 128 << 20  # bytes of data files of a student
_JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.git|\.DS_Store)(/|$)|(^|/)\._")
_MOODLE = re.compile(r"(?P<name>[^/]+)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>.*)")
_ILIAS = re.compile(r"(?P<name>[^/]+_[^/]+)_(?P<login>[^/_]+)_(?P<id>\d+)/(?P<file>.+)")
_CANVAS = re.compile(r"(?P<name>[^/_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>.+)")
_NAME = re.compile(r"[\w. ()+,'-]{1,100}")
_STAMP = re.compile(r"^(\d{14})_")
_ATTEMPT = re.compile(r"-(\d+)$| ?\((\d+)\)$")


@dataclass
class Student:
    """What one student handed in. ``notebooks`` is by name of our notebook, without .ipynb."""

    id: str
    name: str
    notebooks: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    time: datetime | None = None  # as the LMS recorded it, in the LMS's local time
    late: bool = False  # Canvas says only that


@dataclass(frozen=True)
class _File:
    path: str  # with /, inside the submission or the export
    data: bytes | None  # None: not readable, for the reason
    reason: str = ""


def collect(source: Path, notebooks: dict[str, set[str]]) -> list[Student]:
    """Return the students of an export, sorted by id.

    ``notebooks`` gives for each notebook of the part the ids of its exercises, by which a file
    that was renamed is recognised.

    Raises:
        ValueError: ``source`` is neither a folder nor a zip, or nothing is in it.
    """
    if source.is_dir():
        files = _folder(source)
    elif zipfile.is_zipfile(source):
        files = _zip(source.read_bytes())
    else:
        raise ValueError(f"{source} is neither a folder nor a zip file")
    students: dict[str, Student] = {}
    best: dict[tuple[str, str], tuple] = {}
    for file in files:
        owner = _owner(file.path)
        if owner is None:
            continue
        student, path, late = owner
        student = students.setdefault(student.id, student)
        student.late |= late
        for inner in _opened(file, path):
            _take(student, inner, notebooks, best)
    if not students:
        raise ValueError(f"no submission found in {source}")
    return sorted(students.values(), key=lambda student: student.id)


def _owner(path: str) -> tuple[Student, str, bool] | None:
    """Student and path of the file in the submission, from a path of the export."""
    path = unicodedata.normalize("NFC", path)  # macOS writes an umlaut as two characters
    for pattern in (_MOODLE, _ILIAS, _CANVAS):
        if match := pattern.search(path):
            if pattern is _CANVAS and "/" in path:
                continue
            found = match.groupdict()
            name = found["name"].replace("_", ", ") if pattern is _ILIAS else found["name"]
            return Student(found["id"], name), found["file"], bool(found.get("late"))
    folder, _, rest = path.partition("/")
    if not rest and not path.endswith("/"):  # a loose file at the top is nobody's
        return None
    return Student(_identifier(folder), folder), rest, False


def _identifier(name: str) -> str:
    """A name as part of a path, and of nbgrader's addresses: letters, digits, - and _."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-")
    if plain == name:
        return name
    mark = format(sum(ord(c) * 31**k for k, c in enumerate(name)) % 16**6, "06x")
    return f"{plain or 'student'}-{mark}"  # two names that look alike without accents stay two


def _folder(root: Path) -> Iterator[_File]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if _JUNK.search(name):
            continue
        if path.is_symlink():
            yield _File(name, None, "is a symbolic link")
        elif path.is_dir():
            yield _File(f"{name}/", None)
        elif not stat.S_ISREG(path.stat().st_mode):
            yield _File(name, None, "is not a file")
        elif path.stat().st_size > LARGEST:
            yield _File(name, None, f"has {path.stat().st_size >> 20} MB")
        elif any(parent.is_symlink() for parent in path.relative_to(root).parents):
            continue
        else:
            yield _File(name, path.read_bytes())


def _zip(data: bytes, most: int = 64 * LARGEST) -> Iterator[_File]:
    """The files of an archive; the sizes that it claims are not trusted."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        total = 0
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            name = _decoded(info)
            if _JUNK.search(name):
                continue
            if ".." in PurePosixPath(name).parts or name.startswith("/") or "\\" in name:
                continue
            if info.is_dir():
                yield _File(name, None)
            elif stat.S_ISLNK(info.external_attr >> 16):
                yield _File(name, None, "is a symbolic link")
            elif info.flag_bits & 1:
                yield _File(name, None, "is encrypted")
            else:
                try:
                    with archive.open(info) as opened:
                        content = opened.read(LARGEST + 1)
                except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
                    yield _File(name, None, "is damaged")
                    continue
                total += len(content)
                if len(content) > LARGEST or total > most:
                    yield _File(name, None, f"has more than {LARGEST >> 20} MB")
                else:
                    yield _File(name, content)


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name of a member; old tools write UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _opened(file: _File, path: str) -> Iterator[_File]:
    """The file itself, or the files of a zip that a student handed in."""
    if file.data is not None and path.lower().endswith(".zip"):
        try:
            yield from _zip(file.data, LARGEST_FOLDER)
        except zipfile.BadZipFile:
            yield _File(path, None, "is no zip file")
    else:
        yield _File(path, file.data, file.reason)


def _take(
    student: Student, file: _File, notebooks: dict[str, set[str]],
    best: dict[tuple[str, str], tuple],
) -> None:
    """Add a file to what a student handed in; of two versions the later one counts."""
    name = PurePosixPath(file.path).name
    if not name or file.path.endswith("/"):
        return
    stamp = _STAMP.match(name)
    moment = None
    if stamp:
        name = name[stamp.end():]
        try:
            moment = datetime.strptime(stamp[1], "%Y%m%d%H%M%S")
        except ValueError:
            moment = None
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in DATA | {".ipynb"}:
        if suffix:
            student.notes.append(f"{name[:80]} is not used")
        return
    if suffix in DATA:
        if file.data is not None and name not in student.files and _NAME.fullmatch(name):
            if len(file.data) + sum(map(len, student.files.values())) <= LARGEST_FOLDER:
                student.files[name] = file.data
        return
    stem, attempt = _attempt(PurePosixPath(name).stem)
    ours = _recognised(stem, file.data, notebooks)
    if file.data is None:
        student.notes.append(f"{name[:80]} {file.reason}")
        if ours:
            student.notebooks.setdefault(ours, b"")
        return
    if ours is None:
        student.notes.append(f"{name[:80]} is none of the notebooks of this part")
        return
    rank = (bool(moment), moment or datetime.min, attempt)
    if (student.id, ours) in best:
        student.notes.append(f"{ours} was handed in more than once: the last one counts")
        if rank < best[student.id, ours]:
            return
    best[student.id, ours] = rank
    student.notebooks[ours] = file.data
    if moment:
        student.time = max(student.time or moment, moment)


def _attempt(stem: str) -> tuple[str, int]:
    """Canvas and browsers number the versions of a file: name-1, name (2)."""
    if match := _ATTEMPT.search(stem):
        return stem[: match.start()], int(match[1] or match[2])
    return stem, 0


def _recognised(stem: str, data: bytes | None, notebooks: dict[str, set[str]]) -> str | None:
    """Our notebook that a file is a version of: by its name, else by its exercises."""
    for name in notebooks:
        if stem.casefold() == name.casefold():
            return name
    if data:
        found = _grade_ids(data)
        shared = {name: len(found & ids) for name, ids in notebooks.items()}
        if shared and max(shared.values()) > 0:
            return max(shared, key=shared.get)
    for name in notebooks:
        if name.casefold() in stem.casefold():
            return name
    return None


def _grade_ids(data: bytes) -> set[str]:
    try:
        cells = json.loads(data.decode("utf-8-sig"))["cells"]
        return {cell["metadata"]["nbgrader"]["grade_id"] for cell in cells
                if "nbgrader" in cell.get("metadata", {})}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set()
