"""Rules that every notebook follows, checked without running it."""

import re
from collections import Counter

import nbformat
import pytest
from conftest import ROOT, code, graded, write_notebook
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.utils import is_grade, is_solution

from utils.pages import markdown

SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
HEADINGS = ("Summary", "What was not shown", "References")
GOALS = ("Question", "Slides", "Prerequisites", "Time", "Goals")
TAGS = {"needs-answer", "nbval-ignore-output"}
HIDDEN = re.compile(r"^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*$", re.M | re.S)
INSTALLS = re.compile(r"\b(?:pip3?|conda|mamba|uv|apt|apt-get)\s+(?:\w+\s+)?(?:install|add)\b")
LINES = 30


def problems(nb):
    """Return what is wrong with a solution notebook, one sentence each."""
    return [*layout(nb), *cells(nb), *exercises(nb), *outputs(nb)]


def layout(nb):
    """The title cell, the size, the rhythm of text and code, the end."""
    if not 40 <= len(nb.cells) <= 80:
        yield f"{len(nb.cells)} cells instead of 40 to 80"
    first = nb.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "the first cell is not the title"
    for word in GOALS:
        if f"**{word}" not in first.source:
            yield f"the first cell has no **{word}**"
    if "**Time" in first.source and not re.search(r"\*\*Time[^\n]*\d", first.source):
        yield "the first cell does not say how long it takes"
    text = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    for heading in HEADINGS:
        if not re.search(rf"^## {heading}", text, re.M):
            yield f"no heading '## {heading}'"
    references = text.partition("## References")[2]
    if not re.search(r"\b(?:19|20)\d\d\b", references):
        yield "no reference with its year"
    for k, (before, cell) in enumerate(zip(nb.cells, nb.cells[1:]), start=1):
        if before.cell_type == cell.cell_type == "code" and not is_grade(cell):
            yield f"cell {k}: two code cells without a word between them"
    last = [c for c in nb.cells if c.cell_type == "code"][-1:]
    if not last or not re.search(r"^headline\(", last[0].source, re.M):
        yield "the last code cell does not call headline(...)"


def cells(nb):
    """Length, tags, commands of each cell."""
    for k, cell in enumerate(nb.cells):
        for tag in set(cell.metadata.get("tags", [])) - TAGS:
            yield f"cell {k}: the tag {tag} is not for authors"
        if cell.cell_type != "code":
            equations = "".join(re.findall(r"<math.*?</math>", markdown(cell.source), re.S))
            for unknown in re.findall(r"\\(?:[a-zA-Z]+|\|)", equations):
                yield f"cell {k}: {unknown} is not shown right on a page (utils.pages)"
            continue
        lines = len(HIDDEN.sub("", cell.source).strip().splitlines())
        if lines > LINES:
            yield f"cell {k}: {lines} lines of code, at most {LINES} are readable"
        if INSTALLS.search(cell.source):
            yield f"cell {k}: installs something"
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            if not re.search(r"^\s*(?:assert\b|(?:check|assert)\w*\()", cell.source, re.M):
                yield f"cell {k}: its output is not compared, so it must assert something"


def exercises(nb):
    """Each solution is followed by its test, which has points and a visible and a hidden part."""
    code_solutions = 0
    for k, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        follower = nb.cells[k + 1] if k + 1 < len(nb.cells) else None
        if is_solution(cell):
            code_solutions += 1
            name = cell.metadata.nbgrader.grade_id
            if follower is None or not is_grade(follower):
                yield f"cell {k}: the exercise {name} has no test cell after it"
            elif follower.metadata.nbgrader.grade_id != f"{name}-test":
                yield f"cell {k + 1}: the test of {name} must have the id {name}-test"
            if not re.search(r"BEGIN SOLUTION[ \t]*\n[ \t]*# TODO: \S", cell.source):
                yield f"cell {k}: the stub of {name} does not say what to do ('# TODO: ...')"
        if is_grade(cell):
            name = cell.metadata.nbgrader.grade_id
            if not cell.metadata.nbgrader.points > 0:
                yield f"cell {k}: {name} has no points"
            if not HIDDEN.search(cell.source):
                yield f"cell {k}: {name} has no hidden check"
            if not HIDDEN.sub("", cell.source).strip():
                yield f"cell {k}: {name} has no visible check"
    if not 2 <= code_solutions <= 4:
        yield f"{code_solutions} exercises instead of 2 to 4"


def outputs(nb):
    """Every cell was run, in order, quietly, and figures can be read aloud."""
    code_cells = [(k, c) for k, c in enumerate(nb.cells) if c.cell_type == "code"]
    for run, (k, cell) in enumerate(code_cells, start=1):
        if cell.execution_count != run:
            yield f"cell {k}: run as number {cell.execution_count}, it is the {run}. code cell"
        for output in cell.outputs:
            if output.get("name") == "stderr":
                yield f"cell {k}: text on stderr"
            if output.output_type == "error":
                yield f"cell {k}: an error is stored"
            if "\r" in output.get("text", ""):
                yield f"cell {k}: a progress bar is stored"
            if "image/png" in output.get("data", {}):
                if not output.metadata.get("image/png", {}).get("alt", "").strip():
                    yield f"cell {k}: a figure without alt text (use utils.plots.show)"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem)
def test_notebook_follows_the_rules(path):
    found = problems(nbformat.read(path, as_version=4))
    assert not found, "\n".join([str(path), *found])


def grade_ids(paths):
    """Return the ids of all nbgrader cells of the notebooks."""
    cells = (cell for path in paths for cell in nbformat.read(path, as_version=4).cells)
    return [c.metadata.nbgrader.grade_id for c in cells if "nbgrader" in c.metadata]


def test_grade_ids_are_unique_in_the_course():
    counts = Counter(grade_ids(SOLUTIONS))
    assert [name for name, count in counts.items() if count > 1] == []


def test_parts_hold_notebooks_only():
    files = [p for folder in ("solutions", "lectures") for p in (ROOT / folder).rglob("*")]
    strange = [p for p in files if p.is_file() and p.suffix != ".ipynb"]
    assert [p for p in strange if ".ipynb_checkpoints" not in p.parts] == []


@pytest.fixture
def good(tmp_path):
    """A notebook that follows all rules; each break below changes one thing."""
    exercise = [
        new_markdown_cell("### Exercise (1 point)"),
        code("### BEGIN SOLUTION\n# TODO: bind y\ny = 1\n### END SOLUTION", nbgrader=graded("y")),
        code(
            "assert y > 0, 'positive'\n### BEGIN HIDDEN TESTS\nassert y == 1\n### END HIDDEN TESTS",
            nbgrader=graded("y-test", 1),
        ),
    ]
    again = nbformat.from_dict([dict(c) for c in exercise])
    again[1]["metadata"] = nbformat.from_dict({"nbgrader": graded("z")})
    again[2]["metadata"] = nbformat.from_dict({"nbgrader": graded("z-test", 1)})
    figure = code("show(fig, 'caption', 'alt')")
    figure.outputs = [
        new_output(
            "display_data", data={"image/png": "AA"}, metadata={"image/png": {"alt": "a line"}}
        )
    ]
    goals = "\n".join(f"**{word}.** 1" for word in GOALS)
    cells = [new_markdown_cell(f"# Title\n{goals}"), figure, *exercise, *again]
    cells += [new_markdown_cell("text") for _ in range(30)]
    cells += [new_markdown_cell("## Summary"), code("headline('00', 'x', 1)")]
    cells += [new_markdown_cell("## What was not shown\n\n## References\n\nElman (1990).")]
    for run, cell in enumerate([c for c in cells if c.cell_type == "code"], start=1):
        cell.execution_count = run
    return nbformat.read(write_notebook(tmp_path / "good.ipynb", cells), as_version=4)


def test_good_notebook_has_no_problem(good):
    assert problems(good) == []


BREAKS = {
    "36 cells": (lambda c: c.__delitem__(slice(10, 15)), "36 cells instead of 40 to 80"),
    "title": (lambda c: c[0].update(source="Title"), "not the title"),
    "goals": (lambda c: c[0].update(source="# Title"), "no **Goals**"),
    "time": (
        lambda c: c[0].update(source=c[0].source.replace("**Time.** 1", "**Time.** some")),
        "does not say how long it takes",
    ),
    "references": (lambda c: c[-1].update(source="## References"), "no reference with its year"),
    "summary": (lambda c: c[-3].update(source="text"), "no heading '## Summary'"),
    "code after code": (
        lambda c: c.insert(2, nbformat.from_dict(dict(c[1]))), "without a word between them"
    ),
    "headline": (lambda c: c[-2].update(source="print(1)"), "does not call headline"),
    "tag": (lambda c: c[1].metadata.update(tags=["nbval-skip"]), "nbval-skip is not for authors"),
    "LaTeX": (
        lambda c: c[10].update(source=r"$x$ `\code` $\nosuch{y}$"), r"\nosuch is not shown right"
    ),
    "long cell": (lambda c: c[1].update(source="x = 1\n" * 31), "31 lines of code"),
    "install": (lambda c: c[1].update(source="%pip install numpy"), "installs something"),
    "uv": (lambda c: c[1].update(source="!uv pip install numpy"), "installs something"),
    "ignored": (
        lambda c: c[1].metadata.update(tags=["nbval-ignore-output"]), "must assert something"
    ),
    "no test": (lambda c: c.pop(4), "the exercise y has no test cell after it"),
    "test id": (
        lambda c: c[4].metadata.nbgrader.update(grade_id="other"), "must have the id y-test"
    ),
    "no TODO": (
        lambda c: c[3].update(source=c[3].source.replace("TODO", "do")), "does not say what to do"
    ),
    "no points": (lambda c: c[4].metadata.nbgrader.update(points=0), "y-test has no points"),
    "no hidden check": (lambda c: c[4].update(source="assert y > 0"), "has no hidden check"),
    "no visible check": (
        lambda c: c[4].update(source=c[4].source.partition("\n")[2]), "has no visible check"
    ),
    "one exercise": (lambda c: c.__delitem__(slice(2, 5)), "1 exercises instead of 2 to 4"),
    "never run": (lambda c: c[1].update(execution_count=None), "run as number None"),
    "order": (lambda c: c[1].update(execution_count=7), "run as number 7"),
    "stderr": (
        lambda c: c[1].outputs.append(new_output("stream", name="stderr", text="!")), "on stderr"
    ),
    "error": (lambda c: c[1].outputs.append(new_output("error")), "an error is stored"),
    "bar": (
        lambda c: c[1].outputs.append(new_output("stream", text="50 %\r     \r")), "a progress bar"
    ),
    "alt text": (lambda c: c[1].outputs[0].update(metadata={}), "a figure without alt text"),
}


@pytest.mark.parametrize("change, message", BREAKS.values(), ids=BREAKS.keys())
def test_broken_rule_is_seen(good, change, message):
    change(good.cells)
    assert any(message in problem for problem in problems(good)), problems(good)


def test_same_id_in_two_notebooks_is_seen(good, tmp_path):
    nbformat.write(good, tmp_path / "copy.ipynb")
    assert Counter(grade_ids(sorted(tmp_path.glob("*.ipynb"))))["y"] == 2
