"""The README's tables of lectures, long runs and speed, from notebooks and recorded figures.

    python -m utils.readme            bring README.md up to date (`make readme`)
    python -m utils.readme --check    exit with 1 if it is not
"""

import argparse
import re
import statistics
import sys
from pathlib import Path

import nbformat

from utils.benchmark.report import table
from utils.benchmark.tasks import TASKS
from utils.files import write_whole
from utils.results import RECORDED, read_results

ROOT = Path(__file__).resolve().parents[1]
MEASURED = RECORDED.with_name("benchmark.jsonl")


def about(notebook: Path) -> dict[str, str]:
    """Title and question from a notebook's first cell."""
    first = nbformat.read(notebook, as_version=4).cells[0].source
    match = re.search(r"\*\*Question[.:]?\*\*[.:]?\s*(.+?)(?=\s*\n\s*\n|\s*\*\*[A-Z]|\Z)", first,
                      re.DOTALL)
    if not match:
        raise ValueError(f"{notebook}: the first cell has no **Question.**")
    return {"title": first.splitlines()[0].lstrip("# ").strip(),
            "question": " ".join(match[1].split()).replace("|", "\\|")}


def lectures(solutions: Path = ROOT / "solutions", recorded: Path = RECORDED) -> str:
    """One Markdown row per lecture: question, minutes, headline figures of seed 1."""
    runs = {(r["lecture"], r["profile"]): r for r in read_results(recorded) if r["seed"] == 1}

    def minutes(run: dict | None) -> str:
        return f"{run['seconds'] / 60:.1f}" if run else "–"

    def figure(run: dict | None) -> str:
        return f"{run['name']}: {run['value']:.4g} {run['unit']}".strip() if run else "–"

    rows = ["| lecture | question | minutes: mini / class | found (mini) | found (class) |",
            "|---|---|---|---|---|"]
    for path in sorted(solutions.rglob("[0-9]*.ipynb")):
        here = about(path)
        mini, big = (runs.get((path.stem[:2], profile)) for profile in ("mini", "class"))
        lecture = path.relative_to(solutions)
        rows.append(f"| [{here['title']}](lectures/{lecture.as_posix()}) | {here['question']} "
                    f"| {minutes(mini)} / {minutes(big)} | {figure(mini)} | {figure(big)} |")
    return "\n".join(rows)


def long_runs(recorded: Path = RECORDED) -> str:
    """One Markdown row per `full` run, over its seeds: mean, lowest and highest headline figure.

    Minutes are the median: some runs shared the machine with others.
    """
    newest = {(r["lecture"], r["profile"], r["seed"]): r for r in read_results(recorded)
              if r["profile"].split()[0] == "full"}
    groups: dict[tuple, list[dict]] = {}
    for (lecture, profile, _), run in sorted(newest.items()):
        groups.setdefault((lecture, profile), []).append(run)
    rows = ["| lecture | run | found | mean | lowest to highest | seeds | minutes (median) |",
            "|---|---|---|--:|--:|--:|--:|"]
    for (lecture, profile), runs in groups.items():
        values = [run["value"] for run in runs]
        minutes = statistics.median(run["seconds"] for run in runs) / 60
        rows.append(f"| {int(lecture)} | `{profile}` | {runs[0]['name']} "
                    f"| {sum(values) / len(values):.4g} {runs[0]['unit']} "
                    f"| {min(values):.4g} to {max(values):.4g} | {len(runs)} | {minutes:.0f} |")
    return "\n".join(rows)


def updated(readme: str, name: str, table: str) -> str:
    """`readme` with the text between the markers called `name` replaced."""
    start, stop = f"<!-- {name}: written by `make readme` -->", f"<!-- end of {name} -->"
    before, begin, rest = readme.partition(start)
    _, end, after = rest.partition(stop)
    if not begin or not end:
        raise ValueError(f"README.md lacks the markers {start} and {stop}")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(argv).check
    path = ROOT / "README.md"
    old = path.read_text(encoding="utf-8")
    new = updated(updated(old, "lectures", lectures()), "long runs", long_runs())
    new = updated(new, "benchmark", table(r for r in read_results(MEASURED) if r["task"] in TASKS))
    if check and old != new:
        print("README.md is out of step with the recorded figures: run `make readme`")
        return 1
    write_whole(path, new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
