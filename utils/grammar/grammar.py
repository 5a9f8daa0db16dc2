"""The grammar itself: settings, rules with probabilities, sampling, enumeration, truth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from utils.grammar import lexicon as words
from utils.grammar import sentences, stories
from utils.grammar.derivation import EXPANSIONS, Derivation, Node, Rule, Symbol, Word, rule, symbol
from utils.grammar.entropy import Entropy, entropy_of
from utils.grammar.parse import Parser


@dataclass(frozen=True)
class Lexicon:
    """The words that a grammar uses; a cut-down one makes a cut-down grammar."""

    nouns: Mapping[str, tuple] = field(default_factory=lambda: words.NOUNS)
    names: Mapping[str, tuple] = field(default_factory=lambda: words.NAMES)
    frames: tuple = words.FRAMES
    attributive: Mapping[str, list] = field(default_factory=lambda: words.ATTRIBUTIVE)
    predicative: Mapping[str, list] = field(default_factory=lambda: words.PREDICATIVE)

    consequences: tuple = words.CONSEQUENCES
    say: tuple = tuple(words.SAY)
    want: tuple = tuple(words.WANT)
    give: tuple = tuple(words.GIVE)

    def frame(self, name: str) -> words.Frame:
        return next(f for f in self.frames if f.name == name)


@dataclass(frozen=True)
class Weights:
    """How often the grammar chooses what. Numbers below 1 are probabilities, the others relative
    weights.
    """

    story: float = 0.12
    statement: float = 60
    question: float = 11
    imperative: float = 5
    subordinate: float = 10
    contrast: float = 5
    # tense, probability, P(time phrase in front), P(time phrase at the end)
    tenses: tuple = (
        ("present", 0.5, 0.1, 0.15),
        ("past", 0.3, 0.35, 0.3),
        ("future", 0.2, 0.35, 0.3),
    )
    subjects: Mapping[str, float] = field(
        default_factory=lambda: {
            "male": 8,
            "female": 8,
            "worker": 18,
            "pet": 14,
            "small": 9,
            "flyer": 5,
            "device": 8,
            "vehicle": 6,
            "text": 2,
            "document": 1,
            "show": 1.5,
            "clothes": 2,
            "tool": 1,
            "food": 2,
            "drink": 2,
            "plant": 2,
            "opening": 2,
            "place": 2,
        }
    )
    name: float = 9
    pronoun: float = 2
    coordination: float = 2
    singular: float = 0.6
    adjective: float = 0.45
    plain: float = 60
    landmark: float = 16
    relative: float = 24
    chain: float = 0.3
    object_relative: float = 1.2
    verb: float = 60
    copula: float = 14
    frequency: float = 8
    negated: float = 8
    want: float = 8
    say: float = 8
    place: float = 0.4
    object_clause: float = 0.06
    ditransitive: float = 6
    object_pronoun: float = 8
    filler: float = 0.5
    fillers: int = 25
    short_story: float = 0.25
    reminder: float = 0.4


@symbol
def line(g) -> list[Rule]:
    """A line of the corpus: one sentence or one story."""
    return [
        rule("sentence", 1 - g.weights.story, sentences.sentence()),
        rule("story", g.weights.story, stories.story()),
    ]


class Grammar:
    """A probabilistic context-free grammar with bounded recursion, in which a line has exactly
    one derivation.
    """

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        weights: Weights | None = None,
        start: Symbol | None = None,
    ):
        self.lexicon = lexicon or Lexicon()
        self.weights = weights or Weights()
        self.start = start or line()
        self._rules: dict[Symbol, tuple[Rule, ...]] = {}
        self._cumulative: dict[Symbol, np.ndarray] = {}

    def rules(self, symbol: Symbol) -> tuple[Rule, ...]:
        """The rules of a symbol; their weights are probabilities and sum to 1."""
        if symbol not in self._rules:
            found = [r for r in EXPANSIONS[symbol.name](self, *symbol.args) if r.weight > 0]
            total = math.fsum(r.weight for r in found)
            if not found or any(not r.parts for r in found):
                raise ValueError(f"{symbol} has no rules, or an empty one")
            self._rules[symbol] = tuple(r._replace(weight=r.weight / total) for r in found)
        return self._rules[symbol]

    def sample(self, rng: np.random.Generator) -> Derivation:
        """One line, drawn from the distribution that `logprob` gives."""
        total = 0.0

        def expand(symbol: Symbol) -> Node:
            nonlocal total
            rules = self.rules(symbol)
            if symbol not in self._cumulative:
                self._cumulative[symbol] = np.cumsum([r.weight for r in rules])
            i = min(
                int(np.searchsorted(self._cumulative[symbol], rng.random(), side="right")),
                len(rules) - 1,
            )
            chosen = rules[i]
            total += math.log(chosen.weight)
            return Node(
                symbol,
                chosen.label,
                tuple(p if isinstance(p, Word) else expand(p) for p in chosen.parts),
            )

        return Derivation(expand(self.start), total)

    def derivations(self) -> Iterator[Derivation]:
        """All derivations; for cut-down grammars only."""

        def expand(part: Word | Symbol) -> Iterator[tuple[Word | Node, float]]:
            if isinstance(part, Word):
                yield part, 0.0
                return
            for r in self.rules(part):
                for children, logprob in sequence(r.parts):
                    yield Node(part, r.label, children), logprob + math.log(r.weight)

        def sequence(parts: tuple) -> Iterator[tuple[tuple, float]]:
            if not parts:
                yield (), 0.0
                return
            for head, p in expand(parts[0]):
                for rest, q in sequence(parts[1:]):
                    yield (head, *rest), p + q

        for tree, logprob in expand(self.start):
            yield Derivation(tree, logprob)

    @cached_property
    def parser(self) -> Parser:
        return Parser(self, self.start)

    @cached_property
    def entropy(self) -> Entropy:
        """Exact entropy of a line, in nats and per token (with <eos>)."""
        return entropy_of(self, self.start)

    def logprob(self, tokens: list[str]) -> float:
        """ln P(tokens, <eos>); -inf when the line is not in the language."""
        return self.parser.logprob(tokens)

    def next_probs(self, prefix: list[str]) -> dict[str, float]:
        """Exact P(next token | prefix), "<eos>" included. Raises ValueError if no line begins
        so.
        """
        return self.parser.next_probs(prefix)

    def accepts(self, tokens: list[str]) -> bool:
        """Whether the tokens are a line of the language."""
        return self.parser.probability(tokens)[1] > 0

    @cached_property
    def _sentence_parser(self) -> Parser:
        return Parser(self, any_sentence())

    def accepts_sentence(self, tokens: list[str]) -> bool:
        """Whether the tokens are one sentence of the language, alone or in a story, with its
        punctuation mark.
        """
        return self._sentence_parser.probability(tokens)[1] > 0


@symbol
def any_sentence(g) -> list[Rule]:
    """A sentence of any kind; its weights mean nothing."""
    return [rule("sentence", 1, sentences.sentence()), rule("told", 1, stories.told_sentence())]


@cache
def everyday() -> Grammar:
    """The grammar of the embedded corpora."""
    return Grammar()
