"""nbval with utils.grading.honest fails on each kind of broken notebook, and on nothing else."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import ROOT, code, write_notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_output
from nbval.plugin import get_sanitize_patterns

from utils.grading.honest import Output

SANITIZER = ROOT / "tests" / "nbval_sanitize.cfg"
STALE = "Cell outputs differ"


def nbval(folder, *options):
    """Run pytest on the notebooks in ``folder``; return its status and {cell: failure message}."""
    report = folder.parent / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "utils.grading.honest", str(folder)]
    command += ["-p", "no:cacheprovider", f"--rootdir={folder}", f"--junitxml={report}", *options]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"COURSE_PROFILE": "class"})
    cases = {}
    for case in ElementTree.parse(report).iter("testcase"):
        failure = case.find("failure")
        number = int(case.get("name").split()[-1])
        cases[number] = "" if failure is None else failure.text
    return done.returncode, cases


def check(cells, folder, *options):
    """Compare the failures of nbval with those expected: cells is [(cell, message or None)]."""
    write_notebook(folder / "book.ipynb", [cell for cell, _ in cells])
    status, failures = nbval(folder, *options)
    assert len(failures) == len(cells)
    for number, (cell, message) in enumerate(cells):
        if message is None:
            assert not failures[number], cell.source
        else:
            assert message in failures[number], cell.source
    assert status == 1


def test_lectures(tmp_path):
    tagged = dict(tags=["raises-exception"], expected_error="NotImplementedError")
    noisy = code("print(2)", "2\n")
    noisy.outputs.append(new_output("stream", name="stderr", text="a warning"))
    check(
        [
            (code("print('stale')", "of no interest here\n"), None),
            (code("raise NotImplementedError('do it')", run=None, **tagged), None),
            (code("answer = 42", run=None, **tagged), "expected NotImplementedError, got no error"),
            (code("1 / 0", run=None, **tagged), "expected NotImplementedError, got ZeroDivision"),
            (code("1 / 0"), "ZeroDivisionError"),
            (code("%no_such_magic"), "this magic does not exist"),
            (noisy, "the stored output has text on stderr"),
            (code("import os\nassert os.environ['COURSE_PROFILE'] == 'mini'"), None),
        ],
        tmp_path / "lectures",
        "--nbval-lax",
    )


def test_solutions(tmp_path):
    wrong = "def double(x):\n    return x\nassert double(1) == 2, 'double(1) is 2'"
    page = code("from IPython.display import HTML\nHTML('<b>99.5</b>')")
    page.outputs = [new_output("display_data", data={"text/html": "<b>88</b>"})]
    check(
        [
            (code("print('loss 3.21')", "loss 3.21\n"), None),
            (code("print('loss 3.21')", "loss 3.25\n"), None),
            (code("print('loss 3.21')", "loss 3.42\n"), STALE),
            (code("print('loss 3.21')", "loss 3.42\n", course={"rtol": 0.1}), None),
            (code("print(7, 'tokens')", "8 tokens\n"), STALE),
            (code("print('a cat')", "a dog\n"), STALE),
            (code("print('a cat')"), STALE),
            (code("print('any')", "thing\n", tags=["nbval-ignore-output"]), None),
            (code("print('took 5.1 s')", "took 93.0 s\n"), None),
            (code("print('never run')", run=None), "this cell was never run"),
            (code(wrong), "double(1) is 2"),
            (code("import sys\nprint('warning', file=sys.stderr)"), STALE),
            (page, "Unexpected output fields from running code: {'text/plain'}"),
        ],
        tmp_path / "solutions",
        "--nbval",
        f"--nbval-sanitize-with={SANITIZER}",
    )


def test_plugin_is_active_in_every_run(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("utils.grading.honest"), (
        "pyproject.toml must load it: addopts = '-p utils.grading.honest'"
    )


decimals = st.floats(0.01, 1e4).map(lambda x: round(x, 4))


@settings(max_examples=50)
@given(decimals, st.floats(-0.0199, 0.0199))
def test_decimals_within_two_percent_are_equal(x, difference):
    a, b = f"loss {x:.6f} at 3", f"loss {x * (1 + difference):.6f} at 3"
    assert Output(a) == Output(b) and not Output(a) != Output(b)


@settings(max_examples=50)
@given(decimals, st.floats(0.0205, 10))
def test_decimals_further_apart_are_not(x, difference):
    assert Output(f"{x:.6f}") != Output(f"{x * (1 + difference):.6f}")


@pytest.mark.parametrize(
    "a, b, equal",
    [
        ("12", "13", False),
        ("1,000 tokens", "1,001 tokens", False),
        ("(3, 200)", "(3, 201)", False),
        ("1,000.5 tokens", "1,001.5 tokens", True),
        ("| 9.98|", "|10.01|", True),
        ("a  b", "a b", True),
        ("a\nb", "a b", False),
        ("0.3", "0.4", True),  # one unit of the last digit: 0.349 and 0.351
        ("0.3", "0.5", False),
        ("1.2e-07", "3.4e-07", True),
        ("1.2e-07", "0.03", False),
        ("12", "11.9", True),
        ("12", "10.9", False),
        ("-0.50", "0.50", False),
        ("nan", "1.0", False),
        ("one 1.0", "one 1.0 1.0", False),
        ("loss 1.0", "cost 1.0", False),
    ],
)
def test_output(a, b, equal):
    assert (Output(a) == Output(b)) is equal
    assert (Output(b) == Output(a)) is equal


def test_sanitizer_is_narrow():
    text = (
        "perplexity 23.4, 1,024 tokens, shape (2, 3), <eos> at 17, 5 sentences, 1.2e-07, 90 %, "
        "3 states, layer 2 shows 4 mistakes"
    )
    patterns = get_sanitize_patterns(SANITIZER.read_text())
    assert len(patterns) == SANITIZER.read_text().count("regex:")
    for regex, replace in patterns:
        assert re.sub(regex, replace, text) == text
    changed = "Keras 3.1 on jax, GPU | 4.5 s | 12 ms | 11.2k tokens/s | <object at 0x7f0a12bc>"
    for regex, replace in patterns:
        changed = re.sub(regex, replace, changed)
    assert changed == "BACKEND | TIME | TIME | SPEED | <object at ADDRESS>"
