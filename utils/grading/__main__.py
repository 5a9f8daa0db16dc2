"""Grade a class: ``make grade PART=1-rnns SUBMISSIONS=export.zip``.

Collects submissions (a folder with one folder per student, or a zip as Moodle, ILIAS or Canvas
export it), checks the grader itself on the solutions and on the unsolved lectures, grades what is
new in a sandbox, and writes to grading/: tables of points for each LMS, a page of feedback per
student and notebook, and a list of answers that are alike. Interrupt it at any time; the same
command goes on where it stopped. Written answers are graded by hand in nbgrader's formgrader
(`make lab`); the same command then brings the points up to date.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from tqdm import tqdm

from utils.files import write_whole
from utils.grading import feedback, gradebook, lms
from utils.grading.batch import Broken, Job, end_judges, grade_all, open_executor
from utils.grading.cells import grade_id, nbgrader
from utils.grading.collect import Student, collect
from utils.grading.config import load
from utils.grading.gradebook import Row
from utils.grading.sandbox import ROOT, NoSandbox, check_sandbox
from utils.grading.similarity import alike, answers
from utils.grading.submission import read_ours


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", help="the assignment, a folder of lectures/, e.g. 1-rnns")
    parser.add_argument("submissions", type=Path, help="a folder, or the zip of the LMS")
    parser.add_argument("--lms", type=Path, metavar="CSV",
                        help="table of the LMS: who takes part, and when each one handed in")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2),
                        help="submissions at a time (default: %(default)s)")
    parser.add_argument("--scheduler", metavar="ADDRESS",
                        help="grade on a dask cluster, e.g. tcp://host:8786; its workers need "
                        "this folder at the same path")
    parser.add_argument("--unsafe", action="store_true",
                        help="without the sandbox: submissions run with all your rights")
    parser.add_argument("--drop-removed", action="store_true",
                        help="forget points and comments given by hand for exercises that the "
                        "lectures no longer have")
    parser.add_argument("--root", type=Path, default=ROOT, help="the course (default: this one)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Entry point of the command; see ``--help``."""
    args = _arguments(argv)
    try:
        if not args.unsafe:
            check_sandbox()
        _Grader(args).run()
    except NoSandbox as error:
        print(f"{error}\nOr, if every submission is known to be harmless: --unsafe",
              file=sys.stderr)
        return 2
    except (Broken, ValueError, OSError) as error:
        print(f"nothing graded: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on from here", file=sys.stderr)
        return 130
    finally:
        end_judges()
    return 0


class _Grader:
    """One run of the command."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.part, self.args, self.root = args.part, args, args.root.resolve()
        config, self.grading = load(self.root)
        self.rule = self.grading.late_rule(config=config)
        self.folder = self.root / "grading"
        paths = sorted((self.root / "lectures" / self.part).glob("*.ipynb"))
        if not paths:
            raise ValueError(f"there is no notebook in lectures/{self.part}")
        self.lectures = {path.stem: read_ours(path) for path in paths}
        self.table = lms.Table(args.lms) if args.lms else None
        self.times = self.table.times() if self.table else {}

    def run(self) -> None:
        ids = {
            name: {grade_id(cell) for cell in cells if nbgrader(cell)}
            for name, cells in self.lectures.items()
        }
        students = collect(self.args.submissions, ids)
        print(f"{len(students)} students in {self.args.submissions}")
        executor = open_executor(self.args.workers, self.args.scheduler)
        try:
            self._preflight(executor)
            jobs = [self._job(s.id, name, data, s.files)
                    for s in students for name, data in s.notebooks.items()]
            results = self._graded(jobs, executor, "grading")
        finally:
            executor.shutdown(wait=False)
        self._write(students, results)

    def _job(self, student: str, name: str, data: bytes, files: dict[str, bytes]) -> Job:
        return Job(student, self.part, name, data, self.grading.seed, self.grading.limits(),
                   files, unsafe=self.args.unsafe, root=self.root)

    def _graded(self, jobs: list[Job], executor: Any, what: str) -> dict:
        folder = self.folder / "results" / self.part
        with tqdm(total=len(jobs), desc=what, unit="notebook", file=sys.stdout,
                  disable=os.environ.get("COURSE_PROGRESS") == "off") as bar:

            def show(result: dict[str, Any], left: int) -> None:
                if bar.n == 0:  # what was graded before took no time: the time left ignores it
                    bar.n = bar.initial = len(jobs) - left - 1
                bar.set_postfix_str(
                    f"{result['student']}, {result['notebook']}, {result['seconds']:.1f} s")
                bar.update()

            results = grade_all(jobs, folder, executor, show)
            bar.update(len(jobs) - bar.n)
        return results

    def _preflight(self, executor: Any) -> None:
        """Grade the solutions and the lectures like submissions.

        Raises:
            Broken: the solutions don't get all points, or the lectures get any.
        """
        jobs = []  # no student's id has a point
        for fake in ("solutions", "lectures"):
            for name in self.lectures:
                data = (self.root / fake / self.part / f"{name}.ipynb").read_bytes()
                job = self._job(f"preflight.{fake}", name, data, {})
                jobs.append(replace(job, controls=fake == "solutions"))
        results = self._graded(jobs, executor, "pre-flight")
        for _, result in sorted(results.items()):
            for easy in result.get("easy", []):
                print(f"warning: {easy}: make the check stricter")
        problems = []
        for (fake, name), result in sorted(results.items()):
            for v in result["verdicts"]:
                want = v["of"] if fake == "preflight.solutions" else 0
                if v["status"] != "to grade" and v["points"] != want:
                    problems.append(f"{fake[10:]}/{self.part}/{name}, {v['exercise']}: "
                                    f"{v['points']:g} of {v['of']:g} points, expected {want:g} "
                                    f"({v['status']}: {v['message']})")
        if problems:
            raise Broken("the grader is wrong about the course's own notebooks:\n"
                         + "\n".join(problems))

    # -- out ---------------------------------------------------------------------------------

    def _write(self, students: list[Student], results: dict) -> None:
        due = self.grading.deadline(self.part)
        roster = {s.id: s.name for s in students}
        for student, name in (self.table.students() if self.table else {}).items():
            roster.setdefault(student, name)
        status = {s.id: _in_words(s, self.lectures, results) for s in students}
        notes = {s.id: [*s.notes, *_notes(s, results)] for s in students}
        with gradebook.opened(self.root) as book:
            gradebook.save_assignment(book, self.part, self.lectures,
                                      due.replace(tzinfo=None) if due else None,
                                      self.args.drop_removed)
            untimed = 0
            for student in students:
                when = self.times.get(student.id, student.time)
                gradebook.save_student(
                    book, self.folder / "autograded", self.part, student,
                    self.grading.utc(when).replace(tzinfo=None) if when else None,
                    {n: r for (s, n), r in results.items() if s == student.id}, self.lectures,
                )
                if book.find_submission(self.part, student.id).timestamp is None:
                    untimed += bool(student.notebooks)
                    if student.late:
                        notes[student.id].append("late says Canvas; pass --lms for a penalty")
                    elif due and student.notebooks:
                        notes[student.id].append("no submission time: no penalty")
            gradebook.save_penalties(book, self.part, self.rule)
            rows = gradebook.rows(book, self.part, roster, status, notes)
            self._write_feedback(book, rows, results)
        paths = lms.write_points(self.folder, self.part, rows, self.table,
                                 self.grading.csv_delimiter)
        paths.append(self._write_similar(results))
        by_hand = sum(None in row.points.values() for row in rows)
        if due and untimed:
            print(f"{untimed} students have no submission time: no penalty")
        print(f"{len(rows)} students; written answers to grade by hand: {by_hand} students")
        for path in [*paths, self.folder / "feedback"]:
            print(f"  {path}")

    def _write_feedback(self, book: Gradebook, rows: list[Row], results: dict) -> None:
        by_id = {row.id: row for row in rows}
        for (student, name), result in results.items():
            if student not in by_id:
                continue
            said = {
                comment.name: comment.manual_comment or ""
                for comment in book.find_submission_notebook(name, self.part, student).comments
            }
            html = feedback.page(f"{name}: {by_id[student].name}", result, by_id[student], said)
            write_whole(self.folder / "feedback" / student / self.part / f"{name}.html", html)

    def _write_similar(self, results: dict) -> Path:
        table = [["notebook", "student", "student", "similarity"]]
        for name in self.lectures:
            texts = {s: answers(r) for (s, n), r in results.items() if n == name}
            solution = json.loads((self.folder / "results" / self.part / "preflight.solutions"
                                   / f"{name}.json").read_text(encoding="utf-8"))
            table += [[name, lms.safe(a), lms.safe(b), f"{value:.2f}"]
                      for a, b, value in alike(texts, answers(solution))]
        path = self.folder / f"{self.part}-similar.csv"
        lms.write_csv(path, table, self.grading.csv_delimiter)
        return path


def _in_words(student: Student, lectures: dict, results: dict) -> str:
    """What became of a student's submission, in words."""
    if not student.notebooks:
        return "missing"
    said = []
    for name in lectures:
        if name not in student.notebooks:
            said.append(f"{name} is missing")
        elif (status := results[student.id, name]["status"]) != "graded":
            said.append(f"{name} {status}")
    return "; ".join(said) or "graded"


def _notes(student: Student, results: dict) -> list[str]:
    return [f"{n}: {note}" for (s, n), r in results.items() if s == student.id
            for note in r["notes"]]


if __name__ == "__main__":
    sys.exit(main())
