"""The judge of one notebook: a process that knows the solution and what the tests ask.

It runs the given cells of the solution notebook once. Then, for each submission, it has the
student's cells run in a sandbox, and after each exercise runs that exercise's whole test cell,
hidden checks included, *here*. Only the names that the exercise asks for are the student's: they
stand for objects in the sandbox, and what they return arrives as plain data (`utils.grading.peer`).
So nothing a student's kernel does to itself can change a verdict, and no hidden check goes there.

Random inputs are fresh for each submission: while a test runs, `np.random.default_rng(7)` is
seeded with 7 and the submission's own number, which is recorded. A test that fails is run again
on the solution with the same inputs. If that fails too, the fault is the test's.

Answers work on copies of their arguments, so whatever they do to them, the test computes what it
expects from data of its own. Where a test passed although an answer changed an argument, it is run
once more on the same inputs, and there the changes reach the test's own data, as they do in one
notebook: a test may well ask that its input is left alone. The points need both runs.

An answer can be plain data and still too much for a test: a range of 10^12 numbers, numbers that
all have the same hash. So the judge's own memory is limited, and it ends itself when a test can't
be stopped. It says which test it runs; another judge then grades the submission without that one.

Rules for test cells: they hand over plain data, arrays and functions, and take back the same (a
tensor arrives as an array; a model as an object that can be called and asked for its attributes).
They ask for results, never for a change to an argument: the solution too works on copies.

The process reads one request per line of JSON and answers each with a line.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import faulthandler
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from IPython.core.interactiveshell import InteractiveShell

from utils.grading.cells import (
    WRITTEN_STUB,
    Cell,
    grade_id,
    is_answer,
    is_graded,
    is_test,
    points,
)
from utils.grading.kernel import Died, Output, StudentKernel, error_output
from utils.grading.peer import Gone, Peer, Remote
from utils.grading.sandbox import ENVIRONMENT, Limits
from utils.grading.submission import Unreadable, read_ours, rebuild

RESTARTS = 3
MESSAGE = 2000  # characters
MEMORY = 4 << 30  # bytes of address space that tests may take beside what the solution took
STUCK = 10.0  # seconds after its time that a test has to stop
_DEFAULT_RNG = np.random.default_rng
_REGION = re.compile(r"^[ \t]*#+ BEGIN SOLUTION.*?^[ \t]*#+ END SOLUTION", re.M | re.S)


class OutOfTime(BaseException):
    """The time of a test is over; no `except Exception` of a test catches it."""


@dataclass
class Verdict:
    """What became of an exercise, and why, in words for the student."""

    exercise: str
    points: float
    of: float
    status: str  # passed, failed, unanswered, stopped, to grade
    message: str = ""


def _hollow(value: Any) -> Any:
    """The value with its inner containers emptied; if it has none, itself empty, or None."""
    if isinstance(value, np.ndarray) and value.ndim:
        return value[:0]  # shape (0, V), which broadcasts to one row: all of nothing is close
    if isinstance(value, (list, tuple)):
        inner = [type(v)() if isinstance(v, (list, tuple, dict)) else v for v in value]
        changed = any(isinstance(v, (list, tuple, dict)) for v in value)
        return type(value)(inner if changed else ())
    return {} if isinstance(value, dict) else None


FAKES: dict[str, Callable[[Callable], Callable]] = {
    "nothing": lambda solution: lambda *a, **k: None,
    "True": lambda solution: lambda *a, **k: True,
    "0": lambda solution: lambda *a, **k: 0,
    "not a number": lambda solution: lambda *a, **k: float("nan"),
    "an empty list": lambda solution: lambda *a, **k: [],
    "their first argument": lambda solution: lambda *a, **k: a[0] if a else None,
    "the right containers with nothing in them":
        lambda solution: lambda *a, **k: _hollow(solution(*a, **k)),
}


def answer_names(source: str) -> list[str]:
    """Names that an exercise asks for: those bound by its statements with a solution region.

    What else the cell defines is given, and the solution's own version of it is used.
    """
    regions = [
        (source.count("\n", 0, m.start()) + 1, source.count("\n", 0, m.end()) + 1)
        for m in _REGION.finditer(source)
    ]
    names = []
    for node in ast.parse(source).body:
        if any(node.lineno <= end and start <= node.end_lineno for start, end in regions):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.append(node.name)
            else:
                names += [n.id for n in ast.walk(node)
                          if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return names


class Judge:
    """Holds the solution's namespace as it is at each test.

    Raises:
        RuntimeError: a cell of the solution fails.
    """

    def __init__(self, solution: list[Cell], lecture: list[Cell]) -> None:
        self._lecture = lecture
        self._shell = InteractiveShell.instance()
        self._at: dict[str, dict[str, Any]] = {}
        self._tests: dict[str, Cell] = {}
        self._names: dict[str, list[str]] = {}
        self._changed = False  # did an answer change an argument in the last test that passed?
        last = max((k for k, c in enumerate(solution) if is_test(c)), default=-1)
        names: list[str] = []
        for cell in solution[: last + 1]:
            if cell["cell_type"] != "code":
                continue
            if is_answer(cell):
                names += answer_names(cell["source"])
            if is_test(cell):
                name = grade_id(cell)
                self._tests[name], self._names[name], names = cell, names, []
                self._at[name] = dict(self._shell.user_ns)
            result = self._shell.run_cell(cell["source"], silent=True)
            if not result.success:
                error = result.error_before_exec or result.error_in_exec
                raise RuntimeError(
                    f"a cell of the solution fails with {type(error).__name__}: {error}\n"
                    f"{cell['source'][:500]}"
                )

    # -- a submission ------------------------------------------------------------------------

    def grade(
        self, data: bytes, files: list[Path], seed: int, part: str, limits: Limits, unsafe: bool,
        fatal: list[str], tell: Callable[[str], None],
    ) -> dict[str, Any]:
        """Grade one submitted notebook: verdicts, notes in words, and the notebook as it ran.

        ``tell`` is told of each test before it is run, and "" after it; ``fatal`` are those that
        other judges of this submission did not survive.
        """
        try:
            submission = rebuild(data, self._lecture)
        except Unreadable as error:
            unread = [Verdict(grade_id(c), 0, points(c), "failed", str(error))
                      for c in self._lecture if is_graded(c)]
            return _report(f"not graded: {error}", [], unread, [])
        start = partial(StudentKernel, part, files, limits, unsafe)
        run = _Run(self, submission.cells, start, seed, limits, fatal, tell)
        verdicts = run.to_the_end()
        status = "; ".join(["stopped: " + run.ended if run.ended else "graded", *run.deaths])
        return _report(status, submission.notes, verdicts, submission.cells)

    def verdict(self, name: str, peer: Callable, seed: int, seconds: float) -> Verdict:
        """Run a test on the answers that ``peer()`` gives access to.

        Raises:
            OutOfTime: it took longer than ``seconds``.
            Died: the student's kernel did not survive it.
        """
        most, end = points(self._tests[name]), time.monotonic() + seconds
        said = self._twice(name, peer, seed, end)
        if said is not None and self._run(name, None, seed, end) is not None:
            said = self._twice(name, peer, None, end)  # the fresh inputs are too hard for the test
        if said is None:
            return Verdict(name, most, most, "passed")
        return Verdict(name, 0, most, *said)

    def _twice(
        self, name: str, peer: Callable, seed: int | None, end: float
    ) -> tuple[str, str] | None:
        """Run a test on copies and, if it passes and an argument was changed, with the changes.
        The second run gets the time that the first one took."""
        began = time.monotonic()
        said = self._run(name, peer, seed, end)
        if said is None and self._changed:
            end += time.monotonic() - began
            said = self._run(name, peer, seed, end, share=True)
            if said is not None:
                said = said[0], f"{said[1]} (your code changes what it is given)"
        return said

    def too_easy(self) -> list[str]:
        """Say which tests also pass with answers that answer nothing."""
        found = []
        for name in self._tests:
            for label, fake in FAKES.items():
                answers = {answer: fake(self._at[name][answer]) for answer in self._names[name]
                           if callable(self._at[name][answer])}
                with contextlib.suppress(OutOfTime):
                    end = time.monotonic() + 10
                    if answers and self._run(name, None, None, end, answers) is None:
                        found.append(f"{name} also passes with answers that return {label}")
        return found

    def _run(
        self, name: str, peer: Callable | None, seed: int | None, end: float,
        fakes: dict[str, Any] | None = None, share: bool = False,
    ) -> tuple[str, str] | None:
        """Return None if the test passes, else status and message; without ``peer`` it is run on
        the solution itself, or on ``fakes``; ``end`` is when its time is over. With ``share`` the
        test sees what answers do to its arguments."""
        here, before = self._shell.user_ns, self._at[name]
        here.clear()
        here.update(before)
        code = compile(self._tests[name]["source"], "<test>", "exec")
        with contextlib.ExitStack() as stack:
            stack.enter_context(_fresh_inputs(seed))
            try:
                if peer is not None:
                    other = stack.enter_context(peer())
                    stack.callback(other.restore)
                    other.share = share
                    other.before_call = _Patches(other, here, before)
                stack.enter_context(_alarm(end - time.monotonic()))  # and off before the rest ends
                if peer is not None:
                    for answer in self._names[name]:
                        del here[answer]
                        with contextlib.suppress(KeyError):
                            here[answer] = other.ask("name", answer)
                here.update(fakes or {})
                exec(code, here)
                self._changed = peer is not None and other.changed
            except Died:
                raise
            except Exception as error:
                return _explain(error)
        return None


class _Patches:
    """Lets answers see what the test does to given functions, as they do in one notebook.

    A test may replace a given function, for instance by one that counts its calls. Before each
    call of an answer, such functions are replaced in the student's kernel as well.
    """

    def __init__(self, peer: Peer, here: dict[str, Any], before: dict[str, Any]) -> None:
        self._peer, self._here, self._before = peer, here, before
        self._made: dict[str, Any] = {}

    def __call__(self) -> None:
        for name, given in self._before.items():
            now = self._here.get(name)
            if not (callable(given) and callable(now)) or isinstance(now, Remote):
                continue
            if now is given and name in self._made:
                self._peer.ask("unpatch", name)
                del self._made[name]
            elif now is not given and self._made.get(name) is not now:
                self._peer.ask("patch", name, now)
                self._made[name] = now


class _Run:
    """One pass through a submission; after a death it starts again without the deadly cell."""

    def __init__(self, judge: Judge, cells: list[Cell], start: Callable[[], StudentKernel],
                 seed: int, limits: Limits, fatal: list[str], tell: Callable[[str], None]) -> None:
        self._judge, self._cells, self._seed, self._limits = judge, cells, seed, limits
        self._start, self._fatal, self._tell = start, fatal, tell
        self._end = time.monotonic() + limits.notebook
        self._skipped: set[int] = set()
        self._verdicts: dict[str, Verdict] = {}
        self.deaths: list[str] = []
        self.ended = ""

    def to_the_end(self) -> list[Verdict]:
        for _ in range(RESTARTS + 1):
            if self._pass():
                break
        else:
            self.ended = f"its kernel died {RESTARTS + 1} times"
        for cell in self._cells:
            if is_graded(cell):
                name = grade_id(cell)
                if name not in self._verdicts:
                    self._verdicts[name] = self._left_over(cell)
                if is_test(cell):
                    cell["outputs"] = _as_output(self._verdicts[name])
        return list(self._verdicts.values())

    def _pass(self) -> bool:
        """Run all cells; False if the kernel died."""
        cells = self._cells
        last = max((k for k, c in enumerate(cells) if is_test(c)), default=-1)
        kernel, at = None, -1
        try:
            kernel = self._start()
            for at, cell in enumerate(cells[: last + 1]):
                if cell["cell_type"] != "code" or at in self._skipped:
                    continue
                left = self._end - time.monotonic()
                if left <= 0:
                    self.ended = f"out of time ({self._limits.notebook:.0f} s)"
                    break
                cell["outputs"], _ = kernel.run(cell["source"], min(self._limits.cell, left))
                name = grade_id(cell)
                if is_test(cell) and name not in self._verdicts:
                    self._verdicts[name] = self._judged(cell, kernel, left)
            return True
        except Died as death:
            if at < 0:
                self.ended = str(death)
                return True
            self._skipped.add(at)
            cell = cells[at]
            self.deaths.append(f"cell {at + 1}: {death}")
            cell["outputs"] = [error_output("Stopped", str(death))]
            if is_test(cell):
                verdict = Verdict(grade_id(cell), 0, points(cell), "stopped", str(death))
                self._verdicts.setdefault(verdict.exercise, verdict)
            return False
        finally:
            if kernel is not None:
                kernel.stop()

    def _judged(self, test: Cell, kernel: StudentKernel, left: float) -> Verdict:
        name, seconds = grade_id(test), min(self._limits.test, left)
        if name in self._fatal:
            message = "the checks could not be finished with what your code returns"
            return Verdict(name, 0, points(test), "stopped", message)
        self._tell(name)
        try:
            return self._judge.verdict(name, kernel.connected, self._seed, seconds)
        except OutOfTime:
            message = f"the checks took longer than {seconds:.0f} seconds"
            return Verdict(name, 0, points(test), "stopped", message)
        finally:
            self._tell("")

    def _left_over(self, cell: Cell) -> Verdict:
        name, most = grade_id(cell), points(cell)
        if is_test(cell):
            return Verdict(name, 0, most, "stopped", self.ended or "not reached")
        if cell["source"].strip() in ("", WRITTEN_STUB):
            return Verdict(name, 0, most, "unanswered")
        return Verdict(name, 0, most, "to grade")


def _explain(error: Exception) -> tuple[str, str]:
    """Status and message for a test that ended with ``error``."""
    status, message = _explained(error)
    return status, message[:MESSAGE]


def _explained(error: Exception) -> tuple[str, str]:
    if remote := getattr(error, "remote", None):
        name, text, where = remote
        if name == "NotImplementedError":
            return "unanswered", text
        return "failed", f"your code raised {name}: {text}" + (f" ({where})" if where else "")
    if isinstance(error, AssertionError):
        return "failed", str(error) or "a check of this exercise failed"
    if isinstance(error, NameError):
        return "unanswered", str(error)
    if isinstance(error, Gone):
        return "failed", f"no answer from your code: {error}"
    said = f"{type(error).__name__}: {error}"
    return "failed", f"the checks can't use what your code returns ({said})"


def _as_output(verdict: Verdict) -> list[Output]:
    if verdict.status == "passed":
        return [{"output_type": "stream", "name": "stdout", "text": "passed"}]
    return [error_output(verdict.status, verdict.message)]


def _report(
    status: str, notes: list[str], verdicts: list[Verdict], cells: list[Cell]
) -> dict[str, Any]:
    return {"status": status, "notes": notes, "verdicts": [asdict(v) for v in verdicts],
            "cells": cells}


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` after some seconds, and again each second: NumPy drops what is raised
    while it asks for a length. Where no Python code runs that could raise, end the process."""

    def ring(*_: Any) -> None:
        raise OutOfTime

    seconds = max(seconds, 0.01)
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    faulthandler.dump_traceback_later(seconds + STUCK, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def _fresh_inputs(seed: int | None) -> Iterator[None]:
    """Mix ``seed`` into every seed that is given to `np.random.default_rng`."""

    def default_rng(given: Any = None) -> np.random.Generator:
        if isinstance(given, (np.random.Generator, np.random.BitGenerator)):
            return _DEFAULT_RNG(given)
        mixed = np.append(np.zeros(0, int) if given is None else np.ravel(given), seed)
        return _DEFAULT_RNG(mixed.astype(int))

    if seed is not None:
        np.random.default_rng = default_rng
    try:
        yield
    finally:
        np.random.default_rng = _DEFAULT_RNG


def main(solution: str, lecture: str) -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)  # what the notebook prints is no answer
    os.environ.update({k: ENVIRONMENT[k] for k in
                       ("COURSE_PROFILE", "COURSE_PROGRESS", "CUDA_VISIBLE_DEVICES")})
    os.environ.update(MPLBACKEND="agg", COURSE_RESULTS="", COURSE_SEED="1", COURSE_SET="",
                      COURSE_CHECKPOINTS="")
    os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="judge-")  # not the instructor's own
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def answer(doc: Any) -> None:
        # not as ASCII: half characters from a submission end here, as question marks
        answers.write(json.dumps(doc, ensure_ascii=False) + "\n")
        answers.flush()

    try:
        judge = Judge(*(read_ours(Path(path)) for path in (solution, lecture)))
    except Exception as error:
        answer({"broken": f"{solution}: {error}"})
        return
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        most = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    answer({"ready": True})
    for line in requests:
        request = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for name, data in request["files"].items():
                files.append(Path(folder, name))
                files[-1].write_bytes(base64.b64decode(data))
            result = judge.grade(
                base64.b64decode(request["notebook"]), files, request["seed"], request["part"],
                Limits(**request["limits"]), request["unsafe"], request["fatal"],
                lambda test: answer({"testing": test}),
            )
        answer(result | ({"easy": judge.too_easy()} if request["controls"] else {}))


if __name__ == "__main__":
    main(*sys.argv[1:])
