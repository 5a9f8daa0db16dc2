"""python -m utils.grammar --out data/everyday"""

from __future__ import annotations

import argparse
from pathlib import Path

from utils.grammar.write import write_all


def main(arguments: list[str] | None = None) -> None:
    """Regenerate the embedded corpora."""
    parser = argparse.ArgumentParser(description="Write the embedded corpora from the grammar.")
    parser.add_argument(
        "--out", type=Path, default=Path("data/everyday"), help="folder to write to"
    )
    for path in write_all(parser.parse_args(arguments).out):
        print(path)


if __name__ == "__main__":
    main()
