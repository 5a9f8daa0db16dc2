"""Exact left-to-right parsing: probabilities of lines and of next tokens.

A partial leftmost derivation is a stack of words and symbols still to be written. Given a prefix,
the parser holds every stack that the grammar allows, with its probability and with the number of
derivations behind it. Nothing is approximated: no rule is left-recursive and none is empty, so the
set of stacks is finite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from utils.grammar.derivation import Symbol, Word

EOS = "<eos>"
Stack = tuple  # of Word | Symbol, leftmost first
Stacks = dict  # Stack -> (probability, number of derivations)


class Parser:
    """Follows all derivations of `grammar` from `start` at once."""

    def __init__(self, grammar, start: Symbol):
        self.grammar = grammar
        self.start: Stacks = {(start,): (1.0, 1)}
        self._first: dict[Symbol, dict[str, Stacks]] = {}
        self._states: dict[tuple[str, ...], Stacks] = {(): self.start}

    def first(self, part: Word | Symbol) -> dict[str, Stacks]:
        """Each token that `part` can begin with -> what is left of `part` after it."""
        if isinstance(part, Word):
            return {part.form: {(): (1.0, 1)}}
        if part not in self._first:
            table: dict[str, Stacks] = {}
            for rule in self.grammar.rules(part):
                for token, rests in self.first(rule.parts[0]).items():
                    into = table.setdefault(token, {})
                    for rest, (p, n) in rests.items():
                        _add(into, rest + rule.parts[1:], rule.weight * p, n)
            self._first[part] = table
        return self._first[part]

    def advance(self, stacks: Stacks, token: str) -> Stacks:
        """All stacks after reading one more token; probabilities are joint with the prefix."""
        result: Stacks = {}
        for stack, (p, n) in stacks.items():
            if stack:
                for rest, (q, m) in self.first(stack[0]).get(token, {}).items():
                    _add(result, rest + stack[1:], p * q, n * m)
        return result

    def state(self, prefix: Iterable[str]) -> Stacks:
        """All stacks after a prefix. The first tokens are remembered, since lines begin alike."""
        prefix = tuple(prefix)
        known = min(len(prefix), 3)
        while prefix[:known] not in self._states:
            known -= 1
        stacks = self._states[prefix[:known]]
        for i in range(known, len(prefix)):
            stacks = self.advance(stacks, prefix[i])
            if i < 3 and stacks:
                self._states[prefix[: i + 1]] = stacks
        return stacks

    def next_probs(self, prefix: Iterable[str]) -> dict[str, float]:
        """P(next token | prefix), with <eos>; most probable first.

        Raises:
            ValueError: no line begins with `prefix`.
        """
        joint: dict[str, float] = {}
        for stack, (p, _) in self.state(prefix).items():
            if not stack:
                joint[EOS] = joint.get(EOS, 0.0) + p
                continue
            for token, rests in self.first(stack[0]).items():
                q = p * sum(r for r, _ in rests.values())
                joint[token] = joint.get(token, 0.0) + q
        total = sum(joint.values())
        if total == 0.0:
            raise ValueError(f"no line of the language begins with: {' '.join(prefix)}")
        return {
            t: q / total for t, q in sorted(joint.items(), key=lambda item: (-item[1], item[0]))
        }

    def probability(self, tokens: Iterable[str]) -> tuple[float, int]:
        """(probability of the complete line, number of its derivations)."""
        return self.state(tokens).get((), (0.0, 0))

    def logprob(self, tokens: Iterable[str]) -> float:
        """ln P(tokens, <eos>); -inf when the line is not in the language."""
        p, _ = self.probability(tokens)
        return math.log(p) if p > 0 else -math.inf


def _add(stacks: Stacks, stack: Stack, p: float, n: int) -> None:
    q, m = stacks.get(stack, (0.0, 0))
    stacks[stack] = (p + q, n + m)
