"""pytest plugin that makes nbval honest (pyproject.toml loads it for every run of pytest).

By itself nbval passes an exercise's cell that is tagged ``raises-exception`` and does not raise (so
a leaked solution passes), a bad magic, and a cell that was never run. Its comparison of outputs is
exact, which no training survives on another type of CPU; here numbers may differ as said below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from decimal import Decimal

import pytest
from nbval.plugin import IPyNbCell

_NUMBER = re.compile(r"([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\d.]*\.\d)")
_INTEGER = re.compile(r"[-+]?[\d,]+")


class Output(str):
    """Text that equals another one with the same words and integers and with close decimals.

    Decimals a and b are close if ``|a - b| <= max(rtol max(|a|, |b|), atol, u)``, where u is one
    unit of the last digit printed. Runs of blanks count as one, since numbers shift the columns of
    tables. The default of 2 % is wider than what a short training differs between types of CPU and
    narrower than a difference that a lecture speaks about. A cell changes it in its metadata, e.g.
    ``{"course": {"rtol": 0.1, "atol": 0}}``.
    """

    rtol: float = 0.02
    atol: float = 1e-5

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        mine, theirs = _NUMBER.split(self), _NUMBER.split(other)
        if len(mine) != len(theirs):
            return False
        words = all(_blanks(a) == _blanks(b) for a, b in zip(mine[::2], theirs[::2]))
        return words and all(self._close(a, b) for a, b in zip(mine[1::2], theirs[1::2]))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def _close(self, a: str, b: str) -> bool:
        if _INTEGER.fullmatch(a) and _INTEGER.fullmatch(b):
            return a == b
        x, y = Decimal(a.replace(",", "")), Decimal(b.replace(",", ""))
        unit = 10.0 ** min(x.as_tuple().exponent, y.as_tuple().exponent)
        allowed = max(self.rtol * float(max(abs(x), abs(y))), self.atol, unit)
        return float(abs(x - y)) <= allowed * (1 + 1e-9)


def _blanks(text: str) -> str:
    return re.sub(" +", " ", text).strip(" ")


def pytest_configure(config: pytest.Config) -> None:
    """Run the notebooks in the size whose outputs the repository stores, and record nothing."""
    if config.option.nbval or config.option.nbval_lax:
        os.environ.update(COURSE_PROFILE="mini", COURSE_PROGRESS="off")
        for name in ("COURSE_RESULTS", "COURSE_SEED", "COURSE_SET", "COURSE_CHECKPOINTS"):
            os.environ.pop(name, None)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Compare outputs as `Output` instead of as text."""
    if not isinstance(item, IPyNbCell):
        return
    sanitize, limits = item.sanitize, item.cell.metadata.get("course", {})

    def tolerant(text: object) -> object:
        if not isinstance(text, str):
            return text
        output = Output(sanitize(text))
        output.__dict__.update(limits)
        return output

    item.sanitize = tolerant


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a notebook cell that nbval passes but should not."""
    yield
    if isinstance(item, IPyNbCell) and (problem := _problem(item)):
        item.raise_cell_error(problem)


def _problem(item: IPyNbCell) -> str | None:
    cell, outputs = item.cell, item.test_outputs or []
    errors = [o.ename for o in outputs if o.output_type == "error"]
    if any(o.get("text", "").startswith("UsageError:") for o in outputs):
        return "this magic does not exist"
    if "raises-exception" in cell.metadata.get("tags", []):
        expected = cell.metadata.get("expected_error")
        if errors != [expected]:
            return f"expected {expected}, got {errors[0] if errors else 'no error'}"
    if any(o.get("name") == "stderr" for o in cell.outputs):
        return "the stored output has text on stderr"
    if item.config.option.nbval and cell.source.strip() and cell.execution_count is None:
        return "this cell was never run: there is nothing to compare"
    return None
