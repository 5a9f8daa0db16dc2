"""nbgrader preprocessors that turn a notebook of solutions/ into one of lectures/.

An exercise is a code cell marked as nbgrader solution, followed by a locked test cell with points:

    def step(h, x):
        ### BEGIN SOLUTION
        # TODO: return the next hidden state, shape (B, d)
        return np.tanh(h @ W + x @ U + b)
        ### END SOLUTION

Students see ``raise NotImplementedError("return the next hidden state, shape (B, d)")`` instead.
A test cell has a visible part and, between ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS``,
a part that is removed (by nbgrader's own ClearHiddenTests).
"""

from __future__ import annotations

import copy
import json
import os
import re

from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Integer

from utils.grading.cells import WRITTEN_STUB

STUB_ERRORS = ("NotImplementedError", "NameError")
NEEDS_ANSWER = "needs-answer"
RAISES = "raises-exception"

_REGION = re.compile(
    r"^([ \t]*)#+ BEGIN SOLUTION[ \t]*\n(.*?)^[ \t]*#+ END SOLUTION[ \t]*$", re.M | re.S
)
_MARKER = re.compile(r"(BEGIN|END) SOLUTION")
_TODO = re.compile(r"[ \t]*# TODO: (\S.*)")


class ReleaseError(Exception):
    """The notebook cannot be released; the message says why and shows the cell."""

    def __init__(self, problem: str, cell: NotebookNode | None = None) -> None:
        super().__init__(f"{problem}\n\n{cell.source}\n" if cell else problem)


class StubSolutions(NbGraderPreprocessor):
    """Replace each solution region by a stub that says what to do, each written answer by a prompt.

    It takes the place of nbgrader's ClearSolutions, whose stub is the same for every exercise."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        if cell.cell_type == "markdown" and is_solution(cell):
            cell.source = WRITTEN_STUB
        if cell.cell_type != "code":
            return cell, resources

        def stub(region: re.Match) -> str:
            todo = _TODO.match(region[2])
            if todo is None:
                raise ReleaseError("a solution must begin with the line '# TODO: what to do'", cell)
            message = json.dumps(todo[1], ensure_ascii=False)
            return f"{region[1]}raise NotImplementedError({message})"

        source, regions = _REGION.subn(stub, cell.source)
        if _MARKER.search(source):
            raise ReleaseError("'### BEGIN SOLUTION' and '### END SOLUTION' do not pair up", cell)
        if bool(regions) != is_solution(cell):
            raise ReleaseError(
                "a cell has a solution region exactly if nbgrader marks it as a solution", cell
            )
        cell.source = source
        return cell, resources


class KeepGivenOutputs(NbGraderPreprocessor):
    """Clear the outputs of exercises and tests; given cells keep those stored in solutions/."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        if cell.cell_type == "code" and (is_grade(cell) or is_solution(cell)):
            cell.outputs, cell.execution_count = [], None
        return cell, resources


class TagExpectedErrors(NbGraderPreprocessor):
    """Run the student version and tag the cells that fail because of a stub.

    Such a cell gets the tag ``raises-exception`` and ``metadata.expected_error``. A given cell may
    fail only if its author tagged it ``needs-answer``; a test cell has to fail.

    Raises:
        ReleaseError: cells fail that must not, or with an error that no stub causes, or pass
            although they have to fail without an answer.
    """

    timeout = Integer(600, help="seconds per cell").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        ran = copy.deepcopy(nb)
        client = NotebookClient(
            ran,
            timeout=self.timeout,
            allow_errors=True,
            extra_arguments=["--log-level=ERROR"],  # else it warns of unencrypted local sockets
            resources=resources,
        )
        env = {**os.environ, "COURSE_PROFILE": "mini", "COURSE_RESULTS": "", "COURSE_SET": "",
               "COURSE_CHECKPOINTS": "", "COURSE_PROGRESS": "off"}
        env.pop("COURSE_SEED", None)
        client.execute(env=env)
        problems = []
        for cell, result in zip(nb.cells, ran.cells):
            if cell.cell_type == "code":
                errors = [o for o in result.outputs if o.output_type == "error"]
                if problem := self._tag(cell, errors[0] if errors else None):
                    problems.append(f"{problem}\n\n{cell.source}\n")
        if problems:
            raise ReleaseError("\n".join(problems))
        return nb, resources

    @staticmethod
    def _tag(cell: NotebookNode, error: NotebookNode | None) -> str | None:
        """Tag a cell that ended with ``error``; return what is wrong with that, if anything."""
        needs_answer = NEEDS_ANSWER in cell.metadata.get("tags", [])
        if error is None:
            if is_grade(cell):
                return "this test passes although nothing is answered"
            return f"tagged {NEEDS_ANSWER}, but it runs without an answer" if needs_answer else None
        said = f"{error.ename}: {error.evalue}"
        if not (needs_answer or is_grade(cell) or is_solution(cell)):
            return (
                f"a given cell fails in the student version with {said}\n"
                f"Make it independent of the exercise or tag it {NEEDS_ANSWER}:"
            )
        if error.ename not in STUB_ERRORS:
            return f"a stub causes {' or '.join(STUB_ERRORS)}, this is {said}"
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), RAISES]
        cell.metadata["expected_error"] = error.ename
        return None
