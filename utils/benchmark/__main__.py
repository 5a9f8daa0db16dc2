"""`make benchmark`: measure, print the tables, write a JSON line for each row, and a plot."""

import argparse
import json
import sys
from pathlib import Path

from utils.benchmark.helpers import helpers
from utils.benchmark.race import CANDIDATES, race
from utils.benchmark.report import plot, plot_sweep, table
from utils.benchmark.tasks import SWEEP, TASKS
from utils.files import write_whole


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
    old = [json.loads(line) for line in options.out.read_text(encoding="utf-8").splitlines()] \
        if options.out.exists() else []
    rows = {(r["task"], r["candidate"]): r for r in old}
    ordered = []
    for task in [*options.tasks, *(SWEEP if options.sweep else ())]:
        for row in race(task, options.rounds, options.seconds):
            rows[task, row["candidate"]] = row
            print(json.dumps(row), flush=True)
        ordered = [rows[key] for key in ((t, c) for t in [*TASKS, *SWEEP] for c in CANDIDATES)
                   if key in rows]
        write_whole(options.out, "".join(json.dumps(r) + "\n" for r in ordered))
    if ordered:
        print("\nTokens per second, medians in turns:\n\n" + table(ordered))
        if any(r["task"] in TASKS for r in ordered):
            plot(ordered, options.out.with_suffix(".png"))
        if any(r["task"] in SWEEP for r in ordered):
            plot_sweep(ordered, options.out.with_name("benchmark_sweep.png"))
    if any(r["candidate"] == "PyTorch" and "train" not in r for r in ordered):
        print("\nPyTorch is not installed; its rows are empty. It is an extra of the benchmark.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
