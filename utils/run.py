"""Execute the lectures in order and show what they found: ``make run``.

    python -m utils.run                                   all lectures, pages in build/html/
    python -m utils.run lectures/1-rnns                   a folder, or notebooks
    python -m utils.run --inplace solutions               store the outputs in the notebooks

A lecture's exercises may be open: a cell tagged ``raises-exception`` may raise the error named in
its metadata. Any other error fails the run. COURSE_PROFILE chooses the size (utils.runtime),
COURSE_DATA the folder of the corpora; headline figures are added to the file COURSE_RESULTS.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from tqdm import tqdm

from utils.files import write_whole
from utils.pages import page

BUILD = Path("build")


class NotebookError(Exception):
    """A cell failed; the message shows it and its error."""


@dataclass
class Outcome:
    """What one notebook gave: seconds in all, headline figures, the error if it failed."""

    path: Path
    seconds: float = 0.0
    headlines: list[str] = field(default_factory=list)
    error: str = ""


def environment() -> dict[str, str]:
    """Return the environment of the kernels, whose working directory is their notebook's folder.

    Paths in it are made absolute, and COURSE_RESULTS always names a file.
    """
    env = {"COURSE_PROFILE": "mini", "COURSE_RESULTS": str(BUILD / "results.jsonl"), **os.environ}
    for name in ("COURSE_DATA", "COURSE_RESULTS", "COURSE_CHECKPOINTS"):
        if env.get(name):
            env[name] = str(Path(env[name]).expanduser().resolve())
    return env


def execute(nb: NotebookNode, path: Path, env: dict[str, str], timeout: int, label: str) -> None:
    """Run the cells of ``nb`` in a new kernel and store their outputs in it.

    Raises:
        NotebookError: a cell fails, takes longer than ``timeout`` seconds, or the kernel dies.
    """
    client = NotebookClient(
        nb,
        timeout=timeout,
        allow_errors=True,
        coalesce_streams=True,
        record_timing=False,
        shutdown_kernel="immediate",
        extra_arguments=["--log-level=ERROR"],  # else it warns of unencrypted local sockets
        resources={"metadata": {"path": str(path.parent)}},
    )
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    bar = tqdm(nb.cells, desc=label, unit="cell", leave=False, disable=None)
    # Cell by cell: NotebookClient.execute replaces the handlers of Ctrl-C and of termination.
    with bar, client.setup_kernel(env=env):
        for index, cell in enumerate(bar):
            try:
                client.execute_cell(cell, index)
                problem = _problem(cell)
            except CellTimeoutError:
                problem = f"it took longer than {timeout} s"
            except DeadKernelError:
                problem = "the kernel died (out of memory?)"
            if problem:
                raise NotebookError(f"{path}, cell {index}:\n\n{cell.source}\n\n{problem}")


def _problem(cell: NotebookNode) -> str | None:
    for error in (o for o in cell.get("outputs", []) if o.output_type == "error"):
        tagged = "raises-exception" in cell.metadata.get("tags", [])
        if not tagged or error.ename != cell.metadata.get("expected_error"):
            return strip_ansi("\n".join(error.traceback))
    return None


def tidy(nb: NotebookNode) -> None:
    """Make a notebook depend on its content alone, so that running it again changes nothing else.

    Raises:
        NotebookError: a cell wrote to stderr (a warning, or progress meant for a person).
    """
    nb.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    seen: Counter[str] = Counter()
    for index, cell in enumerate(nb.cells):
        for name in ("execution", "lines_to_next_cell"):  # left by Jupyter and jupytext
            cell.metadata.pop(name, None)
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        cell.id = f"{digest}-{seen[digest]}" if seen[digest] else digest
        seen[digest] += 1
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise NotebookError(f"cell {index} writes to stderr:\n\n{output.text}")


def run(path: Path, env: dict[str, str], timeout: int, label: str, inplace: bool) -> Outcome:
    """Execute one notebook; write its page, or with ``inplace`` the notebook itself."""
    outcome, start = Outcome(path), time.perf_counter()
    nb = nbformat.read(path, as_version=4)
    # A file of its own: another run at the same time may add lines to COURSE_RESULTS.
    with tempfile.TemporaryDirectory() as scratch:
        own = Path(scratch) / "results.jsonl"
        try:
            execute(nb, path, {**env, "COURSE_RESULTS": str(own)}, timeout, label)
            if inplace:
                tidy(nb)
                write_whole(path, nbformat.writes(nb) + "\n")
        except NotebookError as error:
            outcome.error = str(error)
        outcome.seconds = time.perf_counter() - start
        lines = own.read_text(encoding="utf-8") if own.exists() else ""
    if lines and not outcome.error:
        with open(env["COURSE_RESULTS"], "a", encoding="utf-8") as results:
            results.write(lines)
    for figure in map(json.loads, lines.splitlines()):
        outcome.headlines.append(
            f"{figure['name']}: {figure['value']:.4g} {figure['unit']}".rstrip())
    if not inplace:
        write_whole(BUILD / "html" / f"{path.stem}.html", page(nb, path.stem))
    return outcome


def table(outcomes: list[Outcome]) -> str:
    """Return lecture, seconds and headline figures as a text table."""
    width = max(len(o.path.stem) for o in outcomes)
    rows = [f"{'lecture':{width}}  seconds  headline"]
    for o in outcomes:
        found = ["FAILED"] if o.error else o.headlines or [""]
        rows.append(f"{o.path.stem:{width}}  {o.seconds:7.1f}  {found[0]}".rstrip())
        rows += [" " * (width + 11) + more for more in found[1:]]
    return "\n".join(rows)


def index(outcomes: list[Outcome]) -> str:
    """Return the HTML page that links the lectures."""
    rows = "".join(
        f'<tr><td><a href="{html.escape(o.path.stem)}.html">{html.escape(o.path.stem)}</a></td>'
        f"<td>{o.seconds:.1f}</td>"
        f"<td>{'<br>'.join(map(html.escape, ['FAILED'] if o.error else o.headlines))}</td></tr>\n"
        for o in outcomes
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Lectures</title>\n'
        "<style>body{font-family:sans-serif;margin:2em}td,th{text-align:left;padding:.3em 1em}"
        "</style>\n<h1>Lectures</h1>\n<table>\n"
        f"<tr><th>lecture<th>seconds<th>headline</tr>\n{rows}</table></html>\n"
    )


def find_notebooks(paths: list[Path]) -> list[Path]:
    """Return the notebooks named, and in order those in the folders named.

    Raises:
        FileNotFoundError: nothing there.
    """
    found = []
    for path in paths:
        inside = [p for p in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
        if not path.is_file() and not inside:
            raise FileNotFoundError(f"no notebook at {path.resolve()}")
        found += sorted(inside) or [path]
    return found


def main(argv: list[str] | None = None) -> int:
    """Entry point of the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Execute notebooks and show what they found.")
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks or folders of them")
    parser.add_argument("--inplace", action="store_true", help="store the outputs, write no pages")
    parser.add_argument("--timeout", type=int, default=3600, help="seconds per cell")
    args = parser.parse_args(argv)
    try:
        notebooks = find_notebooks(args.paths or [Path("lectures")])
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    env = environment()
    if args.inplace:
        # the outputs in the repository are those of mini
        env |= {"COURSE_PROFILE": "mini", "COURSE_SET": "", "COURSE_CHECKPOINTS": "",
                "COURSE_PROGRESS": "off"}
        env.pop("COURSE_SEED", None)
    else:
        (BUILD / "results.jsonl").unlink(missing_ok=True)
    Path(env["COURSE_RESULTS"]).parent.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the kernel as for Ctrl-C
    outcomes = []
    try:
        for number, path in enumerate(notebooks, start=1):
            label = f"[{number}/{len(notebooks)}] {path.stem}"
            outcomes.append(run(path, env, args.timeout, label, args.inplace))
            state = "FAILED after" if outcomes[-1].error else "done in"
            print(f"{label}: {state} {outcomes[-1].seconds:.1f} s", flush=True)
    except KeyboardInterrupt:
        print("\ninterrupted; every file is whole, run it again", file=sys.stderr)
        return 130
    print(f"\n{table(outcomes)}\n")
    if not args.inplace:
        write_whole(BUILD / "html" / "index.html", index(outcomes))
        print(f"pages: {(BUILD / 'html' / 'index.html').resolve()}")
    failed = [o.error for o in outcomes if o.error]
    for error in failed:
        print(f"\n{error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
