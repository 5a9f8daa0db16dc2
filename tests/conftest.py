"""A small part of a course, without TensorFlow, to try release, nbval and `make run` on."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[1]


def code(source, printed=None, run=1, **metadata):
    """A code cell that was run and printed ``printed``."""
    outputs = [new_output("stream", text=printed)] if printed else []
    return new_code_cell(source, metadata=metadata, outputs=outputs, execution_count=run)


def graded(grade_id, points=None):
    """nbgrader metadata of a solution, or of a test cell if it has points."""
    meta = dict(grade_id=grade_id, schema_version=3, task=False, locked=points is not None)
    meta |= dict(grade=points is not None, solution=points is None)
    return meta | (dict(points=points) if points is not None else {})


def demo_cells():
    """A given cell, an exercise with its test, a cell that needs the answer, another given one."""
    return [
        new_markdown_cell("# Demo\n\nAn equation, $h_t = \\tanh(z_t)$."),
        code("import os\nprint('six', 6.0)", "six 6.0\n"),
        code(
            "def double(x):\n"
            "    ### BEGIN SOLUTION\n"
            "    # TODO: return twice the \"x\"\n"
            "    return 2 * x\n"
            "    ### END SOLUTION",
            nbgrader=graded("double"),
        ),
        code(
            "assert double(1) == 2, 'double(1) is 2'\n"
            "### BEGIN HIDDEN TESTS\n"
            "assert double(3) == 6, 'double(3) is 6'\n"
            "### END HIDDEN TESTS\n"
            "print('correct')",
            "correct\n",
            nbgrader=graded("double-test", points=2),
        ),
        code("print('answer', double(4))", "answer 8\n", tags=["needs-answer"]),
        code("print('profile', os.environ.get('COURSE_PROFILE'))", "profile mini\n"),
    ]


def write_notebook(path, cells):
    """Write a notebook with the course's kernel."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for k, cell in enumerate(cells):
        cell.id = f"cell-{k}"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A course whose lectures are up to date. Don't change it: take `course`."""
    from utils.grading.release import release  # nbgrader takes seconds to import

    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_notebook(root / "solutions/1-demo/00_demo.ipynb", demo_cells())
    release(root, [])
    return root


@pytest.fixture
def course(released, tmp_path):
    """One's own copy of the released course."""
    return Path(shutil.copytree(released, tmp_path / "course"))
