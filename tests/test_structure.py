"""The house: modules import one way, lectures import no grading, nothing imports notebooks."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ORDER = ["files", "runtime", "results", "checks", "grammar", "corpora", "conll18", "text",
         "wordpiece", "signals", "ngrams", "batches", "layers", "losses", "optimizers", "models",
         "seq2seq", "replicas", "tagging", "checkpoints", "training", "evaluation", "decoding",
         "translation", "plots", "grading", "durations", "pages", "run", "benchmark", "readme"]
NO_TENSORFLOW = ["grammar", "corpora", "conll18", "text", "signals", "ngrams", "checks"]


def modules():
    for path in sorted((ROOT / "utils").rglob("*.py")):
        yield path, path.relative_to(ROOT / "utils").with_suffix("").parts[0]


def imported(path):
    """Dotted names that a file imports, relative imports made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[:len(package) - node.level + 1]) if node.level else ""
            base = ".".join(x for x in (base, node.module) if x)
            yield from (f"{base}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path, name", [m for m in modules() if m[1] != "__init__"],
                         ids=lambda x: str(x.relative_to(ROOT)) if isinstance(x, Path) else x)
def test_a_module_imports_only_earlier_ones(path, name):
    assert name in ORDER, f"utils/{name} has no place in the flow: add it to ORDER, with a reason"
    for target in imported(path):
        parts = target.split(".")
        if parts[0] == "utils" and len(parts) > 1 and parts[1] != name:
            assert parts[1] in ORDER, f"{path.name} imports {target}"
            assert ORDER.index(parts[1]) < ORDER.index(name), f"{name} imports later {parts[1]}"
        if name in NO_TENSORFLOW:
            assert parts[0] not in ("tensorflow", "keras"), f"{path.name} imports {target}"


def test_no_lecture_imports_grading():
    for path in (ROOT / "solutions").rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            assert not re.search(r"^\s*(from|import) utils\.grading", source, re.M), path.name


def test_python_3_10_can_read_every_file():
    for folder in ("utils", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))


def test_pip_can_read_what_conda_hands_to_it(tmp_path):
    """Conda writes the list under `pip:` into a file of requirements, a line each."""
    parse = pytest.importorskip("pip._internal.req").parse_requirements
    session = pytest.importorskip("pip._internal.network.session").PipSession()
    given = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    (tmp_path / "conda.txt").write_text("\n".join(given["dependencies"][-1]["pip"]))
    shutil.copy(ROOT / "requirements-gpu.txt", tmp_path)
    wanted = list(parse(str(tmp_path / "conda.txt"), session))
    assert len(wanted) > 100
    # pip wants them all to have one if any has one
    assert all(r.options.get("hashes") for r in wanted) and not any(r.is_editable for r in wanted)
