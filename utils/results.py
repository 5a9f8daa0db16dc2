"""Recorded figures: written by the run that found them, shown from the file that holds them."""

import datetime
import json
import math
import os
import platform
from pathlib import Path

import pandas as pd

from utils import runtime

RECORDED = Path(__file__).resolve().parents[1] / "data" / "results" / "runs.jsonl"


def hardware(device: str) -> str:
    """This machine as records name it: `x86_64, 2 cores, CPU`; `device` is CPU or GPU."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {device}"


def headline(lecture: str, name: str, value: float, unit: str = "", **figures: float) -> None:
    """Say what the lecture found, in one line; the last code cell of each lecture calls it.

    `value` with its `unit` is the figure shown in the course's table; `figures` are further ones.
    If COURSE_RESULTS names a file, one JSON line is added to it: what, profile, seed, software,
    hardware, seconds since the notebook's start, and all figures.
    """
    value = float(value)
    print(f"{name}: {value:.4g} {unit}".rstrip())
    path = os.environ.get("COURSE_RESULTS")
    if path:
        import keras

        line = {
            "lecture": lecture, "name": name, "value": value, "unit": unit,
            # JSON knows no NaN: a figure that is unknown (the truth of a real corpus) becomes null
            "figures": {k: float(v) if math.isfinite(v) else None for k, v in figures.items()},
            "profile": runtime.run_name(), "seed": runtime.current_seed(),
            "seconds": round(runtime.seconds(), 1),
            "software": f"Python {platform.python_version()}, Keras {keras.__version__} "
                        f"on {keras.backend.backend()}",
            "hardware": hardware(runtime.device()),
            "date": datetime.date.today().isoformat(),
        }
        # one write call in append mode: lines of notebooks that run side by side don't mix
        with open(path, "a", encoding="utf-8") as f:
            f.write(json.dumps(line, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n")


def read_results(path: str | os.PathLike) -> list[dict]:
    """All lines of a results file, oldest first; a damaged line is named with its number."""
    lines = []
    for number, text in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {number} is not JSON: {error}. Delete that line and "
                             "record the run again with `make record`.") from error
    return lines


def recorded(lecture: str) -> pd.DataFrame:
    """The recorded runs of a lecture: the newest for each profile and seed, one row each.

    The profile of a run whose row was changed by COURSE_SET holds the changes, too: `full units=64`.
    """
    newest = {(r["profile"], r["seed"]): r for r in read_results(RECORDED)
              if r["lecture"] == lecture}
    rows = [{"profile": r["profile"], "seed": r["seed"], r["name"]: r["value"], **r["figures"],
             "minutes": r["seconds"] / 60, "hardware": r["hardware"]} for r in newest.values()]
    order = {name: k for k, name in enumerate(runtime.PROFILES)}
    rows.sort(key=lambda row: (order[row["profile"].split()[0]], row["profile"], row["seed"]))
    return pd.DataFrame(rows)
