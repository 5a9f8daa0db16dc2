"""lectures/ is what `make release` makes of solutions/; what must not be released is stopped."""

import nbformat
import pytest
from conftest import ROOT, code, demo_cells, graded, write_notebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from utils.grading.preprocessors import TagExpectedErrors
from utils.grading.release import drift, generate, main, release

SOLUTION = "solutions/1-demo/00_demo.ipynb"
LECTURE = "lectures/1-demo/00_demo.ipynb"


def edit(path, change):
    """Apply ``change`` to the cells of the notebook at ``path``."""
    nb = nbformat.read(path, as_version=4)
    change(nb.cells)
    nbformat.write(nb, path)


def test_lectures_are_in_step_with_solutions():
    assert not (problems := drift(ROOT)), "\n\n".join(problems)


def test_student_version(released):
    text, given, answer, test, needs, last = nbformat.read(released / LECTURE, as_version=4).cells
    assert answer.source == (
        'def double(x):\n    raise NotImplementedError("return twice the \\"x\\"")'
    )
    assert test.source == "assert double(1) == 2, 'double(1) is 2'\nprint('correct')"
    assert (given.outputs[0].text, last.outputs[0].text) == ("six 6.0\n", "profile mini\n")
    assert not answer.outputs and not test.outputs
    tagged = [c.metadata.get("tags") for c in (given, answer, test, needs, last)]
    assert tagged == [
        None, None, ["raises-exception"], ["needs-answer", "raises-exception"], None
    ]
    assert test.metadata.expected_error == "NotImplementedError"
    assert not test.metadata.editable and not answer.metadata.deletable


def test_release_is_what_nbgrader_generates(course):
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.merge(Config(SaveCells={"enabled": False}, GenerateAssignment={"no_database": True}))
    config.CourseDirectory.release_directory = str(course / "generated")
    config.CourseDirectory.assignment_id = "1-demo"
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()
    theirs = nbformat.read(course / "generated/1-demo/00_demo.ipynb", as_version=4)
    assert theirs == nbformat.read(course / LECTURE, as_version=4)


def test_release_leaves_nothing_else(released):
    files = {str(p.relative_to(released)) for p in released.rglob("*") if p.is_file()}
    assert files == {SOLUTION, LECTURE, "nbgrader_config.py"}


def test_unchanged_notebook_is_not_run_again(course, monkeypatch):
    monkeypatch.setattr(TagExpectedErrors, "preprocess", lambda *_: pytest.fail("was run"))
    assert release(course, []) == []


def test_another_solution_of_the_same_exercise_needs_no_release(course):
    def change(cells):
        cells[2].source = cells[2].source.replace("2 * x", "x + x")

    edit(course / SOLUTION, change)
    assert not drift(course)


def leak(cells):
    cells[2].source = "def double(x):\n    return 2 * x"


def swap_tag(cells):
    cells[1].metadata.update(tags=["raises-exception"], expected_error="ValueError")


DRIFTS = {
    "solution leaked": (LECTURE, leak, "source of cell 2"),
    "lecture edited": (LECTURE, lambda c: c[0].update(source="# Mine"), "source of cell 0"),
    "output edited": (LECTURE, lambda c: c[1].update(outputs=[]), "outputs of cell 1"),
    "cell removed": (LECTURE, lambda c: c.pop(), "5 cells instead of 6"),
    "tag added": (LECTURE, swap_tag, "tagged to fail with ValueError"),
    "solution edited": (SOLUTION, lambda c: c[0].update(source="# New"), "source of cell 0"),
    "solution broken": (
        SOLUTION, lambda c: c[2].update(source="### BEGIN SOLUTION"), "do not pair up"
    ),
}


@pytest.mark.parametrize("path, change, message", DRIFTS.values(), ids=DRIFTS.keys())
def test_drift_is_seen(course, path, change, message):
    edit(course / path, change)
    (problem,) = drift(course)
    assert message in problem and "make release" in problem and LECTURE in problem


def test_missing_and_stray_lectures_are_seen(course):
    (course / LECTURE).rename(course / "lectures/1-demo/01_stray.ipynb")
    missing, stray = drift(course)
    assert LECTURE in missing and "it is missing" in missing
    assert "01_stray.ipynb has no source" in stray


def test_changed_solution_is_released(course):
    edit(course / SOLUTION, lambda cells: cells[0].update(source="# New"))
    assert main(["--root", str(course), "1-demo"]) == 0
    assert not drift(course)


def bare_answer(source):
    return lambda cells: cells[2].update(source=source)


STOPPED = {
    "no TODO": (
        bare_answer("### BEGIN SOLUTION\ny = 1\n### END SOLUTION"), "# TODO: what to do"
    ),
    "no region": (bare_answer("y = 1"), "has a solution region exactly if"),
    "region in a given cell": (
        lambda c: c[5].update(source=c[2].source), "has a solution region exactly if"
    ),
    "no end": (bare_answer("### BEGIN SOLUTION\n# TODO: y"), "do not pair up"),
    "same id twice": (
        lambda c: c[3].metadata.nbgrader.update(grade_id="double"), "Duplicate grade id: double"
    ),
}


@pytest.mark.parametrize("change, message", STOPPED.values(), ids=STOPPED.keys())
def test_release_stops_before_running(course, capsys, change, message):
    edit(course / SOLUTION, change)
    assert main(["--root", str(course)]) == 1
    said = capsys.readouterr().err
    assert message in said and SOLUTION in said


def test_release_stops_after_running_and_changes_nothing(course, capsys):
    def change(cells):
        cells[3].source = "assert callable(double)"
        cells[4].source = "print('independent')"
        hidden = "### BEGIN HIDDEN TESTS\nassert double(1) == 2\n### END HIDDEN TESTS"
        other = "try:\n    double(1)\nexcept Exception:\n    1 / 0"
        cells += [
            code("double(1)  # given"),
            code(other, tags=["needs-answer"]),
            code(hidden, nbgrader=graded("all-hidden", 1)),
        ]

    before = (course / LECTURE).read_bytes()
    edit(course / SOLUTION, change)
    write_notebook(course / "solutions/2-good/01_good.ipynb", demo_cells()[:2])
    assert main(["--root", str(course)]) == 1
    assert (course / LECTURE).read_bytes() == before
    assert not (course / "lectures/2-good").exists()
    said = capsys.readouterr().err
    assert said.count("this test passes although nothing is answered") == 2
    assert "a given cell fails in the student version with NotImplementedError" in said
    assert "tagged needs-answer, but it runs without an answer" in said
    assert "this is ZeroDivisionError" in said


def test_timeout_of_the_student_version_is_reported(course, capsys):
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.TagExpectedErrors.timeout = 1\n")
    edit(course / SOLUTION, lambda c: c[1].update(source="import time\ntime.sleep(30)"))
    assert main(["--root", str(course)]) == 1
    assert "A cell timed out" in capsys.readouterr().err


def test_unknown_part_is_an_error(course, capsys):
    assert main(["--root", str(course), "9-none"]) == 1
    assert "no notebook in" in capsys.readouterr().err


def test_written_answer_and_two_stubs(course):
    def change(cells):
        cells[2].source += "\nlast = [\n" + cells[2].source.partition("\n")[2] + "\n]"
        cells.append(nbformat.v4.new_markdown_cell(
            "The answer.", metadata={"nbgrader": graded("why", 1) | {"solution": True}}
        ))

    edit(course / SOLUTION, change)
    cells = generate(course / SOLUTION, course, run=False).cells
    assert cells[2].source.count("    raise NotImplementedError(") == 2
    assert "answer" in cells[-1].source and "The answer" not in cells[-1].source


