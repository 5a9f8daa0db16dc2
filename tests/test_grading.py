"""Grading: what crosses the wall, what is collected, what goes out."""

import base64
import contextlib
import csv
import io
import json
import os
import socket
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from utils.files import write_whole
from utils.grading import batch, feedback, gradebook, lms
from utils.grading.__main__ import main
from utils.grading.cells import WRITTEN_STUB
from utils.grading.collect import Student, _identifier, collect
from utils.grading.config import Grading, PercentPerDay
from utils.grading.gradebook import Row, as_text
from utils.grading.judge import FAKES, Judge, OutOfTime, _fresh_inputs, answer_names
from utils.grading.kernel import StudentKernel, _Outputs, _png
from utils.grading.peer import Gone, Peer, Remote, _rebuild
from utils.grading.plain import NotPlain, decode, encode
from utils.grading.sandbox import Limits
from utils.grading.similarity import alike, normalised
from utils.grading.submission import Unreadable, rebuild


def refuse(value):
    raise NotPlain(type(value).__name__)


def there_and_back(value):
    return decode(json.loads(json.dumps(encode(value, refuse))), refuse)


# -- plain data --------------------------------------------------------------------------------

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary() | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple)
    | st.dictionaries(st.text() | st.integers() | st.booleans(), inner),
    max_leaves=10,
)


@given(plain)
@settings(max_examples=80)
def test_plain_data_come_back_the_same_in_value_and_type(value):
    back = there_and_back(value)
    assert back == value and repr(back) == repr(value)


@given(hnp.arrays(st.sampled_from(["<f4", "<f8", "<i8", "|u1", "|b1", "<c16", "<U3"]),
                  hnp.array_shapes(min_dims=0, min_side=0)))
@settings(max_examples=60)
def test_arrays_come_back_the_same(array):
    back = there_and_back(array)
    assert type(back) is np.ndarray and back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    back[...] = back  # one's own, and writeable


def test_subclasses_lose_what_they_add():
    class Always(float):
        def __eq__(self, other):
            return True

    class Liar(np.ndarray):
        def __eq__(self, other):
            return True

    assert type(there_and_back(Always(3))) is float
    assert type(there_and_back(np.zeros(2).view(Liar))) is np.ndarray
    assert type(there_and_back(np.float32(1))) is np.float32


class Tensor:
    def __array__(self, dtype=None, copy=None):
        return np.arange(3.0)


def test_what_numpy_reads_as_an_array_arrives_as_one():
    np.testing.assert_array_equal(there_and_back(Tensor()), [0, 1, 2])
    assert list(there_and_back(x * x for x in range(3))) == [0, 1, 4]


@pytest.mark.parametrize("doc", [
    {"array": ["O", [1], ""]}, {"array": ["<f8", [2], ""]}, {"array": ["<f8", [-1], ""]},
    {"array": ["<f8", [10**9], ""]}, {"array": ["<f8", [True], ""]}, {"pickle": "x"}, [1],
    {"rng": ["PCG64", {}]}, {"list": 3}, {"list": [], "tuple": []}, {"array": ["<f8,<f8", [0], ""]},
    {"array": ["<U0", [10**9], ""]},
], ids=str)
def test_nothing_else_is_read(doc):
    with pytest.raises(NotPlain):
        decode(doc, refuse)


# -- calls -------------------------------------------------------------------------------------


@pytest.fixture
def pair():
    """A grader's end, and the namespace of a kernel that answers it."""
    ours, theirs = socket.socketpair()
    namespace = {}
    thread = threading.Thread(target=Peer(theirs, namespace).serve, daemon=True)
    thread.start()
    with ours:
        yield Peer(ours), namespace
    thread.join(5)
    theirs.close()


def test_a_call_gives_plain_data_and_sees_the_test_functions(pair):
    peer, namespace = pair
    namespace["best"] = lambda step, word: [int(step(word).argmax()), step]
    step = lambda word: np.eye(4)[word]  # noqa: E731
    assert peer.ask("name", "best")(step, 2) == [2, step]


@pytest.mark.parametrize("share", [False, True])
def test_a_call_changes_the_arguments_of_the_test_only_where_they_are_shared(pair, share):
    peer, namespace = pair
    peer.share = share

    def change(array, items):
        array += 1
        items.append(2)

    namespace["change"] = change
    array, items = np.zeros(2), [1]
    peer.ask("name", "change")(array, items)
    assert peer.changed
    assert (array.tolist(), items) == (([1, 1], [1, 2]) if share else ([0, 0], [1]))


def test_an_answer_sees_what_a_function_of_the_test_changes(pair):
    peer, namespace = pair
    namespace["collect"] = lambda add: [x := [], add(x), x][-1]
    assert peer.ask("name", "collect")(lambda x: x.append(3)) == [3]
    assert not peer.changed


def test_an_answer_can_read_an_iterator_that_it_is_given(pair):
    peer, namespace = pair
    namespace["total"] = sum
    assert peer.ask("name", "total")(x * x for x in range(4)) == 14


def test_errors_keep_their_type_but_can_not_end_a_loop(pair):
    peer, namespace = pair
    namespace["fail"] = lambda name: exec(f"raise {name}('why')")
    fail = peer.ask("name", "fail")
    with pytest.raises(NotImplementedError, match="why"):
        fail("NotImplementedError")
    for name in ("StopIteration", "SystemExit", "KeyboardInterrupt", "GeneratorExit"):
        with pytest.raises(RuntimeError, match=name):
            fail(name)
    assert isinstance(_rebuild("UnicodeDecodeError", "x", ""), RuntimeError)


def test_other_objects_stay_there_and_equal_nothing(pair):
    peer, namespace = pair
    namespace["model"] = type("Model", (), {"units": 3, "__len__": lambda s: 2,
                                            "__call__": lambda s, x: x + 1})()
    model = peer.ask("name", "model")
    assert isinstance(model, Remote) and (model.units, len(model), model(1)) == (3, 2, 2)
    for compare in (lambda: model == 3, lambda: model != 3, lambda: bool(model)):
        with pytest.raises(TypeError, match="plain data"):
            compare()


def test_the_kernel_can_only_call_what_the_test_handed_over(pair):
    peer, namespace = pair
    namespace["climb"] = lambda f: f.__globals__ if hasattr(f, "__globals__") else f.name
    with pytest.raises(PermissionError, match="only be called"):
        peer.ask("name", "climb")(lambda: None)
    with pytest.raises(NotPlain, match="hands over a Row"):
        peer.ask("name", "climb")(Row("", "", "", {}, 0, 0, 0, []))


@pytest.mark.parametrize("sent", [
    b"", b"\xff\xff\xff\xff", b"\0\0\0\2{}", b"\0\0\0\3[[[", b"\0\0\0\4[1,2"])
def test_nonsense_ends_the_connection(sent):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(Gone):
            Peer(ours).ask("name", "x")


def test_fresh_inputs_are_the_submissions_own_and_end():
    def draw():
        return np.random.default_rng(7).normal()

    fixed = draw()
    with _fresh_inputs(1):
        first, again = draw(), draw()
    with _fresh_inputs(2):
        other = draw()
    assert first == again and len({fixed, first, other}) == 3 and draw() == fixed


def test_names_an_exercise_asks_for():
    source = (
        "def given(): pass\n\ndef asked():\n    ### BEGIN SOLUTION\n    # TODO: x\n    y = 1\n"
        "    ### END SOLUTION\n\n### BEGIN SOLUTION\n# TODO: z\na, (b, c) = 1, (2, 3)\n"
        "### END SOLUTION\nalso_given = 3\n")
    assert answer_names(source) == ["asked", "a", "b", "c"]


# -- submissions -------------------------------------------------------------------------------


def cell(source, **nbgrader):
    return {"cell_type": "code", "source": source,
            "metadata": {"nbgrader": nbgrader} if nbgrader else {}}


def lecture():
    return [
        cell("import os"),
        cell("def f(): raise NotImplementedError", grade_id="f", solution=True, grade=False),
        cell("assert f()", grade_id="f-test", solution=False, grade=True, locked=True, points=2),
        {"cell_type": "markdown", "source": WRITTEN_STUB, "metadata": {"nbgrader": dict(
            grade_id="why", solution=True, grade=True, points=1)}},
    ]


def rebuilt(cells):
    return rebuild(json.dumps({"nbformat": 4, "cells": cells}).encode(), lecture())


def test_metadata_and_tests_are_ours_and_code_the_students():
    cells = lecture()
    cells[1]["source"] = "def f(): return 1"
    cells[2]["source"] = "pass"
    cells[2]["metadata"]["nbgrader"].update(points=99, solution=True)
    found = rebuilt(cells)
    assert [c["source"] for c in found.cells] == [
        "import os", "def f(): return 1", "assert f()", WRITTEN_STUB]
    assert found.cells[2]["metadata"]["nbgrader"]["points"] == 2
    assert found.notes == ["f-test was edited: the released version counts"]


@pytest.mark.parametrize("change, sources", [
    (lambda c: c.pop(2), ["import os", "F", "assert f()", "W"]),
    (lambda c: c.insert(0, c.pop(2)), ["import os", "F", "assert f()", "W"]),
    (lambda c: [x.update(metadata={}) for x in c],
     ["import os", "F", "assert f()", "assert f()", "W", "W"]),  # the old ones are ordinary cells
    (lambda c: c.insert(2, c[1]), ["import os", "F", "F", "assert f()", "W"]),
    (lambda c: c.clear(), ["W", "assert f()"]),
    (lambda c: c[2].update(cell_type="raw"), ["import os", "F", "assert f()", "W"]),
], ids=["test deleted", "test moved", "metadata lost", "copied", "empty", "type changed"])
def test_each_test_stands_behind_its_exercise_once(change, sources):
    cells = lecture()
    change(cells)
    short = {lecture()[1]["source"]: "F", WRITTEN_STUB: "W"}
    got = [short.get(c["source"], c["source"]) for c in rebuilt(cells).cells]
    assert got == sources


@pytest.mark.parametrize("data, said", [
    (b"", "is empty"), (b"\xff\xfe", "not JSON"), (b"{}", "not a notebook"),
    (b'{"nbformat": 4}', "damaged"), (b'{"nbformat": 4, "cells": [1]}', "damaged"),
    (b'{"nbformat": 4, "cells": ' + b"[" * 99_999, "not JSON"),
    (b'{"nbformat": 4, "cells": [{"source": 7}]}', "no text"),
])
def test_what_is_no_notebook_is_said_in_words(data, said):
    with pytest.raises(Unreadable, match=said):
        rebuild(data, lecture())


def test_half_characters_become_question_marks():
    cells = [cell("'\ud800'")]
    assert rebuilt(cells).cells[0]["source"] == "'?'"


# -- collecting --------------------------------------------------------------------------------

NOTEBOOKS = {"01_a": {"01-x"}, "02_b": {"02-y"}}


def notebook(grade_id="01-x"):
    return json.dumps({"nbformat": 4, "cells": [
        {"source": "", "metadata": {"nbgrader": {"grade_id": grade_id}}}]}).encode()


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_moodle(tmp_path):
    name = "Jörg O'Müller, Dr._123_assignsubmission_file_"
    students = collect(zipped(tmp_path / "m.zip", {
        f"{name}/01_a.ipynb": notebook(), f"{name}/corpus.txt": b"text",
        "Ann_7_assignsubmission_file_/02_b.ipynb": notebook("02-y"),
        "Bob_9_assignsubmission_file_01_a.ipynb": notebook(), "../../etc/passwd": b"x",
    }), NOTEBOOKS)
    assert [(s.id, s.name, sorted(s.notebooks)) for s in students] == [
        ("123", "Jörg O'Müller, Dr.", ["01_a"]), ("7", "Ann", ["02_b"]), ("9", "Bob", ["01_a"])]
    assert students[0].files == {"corpus.txt": b"text"}


def test_ilias_counts_the_last_version_and_its_time(tmp_path):
    folder = "Übung 1/Abgaben/Müller_Jörg_jmueller_4711"
    (student,) = collect(zipped(tmp_path / "i.zip", {
        f"{folder}/20261130120000_01_a.ipynb": notebook() + b" ",
        f"{folder}/20261129120000_01_a.ipynb": notebook(),
    }), NOTEBOOKS)
    assert (student.id, student.name) == ("4711", "Müller, Jörg")
    assert student.notebooks["01_a"].endswith(b" ")
    assert student.time == datetime(2026, 11, 30, 12)
    assert "more than once" in student.notes[0]


def test_canvas_knows_versions_and_lateness(tmp_path):
    students = collect(zipped(tmp_path / "c.zip", {
        "mullerjorg_LATE_11_901_01_a-2.ipynb": notebook() + b" ",
        "mullerjorg_LATE_11_900_01_a-1.ipynb": notebook(),
        "smithann_12_902_Untitled.ipynb": notebook("02-y"),
    }), NOTEBOOKS)
    assert [(s.id, s.late, list(s.notebooks)) for s in students] == [
        ("11", True, ["01_a"]), ("12", False, ["02_b"])]
    assert students[0].notebooks["01_a"].endswith(b" ")


def test_a_folder_with_links_zips_and_junk(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/01_a.ipynb", notebook())
    for who, name, data in [("ann", "all.zip", inner.getvalue()), ("bob", "x.zip", b"PK"),
                            ("eve", "other.ipynb", b"{}"), ("Zoë", "02_b (1).ipynb", b"{}")]:
        (tmp_path / who).mkdir()
        (tmp_path / who / name).write_bytes(data)
    (tmp_path / "none").mkdir()
    (tmp_path / "eve/01_a.ipynb").symlink_to("/etc/passwd")
    found = {s.name: s for s in collect(tmp_path, NOTEBOOKS)}
    assert list(found["ann"].notebooks) == ["01_a"] and found["none"].notebooks == {}
    assert found["eve"].notebooks == {"01_a": b""}
    assert "symbolic link" in " ".join(found["eve"].notes)
    assert list(found["Zoë"].notebooks) == ["02_b"]
    assert "zip" in found["bob"].notes[0]


@pytest.mark.parametrize("members", [
    {"Ann_7_assignsubmission_file_01_a.ipynb": notebook(),
     "Eve_9_assignsubmission_file_Ann_7_assignsubmission_file_01_a.ipynb": b"junk"},
    {"Ann_7_assignsubmission_file_/01_a.ipynb": notebook(),
     "Eve_9_assignsubmission_file_/Ann_7_assignsubmission_file_/01_a.ipynb": b"junk"},
    {"Ann_7_assignsubmission_file_/01_a.ipynb": notebook(), "01_a.ipynb": b"the instructor's",
     "Eve_9_assignsubmission_file_/01_a.ipynb": b"junk"},
    {"ann_7_900_01_a.ipynb": notebook(),
     "eve_9_901_Ann_7_assignsubmission_file_01_a.ipynb": b"junk"},
    {"ann_7_900_01_a.ipynb": notebook(), "eve_9_901_ann_7_902_01_a.ipynb": b"junk"},
    {"E/Ann_A_ann_7/20261130120000_01_a.ipynb": notebook(),
     "E/Eve_E_eve_9/20261130120000_Ann_7_assignsubmission_file_01_a.ipynb": b"junk",
     "E/status.csv": b""},
    {"7/01_a.ipynb": notebook(), "9/Ann_A_ann_7/01_a.ipynb": b"junk"},
    {"7/01_a.ipynb": notebook(), "9/Ann_7_assignsubmission_file_01_a.ipynb": b"junk"},
], ids=["Moodle, flat", "Moodle", "Moodle, loose", "Canvas", "Canvas, twice", "ILIAS", "folder", "folder, Moodle"])
def test_nobody_hands_in_for_another_student(tmp_path, members):
    students = collect(zipped(tmp_path / "x.zip", members), NOTEBOOKS)
    assert [(s.id, s.notebooks["01_a"]) for s in students] == [("7", notebook()), ("9", b"junk")]


def test_odd_names_and_broken_archives_harm_nobody(tmp_path):
    folder = tmp_path / "eve"
    (folder / "/".join("d" * 500)).mkdir(parents=True)
    open(os.fsencode(folder) + b"/caf\xe9.pdf", "w").close()
    packed = zipped(tmp_path / "z", {"é.txt": b"abc" * 99}).read_bytes()
    (folder / "a.zip").write_bytes(packed.replace("é".encode(), b"\xff\xfe"))
    with zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", b"abc" * 1000)
    packed = (folder / "b.zip").read_bytes()
    (folder / "b.zip").write_bytes(packed[:36] + b"\xff" * 8 + packed[44:])
    zipped(folder / "c.zip", {"名" * 90 + ".txt": b"", "01_a.ipynb": notebook()})
    (eve,) = collect(tmp_path, NOTEBOOKS)
    assert eve.notebooks == {"01_a": notebook()} and eve.files == {}
    assert eve.notes == ["a.zip is no zip file that can be read", "caf\\xe9.pdf is not used"]


def test_an_archive_that_grows_is_not_read_on(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.grading.collect.LARGEST_FOLDER", 1000)
    (tmp_path / "eve").mkdir()
    zipped(tmp_path / "eve/bomb.zip", {f"{k:03}.ipynb": b"x" * 600 for k in range(100)})
    (eve,) = collect(tmp_path, NOTEBOOKS)
    said = [note.partition(" ")[2] for note in eve.notes]
    assert said[0] == said[1] == "is none of the notebooks of this part"
    assert set(said[2:]) == {"lies in an archive of more than 0 MB"} and len(said) == 20


def test_identifiers_are_safe_and_different():
    names = ["Müller", "Muller", "O'Brien, Bo", "../..", "ann", "名前", "a/b"]
    ids = [_identifier(name) for name in names]
    assert len(set(ids)) == len(ids) and ids[4] == "ann"
    assert all(i.replace("-", "").replace("_", "").isalnum() and i.isascii() for i in ids)


# -- out ---------------------------------------------------------------------------------------


def row(**change):
    one = dict(id="7", name="Jörg, O'Müller", status="graded", total=2.0, of=3.0, penalty=0.0,
               points={"f-test": 2.0, "why": None}, notes=["=1+1"])
    return Row(**(one | change))


def test_tables_are_safe_in_a_spreadsheet(tmp_path):
    lms.write_points(tmp_path, "p", [row(name="=cmd|' /C calc'!A0")], None, ",")
    text = (tmp_path / "p.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeffstudent,name,status,total,of,penalty,f,why,notes\n")
    assert "'=cmd|' /C calc'!A0,graded,2,3,0,2,,'=1+1" in text


@pytest.mark.parametrize("text", ["Monday, 30 November 2026, 11:59 PM", "2026-11-30 23:59",
                                  "Montag, 30. November 2026, 23:59", "30.11.2026 23:59",
                                  "30.11.2026, 23:59"])
def test_times_as_a_lms_says_them(text):
    assert lms.moment(text) == datetime(2026, 11, 30, 23, 59)
    assert lms.moment("-") is lms.moment(" ") is None


@pytest.mark.parametrize("text", ["30/11/2026 23:59", "31 February 2026, 1:00 PM", "yesterday"])
def test_a_time_that_can_not_be_read_is_an_error(tmp_path, text):
    (tmp_path / "t.csv").write_text(f'student,time\nann,-\nbob,"{text}"\n')
    with pytest.raises(ValueError, match=r"t\.csv, row 3, student bob: ") as error:
        lms.Table(tmp_path / "t.csv").times()
    assert text in str(error.value) or "day is out of range" in str(error.value)


def test_the_table_of_the_lms_is_filled_in(tmp_path):
    (tmp_path / "m.csv").write_text(
        '"Identifier","Full name","Last modified (submission)","Grade"\n'
        '"Participant 7","Jörg","Monday, 30 November 2026, 11:59 PM",""\n'
        '"Participant 8","Ann","-",""\n', encoding="utf-8-sig")
    table = lms.Table(tmp_path / "m.csv")
    assert table.students() == {"7": "Jörg", "8": "Ann"}
    assert table.times() == {"7": datetime(2026, 11, 30, 23, 59)}
    lms.write_points(tmp_path, "p", [row()], table, ",")
    filled = (tmp_path / "p-lms.csv").read_text(encoding="utf-8-sig").splitlines()
    assert filled[1].endswith('11:59 PM",2') and filled[2].endswith("-,")


def test_late_penalty():
    rule = PercentPerDay()
    assert [rule.late_submission_penalty("", 10, 3600 * h) for h in (0, 0.2, 1, 25, 999)] == [
        0, 0, 1, 2, 10]
    assert str(Grading(deadlines={"p": "2026-12-01 23:59"}).deadline("p")) == (
        "2026-12-01 22:59:00+00:00")


@pytest.fixture
def small_class(tmp_path, monkeypatch):
    """A course with a deadline and three students, of whom each answer is right; nothing is run."""
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.Grading.deadlines = {"p": "2026-12-01 23:59"}\n')
    for folder in ("solutions/p", "lectures/p", "hand-in/ann", "hand-in/bob", "hand-in/eve"):
        (tmp_path / folder).mkdir(parents=True)
        if folder != "hand-in/eve":
            (tmp_path / folder / "01_a.ipynb").write_text(
                json.dumps({"nbformat": 4, "cells": lecture()}))

    def grade_all(jobs, folder, executor, show):
        results = {}
        for job in jobs:
            result = result_of(job.student != "preflight.lectures")
            write_whole(folder / job.student / f"{job.notebook}.json", json.dumps(result))
            results[job.student, job.notebook] = result
        return results

    monkeypatch.setattr("utils.grading.__main__.grade_all", grade_all)
    monkeypatch.setenv("COURSE_PROGRESS", "off")

    def grade(times=None):
        command = ["p", str(tmp_path / "hand-in"), "--unsafe", "--root", str(tmp_path)]
        if times is not None:
            (tmp_path / "lms.csv").write_text(times)
            command += ["--lms", str(tmp_path / "lms.csv")]
        if main(command):
            return {}
        with open(tmp_path / "grading/p.csv", encoding="utf-8-sig") as table:
            return {row["student"]: row for row in csv.DictReader(table)}

    return grade


def result_of(right, key="k", test="f-test"):
    """What the judge says of a notebook of `lecture`."""
    passed = dict(exercise=test, points=2.0 * right, of=2.0, status="passed", message="")
    written = dict(exercise="why", points=0, of=1.0, status="to grade", message="")
    return dict(status="graded", notes=[], verdicts=[passed, written], cells=[], seconds=0, key=key)


def test_without_a_time_there_is_no_penalty_and_this_is_said(small_class, capsys):
    rows = small_class()
    said = "no submission time: no penalty"
    assert [rows[s]["notes"] for s in ("ann", "bob", "eve")] == [said, said, ""]
    assert f"2 students have {said}" in capsys.readouterr().out
    rows = small_class("student,time\nann,03.12.2026 12:00\nbob,-\n")
    assert [(rows[s]["penalty"], rows[s]["notes"]) for s in ("ann", "bob")] == [
        ("0.4", ""), ("0", said)]
    assert f"1 students have {said}" in capsys.readouterr().out
    rows = small_class()  # ann's time is known now
    assert (rows["ann"]["penalty"], rows["ann"]["notes"]) == ("0.4", "")


def test_nothing_is_graded_with_a_time_that_can_not_be_read(small_class, tmp_path, capsys):
    assert small_class("student,time\nann,3rd of December\n") == {}
    assert "lms.csv, row 2, student ann: '3rd of December' is no" in capsys.readouterr().err
    assert not (tmp_path / "grading").exists()


def test_what_a_lecture_no_longer_has_does_not_count(tmp_path):
    ann, bob = Student("ann", "Ann"), Student("bob", "Bob")
    with gradebook.opened(tmp_path) as book:

        def save(lectures, results, **options):
            gradebook.save_assignment(book, "p", lectures, None, **options)
            gradebook.save_student(book, tmp_path / "ran", "p", ann, None, results, lectures)
            rows = gradebook.rows(book, "p", {"ann": "", "bob": ""}, {}, {})
            return [(row.points, row.total, row.of) for row in rows]

        first = {"01_a": lecture(), "02_b": [lecture()[0]]}
        gradebook.save_assignment(book, "p", first, None)
        right = {"01_a": result_of(1)}
        gradebook.save_student(book, tmp_path / "ran", "p", bob, None, right, first)
        assert save(first, right) == 2 * [({"f-test": 2, "why": None}, 2, 3)]
        renamed = lecture()
        renamed[1]["metadata"]["nbgrader"]["grade_id"] = "g"
        renamed[2]["metadata"]["nbgrader"]["grade_id"] = "g-test"
        second = {"01_a": renamed}
        assert save(second, {"01_a": result_of(1, "k2", "g-test")}) == [
            ({"g-test": 2, "why": None}, 2, 3), ({"g-test": 0, "why": None}, 0, 3)]
        assert [n.name for n in book.find_assignment("p").notebooks] == ["01_a"]
        assert [n.name for n in book.find_submission("p", "ann").notebooks] == ["01_a"]
        book.find_grade("why", "01_a", "p", "ann").manual_score = 0.5
        book.db.commit()
        third = {"03_c": lecture()}
        with pytest.raises(ValueError, match="by hand for why, which lectures/p no longer has"):
            save(third, {"03_c": result_of(1)})
        assert book.find_grade("why", "01_a", "p", "ann").manual_score == 0.5
        assert save(third, {"03_c": result_of(1)}, drop=True) == [
            ({"f-test": 2, "why": None}, 2, 3), ({"f-test": 0, "why": 0}, 0, 3)]


def test_feedback_shows_no_markup_of_the_student():
    evil = "<script>alert(1)</script>"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": evil},
        {"output_type": "error", "ename": evil, "evalue": evil, "traceback": [evil]},
        {"output_type": "display_data", "metadata": {},
         "data": {"text/html": evil, "image/png": "x' onerror='f()", "text/plain": evil}},
    ]
    html = feedback.page(evil, {
        "status": evil, "notes": [evil], "cells": [
            {"cell_type": "markdown", "source": evil, "metadata": {}},
            {"cell_type": "code", "source": evil, "metadata": {}, "outputs": outputs}],
        "verdicts": [dict(exercise=evil, points=0, of=1, status=evil, message=evil)],
    }, row(points={evil: 0.0}), {evil: evil})
    assert "<script" not in html and "' onerror" not in html and "&lt;script&gt;" in html
    assert "default-src &#x27;none&#x27;" in html or "default-src 'none'" in html


def test_pictures_are_pictures():
    png = base64.b64encode(b"\x89PNG\r\n...").decode()
    assert _png(f"{png}\n") == png
    assert _png("eHh4") is None and _png(3) is None


def test_outputs_have_room_for_so_many_pictures():
    picture = {"data": {"image/png": base64.b64encode(b"\x89PNG\r\n" + b"x" * 300).decode()}}
    outputs = _Outputs(1000, room=1000)
    for _ in range(5):
        outputs.add("display_data", picture)
    outputs.add("stream", {"name": "stdout", "text": "x" * 2000})
    assert ["image/png" in o.get("data", ()) for o in outputs.kept] == [True] * 2 + [False] * 4
    assert outputs.room == 0


def test_an_interrupt_that_comes_too_late_does_not_meet_the_next_cell(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/tmp")  # a socket's path is short
    kernel = StudentKernel("p", [], Limits(), unsafe=True)
    try:
        interrupt = kernel._manager.interrupt_kernel
        late = threading.Timer(0.3, interrupt)
        monkeypatch.setattr(kernel._manager, "interrupt_kernel", late.start)
        kernel._interrupt(kernel._execute("1"))
        assert kernel.run("import time\ntime.sleep(0.5)", 10) == ([], True)
    finally:
        kernel.stop()


def test_renamed_copies_are_alike_and_own_work_is_not():
    body = "\n".join(f"    total{k} = [x * {k} for x in range(n) if x % {k + 2}]" for k in range(9))
    one = f"def f(n):\n    '''Mine.'''\n{body}\n    return total8"
    copied = one.replace("total", "summe").replace("Mine", "Meins").replace("def f(n)", "def f(n) ")
    own = "def f(n):\n" + "\n".join(f"    while n > {k}:\n        n -= f(n // 2) + {k}"
                                    for k in range(20)) + "\n    return n"
    texts = {"ann": normalised(one), "bob": normalised(copied), "eve": normalised(own)}
    assert [pair[:2] for pair in alike(texts, "")] == [("ann", "bob")]
    assert alike(texts, normalised(one)) == []  # like the solution: no hint


@pytest.mark.parametrize("evil", [
    "<script>alert(1)</script>", "a\n\n<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "```\n<b onclick=alert(1)>\n```\n<script>1</script>", "$$<script>1</script>$$", "\t<script>",
    "    x\n<script>1</script>", "- a\n\n  <script>1</script>", "\\begin{x}<script>\\end{x}",
])
def test_the_formgrader_shows_no_markup_of_a_student(evil):
    from nbconvert.filters import markdown2html

    html = markdown2html(as_text(evil))
    assert not any(tag in html for tag in ("<script", "<img", "<b ", "<a ")), html


# -- the batch ---------------------------------------------------------------------------------


def test_an_interrupted_batch_goes_on_where_it_stopped(tmp_path, monkeypatch):
    for folder in ("solutions", "lectures"):
        (tmp_path / folder / "p").mkdir(parents=True)
        (tmp_path / folder / "p/01_a.ipynb").write_text("{}")
    ran = []

    def grade_job(job):
        ran.append(job.student)
        return {"student": job.student}

    def show(result, left):
        if left == 2:
            raise KeyboardInterrupt

    def jobs(changed=""):
        return [batch.Job(s, "p", "01_a", b"new" if s == changed else b"old", 1, Limits(),
                          root=tmp_path) for s in "abcde"]

    monkeypatch.setattr(batch, "grade_job", grade_job)
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(KeyboardInterrupt):
            batch.grade_all(jobs(), tmp_path / "results", executor, show)
        done = {path.parent.name for path in (tmp_path / "results").rglob("*.json")}
        assert len(done) == 3
        ran.clear()
        results = batch.grade_all(jobs(), tmp_path / "results", executor, lambda *_: None)
        assert set(ran) == set("abcde") - done and len(results) == 5
        ran.clear()
        batch.grade_all(jobs(changed="b"), tmp_path / "results", executor, lambda *_: None)
    assert ran == ["b"]
    batch.end_judges()
    with pytest.raises(batch.Broken, match="interrupted"), batch._judge(jobs()[0].paths()):
        pass


def judge_command(tmp_path, monkeypatch, script):
    """Have a shell script started instead of a judge."""
    path = tmp_path / "judge"
    path.write_text(f"#!/bin/sh\n{script}\nexec sleep 60\n")
    path.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(path))
    batch._ended.clear()
    return path, path


def test_an_interrupt_also_ends_a_judge_that_starts(tmp_path, monkeypatch):
    paths = judge_command(tmp_path, monkeypatch, "")
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(lambda: batch._judge(paths).__enter__())
        while not batch._all and not future.done():
            time.sleep(0.01)
        (judge,) = batch._all
        batch.end_judges()
        with pytest.raises(batch.JudgeDied):
            future.result(10)
    assert judge._process.poll() is not None and not os.path.exists(judge._folder)


def test_a_judge_that_can_not_start_leaves_nothing_behind(tmp_path, monkeypatch):
    paths = judge_command(tmp_path, monkeypatch, """echo '{"broken": "why"}'""")
    with pytest.raises(batch.Broken, match="why"), batch._judge(paths):
        pass
    (judge,) = batch._all
    assert judge._process.poll() is not None and not os.path.exists(judge._folder)
    batch.end_judges()


@pytest.mark.parametrize("change", ["data", "package"])
def test_other_data_and_other_packages_are_graded_anew(tmp_path, monkeypatch, change):
    (tmp_path / "data/x").mkdir(parents=True)
    (tmp_path / "data/x/SHA256SUMS").write_text("1  a\n")
    monkeypatch.setattr(batch, "ROOT", tmp_path)
    before = batch.grader_version.__wrapped__()
    assert batch.grader_version.__wrapped__() == before
    if change == "data":
        (tmp_path / "data/x/SHA256SUMS").write_text("2  a\n")
    else:
        monkeypatch.setattr("importlib.metadata.distributions", lambda: [])
    assert batch.grader_version.__wrapped__() != before


def test_a_test_that_no_judge_survives_costs_its_own_points_only(tmp_path, monkeypatch):
    class Judge:
        def ask(self, request, seconds):
            if "a-test" not in request["fatal"]:
                raise batch.JudgeDied("a-test")
            return {"fatal": request["fatal"]}

    monkeypatch.setattr(batch, "_judge", lambda paths: contextlib.nullcontext(Judge()))
    job = batch.Job("ann", "p", "01_a", b"", 1, Limits(), unsafe=True)
    assert batch.grade_job(job)["fatal"] == ["a-test"]


# -- the judge ---------------------------------------------------------------------------------

SOLVED = "def f(n):\n    ### BEGIN SOLUTION\n    # TODO: x\n    return [(k,) for k in range(n)]\n" \
         "    ### END SOLUTION"


def judged(test, solved=SOLVED):
    """A judge of one exercise, in this process."""
    meta = lecture()[2]["metadata"]["nbgrader"]
    cells = [cell(solved, **lecture()[1]["metadata"]["nbgrader"]), cell(test, **meta)]
    return Judge(cells, cells)


def test_tests_that_pass_on_anything_are_found():
    weak = "got = f(2)\nassert len(got) == 2\nfor a, b in zip(got, [(0,), (1,)]):\n" \
           "    assert all(x == y for x, y in zip(a, b))"
    assert judged(weak).too_easy() == [
        "f-test also passes with answers that return the right containers with nothing in them"]
    assert len(judged("assert f is not None").too_easy()) == len(FAKES)
    assert judged("assert f(2) == [(0,), (1,)]").too_easy() == []
    solved = SOLVED.replace("[(k,) for k in range(n)]", "__import__('numpy').ones((1, n))")
    weak = "import numpy as np\nassert np.allclose(f(2), 1)"
    assert judged(weak, solved).too_easy()[-1].endswith("containers with nothing in them")


class Kernel:
    """A student's kernel without the sandbox: a namespace that is asked through a socket."""

    def __init__(self, **namespace):
        self.namespace = namespace

    @contextlib.contextmanager
    def __call__(self):
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=Peer(theirs, self.namespace).serve, daemon=True)
        thread.start()
        with ours:
            yield Peer(ours)
        thread.join(5)
        theirs.close()


def verdict(test, seed=1, **namespace):
    return judged(test).verdict("f-test", Kernel(**namespace), seed, seconds=5)


def test_verdicts_in_words():
    test = "assert f(1) == [(0,)], f'f(1) is {f(1)}'"
    assert verdict(test, f=lambda n: [(0,)]).status == "passed"
    assert verdict(test, f=lambda n: 3).message == "f(1) is 3"
    assert verdict(test).status == "unanswered"
    assert verdict(test, f=lambda n: 1 / 0).message.startswith(
        "your code raised ZeroDivisionError: division by zero")
    assert "can't use what your code returns" in verdict("assert f(1)[0]", f=lambda n: 3).message


GRADIENT = """import numpy as np
_r = np.random.default_rng(3)
for _ in range(3):
    _dy, _x = _r.normal(size=(2, 4))
    _got = backward(_dy, _x)
    _moves = 1e-6 * np.eye(4)
    _want = [(_dy @ (_x + move) ** 2 - _dy @ (_x - move) ** 2) / 2e-6 for move in _moves]
    assert np.allclose(_got, _want, atol=1e-4), "the gradient is wrong"
"""


def nothing_is_asked(dy, x):
    dy[:] = 0
    return np.zeros_like(x)


def in_place(dy, x):
    dy *= 2 * x
    return dy


@pytest.mark.parametrize("answer, said", [
    (lambda dy, x: 2 * dy * x, ""),
    (nothing_is_asked, "the gradient is wrong"),
    (in_place, "the gradient is wrong (your code changes what it is given)"),
])
def test_what_is_expected_does_not_come_from_the_student(answer, said):
    judge = judged(GRADIENT, SOLVED.replace("f(n)", "backward(dy, x)").replace(
        "[(k,) for k in range(n)]", "2 * dy * x"))
    verdict = judge.verdict("f-test", Kernel(backward=answer), 1, seconds=5)
    assert (verdict.message, verdict.points) == (said, 0 if said else 2)


def test_a_test_may_ask_that_its_input_is_left_alone():
    test = "n = [3]\nassert f(1) == [(0,)] and f(n) is None and n == [3], 'n is not yours'"
    judge = judged("f(1)")
    judge._tests["f-test"]["source"] = test

    def f(n):
        if n != [3]:
            return [(k,) for k in range(n)]
        n.append(4)

    said = judge.verdict("f-test", Kernel(f=f), 1, seconds=5).message
    assert said.startswith("n is not yours")


def test_what_one_answer_changes_does_not_meet_the_next_student():
    judge = judged("f(1)")
    judge._tests["f-test"]["source"] = "seen.append(list(given))\nf(given)"
    judge._at["f-test"].update(given=[1], seen=(seen := []))
    for _ in range(2):
        answers = Kernel(f=lambda n: n.append(2))
        assert judge.verdict("f-test", answers, 1, seconds=5).status == "passed"
    assert seen == 4 * [[1]]  # twice each: the second time with the changes


def test_a_test_that_takes_too_long_is_stopped():
    judge = judged("import time\nf(1)")
    with pytest.raises(OutOfTime):
        judge.verdict("f-test", Kernel(f=lambda n: time.sleep(3)), 1, seconds=0.2)


def test_time_is_over_also_where_errors_are_dropped():
    judge = judged("import time\nf(1)")
    judge._tests["f-test"]["source"] = (
        "import time\ntry:\n    f(1)\nexcept BaseException:\n    pass\ntime.sleep(3)")
    with pytest.raises(OutOfTime):
        judge.verdict("f-test", Kernel(f=lambda n: time.sleep(3)), 1, seconds=0.2)


def test_inputs_that_the_solution_fails_on_are_not_the_students_fault():
    # with fresh inputs this test fails on everything, the solution included
    test = "import numpy as np\nassert f(1) == [(0,)]\n" \
           "assert np.random.default_rng(3).integers(10**9) == " \
           f"{np.random.default_rng(3).integers(10**9)}"
    assert verdict(test, f=lambda n: [(0,)]).status == "passed"
    assert verdict(test, f=lambda n: [(1,)]).status == "failed"
