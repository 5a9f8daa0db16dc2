"""nbgrader's gradebook: where points are kept, and where written answers are graded by hand.

`nbgrader formgrader` (or `make lab`, menu nbgrader) shows what this module writes: the gradebook,
and the notebooks as they ran. Points that a person gave there are kept; if the submission changed
since, they are marked to be looked at again.
"""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.plugins import BasePlugin
from sqlalchemy.exc import SAWarning

from utils.files import write_whole
from utils.grading.cells import Cell, grade_id, is_answer, is_graded, nbgrader, points
from utils.grading.collect import Student


@dataclass(frozen=True)
class Row:
    """What the CSV says of a student. ``points`` is by exercise; None is still to be graded."""

    id: str
    name: str
    status: str
    points: dict[str, float | None]
    total: float
    of: float
    penalty: float
    notes: list[str]


@contextlib.contextmanager
def opened(root: Path) -> Iterator[Gradebook]:
    """The gradebook of the course."""
    # nbgrader starts `alembic` by its name, and this Python may run without its folder on PATH
    folder = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])
    with warnings.catch_warnings(), Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's way of adding a submission
        yield gradebook


def save_assignment(
    gradebook: Gradebook, part: str, lectures: dict[str, list[Cell]], due: Any,
    drop: bool = False,
) -> None:
    """Write the notebooks of a part, their exercises and points, and the deadline.

    What the lectures no longer have is removed: it would count as not answered.

    Raises:
        ValueError: some of that was graded or commented by hand, and ``drop`` does not allow it.
    """
    gradebook.update_or_create_assignment(part, duedate=due)
    _remove_old(gradebook, part, lectures, drop)
    for name, cells in lectures.items():
        gradebook.update_or_create_notebook(name, part, kernelspec="{}")
        for cell in filter(nbgrader, cells):
            if is_graded(cell):
                gradebook.update_or_create_grade_cell(
                    grade_id(cell), name, part, cell_type=cell["cell_type"],
                    max_score=points(cell),
                )
            if is_answer(cell):
                gradebook.update_or_create_solution_cell(grade_id(cell), name, part)


def _remove_old(
    gradebook: Gradebook, part: str, lectures: dict[str, list[Cell]], drop: bool
) -> None:
    notebooks = list(gradebook.find_assignment(part).notebooks)
    old = []
    for notebook in notebooks:
        cells = lectures.get(notebook.name, [])
        graded = {grade_id(cell) for cell in cells if is_graded(cell)}
        answers = {grade_id(cell) for cell in cells if is_answer(cell)}
        old += [cell for cell in notebook.grade_cells if cell.name not in graded]
        old += [cell for cell in notebook.solution_cells if cell.name not in answers]
    by_hand = {
        cell.name for cell in old
        if any(g.manual_score is not None or g.extra_credit for g in cell.grades)
        or any(comment.manual_comment for comment in cell.comments)
    }
    if by_hand and not drop:
        raise ValueError(
            f"gradebook.db has points or comments given by hand for {', '.join(sorted(by_hand))}, "
            f"which lectures/{part} no longer has: put that back under its old name, or give them "
            "up with --drop-removed"
        )
    for cell in old:
        for entry in (*cell.grades, *cell.comments, cell):
            gradebook.db.delete(entry)
    gradebook.db.commit()
    for name in {notebook.name for notebook in notebooks} - set(lectures):
        gradebook.remove_notebook(name, part)


def save_student(
    gradebook: Gradebook, folder: Path, part: str, student: Student, when: Any,
    results: dict[str, dict[str, Any]], lectures: dict[str, list[Cell]],
) -> None:
    """Write what became of a student's notebooks; results that are there already stay.

    So does a time that is known already, if this run has none (``when`` is None).

    ``folder`` gets each notebook as it ran, for nbgrader's formgrader. That shows Markdown as it
    is, scripts included, in a page that may run code on this machine. So what a student wrote is
    shown there as text.
    """
    gradebook.update_or_create_student(student.id, last_name=student.name)
    time = {} if when is None else {"timestamp": when}
    gradebook.update_or_create_submission(part, student.id, **time)
    submission = gradebook.find_submission(part, student.id)
    had = {notebook.name for notebook in submission.notebooks}
    for notebook in submission.assignment.notebooks:
        if notebook.name not in had:  # the lecture got it since
            gradebook.db.add(SubmittedNotebook(notebook=notebook, assignment=submission))
    for notebook in submission.notebooks:
        result = results.get(notebook.name)
        path = folder / student.id / part / f"{notebook.name}.ipynb"
        if result is None:
            if not path.exists():
                _save_verdicts(gradebook, notebook, [], "nothing was handed in", changed=False)
            continue
        old = nbformat.read(path, 4).metadata.get("grading", "") if path.exists() else None
        if old == result["key"]:
            continue
        _save_verdicts(
            gradebook, notebook, result["verdicts"], result["status"], changed=old is not None
        )
        given = {cell["source"] for cell in lectures[notebook.name]}
        cells = [cell if cell["cell_type"] == "code" or cell["source"] in given
                 else cell | {"source": as_text(cell["source"])} for cell in result["cells"]]
        nb = nbformat.from_dict({"cells": cells, "metadata": {"grading": result["key"]},
                                 "nbformat": 4, "nbformat_minor": 5})
        write_whole(path, nbformat.writes(nb) + "\n")
    gradebook.db.commit()


def as_text(source: str) -> str:
    """Markdown that shows ``source`` as it was typed: all of it is one block of code."""
    lines = [part for line in source.splitlines() for part in textwrap.wrap(line, 90) or [""]]
    return "\n".join(["", *("    " + line for line in lines)])


def _save_verdicts(
    gradebook: Gradebook, notebook: SubmittedNotebook, verdicts: list[dict], status: str,
    changed: bool,
) -> None:
    said = {v["exercise"]: v for v in verdicts}
    grades = {grade.cell_id: grade for grade in notebook.grades}
    for cell in notebook.notebook.grade_cells:
        grade = grades.get(cell.id) or Grade(cell_id=cell.id, notebook=notebook)
        verdict = said.get(cell.name)
        by_hand = verdict is not None and verdict["status"] == "to grade"
        gradebook.db.add(grade)
        grade.auto_score = None if by_hand else verdict["points"] if verdict else 0.0
        grade.needs_manual_grade = by_hand and grade.manual_score is None or (
            changed and grade.manual_score is not None)
    comments = {comment.cell_id: comment for comment in notebook.comments}
    for cell in notebook.notebook.solution_cells:
        comment = comments.get(cell.id) or Comment(cell_id=cell.id, notebook=notebook)
        gradebook.db.add(comment)
        verdict = said.get(f"{cell.name}-test") or said.get(cell.name)
        comment.auto_comment = (verdict["message"] if verdict else status)[:2000] or None


def save_penalties(gradebook: Gradebook, part: str, rule: BasePlugin) -> None:
    """Compute the late penalties anew: points may have been given by hand since."""
    for submission in gradebook.assignment_submissions(part):
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = rule.late_submission_penalty(
                submission.student.id, notebook.score, submission.total_seconds_late
            ) if submission.total_seconds_late > 0 else 0.0
    gradebook.db.commit()


def rows(
    gradebook: Gradebook, part: str, roster: dict[str, str], status: dict[str, str],
    notes: dict[str, list[str]],
) -> list[Row]:
    """One row for each student of the roster (id to name), whether something came or not."""
    table = []
    assignment = gradebook.find_assignment(part)
    cells = [(n.name, c.name, c.max_score) for n in sorted(
        assignment.notebooks, key=lambda n: n.name) for c in n.grade_cells]
    cells.sort(key=lambda cell: cell[:2])
    most = sum(points for *_, points in cells)
    for student, name in sorted(roster.items()):
        try:
            submission = gradebook.find_submission(part, student)
        except MissingEntry:
            none = {cell: 0.0 for _, cell, _ in cells}
            table.append(Row(student, name, "missing", none, 0.0, most, 0.0, []))
            continue
        points = {
            grade.name: None if grade.needs_manual_grade and grade.manual_score is None
            else grade.score
            for notebook in submission.notebooks for grade in notebook.grades
        }
        penalty = float(submission.late_submission_penalty or 0)
        said = status.get(student, "graded")
        if said == "graded" and None in points.values():
            said = "graded, written answers to grade by hand"
        table.append(Row(
            student, name, said, {cell: points.get(cell, 0.0) for _, cell, _ in cells},
            max(0.0, submission.score - penalty), most, penalty, notes.get(student, []),
        ))
    return table
