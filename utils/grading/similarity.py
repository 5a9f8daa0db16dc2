"""Answers that are alike, as a hint for a person: a short exercise has few good answers.

Compared are the answers of a notebook without comments, layout and names, since those are what is
changed first; the measure is RapidFuzz's indel similarity (1 means the same).
"""

from __future__ import annotations

import ast
import itertools
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import Indel

from utils.grading.cells import is_answer

ALIKE = 0.9
SHORTEST = 400  # characters of normalised code; below, all right answers are alike


class _Nameless(ast.NodeTransformer):
    """All names become the number of their first use; docstrings go."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def _number(self, name: str) -> str:
        return self._numbers.setdefault(name, f"n{len(self._numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._number(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self._number(node.arg))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]
        node.name = self._number(node.name)
        return self.generic_visit(node)


def normalised(source: str) -> str:
    """Code without what doesn't change what it does; as it is if it can't be parsed."""
    try:
        return ast.unparse(ast.fix_missing_locations(_Nameless().visit(ast.parse(source))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


def answers(result: dict[str, Any]) -> str:
    """The normalised answers of a graded notebook."""
    return "\n".join(normalised(cell["source"]) for cell in result["cells"]
                     if cell["cell_type"] == "code" and is_answer(cell))


def alike(texts: dict[str, str], solution: str) -> list[tuple[str, str, float]]:
    """Pairs of students whose answers are alike, the most similar first.

    Those that are like the solution are left out: they are like each other for that reason.
    """
    texts = {
        name: text for name, text in texts.items()
        if len(text) >= SHORTEST and Indel.normalized_similarity(text, solution) < ALIKE
    }
    names = list(texts)
    if len(names) < 2:
        return []
    table = process.cdist(list(texts.values()), list(texts.values()),
                          scorer=Indel.normalized_similarity, score_cutoff=ALIKE)
    pairs = [(names[i], names[j], float(table[i, j]))
             for i, j in itertools.combinations(range(len(names)), 2) if table[i, j] >= ALIKE]
    return sorted(pairs, key=lambda pair: -pair[2])
