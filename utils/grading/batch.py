"""Grade many notebooks: on several cores or a cluster, and only what has changed.

Each submitted notebook is a job. A job's key is a hash of all that its result depends on: the
submission, the solution, the grader and the helpers, the data, the packages, the limits, the seed.
A result is written as soon as it is there, with its key, so a batch that was interrupted goes on
where it stopped, and the same batch again has nothing to do.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from utils.files import write_whole
from utils.grading.cells import grade_id, is_graded, points
from utils.grading.sandbox import ROOT, Limits, check_sandbox
from utils.grading.submission import read_ours

START = 1800.0  # seconds for a judge to run the given cells of its notebook
DEADLY = 4  # tests of a submission that no judge survives, after which it is given up
SLACK = 240.0  # seconds that a judge has beyond a notebook's limit: kernels start slowly


class Broken(RuntimeError):
    """The grader itself can't work; the message says why."""


class JudgeDied(OSError):
    """A judge died; ``test`` is the one that it was running, "" if it ran none."""

    def __init__(self, test: str) -> None:
        super().__init__("the judge died")
        self.test = test


@dataclass(frozen=True)
class Job:
    """One submitted notebook; ``root`` is the course, on a path that each worker can read."""

    student: str
    part: str
    notebook: str  # name without .ipynb
    data: bytes
    seed: int
    limits: Limits
    files: dict[str, bytes] = field(default_factory=dict)
    unsafe: bool = False
    controls: bool = False  # also look for tests that pass on anything
    root: Path = ROOT

    @property
    def own_seed(self) -> int:
        """The number that makes this submission's random inputs its own."""
        text = f"{self.seed}/{self.student}/{self.part}/{self.notebook}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

    def paths(self) -> tuple[Path, Path]:
        """The notebook's solution and its lecture."""
        name = f"{self.part}/{self.notebook}.ipynb"
        return self.root / "solutions" / name, self.root / "lectures" / name

    @property
    def key(self) -> str:
        """A hash of all that the result depends on."""
        parts = [self.data, *(path.read_bytes() for path in self.paths())]
        parts += [name.encode() + data for name, data in sorted(self.files.items())]
        settings = (self.own_seed, asdict(self.limits), self.unsafe)
        parts += [grader_version().encode(), repr(settings).encode()]
        return hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()


@lru_cache
def grader_version() -> str:
    """A hash of what all jobs share: `utils/` (the grader, and the helpers that submissions
    import), the lists of the data with their sums, Python and the packages."""
    files = sorted((ROOT / "utils").rglob("*.py"))
    files += sorted([*(ROOT / "data").glob("*.tsv"), *(ROOT / "data").glob("*/SHA256SUMS")])
    installed = sorted(f"{d.name}=={d.version}" for d in importlib.metadata.distributions())
    parts = [path.read_bytes() for path in files]
    parts.append("\n".join([sys.version, *installed]).encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()


# -- judges ------------------------------------------------------------------------------------


class _Judge:
    """A process of `utils.grading.judge`; it can be killed from the first moment on."""

    def __init__(self, solution: Path, lecture: Path) -> None:
        command = [sys.executable, "-m", "utils.grading.judge", str(solution), str(lecture)]
        self._folder = tempfile.mkdtemp(prefix="grade-", dir="/tmp")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=ROOT, env={**os.environ, "TMPDIR": self._folder},
            start_new_session=True,  # Ctrl-C is for the batch, which then ends it
        )
        self._test = ""

    def wait(self) -> None:
        """Wait until it has run the given cells.

        Raises:
            Broken: one of them fails.
        """
        said = self._read(START)
        if "broken" in said:
            raise Broken(said["broken"])

    def ask(self, request: dict, seconds: float) -> dict[str, Any]:
        """Have a submission graded."""
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return self._read(seconds)

    def _read(self, seconds: float) -> dict[str, Any]:
        timer = threading.Timer(seconds, self.kill)
        timer.start()
        try:
            while (line := self._process.stdout.readline()).endswith(b"\n"):
                said = json.loads(line)
                if "testing" not in said:
                    return said
                self._test = said["testing"]
        finally:
            timer.cancel()
        self.kill()
        raise JudgeDied(self._test)

    def kill(self) -> None:
        """End it, and with it the sandbox that it runs; remove what they leave."""
        self._process.kill()
        self._process.wait()
        subprocess.run(["rm", "-rf", "--", self._folder], check=False)


_idle: dict[tuple[Path, Path], list[_Judge]] = {}
_all: list[_Judge] = []
_lock = threading.Lock()
_ended = threading.Event()  # the batch was interrupted: no thread may start a judge any more


@contextlib.contextmanager
def _judge(paths: tuple[Path, Path]) -> Iterator[_Judge]:
    """An idle judge of the notebook, or a new one; idle ones of other notebooks are ended."""
    with _lock:
        if _ended.is_set():
            raise Broken("the batch was interrupted")
        for other in [key for key in _idle if key != paths]:
            for judge in _idle.pop(other):
                judge.kill()
        found = _idle.get(paths)
        new = not found
        judge = _Judge(*paths) if new else found.pop()
        if new:
            _all.append(judge)
    try:
        if new:
            judge.wait()
        yield judge
    except BaseException:
        judge.kill()
        raise
    with _lock:
        _idle.setdefault(paths, []).append(judge)


def end_judges() -> None:
    """End all judges of this process."""
    _ended.set()
    with _lock:
        _idle.clear()
        while _all:
            _all.pop().kill()


def grade_job(job: Job) -> dict[str, Any]:
    """Grade one notebook; runs in a thread, or on a worker of the cluster.

    A judge that dies is tried once more, without the test that it died in; a job whose judges die
    again has that as its status.
    """
    if not job.unsafe:
        check_sandbox()
    request = {
        "notebook": base64.b64encode(job.data).decode(), "part": job.part,
        "files": {name: base64.b64encode(data).decode() for name, data in job.files.items()},
        "seed": job.own_seed, "limits": asdict(job.limits), "unsafe": job.unsafe,
        "controls": job.controls, "fatal": [],
    }
    began = started = time.monotonic()
    result, deaths = None, 0
    while result is None and deaths < 2 and len(request["fatal"]) < DEADLY:
        try:
            with _judge(job.paths()) as judge:
                began = time.monotonic()
                result = judge.ask(request, job.limits.notebook + SLACK)
        except (OSError, ValueError) as error:
            if test := getattr(error, "test", ""):
                request["fatal"].append(test)
            else:
                deaths += 1
    if result is None:
        began, result = started, _ungraded(job)
    result.update(student=job.student, notebook=job.notebook, seed=job.own_seed,
                  seconds=round(time.monotonic() - began, 2))
    return result


def _ungraded(job: Job) -> dict[str, Any]:
    verdicts = [
        {"exercise": grade_id(cell), "points": 0, "of": points(cell), "status": "stopped",
         "message": "the grader failed on this notebook: look at it by hand"}
        for cell in read_ours(job.paths()[1]) if is_graded(cell)
    ]
    return {"status": "not graded: the grader failed on it again and again", "notes": [],
            "verdicts": verdicts, "cells": []}


# -- the batch ---------------------------------------------------------------------------------


def open_executor(workers: int, scheduler: str | None) -> Executor:
    """Threads of this machine (each with processes of its own), or a cluster of dask's.

    Raises:
        Broken: dask.distributed is asked for and not installed.
    """
    if scheduler is None:
        return ThreadPoolExecutor(workers)
    try:
        from distributed import Client
    except ImportError as error:
        raise Broken(
            "a scheduler needs dask.distributed: pip install distributed, here and on the workers"
        ) from error
    return Client(scheduler).get_executor(pure=False)


def grade_all(
    jobs: list[Job], folder: Path, executor: Executor, show: Callable[[dict, int], None]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the result of each job, by student and notebook; results lie in ``folder``.

    ``show(result, left)`` is called after each job that had to be run.
    """
    _ended.clear()
    results, todo = {}, []
    for job in jobs:
        path = folder / job.student / f"{job.notebook}.json"
        old = _read_result(path)
        if old is not None and old.get("key") == job.key:
            results[job.student, job.notebook] = old
        else:
            todo.append(job)
    todo.sort(key=lambda job: (job.part, job.notebook))  # a judge serves one notebook
    futures = {executor.submit(grade_job, job): job for job in todo}
    try:
        for left, future in zip(range(len(todo) - 1, -1, -1), as_completed(futures)):
            job, result = futures[future], future.result()
            result["key"] = job.key
            write_whole(folder / job.student / f"{job.notebook}.json", json.dumps(result))
            results[job.student, job.notebook] = result
            show(result, left)
    except BaseException:
        for future in futures:
            future.cancel()
        end_judges()
        raise
    return results


def _read_result(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
