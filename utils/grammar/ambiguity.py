"""How far the tags of a sentence can be known: the best accuracy that any tagger can reach.

Three taggers that know the grammar: one sees a word alone, one the sentence up to the word, one
the whole sentence. Each gives the tag that is most probable given what it sees, and nothing can do
better on average (this is the Bayes decision rule). Nothing here is estimated from a sample.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from utils.grammar.derivation import Symbol, Word
from utils.grammar.grammar import Grammar


class Ambiguity:
    """The tags that `grammar` allows for a word, and how probable they are."""

    def __init__(self, grammar: Grammar):
        self.grammar = grammar
        self._begin: dict[Word | Symbol, dict[str, Counter]] = {}

    def expected_words(self) -> Counter:
        """Expected number of each (form, tag) in one line, in closed form.

        A symbol is written with its rules' probabilities whatever stands around it, so the
        expected number of times that it is used is a sum over the rules that use it.
        """
        uses = Counter({self.grammar.start: 1.0})
        words: Counter = Counter()
        for symbol in self._users_first():
            for rule in self.grammar.rules(symbol):
                for part in rule.parts:
                    if isinstance(part, Word):
                        words[part.form, part.upos] += uses[symbol] * rule.weight
                    else:
                        uses[part] += uses[symbol] * rule.weight
        return words

    def _users_first(self) -> list[Symbol]:
        """All symbols, each after those whose rules use it; recursion is bounded, so it exists."""
        order: dict[Symbol, None] = {}

        def visit(symbol: Symbol) -> None:
            for rule in self.grammar.rules(symbol):
                for part in rule.parts:
                    if not isinstance(part, Word) and part not in order:
                        visit(part)
            order[symbol] = None

        visit(self.grammar.start)
        return list(order)[::-1]

    def word_alone(self) -> float:
        """Expected share of right tags of the best tagger that sees one word at a time."""
        tags: dict[str, list[float]] = defaultdict(list)
        for (form, _), number in self.expected_words().items():
            tags[form].append(number)
        return sum(map(max, tags.values())) / sum(map(sum, tags.values()))

    def up_to(self, tokens: list[str]) -> list[dict[str, float]]:
        """P(tag of word t | words 1 to t) for each t: what a reader knows who goes from the left.

        Raises ValueError if no line of the grammar begins with `tokens`.
        """
        found = []
        for t, token in enumerate(tokens):
            joint: Counter = Counter()
            for stack, (p, _) in self.grammar.parser.state(tokens[:t]).items():
                if stack:
                    for tag, q in self._first_tags(stack[0]).get(token, {}).items():
                        joint[tag] += p * q
            total = sum(joint.values())
            if not total:
                raise ValueError(f"no line begins with: {' '.join(tokens[:t + 1])}")
            found.append({tag: p / total for tag, p in joint.most_common()})
        return found

    def _first_tags(self, part: Word | Symbol) -> dict[str, Counter]:
        """Each token that `part` can begin with -> probability of each tag of it."""
        if isinstance(part, Word):
            return {part.form: Counter({part.upos: 1.0})}
        if part not in self._begin:
            table: dict[str, Counter] = defaultdict(Counter)
            for rule in self.grammar.rules(part):
                for token, tags in self._first_tags(rule.parts[0]).items():
                    for tag, p in tags.items():
                        table[token][tag] += rule.weight * p
            self._begin[part] = dict(table)
        return self._begin[part]

    def readings(self, tokens: list[str]) -> int:
        """Number of derivations of a line. With one derivation its tags are certain."""
        return self.grammar.parser.probability(tokens)[1]
