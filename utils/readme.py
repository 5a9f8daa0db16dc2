"""The README's table of lectures, made from the notebooks and the recorded figures.

    python -m utils.readme            bring README.md up to date (`make readme`)
    python -m utils.readme --check    exit with 1 if it is not
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat

from utils.files import write_whole
from utils.results import RECORDED, read_results

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- lectures: written by `make readme` -->", "<!-- end of lectures -->"


def about(notebook: Path) -> dict[str, str]:
    """Title, question and slide section from a notebook's first cell."""
    first = nbformat.read(notebook, as_version=4).cells[0].source
    found = {"title": first.splitlines()[0].lstrip("# ").strip()}
    for key in ("Question", "Slides"):
        match = re.search(rf"\*\*{key}[.:]?\*\*[.:]?\s*(.+?)(?=\s*\n\s*\n|\s*\*\*[A-Z]|\Z)", first,
                          re.DOTALL)
        if not match:
            raise ValueError(f"{notebook}: the first cell has no **{key}.**")
        found[key] = " ".join(match[1].split()).replace("|", "\\|")
    return found


def table(solutions: Path = ROOT / "solutions", recorded: Path = RECORDED) -> str:
    """One Markdown row per lecture: section, question, minutes, headline figures of seed 1."""
    runs = {(r["lecture"], r["profile"]): r for r in read_results(recorded) if r["seed"] == 1}

    def minutes(run: dict | None) -> str:
        return f"{run['seconds'] / 60:.1f}" if run else "–"

    def figure(run: dict | None) -> str:
        return f"{run['name']}: {run['value']:.4g} {run['unit']}".strip() if run else "–"

    rows = ["| lecture | question | slides | minutes: mini / class | found (mini) | found (class) |",
            "|---|---|---|---|---|---|"]
    for path in sorted(solutions.rglob("[0-9]*.ipynb")):
        here = about(path)
        mini, big = (runs.get((path.stem[:2], profile)) for profile in ("mini", "class"))
        lecture = path.relative_to(solutions)
        rows.append(f"| [{here['title']}](lectures/{lecture.as_posix()}) | {here['Question']} "
                    f"| {here['Slides']} | {minutes(mini)} / {minutes(big)} "
                    f"| {figure(mini)} | {figure(big)} |")
    return "\n".join(rows)


def updated(readme: str, new_table: str) -> str:
    """`readme` with the text between the two markers replaced."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md lacks the markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{new_table}\n\n{END}{after}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(argv).check
    path = ROOT / "README.md"
    old = path.read_text(encoding="utf-8")
    new = updated(old, table())
    if check and old != new:
        print("README.md is out of step with the recorded figures: run `make readme`")
        return 1
    write_whole(path, new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
