"""What nbgrader's metadata say of a cell. Plain dictionaries: importing nbgrader takes seconds."""

from __future__ import annotations

from typing import Any

Cell = dict[str, Any]
WRITTEN_STUB = "*Write your answer here.*"


def nbgrader(cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata of a cell; empty for an ordinary one."""
    return cell["metadata"].get("nbgrader", {})


def grade_id(cell: Cell) -> str:
    """The id of a cell, "" for an ordinary one."""
    return nbgrader(cell).get("grade_id", "")


def points(cell: Cell) -> float:
    """The points that a cell is worth."""
    return float(nbgrader(cell).get("points", 0))


def is_graded(cell: Cell) -> bool:
    """Does the cell give points: a test cell, or a written answer?"""
    return bool(nbgrader(cell).get("grade"))


def is_answer(cell: Cell) -> bool:
    """Does the student write into this cell?"""
    return bool(nbgrader(cell).get("solution"))


def is_locked(cell: Cell) -> bool:
    """Is the cell ours, whatever the student did to it?"""
    return bool(nbgrader(cell)) and not is_answer(cell)


def is_test(cell: Cell) -> bool:
    """Is it a test cell?"""
    return cell["cell_type"] == "code" and is_graded(cell)


def exercise_of(test_id: str) -> str:
    """The id of the exercise that a test cell checks."""
    return test_id.removesuffix("-test")
