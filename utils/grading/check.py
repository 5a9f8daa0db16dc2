"""What is left to do in a notebook: ``make check NOTEBOOK=lectures/1-rnns/NN_topic.ipynb``.

For students: runs the notebook here, as it is on disk, and says for each exercise whether its
visible checks pass, with points. The hidden checks of the grader ask for more of the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from utils.grading.cells import WRITTEN_STUB, exercise_of, grade_id, is_graded, is_test, points
from utils.grading.preprocessors import STUB_ERRORS


def check(path: Path, seconds: float = 600) -> list[tuple[str, float, str]]:
    """Return exercise, points and what is to be said of it, for each exercise of a notebook.

    Raises:
        ValueError: it isn't a notebook of this course, or a cell kills its kernel or runs for
            longer than ``seconds``.
    """
    try:
        nb = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise ValueError(f"{path} can't be read as a notebook: {error}") from error
    if not any(is_graded(cell) for cell in nb.cells):
        raise ValueError(f"there are no exercises in {path}")
    client = NotebookClient(
        nb, timeout=seconds, allow_errors=True, extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env={**os.environ, "COURSE_PROGRESS": "off", "COURSE_RESULTS": ""})
    except (CellTimeoutError, DeadKernelError) as error:
        raise ValueError(str(error)) from error
    found = []
    for cell in nb.cells:
        if is_test(cell):
            errors = [o for o in cell.outputs if o.output_type == "error"]
            found.append((exercise_of(grade_id(cell)), points(cell), _say(errors)))
        elif is_graded(cell):
            blank = cell.source.strip() in ("", WRITTEN_STUB)
            said = "to do: write your answer" if blank else "written; a person will read it"
            found.append((grade_id(cell), points(cell), said))
    return found


def _say(errors: list) -> str:
    if not errors:
        return "ok"
    if errors[0].ename in STUB_ERRORS:
        return f"to do: {errors[0].evalue}"
    if errors[0].ename == "AssertionError":
        return f"wrong: {errors[0].evalue}"
    return f"wrong: {errors[0].ename}: {errors[0].evalue}"


def main(argv: list[str] | None = None) -> int:
    """Entry point of the command; returns 0 if all visible checks pass."""
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading.check", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("notebook", type=Path)
    path = parser.parse_args(argv).notebook
    try:
        print(f"running {path} ...", flush=True)
        found = check(path)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for exercise, points, said in found:
        print(f"{exercise:24} {points:4g} {'point ' if points == 1 else 'points'}  {said}")
    right = sum(points for _, points, said in found if said == "ok")
    written = sum(points for _, points, said in found if said.startswith("written"))
    print(f"{right:g} of {sum(points for _, points, _ in found):g} points pass the visible checks"
          + (f", {written:g} for written answers" if written else ""))
    return 0 if all(said == "ok" or said.startswith("written") for *_, said in found) else 1


if __name__ == "__main__":
    sys.exit(main())
