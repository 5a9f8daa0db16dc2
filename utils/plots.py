"""One look for all figures: readable in grey and by the colour-blind, with caption and alt text."""

import io
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image, Markdown, display
from matplotlib.figure import Figure

# Okabe and Ito's palette (2008), told apart by the colour-blind; each model keeps its colour,
# line and marker through the whole course, so that a figure can be read in grey as well.
STYLES = {
    "uniform": dict(color="#999999", linestyle=":", marker="x"),
    "unigram": dict(color="#999999", linestyle="-.", marker="+"),
    "Kneser-Ney": dict(color="#E69F00", linestyle="--", marker="s"),
    "window": dict(color="#56B4E9", linestyle="-.", marker="^"),
    "RNN": dict(color="#D55E00", linestyle="-", marker="o"),
    "GRU": dict(color="#CC79A7", linestyle="-", marker="v"),
    "LSTM": dict(color="#0072B2", linestyle="-", marker="D"),
    "2-layer LSTM": dict(color="#009E73", linestyle="-", marker="P"),
    "truth": dict(color="#000000", linestyle="--", marker=""),
}
_OTHERS = cycle([dict(color=c, linestyle=l, marker=m) for c, l, m in (
    ("#0072B2", "-", "o"), ("#D55E00", "--", "s"), ("#009E73", "-.", "^"),
    ("#CC79A7", ":", "D"), ("#E69F00", "-", "v"), ("#56B4E9", "--", "x"))])


def figure(width: float = 6.4, height: float = 3.6, columns: int = 1, **kwargs):
    """A figure and its axes in the course's style, `columns` panels side by side."""
    plt.rcParams.update({
        "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.alpha": 0.3, "lines.markersize": 4, "legend.frameon": False,
        "figure.dpi": 100, "image.cmap": "cividis",
    })
    fig, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained", **kwargs)
    return fig, axes


def style(name: str) -> dict:
    """Colour, line style and marker of a model, as keyword arguments of `plot`."""
    if name not in STYLES:
        STYLES[name] = next(_OTHERS)
    return STYLES[name]


def baseline(ax, value: float, name: str) -> None:
    """A horizontal line at `value`, labelled with its name and number."""
    ax.axhline(value, label=f"{name} ({value:.3g})", linewidth=1.2,
               color=style(name)["color"], linestyle=style(name)["linestyle"])


def bars(ax, values: dict[str, float], label: str, fmt: str = "{:.1f}") -> None:
    """Horizontal bars, one for each name, the number written beside it; `label` names the axis."""
    names = list(values)
    ax.barh(names, list(values.values()), color=[style(n)["color"] for n in names], height=0.6)
    for y, v in enumerate(values.values()):
        ax.text(v, y, " " + fmt.format(v), va="center")
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    ax.margins(x=0.15)


def heatmap(ax, values: np.ndarray, rows: list[str], columns: list[str], label: str) -> None:
    """A matrix (len(rows), len(columns)) in grey-safe colours, with a scale named `label`."""
    values = np.asarray(values)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values have shape {values.shape}, "
                         f"expected ({len(rows)}, {len(columns)}) for the given labels")
    image = ax.imshow(values, aspect="auto")
    ax.set_xticks(range(len(columns)), columns, rotation=60, ha="right")
    ax.set_yticks(range(len(rows)), rows)
    ax.grid(visible=False)
    ax.figure.colorbar(image, ax=ax, label=label)


def show(fig: Figure, caption: str, alt: str) -> None:
    """Show `fig` with its takeaway below and a description for those who can't see it."""
    if not caption.strip() or not alt.strip():
        raise ValueError("a figure needs a caption (what to take away) and an alt text")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=100, metadata={"Software": None})
    plt.close(fig)
    display(Image(data=png.getvalue(), format="png", alt=alt))
    display(Markdown(f"*{caption}*"))
