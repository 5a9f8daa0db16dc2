"""A class of students, honest, hostile and careless, to try the grader on.

    python tests/grading_class.py            # all of them: a table of what was wanted and given
    python tests/grading_class.py fork --workers 2

The course is a small one of its own (NumPy only, a second or two per submission). Right answers
are worth 8 points. Attacks that try to get points stand on wrong answers, so 0 is wanted; attacks
that try to do harm stand on right ones, so all points are wanted that the harm leaves to give.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import csv
import hashlib
import io
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from conftest import ROOT, code, graded, write_notebook
from nbformat.v4 import new_code_cell, new_markdown_cell

PART, NAME = "1-numbers", "01_numbers"
SECRET = "the-instructors-password"
ALL = 8.0

GIVEN = """import numpy as np
from utils.checks import check_close, check_shape, check_type

def half(x):
    return x / 2
"""
SOLUTION = {
    "01-mean": (2, '''def mean(numbers):
    """The mean of a list of numbers; 0.0 of none."""
    ### BEGIN SOLUTION
    # TODO: return the mean
    return sum(numbers) / len(numbers) if numbers else 0.0
    ### END SOLUTION''', '''check_close("the mean of 1 and 2", mean([1, 2]), 1.5)
### BEGIN HIDDEN TESTS
check_close("the mean of nothing", mean([]), 0.0)
for _n in (1, 5, 9):
    _x = np.random.default_rng(_n).normal(size=_n).tolist()
    check_close(f"the mean of {_n} numbers", mean(_x), np.mean(_x))
check_type("the mean", mean([1, 2]), float)
assert all(map(lambda x: mean([x]) == x, [1.0, 2.0])), "the mean of one number is the number"
### END HIDDEN TESTS'''),
    "01-scale": (3, '''def scale(x):
    """Rows of x (R, V) divided by their sums; each sum is taken half, by `half`, twice."""
    ### BEGIN SOLUTION
    # TODO: return the scaled rows, shape (R, V)
    return half(half(x)) / half(half(x.sum(axis=1, keepdims=True)))
    ### END SOLUTION''', '''check_close("one row", scale(np.array([[1.0, 3.0]])), [[0.25, 0.75]])
### BEGIN HIDDEN TESTS
_x = np.random.default_rng(2).uniform(1, 2, (4, 3))
_before = _x.copy()
check_close("random rows", scale(_x), _before / _before.sum(axis=1, keepdims=True))
assert (_x == _before).all(), "x belongs to the caller: don't change it"
_calls, _half = [], half
def half(x):
    _calls.append(x.shape)
    return _half(x)
scale(_x)
half = _half
assert len(_calls) == 4, f"half was called {len(_calls)} times instead of 4"
### END HIDDEN TESTS'''),
    "01-best": (2, '''def best(step, word):
    """The likeliest word after `word`, an int; step(word) gives the probabilities (V,)."""
    ### BEGIN SOLUTION
    # TODO: return the id of the likeliest word
    return int(step(word).argmax())
    ### END SOLUTION''', '''check_type("the word", best(lambda word: np.array([0.1, 0.9]), 0), int)
### BEGIN HIDDEN TESTS
_table = np.random.default_rng(3).dirichlet(np.ones(5), 5)
for _word in range(5):
    _got = best(lambda word: _table[word], _word)
    assert _got == _table[_word].argmax(), f"{_got} is not the likeliest word after {_word}"
### END HIDDEN TESTS'''),
    "01-tally": (1, '''class Tally:
    """Counts what it is given."""
    ### BEGIN SOLUTION
    # TODO: write add(word) and count(word)
    def __init__(self):
        self.words = []

    def add(self, word):
        self.words.append(word)

    def count(self, word):
        return self.words.count(word)
    ### END SOLUTION''', '''tally = Tally()
tally.add("a")
assert tally.count("a") == 1, "a was added once"
### BEGIN HIDDEN TESTS
tally.add("a")
assert (tally.count("a"), tally.count("b")) == (2, 0), "each word is counted by itself"
### END HIDDEN TESTS'''),
}
RIGHT = {
    "01-mean": "def mean(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0.0",
    "01-scale": "def scale(x):\n"
                "    return half(half(x)) / half(half(x.sum(axis=1, keepdims=True)))",
    "01-best": "def best(step, word):\n    return int(step(word).argmax())",
    "01-tally": "class Tally:\n    def __init__(self):\n        self.n = {}\n"
                "    def add(self, w):\n        self.n[w] = self.n.get(w, 0) + 1\n"
                "    def count(self, w):\n        return self.n.get(w, 0)",
}
WRONG = {
    "01-mean": "def mean(numbers):\n    return 7.0",
    "01-scale": "def scale(x):\n    return x",
    "01-best": "def best(step, word):\n    return -1",
    "01-tally": "class Tally:\n    def add(self, w):\n        pass\n"
                "    def count(self, w):\n        return -1",
}
EQUAL = """class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __lt__
    def __bool__(self): return True
    def __len__(self): return 1
    def __hash__(self): return 1
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __array__(self, *a, **k): raise AttributeError
equal = Equal()
"""
RETURNING = {
    name: source for name, source in {
        "01-mean": "def mean(numbers):\n    return {0}",
        "01-scale": "def scale(x):\n    return {0}",
        "01-best": "def best(step, word):\n    return {0}",
        "01-tally": "class Tally:\n    add = count = lambda self, w: {0}",
    }.items()
}


def returning(value):
    """Answers that all return the same expression."""
    return {name: source.format(value) for name, source in RETURNING.items()}


@dataclass
class Case:
    """A submission: what is tried, on which answers, and the points that it should get."""

    name: str
    wanted: float
    before: str = ""  # a cell put before all others
    answers: dict[str, str] = field(default_factory=lambda: RIGHT)
    change: Callable = lambda nb: None
    raw: bytes | None = None
    place: Callable = lambda folder, course: None  # what else lies in the folder
    late: bool = False

    @property
    def id(self) -> str:
        return "".join(c if c.isalnum() else "-" for c in self.name)


def harm(name, before, wanted=ALL):
    """An attack on the machine or the batch, on right answers."""
    return Case(name, wanted, before)


def forge(name, before, **more):
    """An attack on the points, on wrong answers."""
    return Case(name, 0, before, **({"answers": WRONG} | more))


def one(name, exercise, source, wanted, before=""):
    """Right answers but for one."""
    return Case(name, wanted, before, RIGHT | {exercise: source})


def _by_id(nb):
    return {c.metadata.nbgrader.grade_id: c for c in nb.cells if "nbgrader" in c.metadata}


def duplicate(nb):
    nb.cells.insert(3, copy.deepcopy(_by_id(nb)["01-mean"]))
    nb.cells.insert(6, copy.deepcopy(_by_id(nb)["01-mean-test"]))


def delete_tests(nb):
    nb.cells = [c for c in nb.cells if not c.metadata.get("nbgrader", {}).get("grade")]


def edit_tests(nb):
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "print('all right')"
            cell.outputs = []


def more_points(nb):
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.points = 1000
            cell.metadata.nbgrader.update(locked=False, solution=True)


def strip(nb):
    for cell in nb.cells:
        cell.metadata = {}


def junk_metadata(nb):
    for cell in nb.cells[::2]:
        cell.metadata["nbgrader"] = [1, {"grade_id": None}]
    nb.cells[1].metadata["nbgrader"] = {"grade_id": {"a": 1}}


def swap_ids(nb):
    ids = _by_id(nb)
    ids["01-mean"].metadata.nbgrader.grade_id = "01-scale"
    ids["01-scale"].metadata.nbgrader.grade_id = "01-mean"


def forge_outputs(nb):
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "1000"})]


def other_kernel(nb):
    nb.metadata.kernelspec = {"name": "bash", "display_name": "x", "language": "bash"}


def change_types(nb):
    for cell in [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade")]:
        cell.cell_type = "raw"


def markup(nb):
    nb.cells[-1].source = ("<script>alert(1)</script><img src=x onerror=alert(2)>"
                           "[x](javascript:alert(3))")
    nb.cells.append(new_markdown_cell("<iframe src='http://127.0.0.1'></iframe>"))
    nb.cells.insert(0, new_code_cell(
        "from IPython.display import HTML, Javascript, display\n"
        "display(HTML('<script>alert(4)</script>'), Javascript('alert(5)'))\n"
        "print('</pre><script>alert(6)</script>')"))


def shadow(folder, course):
    for name in ("numpy.py", "json.py", "sitecustomize.py", "utils.py", "IPython.py"):
        (folder / name).write_text("raise SystemExit('shadowed')")


def link_data(folder, course):
    (folder / "solution.txt").symlink_to(course / "solutions" / PART / f"{NAME}.ipynb")


def link_notebook(folder, course):
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.ipynb").symlink_to(course / "solutions" / PART / f"{NAME}.ipynb")


def link_folder(folder, course):
    (folder / "more").symlink_to(course / "solutions" / PART)


def take_away(folder, course):
    (folder / f"{NAME}.ipynb").unlink()


def half_a_character(nb):
    nb.cells.insert(0, new_code_cell("x = '\ud800'"))


def many_cells(nb):
    nb.cells[:0] = [new_code_cell("1")] * 100_000


def archive(folder, name, change=lambda data: data):
    path = folder / "more.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(name, "abc" * 1000)
    path.write_bytes(change(path.read_bytes()))


def damaged_zip(folder, course):
    archive(folder, "x.txt", lambda data: data[:36] + b"\xff" * 8 + data[44:])


def latin_zip(folder, course):
    archive(folder, "é.txt", lambda data: data.replace("é".encode(), b"\xff\xfe"))


def long_name(folder, course):
    archive(folder, "名" * 90 + ".txt")


def latin_name(folder, course):
    open(os.fsencode(folder) + b"/caf\xe9.pdf", "w").close()


def deep_folders(folder, course):
    (folder / "/".join("d" * 300)).mkdir(parents=True)


def pose(folder, course):
    (folder / "(Ann)_7_assignsubmission_file_01_numbers.ipynb").write_bytes(b"junk")


def fifo(folder, course):
    os.mkfifo(folder / "data.csv")


DEEP = (b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
HOOK = ("def cheat(*a, **k):\n"
        "    globals().update(mean=lambda x: Equal(), scale=lambda x: Equal())\n")
STEAL = """import glob, pathlib, re, subprocess
found = glob.glob('/**/01_numbers.ipynb', recursive=True) + glob.glob('{course}/**', recursive=True)
found += glob.glob('/course/solutions/**', recursive=True) + glob.glob('/home/**', recursive=True)
text = '\\n'.join(pathlib.Path(p).read_text() for p in found if p.endswith('.ipynb'))
exec('\\n'.join(re.findall(r'def (?:mean|scale|best).*', text)))
assert 'HIDDEN' in text
"""

HONEST = [
    Case("right", ALL),
    Case("right and late", ALL * 0.8, late=True),
    one("partly right", "01-scale", WRONG["01-scale"], 5),
    Case("wrong", 0, answers=WRONG),
    Case("not answered", 0, answers={}),
    one("forgets the empty list", "01-mean", "def mean(x):\n    return sum(x) / len(x)", 6),
    one("changes its input", "01-scale",
        "def scale(x):\n    x /= half(half(half(half(x.sum(1, keepdims=True))))) * 16\n"
        "    return x", 5),
    one("syntax error", "01-best", "def best(step, word)\n    return 0", 6),
    Case("renamed variables", ALL, answers=RIGHT | {
        "01-mean": "def mean(liste):\n    summe = 0.0\n    for zahl in liste:\n"
                   "        summe += zahl\n    return summe / max(1, len(liste))"}),
    Case("another way", ALL, answers=RIGHT | {
        "01-mean": "import statistics\n\ndef mean(x):\n"
                   "    return float(statistics.fmean(x)) if x else 0.0",
        "01-best": "def best(step, word):\n    p = list(step(word))\n"
                   "    return max(range(len(p)), key=p.__getitem__)",
        "01-tally": "from collections import Counter\n\nclass Tally(Counter):\n"
                    "    def add(self, w):\n        self[w] += 1\n"
                    "    def count(self, w):\n        return self[w]"}),
    Case("a helper in a cell of one's own", ALL, "def total(x):\n    return sum(x)",
         RIGHT | {"01-mean": "def mean(x):\n    return total(x) / len(x) if x else 0.0"}),
    Case("metadata lost", ALL, change=strip),
    Case("a cell copied", ALL, change=duplicate),
    Case("tests deleted", ALL, change=delete_tests),
    Case("returns numpy's float", 6, answers=RIGHT | {
        "01-mean": "def mean(x):\n    return np.mean(x) if x else 0.0"}),
]
HARMFUL = [
    harm("endless loop in a cell", "while True:\n    pass"),
    one("endless loop in an answer", "01-mean", "def mean(x):\n    while True:\n        pass", 6),
    one("loop that can't be stopped", "01-mean",
        "def mean(x):\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass", 6),
    harm("sleeps", "import time\ntime.sleep(10_000)"),
    harm("fork bomb", "import os\nwhile True:\n    os.fork()"),
    harm("bomb of the shell", "import os\nos.system(':(){ :|:& };:')\n__import__('time').sleep(9)"),
    harm("threads", "import threading, time\nwhile True:\n"
         "    threading.Thread(target=time.sleep, args=(999,)).start()"),
    harm("leaves processes behind", "import subprocess\nfor _ in range(3):\n"
         "    subprocess.Popen(['sleep', '98765'], start_new_session=True)"),
    harm("memory", "x = []\nwhile True:\n    x.append(bytearray(b'x' * 50_000_000))"),
    harm("memory of many processes", "import os, time\nfor _ in range(20):\n"
         "    if os.fork() == 0:\n        x = bytearray(os.urandom(1) * 100_000_000)\n"
         "        time.sleep(60); os._exit(0)\ntime.sleep(9)"),
    harm("fills the disk", "for k in range(4000):\n"
         "    open(f'/tmp/{k}', 'wb').write(b'x' * 10**6)"),
    harm("fills shared memory", "for k in range(4000):\n"
         "    open(f'/dev/shm/{k}', 'wb').write(b'x' * 10**6)"),
    harm("fills the folder of the sockets", "import glob, time\nd = glob.glob('/tmp/grade-*/k-*')[0]\n"
         "for k in range(4000):\n    open(f'{d}/{k}', 'wb').write(b'x' * 10**6)"),
    harm("exit in a cell", "exit()"),
    harm("hard exit in a cell", "import os\nos._exit(0)"),
    one("exit in an answer", "01-mean", "import sys\n\ndef mean(x):\n    sys.exit(0)", 6),
    one("hard exit in an answer", "01-mean", "import os\n\ndef mean(x):\n    os._exit(0)", 6),
    one("crash in an answer", "01-mean",
        "import ctypes\n\ndef mean(x):\n    ctypes.string_at(0)", 6),
    harm("kills itself", "import os\nos.kill(os.getpid(), 9)"),
    harm("kills everybody", "import os\nos.kill(-1, 9)"),
    harm("signals its parents", "import os\nfor p in range(1, 400):\n    if p != os.getpid():\n"
         "        try: os.kill(p, 15)\n        except OSError: pass"),
    harm("network", "import urllib.request\nurllib.request.urlopen('http://1.1.1.1', timeout=3)"),
    harm("a service of the host", "import socket\n"
         "socket.create_connection(('127.0.0.1', {port}), 3).send(b'hello')"),
    harm("writes to the course",
         "open('{course}/solutions/1-numbers/01_numbers.ipynb', 'w')"),
    harm("writes to utils", "import utils\nopen(utils.__file__, 'a').write('raise SystemExit')"),
    harm("deletes everything", "import os\nos.system('rm -rf /* ~ 2>/dev/null')"),
    harm("database", "import sqlite3\nsqlite3.connect('{course}/gradebook.db').execute("
         "'update grade set auto_score = 100')"),
    harm("namespaces and mounts", "import os\nos.system('unshare -Urm mount -t tmpfs x /usr')\n"
         "os.setuid(0)"),
    harm("30 MB of output", "print('x' * 30_000_000)"),
    harm("output without end", "while True:\n    print('spam' * 100)"),
    harm("100 MB in one message", "print('x' * 100_000_000)"),
    harm("a flood of displays", "from IPython.display import display\n"
         "for k in range(20_000):\n    display(k)"),
    harm("writes to the grader's files", "import os\nfor fd in range(64):\n"
         "    try: os.write(fd, b'{\"status\": \"graded\", \"verdicts\": []}\\n')\n"
         "    except OSError: pass"),
    harm("deletes the sockets", "import glob, os\nfor p in glob.glob('/tmp/grade-*/k-*/*'):\n"
         "    os.remove(p)"),
    Case("scripts in markdown and output", ALL, change=markup),
    Case("a pipe instead of a file", ALL, place=fifo),
    Case("links to solutions as data", ALL, place=link_data),
    Case("a linked folder", ALL, place=link_folder),
    Case("modules that shadow ours", ALL, place=shadow),
    one("gives an endless generator", "01-scale",
        "def scale(x):\n    while True:\n        yield x", 5),
    Case("a data file with a long name", ALL, place=long_name),
    Case("a file name that is not UTF-8", ALL, place=latin_name),
    Case("a damaged zip", ALL, place=damaged_zip),
    Case("a zip with a name that is not UTF-8", ALL, place=latin_zip),
    Case("folders in folders in folders", ALL, place=deep_folders),
    Case("poses as another student", ALL, place=pose),
    Case("half a character in a cell", ALL, change=half_a_character),
    one("half a character in an error", "01-mean",
        "def mean(x):\n    raise ValueError('\\ud800')", 6),
    harm("a flood of pictures", "import base64, os\nfrom IPython.display import display\n"
         "png = base64.b64encode(b'\\x89PNG\\r\\n' + os.urandom(1_400_000)).decode()\n"
         "for k in range(100):\n    display({'image/png': png}, raw=True)"),
    one("gives a range of all numbers", "01-scale", "def scale(x):\n    return range(10**12)", 5),
    one("gives a giant number", "01-mean", "def mean(x):\n    return 10**100_000", 6),
    one("has a length that never comes", "01-mean",
        "class Endless:\n    def __len__(self):\n        while True: pass\n"
        "    def __getitem__(self, k):\n        return 1.5\n\n"
        "def mean(x):\n    return Endless()", 6),
    harm("numbers with the same hash", "import utils.grading.peer as p\nold = p.Peer._send\n"
         "def send(s, m):\n    if m[0] == 'value' and type(m[1]) is float:\n"
         "        m[1] = {'set': [k * (2**61 - 1) for k in range(1, 200_000)]}\n"
         "    old(s, m)\np.Peer._send = send", 6),
    one("gives 200 MB", "01-scale", "def scale(x):\n    return np.zeros(25_000_000)", 5),
    one("gives itself", "01-mean", "def mean(x):\n    a = []\n    a.append(a)\n    return a", 6),
    one("calls the test's function for ever", "01-best",
        "def best(step, word):\n    while True:\n        step(word)", 6),
    one("interrupts", "01-mean", "def mean(x):\n    raise KeyboardInterrupt", 6),
]
FORGING = [
    forge("reads the solutions", STEAL),
    forge("reads the environment", f"import os\ntext = str(os.environ) + open('/proc/1/environ')"
          f".read() + open('/proc/self/mountinfo').read()\nassert '{SECRET}' in text"),
    forge("equal to everything", EQUAL, answers=returning("equal")),
    forge("a float that is equal to everything", "class F(float):\n    __eq__ = __ge__ = __le__ ="
          " lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = None",
          answers=returning("F(7)")),
    forge("an array that is equal to everything", "import numpy as np\n\nclass A(np.ndarray):\n"
          "    __eq__ = lambda s, o: np.ones(s.shape, bool)\n"
          "    __array_ufunc__ = lambda s, *a, **k: np.ones(s.shape, bool)",
          answers=returning("np.zeros((1, 2)).view(A)")),
    forge("not a number", "", answers=returning("float('nan')")),
    forge("nothing", "", answers=returning("None")),
    forge("true", "", answers=returning("True")),
    forge("patches the checks", "import utils.checks as c\n"
          "c.check_close = c.check_type = c.check_shape = lambda *a, **k: None\n"
          "import sys\nsys.modules['utils.checks'] = c"),
    forge("patches numpy", "import numpy as np\nnp.isclose = np.allclose = lambda *a, **k: True\n"
          "np.asarray = lambda *a, **k: 1"),
    forge("no assertions", "import builtins, sys\nbuiltins.AssertionError = "
          "type('Quiet', (BaseException,), {})\nsys.flags = None\n"
          "get_ipython().ast_transformers.append(type('T', (), {'visit': lambda s, n: "
          "type(n)([], [])})())"),
    forge("redefines what Python has built in", "import builtins\nfor name in ('abs', 'all', "
          "'any', 'len', 'max', 'min', 'round', 'sum', 'type', 'isinstance'):\n"
          "    setattr(builtins, name, lambda *a, **k: True)"),
    forge("runs code when it is unpickled", "class P:\n    def __reduce__(self):\n"
          "        return exec, ('import os; os.system(\"sleep 98765 &\")',)\np = P()",
          answers=returning("p")),
    forge("hook before a cell", EQUAL + HOOK
          + "get_ipython().events.register('pre_run_cell', cheat)"),
    forge("hook before execution", EQUAL + HOOK
          + "get_ipython().events.register('pre_execute', cheat)"),
    forge("hook after a cell", EQUAL + HOOK
          + "get_ipython().events.register('post_run_cell', cheat)"),
    forge("hook after execution", EQUAL + HOOK
          + "get_ipython().events.register('post_execute', cheat)"),
    forge("input transformer", "get_ipython().input_transformers_cleanup.append("
          "lambda lines: ['pass\\n'])"),
    forge("second input transformer", "get_ipython().input_transformers_post.append("
          "lambda lines: ['pass\\n'])"),
    forge("handler of exceptions", "get_ipython().set_custom_exc((BaseException,), "
          "lambda *a, **k: None)"),
    forge("no tracebacks", "s = get_ipython()\ns.showtraceback = s.showsyntaxerror = "
          "lambda *a, **k: None\nimport sys\nsys.excepthook = lambda *a: None"),
    forge("replaces run_cell", "s = get_ipython()\nr = s.run_cell('1')\n"
          "s.run_cell = lambda *a, **k: r\ns.run_code = lambda *a, **k: False"),
    forge("replaces the kernel's answer", "k = get_ipython().kernel\nasync def ok(*a, **k):\n"
          "    return {'status': 'ok', 'execution_count': 1, 'payload': [], "
          "'user_expressions': {}}\nk.do_execute = ok"),
    forge("display hook", "import sys\nsys.displayhook = get_ipython().displayhook = "
          "lambda *a: print('passed')"),
    forge("trace", "import sys, threading\nsys.settrace(lambda f, e, a: f.f_locals.clear())\n"
          "threading.setprofile(lambda *a: None)"),
    forge("at exit", "import atexit, os\natexit.register(lambda: os.system('sleep 98765 &'))"),
    forge("replaces the agent", "import sys, types\nm = types.ModuleType('utils.grading.peer')\n"
          "m.serve = lambda *a: None\nsys.modules['utils.grading.peer'] = m"),
    forge("agent that sends junk", "import utils.grading.peer as p\n"
          "p.Peer._send = lambda s, m: s._socket.sendall(b'\\x00\\x00\\x00\\x03[[[')"),
    forge("agent that sends code", "import utils.grading.peer as p, json, struct\n"
          "def send(s, m):\n    for v in ({'pickle': 'x'}, {'rng': ['seed', 1]}, "
          "{'array': ['O', [1], '']}, {'ref': ['yours', 1]}, {'scalar': 1}):\n"
          "        d = json.dumps(['value', v]).encode()\n"
          "        s._socket.sendall(struct.pack('>I', len(d)) + d)\np.Peer._send = send"),
    forge("agent that says 4 GB", "import utils.grading.peer as p\n"
          "p.Peer._send = lambda s, m: s._socket.sendall(b'\\xff\\xff\\xff\\xff' + b'x' * 1000)"),
    forge("agent that asks back", "import utils.grading.peer as p\nold = p.Peer._send\n"
          "def send(s, m):\n    old(s, ['getattr', {'list': [1, '__globals__']}, {'dict': []}])\n"
          "    print(s._receive())\n    old(s, m)\np.Peer._send = send"),
    forge("climbs through the test's function", "", answers=WRONG | {
        "01-best": "def best(step, word):\n    f = step\n"
                   "    for name in ('__globals__', '__closure__', 'func_globals', '__code__'):\n"
                   "        print(getattr(f, name, None))\n"
                   "    return f._peer.ask('getattr', f, '__globals__')['_table'].argmax()"}),
    forge("writes to its input what it returns", "", answers=WRONG | {
        "01-mean": "def mean(x):\n    if len(x) < 3:\n        return sum(x) / max(1, len(x))\n"
                   "    x[:] = [0.0] * len(x)\n    return 0.0"}),
    forge("stops the iteration", "", answers=WRONG | {
        "01-mean": "def mean(x):\n    raise StopIteration"}),
    forge("looks for the answers in memory", "", answers=WRONG | {
        "01-mean": "import gc, sys\n\ndef mean(x):\n    f = sys._getframe()\n    while f:\n"
                   "        for v in list(f.f_locals.values()) + list(f.f_globals):\n"
                   "            if '_want' in str(v)[:9]: return v\n        f = f.f_back\n"
                   "    return 7.0"}),
    forge("forged messages", "k = get_ipython().kernel\nfor s in (k.iopub_socket,):\n"
          "    for _ in range(50):\n        s.send_multipart([b'x', b'<IDS|MSG>', b'0', b'{', "
          "b'{', b'{', b'{'])\n        k.session.send(s, 'error', {'ename': 1}, parent=3)"),
    forge("more points in the metadata", "", change=more_points),
    forge("edited tests", "", change=edit_tests),
    forge("tests of another type", "", change=change_types),
    forge("forged outputs", "", change=forge_outputs),
    forge("another kernel", "", change=other_kernel),
    forge("swapped ids", "", change=swap_ids),
    forge("junk as metadata", "", change=junk_metadata),
    forge("100 000 cells", "", answers=RIGHT, change=many_cells),
    forge("an empty file", "", raw=b""),
    forge("random bytes", "", raw=bytes(range(256)) * 40),
    forge("JSON that is no notebook", "", raw=b'{"cells": 3}'),
    forge("JSON that is very deep", "", raw=DEEP),
    forge("cells that are no cells", "", raw=b'{"nbformat": 4, "cells": [1, null, {"source": 7}]}'),
    forge("a page instead of a notebook", "", raw=b"<html><script>alert(1)</script></html>"),
    forge("a link as notebook", "", place=link_notebook),
    forge("nothing handed in", "", place=take_away),
    Case("=HYPERLINK(\"http://127.0.0.1\") O'Müller, Jörg", ALL),
]
CASES = HONEST + HARMFUL + FORGING
SUBSET = ("right", "right and late", "partly right", "metadata lost", "endless loop in an answer",
          "memory", "hard exit in an answer", "equal to everything",
          "replaces the kernel's answer", "agent that sends code", "stops the iteration",
          "writes to its input what it returns",
          "more points in the metadata", "random bytes", "reads the solutions",
          "half a character in an error", "a zip with a name that is not UTF-8",
          "a link as notebook", "scripts in markdown and output")


def make_course(root: Path) -> None:
    """Write the small course: solution, lecture, settings with tight limits."""
    from utils.grading.release import release

    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config + f"""
c.Grading.deadlines = {{"{PART}": "2026-12-01 23:59"}}
c.Grading.memory_gb, c.Grading.cell_seconds, c.Grading.test_seconds = 1.0, 6.0, 6.0
c.Grading.notebook_seconds = 60.0
""")
    cells = [new_markdown_cell("# Numbers"), code(GIVEN)]
    for name, (points, solution, test) in SOLUTION.items():
        cells += [code(solution, nbgrader=graded(name)),
                  code(test, nbgrader=graded(f"{name}-test", points))]
    cells.append(new_markdown_cell("The model answer.",
                                   metadata={"nbgrader": graded("01-why", 1) | {"solution": True}}))
    cells[-1].metadata.nbgrader.locked = False
    write_notebook(root / "solutions" / PART / f"{NAME}.ipynb", cells)
    with contextlib.redirect_stdout(io.StringIO()):
        release(root, [])


def make_class(root: Path, cases: list[Case], port: int) -> Path:
    """Write the submissions as folders, and the table of the LMS; return the folder."""
    lecture = nbformat.read(root / "lectures" / PART / f"{NAME}.ipynb", 4)
    folder = root / "submissions"
    table = [["student", "time"]]
    for case in cases:
        nb = copy.deepcopy(lecture)
        for name, cell in _by_id(nb).items():
            cell.source = case.answers.get(name, cell.source)
        if case.before:
            before = case.before.replace("{port}", str(port)).replace("{course}", str(root))
            nb.cells.insert(0, new_code_cell(before))
        case.change(nb)
        own = folder / student_name(case)
        own.mkdir(parents=True)
        data = case.raw if case.raw is not None else json.dumps(nb).encode()
        (own / f"{NAME}.ipynb").write_bytes(data)
        case.place(own, root)
        if case.late:
            table.append([case.id, "2026-12-03 12:00"])
    with open(root / "lms.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(table)
    return folder


def student_name(case: Case) -> str:
    """The name of the folder: special characters only where they are what is tried."""
    return case.name.replace("/", " ") if case.name.startswith("=") else case.id


def fingerprint(root: Path) -> str:
    """A hash of what no submission may change."""
    files = sorted(p for folder in ("solutions", "lectures") for p in (root / folder).rglob("*.*"))
    files.append(ROOT / "utils/__init__.py")
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()


def grade_class(
    cases: list[Case], root: Path, workers: int = 1, unsafe: bool = False
) -> list[tuple[str, float, float, str]]:
    """Grade the class with the command; return attack, points wanted and given, and status.

    Raises:
        AssertionError: the host was touched.
    """
    from utils.grading.__main__ import main

    os.environ["SECRET"] = SECRET
    with socket.create_server(("127.0.0.1", 0)) as service:
        service.settimeout(0.1)
        folder = make_class(root, cases, service.getsockname()[1])
        before = fingerprint(root)
        options = ["--root", str(root), "--workers", str(workers), "--lms", str(root / "lms.csv")]
        result = main([PART, str(folder), *options, *(["--unsafe"] if unsafe else [])])
        assert result == 0, "the command failed"
        with contextlib.suppress(TimeoutError):
            service.accept()
            raise AssertionError("a submission reached a service of the host")
    assert fingerprint(root) == before, "a submission changed the course"
    time.sleep(0.3)
    left = [p for p in psutil.process_iter(["cmdline"]) if "98765" in (p.info["cmdline"] or [])]
    assert not left, f"processes were left behind: {left}"
    with open(root / "grading" / f"{PART}.csv", newline="", encoding="utf-8-sig") as table:
        rows = {row["student"]: row for row in csv.DictReader(table)}
    from utils.grading.collect import _identifier

    given = []
    for case in cases:
        row = rows.pop(_identifier(student_name(case)))
        given.append((case.name, case.wanted, float(row["total"]), row["status"]))
    assert not rows, f"students that nobody made: {sorted(rows)}"
    return given


def main() -> int:
    parser = argparse.ArgumentParser(description="Grade a class of honest and hostile students.")
    parser.add_argument("words", nargs="*", help="only submissions with one of these words")
    parser.add_argument("--share", default="1/1", help="2/3: the second third of them")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--honest", action="store_true", help="honest students only")
    parser.add_argument("--unsafe", action="store_true", help="these, without the sandbox")
    args = parser.parse_args()
    cases = [c for c in (HONEST if args.honest or args.unsafe else CASES)
             if not args.words or any(word in c.name for word in args.words)]
    share, shares = map(int, args.share.split("/"))
    cases = cases[share - 1 :: shares]
    root = Path(tempfile.gettempdir()) / f"grading-class-{os.getuid()}-{share}"
    make_course(root)
    started = time.monotonic()
    given = grade_class(cases, root, args.workers, args.unsafe)
    seconds = time.monotonic() - started
    print(f"\n{'submission':44} {'wanted':>6} {'given':>6}  status")
    for name, wanted, got, status in given:
        mark = "" if abs(wanted - got) < 1e-6 else "  <-- WRONG"
        print(f"{name:44} {wanted:6g} {got:6g}  {status[:70]}{mark}")
    wrong = sum(abs(wanted - got) > 1e-6 for _, wanted, got, _ in given)
    print(f"\n{len(given)} submissions, {wrong} not as wanted, {seconds:.0f} s "
          f"({seconds / len(given):.2f} s each, start included), host untouched")
    results = [json.loads(path.read_text(encoding="utf-8"))["seconds"]
               for path in (root / "grading/results").rglob("*.json")]
    print(f"a submission took {statistics.median(results):.2f} s (median, without the start)")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
