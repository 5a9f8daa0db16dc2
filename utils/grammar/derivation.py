"""The pieces of a probabilistic grammar: words, symbols, rules and derivation trees.

A *symbol* (nonterminal) is a name with arguments, e.g. `noun("drink", "sg")`. The function of that
name, marked with `@symbol`, lists its rules. Rules are ordinary Python, so one function covers a
family of symbols; the grammar that results is still context-free and, because recursion is bounded
by an argument, finite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import NamedTuple


class Word(NamedTuple):
    """A terminal: the form that is written, and what a treebank says about it."""

    form: str
    upos: str
    lemma: str
    feats: str = "_"


class Symbol(NamedTuple):
    """A nonterminal."""

    name: str
    args: tuple = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))})"


class Rule(NamedTuple):
    """One way to rewrite a symbol. `weight` is relative to the other rules of the symbol;
    `parts` is never empty.
    """

    label: str
    weight: float
    parts: tuple[Word | Symbol, ...]


def rule(label: str, weight: float, *parts: Word | Symbol) -> Rule:
    """A rule, written on one line."""
    return Rule(label, float(weight), parts)


EXPANSIONS: dict[str, Callable] = {}


def symbol(expand: Callable) -> Callable[..., Symbol]:
    """Register `expand(settings, *args) -> list of rules`; the decorated name makes the symbol
    itself.
    """
    EXPANSIONS[expand.__name__] = expand

    @wraps(expand)
    def make(*args) -> Symbol:
        return Symbol(expand.__name__, args)

    return make


class Node(NamedTuple):
    """A node of a derivation tree: the symbol, the label of the rule it was rewritten by, and
    its children.
    """

    symbol: Symbol
    label: str
    children: tuple[Node | Word, ...]

    @property
    def name(self) -> str:
        return self.symbol.name

    @property
    def args(self) -> tuple:
        return self.symbol.args

    def words(self) -> Iterator[Word]:
        """The words at the leaves, from left to right."""
        for child in self.children:
            if isinstance(child, Word):
                yield child
            else:
                yield from child.words()

    def child(self, name: str) -> Node | None:
        """The first child that is a node of this name, or None."""
        for child in self.children:
            if isinstance(child, Node) and child.name == name:
                return child
        return None


class Derivation(NamedTuple):
    """A sampled or enumerated tree with its natural-log probability."""

    tree: Node
    logprob: float

    @property
    def words(self) -> list[Word]:
        return list(self.tree.words())

    @property
    def tokens(self) -> list[str]:
        """English, lower-case, tokenised, without <eos>."""
        return [word.form for word in self.tree.words()]
