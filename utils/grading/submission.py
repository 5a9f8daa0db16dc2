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

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import is_grade, is_locked, is_solution

LARGEST = 64 << 20  # bytes of a notebook, outputs included
CELLS = 2000
SOURCE = 200_000  # characters of a cell


class Unreadable(ValueError):
    """The file is not a notebook; the message says in words what it is."""


@dataclass
class Submission:
    """The notebook to grade, and in words what was put right in it."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)


def exercise_of(test: NotebookNode) -> str:
    """Return the id of the exercise that a test cell belongs to."""
    return test.metadata.nbgrader.grade_id.removesuffix("-test")


def is_test(cell: NotebookNode) -> bool:
    """Is this a code cell that gives points?"""
    return cell.cell_type == "code" and is_grade(cell)


def read_cells(data: bytes) -> list[NotebookNode]:
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


def _clean(cell: dict) -> NotebookNode:
    source = cell.get("source", "")
    source = "".join(source) if type(source) is list else source
    if type(source) is not str or len(source) > SOURCE:
        raise Unreadable("a cell has no text, or too much of it")
    meta = cell.get("metadata")
    meta = meta.get("nbgrader") if type(meta) is dict else None
    grade_id = meta.get("grade_id") if type(meta) is dict else None
    new = new_code_cell if cell.get("cell_type") == "code" else new_markdown_cell
    return new(source, metadata={"grade_id": grade_id} if type(grade_id) is str else {})


def rebuild(data: bytes, lecture: NotebookNode) -> Submission:
    """Return the submission with the locked cells and all metadata of the released ``lecture``.

    A cell with the id of an exercise is that exercise's; of several, each is run and the last one
    counts. A test stands behind its exercise, wherever the student moved either of them.

    Raises:
        Unreadable: ``data`` isn't a notebook.
    """
    ours = {c.metadata.nbgrader.grade_id: c for c in lecture.cells if "nbgrader" in c.metadata}
    tests = {exercise_of(c): c for c in lecture.cells if is_test(c)}
    notes: list[str] = []
    kept: list[NotebookNode] = []
    seen: dict[str, NotebookNode] = {}
    for cell in read_cells(data):
        grade_id = cell.metadata.pop("grade_id", None)
        known = ours.get(grade_id)
        if known is None:
            kept.append(cell)
            continue
        if grade_id in seen:
            notes.append(f"{grade_id} occurs more than once")
        if is_locked(known):
            if grade_id not in seen and cell.source != known.source:
                notes.append(f"{grade_id} was edited: the released version counts")
            if not is_test(known) and grade_id not in seen:
                kept.append(copy.deepcopy(known))
            seen[grade_id] = known
            continue
        if grade_id in seen:  # the last copy counts; earlier ones are ordinary cells
            seen[grade_id].metadata.pop("nbgrader")
        cell.cell_type = known.cell_type
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.pop("outputs", None), cell.pop("execution_count", None)
        cell.metadata["nbgrader"] = copy.deepcopy(known.metadata.nbgrader)
        seen[grade_id] = cell
        kept.append(cell)
    for grade_id, known in ours.items():
        if grade_id not in seen:
            notes.append(f"{grade_id} is missing")
            if is_solution(known) and is_grade(known):  # a written answer
                kept.append(copy.deepcopy(known))
    for exercise, test in tests.items():
        kept.insert(_place(kept, exercise, ours), copy.deepcopy(test))
    notebook = new_notebook(cells=kept, metadata=copy.deepcopy(lecture.metadata))
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k}"
    return Submission(notebook, notes)


def _place(cells: list[NotebookNode], exercise: str, ours: dict[str, NotebookNode]) -> int:
    """Where the test of an exercise goes: behind its cell; if that lost its id, behind the last
    cell that defines one of its names; else to the end."""
    for k, cell in enumerate(cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id") == exercise:
            return k + 1
    names = _defined(ours[exercise].source) if exercise in ours else set()
    found = [k for k, c in enumerate(cells)
             if c.cell_type == "code" and not is_test(c) and names & _defined(c.source)]
    return found[-1] + 1 if found else len(cells)


def _defined(source: str) -> set[str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
