"""The benchmark's rows as a table and as a plot."""

from pathlib import Path

import pandas as pd

from utils.plots import figure


def table(rows: list[dict]) -> str:
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
    measured = pd.DataFrame([r for r in rows if "train" in r])
    wide = measured.pivot(index="task", columns="candidate", values="against_keras")
    wide = wide.reindex(index=measured["task"].unique(), columns=measured["candidate"].unique())
    fig, ax = figure(7.0, 3.6)
    wide.plot.bar(ax=ax, rot=0, color=["#999999", "#0072B2", "#E69F00"][:wide.shape[1]])
    ax.set(ylabel="tokens per second in training,\nKeras' layers = 1", xlabel="")
    ax.legend(title="")
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path)
