"""Make lectures/ from solutions/: ``make release``, or ``python -m utils.grading.release``.

The steps are nbgrader's generate_assignment with the preprocessors listed in nbgrader_config.py.
They run in memory, so a failure leaves lectures/ as it was (generate_assignment deletes it first).
Running a student version costs up to 45 s. It is needed only for the tags of the cells that fail
because of a stub, so a notebook whose student version is unchanged but for these tags is skipped.
"""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.nbgraderformat import ValidationError
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from utils.files import write_whole
from utils.grading.preprocessors import NEEDS_ANSWER, RAISES, STUB_ERRORS, ReleaseError


def generate(source: Path, root: Path, run: bool) -> NotebookNode:
    """Return the student version of the solution notebook ``source``.

    With ``run`` it is executed and the cells that fail because of a stub are tagged; without, it
    lacks these tags.

    Raises:
        ReleaseError: see `utils.grading.preprocessors`; also for wrong nbgrader metadata, e.g. the
            same id twice, and for a cell that runs too long or kills the kernel.
    """
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.merge(
        Config(
            Exporter={"default_preprocessors": []},
            SaveCells={"enabled": False},  # no gradebook is needed to make a release
            TagExpectedErrors={"enabled": run},
        )
    )
    exporter = NotebookExporter(config=config)
    for preprocessor in config.GenerateAssignment.preprocessors:
        exporter.register_preprocessor(preprocessor)
    try:
        text, _ = exporter.from_filename(str(source))
    except ValidationError as error:
        raise ReleaseError(str(error.__context__ or error)) from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise ReleaseError(str(error)) from error
    return nbformat.reads(text, as_version=4)


def lecture_of(source: Path) -> Path:
    """Return the path in lectures/ for one in solutions/."""
    return source.parents[2] / "lectures" / source.parent.name / source.name


def find_sources(root: Path, parts: list[str]) -> list[Path]:
    """Return the notebooks of the named parts of the course, of all if none is named.

    Raises:
        FileNotFoundError: no such part, or no notebook in it.
    """
    found = []
    for part in parts or ["*"]:
        notebooks = sorted((root / "solutions").glob(f"{part}/*.ipynb"))
        if not notebooks:
            raise FileNotFoundError(f"no notebook in {root / 'solutions' / part}")
        found += notebooks
    return found


def _without_run_tags(nb: NotebookNode) -> NotebookNode:
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        cell.metadata.pop("expected_error", None)
        tags = [tag for tag in cell.metadata.pop("tags", []) if tag != RAISES]
        if tags:
            cell.metadata["tags"] = tags
    return nb


def _difference(committed: NotebookNode, generated: NotebookNode) -> str | None:
    """Say where two student versions differ, disregarding the tags that come from running them."""
    a, b = _without_run_tags(committed), _without_run_tags(generated)
    for k, (x, y) in enumerate(zip(a.cells, b.cells)):
        for key in ("source", *sorted(x.keys() | y.keys())):
            if x.get(key) != y.get(key):
                return f"{key} of cell {k} differs:\n\n{x.source}\n"
    if len(a.cells) != len(b.cells):
        return f"it has {len(a.cells)} cells instead of {len(b.cells)}"
    return None if a == b else "the notebook's metadata differ"


def _wrong_tag(committed: NotebookNode) -> str | None:
    for k, cell in enumerate(committed.cells):
        tags, error = cell.metadata.get("tags", []), cell.metadata.get("expected_error")
        if RAISES not in tags and error is None:
            continue
        may_fail = is_grade(cell) or is_solution(cell) or NEEDS_ANSWER in tags
        if not may_fail or RAISES not in tags or error not in STUB_ERRORS:
            return f"cell {k} is tagged to fail with {error}:\n\n{cell.source}\n"
    return None


def _out_of_step(source: Path, root: Path) -> str | None:
    lecture = lecture_of(source)
    if not lecture.exists():
        return "it is missing"
    committed = nbformat.read(lecture, as_version=4)
    try:
        generated = generate(source, root, run=False)
    except ReleaseError as error:
        return f"the solution cannot be released: {error}"
    return _difference(committed, generated) or _wrong_tag(committed)


def drift(root: Path) -> list[str]:
    """Return one message per lecture that is not what ``make release`` makes of its solution.

    Nothing is executed: nbval sees whether a tagged cell really fails (conftest.py).
    """
    messages = []
    sources = sorted((root / "solutions").glob("*/*.ipynb"))
    for source in sources:
        if problem := _out_of_step(source, root):
            messages.append(
                f"{lecture_of(source).relative_to(root)} is out of step with "
                f"{source.relative_to(root)}, run `make release`: {problem}"
            )
    lectures = set((root / "lectures").glob("*/*.ipynb"))
    for lecture in sorted(lectures - {lecture_of(source) for source in sources}):
        messages.append(f"{lecture.relative_to(root)} has no source in solutions/: delete it")
    return messages


def release(root: Path, parts: list[str], force: bool = False) -> list[Path]:
    """Write the lectures that are out of step (all with ``force``) and return their paths.

    Either all are written, each whole, or none.

    Raises:
        ReleaseError: with one message per notebook that cannot be released.
    """
    made, problems = {}, []
    for source in find_sources(root, parts):
        name = source.relative_to(root)
        try:
            if not force and not _out_of_step(source, root):
                print(f"{name}: unchanged", flush=True)
                continue
            print(f"{name}: running the student version", flush=True)
            made[lecture_of(source)] = generate(source, root, run=True)
        except ReleaseError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ReleaseError("\n".join(problems))
    for lecture, nb in made.items():
        write_whole(lecture, nbformat.writes(nb) + "\n")
    return list(made)


def main(argv: list[str] | None = None) -> int:
    """Entry point of the command; see ``--help``."""
    parser = argparse.ArgumentParser(description="Make lectures/ from solutions/.")
    parser.add_argument("parts", nargs="*", help="folders of solutions/ (default: all)")
    parser.add_argument("--force", action="store_true", help="also notebooks that have not changed")
    parser.add_argument("--root", type=Path, default=Path(), help="the course (default: .)")
    args = parser.parse_args(argv)
    try:
        made = release(args.root.resolve(), args.parts, args.force)
    except (ReleaseError, FileNotFoundError) as error:
        print(f"lectures/ is unchanged, because of\n{error}", file=sys.stderr)
        return 1
    print(f"{len(made)} of the lectures written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
