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
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

NOTEBOOKS = {".ipynb"}
DATA = {".txt", ".csv", ".tsv", ".json", ".npz", ".npy", ".conllu"}
LARGEST = 64 << 20  # bytes of a file
LARGEST_FOLDER = 128 << 20  # bytes of a student's data files, and of what a student zipped
DEEPEST = 12  # folders in folders; a thousand would end the program
NOTES = 20  # on a student
_JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.git|\.DS_Store)(/|$)|(^|/)\._")
# A student chooses how a file's name ends: the first match in a path is what the LMS wrote.
_MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>.*)", re.S)
_ILIAS = re.compile(r"(?P<name>[^/]+_[^/]+)_(?P<login>[^/_]+)_(?P<id>\d+)/(?P<file>.+)", re.S)
_CANVAS = re.compile(
    r"^(?P<name>[^/_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>[^/]+)$", re.S)
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
        files = list(_folder(source))
    elif zipfile.is_zipfile(source):
        files = list(_zip(source.read_bytes(), None))
    else:
        raise ValueError(f"{source} is neither a folder nor a zip file")
    lms = _lms([file.path for file in files])
    students: dict[str, Student] = {}
    best: dict[tuple[str, str], tuple] = {}
    for file in files:
        owner = _owner(file.path, lms)
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


def _lms(paths: list[str]) -> re.Pattern | None:
    """How the LMS names files, None for a plain folder.

    An LMS puts the student's id into each path, so all paths of notebooks and archives must show
    it. A student who names a file like those of another LMS, with another student's id, is the
    only one to do so. Where there are folders, loose files beside them are the instructor's.
    """
    handed_in = [path for path in paths if path.lower().endswith((".ipynb", ".zip"))] or paths
    handed_in = [path for path in handed_in if "/" in path] or handed_in
    for pattern in (_MOODLE, _ILIAS, _CANVAS):
        if handed_in and all(map(pattern.search, handed_in)):
            return pattern
    return None


def _owner(path: str, lms: re.Pattern | None) -> tuple[Student, str, bool] | None:
    """Student and path of the file in the submission, from a path of the export."""
    path = unicodedata.normalize("NFC", path)  # macOS writes an umlaut as two characters
    if lms is not None:
        match = lms.search(path)
        if match is None:  # a file of the LMS itself
            return None
        found = match.groupdict()
        name = found["name"].replace("_", ", ") if lms is _ILIAS else found["name"]
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
    for path in _paths(root, DEEPEST):
        name = os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")
        if _JUNK.search(name):
            continue
        mode, size = path.lstat().st_mode, path.lstat().st_size
        if stat.S_ISLNK(mode):
            yield _File(name, None, "is a symbolic link")
        elif stat.S_ISDIR(mode):
            yield _File(f"{name}/", None)
        elif not stat.S_ISREG(mode):
            yield _File(name, None, "is not a file")
        elif size > LARGEST:
            yield _File(name, None, f"has {size >> 20} MB")
        elif not _of_use(name):
            yield _File(name, None)
        else:
            try:
                yield _File(name, path.read_bytes())
            except OSError:
                yield _File(name, None, "can't be read")


def _paths(folder: Path, depth: int) -> Iterator[Path]:
    """What is in a folder, in order; links are not followed."""
    for path in sorted(folder.iterdir()):
        yield path
        if depth and path.is_dir() and not path.is_symlink() and os.access(path, os.R_OK | os.X_OK):
            yield from _paths(path, depth - 1)


def _of_use(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in NOTEBOOKS | DATA | {".zip"}


def _zip(data: bytes, most: int | None) -> Iterator[_File]:
    """The files of an archive, at most ``most`` bytes; the sizes that it claims are not trusted."""
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
            elif not _of_use(name):
                yield _File(name, None)
            elif most is not None and total > most:  # and is not read, be it ever so small
                yield _File(name, None, f"lies in an archive of more than {most >> 20} MB")
            else:
                try:
                    with archive.open(info) as opened:
                        content = opened.read(LARGEST + 1)
                except Exception:  # each way of packing has its own errors
                    yield _File(name, None, "is damaged")
                    continue
                total += len(content)
                if len(content) > LARGEST:
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
        except Exception:  # zipfile has no common error for what is wrong with an archive
            yield _File(path, None, "is no zip file that can be read")
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
    if suffix not in DATA | NOTEBOOKS:
        if suffix:
            _note(student, f"{name[:80]} {file.reason or 'is not used'}")
        return
    if suffix in DATA:
        if (file.data is not None and name not in student.files and _NAME.fullmatch(name)
                and len(name.encode()) < 200):
            if len(file.data) + sum(map(len, student.files.values())) <= LARGEST_FOLDER:
                student.files[name] = file.data
        return
    stem, attempt = _attempt(PurePosixPath(name).stem)
    ours = _recognised(stem, file.data, notebooks)
    if file.data is None:
        _note(student, f"{name[:80]} {file.reason}")
        if ours:
            student.notebooks.setdefault(ours, b"")
        return
    if ours is None:
        _note(student, f"{name[:80]} is none of the notebooks of this part")
        return
    rank = (bool(moment), moment or datetime.min, attempt)
    if (student.id, ours) in best:
        _note(student, f"{ours} was handed in more than once: the last one counts")
        if rank < best[student.id, ours]:
            return
    best[student.id, ours] = rank
    student.notebooks[ours] = file.data
    if moment:
        student.time = max(student.time or moment, moment)


def _note(student: Student, text: str) -> None:
    if len(student.notes) < NOTES:
        student.notes.append(text)


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
