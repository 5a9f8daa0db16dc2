"""The exact entropy of a grammar, in closed form.

For a grammar whose derivations and strings correspond one to one, the entropy of a line is that of
its derivation. A derivation is a sequence of independent choices, so (Grenander 1976; Chi 1999)

    H(A) = sum_r p(r | A) * (-ln p(r | A) + sum_B H(B))        over the rules r of A and the symbols
    B on its right L(A) = sum_r p(r | A) * (words in r + sum_B L(B))

which is a finite recursion here, since no symbol can contain itself.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from utils.grammar.derivation import Symbol


class Entropy(NamedTuple):
    """Entropy of an i.i.d. line. Tokens include one <eos> per line; nats use the natural
    logarithm.
    """

    nats_per_line: float
    tokens_per_line: float
    nats_per_token: float
    perplexity: float


def entropy_of(grammar, start: Symbol) -> Entropy:
    """Exact entropy of the lines derived from `start`; the sums are over symbols, so it takes
    one pass.
    """
    memo: dict[Symbol, tuple[float, float]] = {}

    def visit(symbol: Symbol) -> tuple[float, float]:
        if symbol not in memo:
            nats = length = 0.0
            for rule in grammar.rules(symbol):
                below = [visit(p) if isinstance(p, Symbol) else (0.0, 1.0) for p in rule.parts]
                nats += rule.weight * (sum(h for h, _ in below) - math.log(rule.weight))
                length += rule.weight * sum(n for _, n in below)
            memo[symbol] = nats, length
        return memo[symbol]

    nats, length = visit(start)
    rate = nats / (length + 1)
    return Entropy(nats, length + 1, rate, math.exp(rate))
