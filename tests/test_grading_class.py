"""A small class of honest and hostile students, graded by the command.

The whole class has over a hundred: `python tests/grading_class.py`.

Without a sandbox most of this is skipped; with COURSE_NEED_SANDBOX set, that is a failure.
"""

import os
import shutil
import subprocess
import sys

import pytest
from grading_class import CASES, NAME, PART, SUBSET, grade_class, make_course

from utils.grading import batch, sandbox
from utils.grading.__main__ import main
from utils.grading.check import main as check_main
from utils.grading.sandbox import Limits, NoSandbox, bubblewrap, check_sandbox
from utils.grading.seccomp import filter_file

try:
    check_sandbox()
    WHY = ""
except NoSandbox as error:
    WHY = str(error)
needs_sandbox = pytest.mark.skipif(bool(WHY), reason=WHY)


@pytest.mark.skipif(not os.environ.get("COURSE_NEED_SANDBOX"), reason="no sandbox is asked for")
def test_the_sandbox_works():
    assert not WHY, WHY


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The small course of the class, released."""
    root = tmp_path_factory.mktemp("class") / "course"
    make_course(root)
    return root


@pytest.fixture(scope="module")
def table(course):
    """The class, graded two at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_PROGRESS", "off")
        return grade_class([c for c in CASES if c.name in SUBSET], course, workers=2)


@needs_sandbox
@pytest.mark.parametrize("name", SUBSET)
def test_points_are_as_wanted(table, name):
    ((wanted, given, status),) = [row[1:] for row in table if row[0] == name]
    assert given == pytest.approx(wanted), status


@needs_sandbox
def test_feedback_says_what_was_wrong_and_not_what_is_hidden(course, table):
    pages = {path.parents[1].name: path.read_text(encoding="utf-8")
             for path in (course / "grading/feedback").rglob("*.html")}
    assert "one row at index (0, 0) is 1, expected 0.25" in pages["partly-right"]
    assert "its kernel died" in pages["hard-exit-in-an-answer"]
    assert "random bytes" not in pages and "not JSON" in pages["random-bytes"]
    for page in pages.values():
        assert not any(part in page for part in ("<script", "default_rng", "_calls", "_table"))


@needs_sandbox
def test_only_what_changed_is_graded_again(course, table, monkeypatch, capsys):
    graded, ordinary = [], batch.grade_job

    def grade_job(job):
        graded.append(job.student)
        return ordinary(job)

    monkeypatch.setattr(batch, "grade_job", grade_job)
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    folder = course / "submissions"
    for path in folder.iterdir():
        if path.name not in ("right", "partly-right"):
            shutil.rmtree(path)
    before = (course / "grading" / f"{PART}.csv").read_text(encoding="utf-8")
    notebook = folder / "partly-right" / f"{NAME}.ipynb"
    notebook.write_bytes((folder / "right" / f"{NAME}.ipynb").read_bytes())
    assert main([PART, str(folder), "--root", str(course)]) == 0
    assert graded == ["partly-right"]
    after = (course / "grading" / f"{PART}.csv").read_text(encoding="utf-8")
    assert "partly-right,partly-right,graded,5" in before
    assert "partly-right,partly-right,graded,8" in after


@needs_sandbox
def test_nothing_is_graded_if_the_preflight_fails(course, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    root = tmp_path / "course"
    shutil.copytree(course, root, ignore=shutil.ignore_patterns("grading", "gradebook.db"))
    submissions = tmp_path / "submissions"
    shutil.copytree(root / "lectures" / PART, submissions / "ann")
    path = root / "solutions" / PART / f"{NAME}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace(
        "return int(step(word).argmax())", "return 0"), encoding="utf-8")
    assert main([PART, str(submissions), "--root", str(root)]) == 1
    assert "a cell of the solution fails" in capsys.readouterr().err
    assert not (root / "grading" / f"{PART}.csv").exists()


@needs_sandbox
@pytest.mark.parametrize("attempt", [
    "os.memfd_create('x')", "mmap.mmap(-1, 4096)", "mmap.mmap(os.open('/dev/zero', 2), 4096)",
    "call('shmget', 0, 4096, 0o1600)", "call('msgget', 0, 0o1600)", "call('unshare', 0x10000000)",
], ids=["memfd", "shared", "zeros", "System V", "messages", "namespace"])
def test_memory_that_no_process_holds_is_refused(tmp_path, attempt):
    code = ("import ctypes, mmap, os\ndef call(name, *args):\n"
            "    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args) < 0:\n"
            "        raise OSError(ctypes.get_errno(), name)\n"
            f"try:\n    {attempt}\nexcept OSError as error:\n    print('refused')")
    with filter_file() as calls:
        command = bubblewrap([sys.executable, "-c", code], tmp_path, "p", [], Limits(), calls)
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              pass_fds=(calls,))
    assert (done.stdout, done.stderr) == ("refused\n", "")


def test_without_bubblewrap_it_refuses(course, tmp_path, monkeypatch, capsys):
    check_sandbox.cache_clear()
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    (tmp_path / "ann").mkdir()
    assert main([PART, str(tmp_path), "--root", str(course)]) == 2
    assert "bubblewrap is not installed" in capsys.readouterr().err
    check_sandbox.cache_clear()


def test_unknown_part_and_empty_export_are_said(course, tmp_path, capsys):
    options = ["--root", str(course), "--unsafe"]
    assert main(["9-none", str(tmp_path), *options]) == 1
    assert "no notebook in lectures/9-none" in capsys.readouterr().err
    assert main([PART, str(tmp_path), *options]) == 1
    assert "no submission found" in capsys.readouterr().err


def test_students_see_what_is_left_to_do(course, capsys):
    path = course / "lectures" / PART / f"{NAME}.ipynb"
    assert check_main([str(path)]) == 1
    said = capsys.readouterr().out
    assert "01-mean                     2 points  to do: return the mean" in said
    assert "01-why                      1 point   to do: write your answer" in said
    assert "0 of 9 points pass the visible checks" in said
    assert check_main([str(course / "nbgrader_config.py")]) == 2
    assert "can't be read as a notebook" in capsys.readouterr().err
