"""The benchmark's rows as a table and as a plot."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from matplotlib.ticker import LogLocator, StrMethodFormatter

from utils.benchmark.tasks import SWEEP, SWEPT, TASKS
from utils.plots import figure

COLOURS = {"Keras": "#999999", "course": "#0072B2", "PyTorch": "#F0E442",
           "PyTorch, tuned": "#E69F00", "course, bfloat16": "#56B4E9",
           "PyTorch, bfloat16": "#D55E00", "course, GPU": "#009E73", "PyTorch, GPU": "#CC79A7"}


def table(rows: Iterable[dict]) -> str:
    """Markdown: a line for each task and candidate; what was not measured is empty."""
    def cell(row: dict, key: str, fmt: str) -> str:
        return format(row[key], fmt) if key in row else ""

    columns = {"training": ("train", ",.0f"), "x Keras": ("against_keras", ".2f"),
               "evaluation": ("evaluate", ",.0f"), "of peak": ("share_of_peak", ".0%"),
               "first step, s": ("first_step", ".1f"), "MiB": ("memory_mib", ",.0f")}
    lines = ["| task | layers | " + " | ".join(columns) + " |",
             "|---|---|" + "--:|" * len(columns)]
    for row in rows:
        cells = [cell(row, *c) for c in columns.values()]
        lines.append(f"| {row['task']} | {row['candidate']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(rows: list[dict], path: Path) -> None:
    """Speed of training against Keras' layers, grouped by task, one bar for each candidate."""
    measured = pd.DataFrame([r for r in rows if "train" in r and r["task"] in TASKS])
    wide = measured.pivot(index="task", columns="candidate", values="against_keras")
    wide = wide.reindex(index=measured["task"].unique(), columns=measured["candidate"].unique())
    fig, ax = figure(7.0, 3.6)
    wide.plot.bar(ax=ax, rot=0, color=[COLOURS[name] for name in wide.columns])
    ax.set_axisbelow(True)
    ax.set(ylabel="tokens per second in training,\nKeras' layers = 1", xlabel="")
    ax.legend(title="", loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path)


def plot_sweep(rows: list[dict], path: Path) -> None:
    """What one token costs in training, one panel for each setting of the small language model."""
    tasks = TASKS | SWEEP
    fig, axes = figure(9.0, 2.8, columns=len(SWEPT), sharey=True)
    labels = {"vocab": "types", "steps": "steps", "batch": "rows in a batch", "units": "units"}
    for ax, what in zip(axes, SWEPT):
        names = ["LM small", *(n for n in SWEEP if n.startswith(f"LM small, {what} "))]
        for candidate in ("Keras", "course"):
            points = sorted((getattr(tasks[r["task"]], what), 1e6 / r["train"]) for r in rows
                            if r["task"] in names and r["candidate"] == candidate and "train" in r)
            ax.plot(*zip(*points), marker="o", color=COLOURS[candidate], label=candidate)
        ax.set(xscale="log", yscale="log", xlabel=labels[what])
        values = sorted(getattr(tasks[name], what) for name in names)
        ax.set_xticks(values, [f"{v:,}" for v in values])
        ax.minorticks_off()
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes[0].set(ylabel="microseconds for a token\nin training")
    axes[0].legend()
    fig.savefig(path)
