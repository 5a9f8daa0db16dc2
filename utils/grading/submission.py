"""A submitted notebook, made fit for grading: whatever came in, what goes on is well-formed.

The student's cells are kept in their order. What nbgrader needs to know of a cell (its exercise,
its points) is taken from the released lecture and never from the submission, where it can have
been edited. Test cells and other locked cells are replaced by the released ones.
"""

from __future__ import annotations

import ast
import copy
import json
from dataclasses import dataclass, field
from pathlib import Path

from utils.grading.cells import (
    Cell,
    exercise_of,
    grade_id,
    is_answer,
    is_graded,
    is_locked,
    is_test,
    nbgrader,
)

LARGEST = 64 << 20  # bytes of a notebook, outputs included
CELLS = 2000
SOURCE = 200_000  # characters of a cell


class Unreadable(ValueError):
    """The file is not a notebook; the message says in words what it is."""


@dataclass
class Submission:
    """The cells to grade, and in words what was put right in them."""

    cells: list[Cell]
    notes: list[str] = field(default_factory=list)


def read_ours(path: Path) -> list[Cell]:
    """Read the cells of a notebook of the course."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def read_cells(data: bytes) -> list[Cell]:
    """Read the cells of a notebook, and of each only type, id of the exercise, and source.

    Raises:
        Unreadable: it isn't a notebook.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"the file has {len(data) >> 20} MB")
    if not data.strip():
        raise Unreadable("the file is empty")
    try:
        doc = json.loads(data.decode("utf-8-sig"))
        if type(doc) is not dict or type(doc.get("nbformat")) is not int:
            raise Unreadable("the file is JSON, but not a notebook")
        if doc["nbformat"] != 4:
            import nbformat  # takes seconds, and old notebooks are rare

            doc = nbformat.convert(nbformat.reads(json.dumps(doc), doc["nbformat"]), 4)
        cells = doc["cells"]
        if type(cells) is not list or len(cells) > CELLS:
            raise Unreadable("the file has no list of cells, or one of thousands")
        return [_clean(cell) for cell in cells]
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable("the file is not JSON, so it is not a notebook") from error
    except Exception as error:
        raise Unreadable("the file is damaged") from error


def _clean(cell: dict) -> Cell:
    source = cell.get("source", "")
    source = "".join(source) if type(source) is list else source
    if type(source) is not str or len(source) > SOURCE:
        raise Unreadable("a cell has no text, or too much of it")
    source = source.encode("utf-8", "replace").decode()  # JSON can spell half characters
    meta = cell.get("metadata")
    meta = meta.get("nbgrader") if type(meta) is dict else None
    found = meta.get("grade_id") if type(meta) is dict else None
    kind = "code" if cell.get("cell_type") == "code" else "markdown"
    return _cell(kind, source, {"found_id": found} if type(found) is str else {})


def _cell(kind: str, source: str, metadata: dict) -> Cell:
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "source": source, "metadata": metadata, **code}


def rebuild(data: bytes, lecture: list[Cell]) -> Submission:
    """Return the submission with the locked cells and all metadata of the released ``lecture``.

    A cell with the id of an exercise is that exercise's; of several, each is run and the last one
    counts. A test stands behind its exercise, wherever the student moved either of them.

    Raises:
        Unreadable: ``data`` isn't a notebook.
    """
    ours = {grade_id(cell): cell for cell in lecture if nbgrader(cell)}
    notes: list[str] = []
    kept: list[Cell] = []
    seen: dict[str, Cell] = {}
    for cell in read_cells(data):
        name = cell["metadata"].pop("found_id", None)
        known = ours.get(name)
        if known is None:
            kept.append(cell)
            continue
        if name in seen:
            notes.append(f"{name} occurs more than once")
        if is_locked(known):
            if name not in seen and cell["source"] != known["source"]:
                notes.append(f"{name} was edited: the released version counts")
            if name not in seen and not is_test(known):
                kept.append(_ours(known))
            seen[name] = known
            continue
        if name in seen:  # the last copy counts; earlier ones are ordinary cells
            seen[name]["metadata"] = {}
        seen[name] = _ours(known, cell["source"])
        kept.append(seen[name])
    for name, known in ours.items():
        if name not in seen:
            notes.append(f"{name} is missing")
            if is_answer(known) and is_graded(known):  # a written answer
                kept.append(_ours(known))
    for name, known in ours.items():
        if is_test(known):
            kept.insert(_place(kept, exercise_of(name), ours), _ours(known))
    for k, cell in enumerate(kept):
        cell["id"] = f"cell-{k}"
    return Submission(kept, notes)


def _ours(known: Cell, source: str | None = None) -> Cell:
    """A cell of the lecture, with ``source`` if that is the student's."""
    metadata = {"nbgrader": copy.deepcopy(nbgrader(known))}
    return _cell(known["cell_type"], known["source"] if source is None else source, metadata)


def _place(cells: list[Cell], exercise: str, ours: dict[str, Cell]) -> int:
    """Where the test of an exercise goes: behind its cell; if that lost its id, behind the last
    cell that defines one of its names; else to the end."""
    for k, cell in enumerate(cells):
        if grade_id(cell) == exercise:
            return k + 1
    names = _defined(ours[exercise]["source"]) if exercise in ours else set()
    found = [k for k, cell in enumerate(cells)
             if cell["cell_type"] == "code" and not is_test(cell)
             and names & _defined(cell["source"])]
    return found[-1] + 1 if found else len(cells)


def _defined(source: str) -> set[str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
