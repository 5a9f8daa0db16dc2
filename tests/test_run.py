"""`make run`: executes, reports, writes pages; fails loudly; leaves nothing broken behind."""

import json
import re
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from conftest import code, demo_cells, write_notebook
from nbformat.v4 import new_markdown_cell, new_output

from utils.grading.release import release
from utils.pages import mathml, page
from utils.run import NotebookError, environment, main, tidy

RECORD = (
    "import json, os\n"
    "line = dict(lecture='00', name='perplexity', value=23.456, unit='per token')\n"
    "with open(os.environ['COURSE_RESULTS'], 'a') as f:\n"
    "    f.write(json.dumps(line) + '\\n')\n"
    "print(os.environ.get('COURSE_DATA'), os.environ['COURSE_PROFILE'])"
)


@pytest.fixture
def run(monkeypatch, capsys):
    """Call the command in a folder; return its exit status and what it printed and complained."""
    handler = signal.getsignal(signal.SIGTERM)

    def call(root, *args, **env):
        monkeypatch.chdir(root)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        status = main([str(arg) for arg in args])
        return status, *capsys.readouterr()

    yield call
    signal.signal(signal.SIGTERM, handler)


def test_run_shows_figures_and_writes_pages(course, run):
    lectures = course / "lectures"
    write_notebook(lectures / "1-demo/01_figures.ipynb", [code(RECORD)])
    before = {p: p.read_bytes() for p in lectures.rglob("*.ipynb")}
    status, out, err = run(course, COURSE_DATA="corpora", COURSE_PROFILE="class")
    assert (status, err) == (0, "")
    assert re.search(r"^00_demo +[\d.]+$", out, re.M)
    assert re.search(r"^01_figures +[\d.]+  perplexity: 23.46 per token$", out, re.M)
    index = (course / "build/html/index.html").read_text()
    assert 'href="00_demo.html"' in index and "perplexity: 23.46" in index
    figures = (course / "build/html/01_figures.html").read_text()
    assert f"{course / 'corpora'} class" in figures
    assert before == {p: p.read_bytes() for p in lectures.rglob("*.ipynb")}
    assert not list(course.rglob("*.tmp"))


def test_headlines_are_of_this_run_alone(course, run):
    """Another run may add its lines to the same file meanwhile."""
    results = course / "all.jsonl"
    others = "open(r'%s', 'a').write('{\"name\": \"of another run\"}\\n')" % results
    write_notebook(course / "lectures/1-demo/01_figures.ipynb", [code(others), code(RECORD)])
    status, out, _ = run(course, COURSE_RESULTS=str(results))
    assert status == 0 and "perplexity: 23.46" in out and "of another run" not in out
    assert [json.loads(x)["name"] for x in results.read_text().splitlines()] == [
        "of another run", "perplexity"]


def test_failure_is_shown_and_the_rest_still_runs(course, run):
    tagged = dict(tags=["raises-exception"], expected_error="NotImplementedError")
    part = course / "lectures/1-demo"
    cells = [code("raise NotImplementedError", **tagged), code("x = 1\nx / 0"), code("print(2)")]
    write_notebook(part / "00_broken.ipynb", cells)
    write_notebook(part / "00_other.ipynb", [code("{}['key']", **tagged)])
    status, out, err = run(course)
    assert status == 1
    assert "00_broken.ipynb, cell 1:\n\nx = 1\nx / 0\n" in err
    assert "ZeroDivisionError: division by zero" in err and "\x1b[" not in err
    assert "00_other.ipynb, cell 0" in err and "KeyError: 'key'" in err
    assert re.search(r"^00_broken +[\d.]+  FAILED$", out, re.M)
    assert "[2/3] 00_demo: done" in out
    assert "ZeroDivisionError" in (course / "build/html/00_broken.html").read_text()


def test_dead_kernel_and_timeout_are_reported(tmp_path, run):
    dead = write_notebook(tmp_path / "dead.ipynb", [code("import os\nos._exit(1)")])
    slow = write_notebook(tmp_path / "slow.ipynb", [code("import time\ntime.sleep(60)")])
    status, out, err = run(tmp_path, dead, slow, "--timeout", 2)
    assert status == 1
    assert "the kernel died" in err and "it took longer than 2 s" in err


def test_inplace_stores_outputs_and_is_repeatable(course, run):
    path = course / "solutions/1-demo/00_demo.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[1].outputs = []
    nb.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01"}
    nb.cells.append(nb.cells[1].copy())
    nb.cells[-1].id = "copy"
    nbformat.write(nb, path)
    assert run(course, "--inplace", "solutions", COURSE_PROFILE="full")[0] == 0
    first = path.read_bytes()
    cells = nbformat.read(path, as_version=4).cells
    assert cells[1].outputs[0].text == "six 6.0\n" and not cells[1].metadata
    assert cells[5].outputs[0].text == "profile mini\n"
    assert cells[6].id == cells[1].id + "-1"
    assert run(course, "--inplace", path)[0] == 0
    assert path.read_bytes() == first


def test_stored_outputs_know_no_other_seed(course, run, monkeypatch):
    """Neither in solutions/ nor in the student version, whose tags come from a run, too."""
    path = course / "solutions/1-demo/00_demo.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(code("print('seed', int(os.environ.get('COURSE_SEED', 1)))\n"
                         "assert 'COURSE_SEED' not in os.environ"))
    nbformat.write(nb, path)
    monkeypatch.setenv("COURSE_SEED", "2")
    status, out, err = run(course, "--inplace", path)
    assert (status, err) == (0, "")
    assert nbformat.read(path, as_version=4).cells[-1].outputs[0].text == "seed 1\n"
    release(course, [])     # a given cell that fails would raise


def test_inplace_leaves_a_failing_notebook_as_it_was(course, run):
    path = course / "solutions/1-demo/00_demo.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[2].source = nb.cells[2].source.replace("2 * x", "3 * x")
    nbformat.write(nb, path)
    before = path.read_bytes()
    status, out, err = run(course, "--inplace", path)
    assert status == 1 and "double(1) is 2" in err
    assert path.read_bytes() == before


def test_stderr_is_not_stored():
    cell = code("1")
    cell.outputs = [new_output("stream", name="stderr", text="a warning")]
    with pytest.raises(NotebookError, match="writes to stderr:\n\na warning"):
        tidy(nbformat.v4.new_notebook(cells=[cell]))


def test_interrupted_run_can_be_run_again(tmp_path, run):
    source = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    started = {}
    for name in ("SIGTERM", "SIGKILL"):
        path = write_notebook(tmp_path / name / "lectures/part/00_slow.ipynb", [code(source)])
        command = [sys.executable, "-m", "utils.run"]
        started[path] = subprocess.Popen(
            command, cwd=tmp_path / name, stderr=subprocess.PIPE, text=True
        )
    for path, process in started.items():
        root, pid = path.parents[2], path.parent / "pid"
        assert wait_for(lambda: pid.exists() and pid.read_text()), "the cell did not start"
        process.send_signal(getattr(signal, root.name))
        said = process.communicate(timeout=60)[1]
        if root.name != "SIGKILL":
            assert process.returncode == 130 and "run it again" in said and "Traceback" not in said
        assert wait_for(lambda: ended(int(pid.read_text()))), "the kernel is left behind"
        assert not list(root.rglob("*.html")) and not list(root.rglob("*.tmp"))
    write_notebook(path, [code("print(1)")])
    assert run(root)[0] == 0


def wait_for(condition, seconds=120):
    """Return the first true value of ``condition()``, or the last one when time is up."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return value


def ended(pid):
    """Whether the process is gone, or waits only to be collected by its parent."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_no_notebook_is_an_error(tmp_path, run):
    assert "no notebook at" in run(tmp_path)[2]
    status, out, err = run(tmp_path, "none.ipynb")
    assert status == 1 and "none.ipynb" in err


def test_paths_in_the_environment_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", "../data")
    monkeypatch.setenv("COURSE_RESULTS", "runs.jsonl")
    env = environment()
    assert env["COURSE_DATA"] == str((tmp_path / "../data").resolve())
    assert env["COURSE_RESULTS"] == str(tmp_path.resolve() / "runs.jsonl")


def test_page_needs_no_network_and_keeps_alt_text():
    aligned = r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"
    cells = demo_cells() + [new_markdown_cell(aligned)]
    alt = {"image/png": {"alt": "a 'falling' line"}}
    cells[1].outputs = [new_output("display_data", data={"image/png": "AAAA"}, metadata=alt)]
    html = page(nbformat.v4.new_notebook(cells=cells), "Demo")
    assert "<title>Demo</title>" in html
    assert not re.findall(r"<script|<link|src=(?![\"']data:)|url\((?!data:)[\"']?http", html)
    assert re.search(r"alt=\"a .{0,5}falling.{0,5} line\"", html)
    text = re.sub(r"<style.*?</style>", "", html, flags=re.S)
    assert text.count("<math") == 2 and "$" not in text


@pytest.mark.parametrize(
    "latex, part",
    [
        (r"h_t=\sigma(W_h h_{t-1}+U x_t+b)", "<msub><mi>h</mi><mi>t</mi></msub>"),
        (r"\frac{1}{T}\sum_{t=1}^{T}\log P(w_t\mid w_{<t})", "<mfrac>"),
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", "<mtable"),
        (r"\left\lVert\frac{\partial h_t}{\partial h_k}\right\rVert", "&#x02016;"),
    ],
)
def test_mathml(latex, part):
    assert part in mathml(latex, "block")
