"""`make benchmark`: measure, print the tables, write a JSON line for each row, and a plot."""

import argparse
import json
import sys
from pathlib import Path

from utils.benchmark.helpers import helpers
from utils.benchmark.race import CANDIDATES, here, race
from utils.benchmark.report import plot, plot_sweep, table
from utils.benchmark.tasks import SWEEP, TASKS
from utils.files import write_whole


def merged(old: list[dict], new: list[dict]) -> list[dict]:
    """Rows in the table's order, new ones in place of old ones of the same task and candidate.

    An old row stays if the new one has no figures, because this machine lacks the candidate.
    """
    rows = {(r["task"], r["candidate"]): r for r in old}
    for row in new:
        key = row["task"], row["candidate"]
        if "train" in row or "error" in row or key not in rows:
            rows[key] = row
    order = ((task, candidate) for task in [*TASKS, *SWEEP] for candidate in CANDIDATES)
    return [rows[key] for key in order if key in rows]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), metavar="TASK",
                        help=f"of {', '.join(TASKS)}; none leaves the networks out")
    parser.add_argument("--sweep", action="store_true", help="also the cost of a token against "
                        "vocabulary, length, batch and width")
    parser.add_argument("--rounds", type=int, default=5, help="samples of each candidate")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a sample")
    parser.add_argument("--corpus", default="everyday", help="corpus for the helpers' rows")
    parser.add_argument("--runs", type=int, default=3, help="runs of each helper; 0 leaves it out")
    parser.add_argument("--out", type=Path, default=Path("data/results/benchmark.jsonl"))
    options = parser.parse_args(argv)
    if unknown := set(options.tasks) - set(TASKS):
        parser.error(f"no task {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}")
    if options.runs:
        print(f"corpus {options.corpus}, median of {options.runs} runs\n")
        print(helpers(options.corpus, options.runs).to_string(index=False), end="\n\n")
    # rows of tasks that are not measured now stay
    rows = [json.loads(line) for line in options.out.read_text(encoding="utf-8").splitlines()] \
        if options.out.exists() else []
    measured = [*options.tasks, *(SWEEP if options.sweep else ())]
    for task in measured:
        new = race(task, options.rounds, options.seconds)
        for row in new:
            print(json.dumps(row), flush=True)
        rows = merged(rows, new)
        write_whole(options.out, "".join(json.dumps(r) + "\n" for r in rows))
    if measured:
        print("\nTokens per second, medians in turns:\n\n" + table(rows))
        if any(r["task"] in TASKS for r in rows):
            plot(rows, options.out.with_suffix(".png"))
        if any(r["task"] in SWEEP for r in rows):
            plot_sweep(rows, options.out.with_name("benchmark_sweep.png"))
        if absent := [candidate for candidate in CANDIDATES if not here(candidate)]:
            print(f"\nNot on this machine: {'; '.join(absent)}. Their rows are older, or empty.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
