"""Probe files: one question each, asked at controlled distances."""

from __future__ import annotations

import numpy as np

from utils.grammar.grammar import Grammar, everyday
from utils.grammar.lexicon import Noun, verb
from utils.grammar.phrases import LANDMARKS, relativiser
from utils.grammar.stories import ENDINGS, PLOTS, filler

ATTRACTORS = (0, 1, 2, 3, 4)
PER_ATTRACTORS = 120
DISTANCES = (5, 10, 20, 30, 50, 70, 100)
PER_DISTANCE = 60
HEADS = ("male", "female", "worker", "pet", "small")
TICKETS = (  # the story of the lecture, with the words of the corpus
    "jane tried to print her tickets . but the printer was broken . finally jane printed her",
    "jane tried to print her tickets . but the printer was broken . she went to the big shop . "
    "it was cold . she was tired . then a friend repaired the printer . finally jane printed her",
    "jane tried to print her tickets . but the printer was broken . she went to the big shop . "
    "it rained . the shop was closed . she returned to the office . the wind was strong . "
    "she wanted to repair the old printer . she was tired . she ordered a sandwich . "
    "then a friend repaired the printer . finally jane printed her",
)


def _pick(rng: np.random.Generator, items):
    return items[int(rng.integers(len(items)))]


def _form(noun: Noun, number: str) -> str:
    return noun.lemma if number == "sg" else noun.plural


# -- agreement -------------------------------------------------------------------------------------


def agreement(rng: np.random.Generator) -> str:
    """Rows: attractors, prefix, good, bad. The attractors all have the other number than the
    subject.

    Singular and plural alternate. The verb is "is"/"are" or a full verb.
    """
    grammar = everyday()
    rows = ["attractors\tprefix\tgood\tbad"]
    for count in ATTRACTORS:
        # without attractors there are fewer subjects than rows: a subject may come with two verbs
        seen: set[tuple[str, str]] = set()
        while len(seen) < PER_ATTRACTORS:
            number = ("sg", "pl")[len(seen) % 2]
            prefix, good, bad = _agreement_item(grammar, rng, count, number)
            if (prefix, good) not in seen:
                seen.add((prefix, good))
                rows.append(f"{count}\t{prefix}\t{good}\t{bad}")
    return "\n".join(rows) + "\n"


def _agreement_item(
    grammar: Grammar, rng: np.random.Generator, count: int, number: str
) -> tuple[str, str, str]:
    cls = _pick(rng, HEADS)
    other = "pl" if number == "sg" else "sg"
    nouns = grammar.lexicon.nouns
    words = ["the", _form(_pick(rng, nouns[cls]), number)]
    chain = count
    if (
        count in (1, 3, 4) and rng.random() < 0.5
    ):  # one attractor is the object of a relative clause
        f = grammar.lexicon.frame({"pet": "pet-small", "small": "small-pet"}.get(cls, "person-pet"))
        lemma = _pick(rng, f.verbs)
        words += [
            relativiser(cls).form,
            verb(lemma).s if number == "sg" else lemma,
            "the",
            _form(_pick(rng, nouns[f.object]), other),
        ]
        chain -= 1
    head = cls
    for _ in range(chain):
        prepositions, landmark = LANDMARKS[head]
        words += [_pick(rng, prepositions), "the", _form(_pick(rng, nouns[landmark]), other)]
        head = landmark
    kind = "person" if cls in HEADS[:3] else cls
    lemma = _pick(rng, grammar.lexicon.frame(f"{kind}-intransitive").verbs)
    pair = _pick(rng, (("is", "are"), (verb(lemma).s, lemma)))
    good, bad = pair if number == "sg" else pair[::-1]
    return " ".join(words), good, bad


# -- repeats ---------------------------------------------------------------------------------------


def repeats(rng: np.random.Generator) -> str:
    """Rows: distance, prefix, answer, candidates.

    The prefix is a story up to the second mention of its item; `distance` tokens stand between the
    two mentions. The candidates are the items of the same plot in the same number.
    """
    grammar = everyday()
    pools = {
        name: _fillers(grammar, rng, name, gender)
        for gender in ("male", "female")
        for name in grammar.lexicon.names[gender]
    }
    rows = ["distance\tprefix\tanswer\tcandidates"]
    for distance in DISTANCES:
        seen: set[str] = set()
        while len(seen) < PER_DISTANCE:
            story = _story(grammar, rng, distance, pools)
            if story is not None and story[0] not in seen:
                seen.add(story[0])
                rows.append("\t".join([str(distance), *story]))
    return "\n".join(rows) + "\n"


def _fillers(
    grammar: Grammar, rng: np.random.Generator, name: str, gender: str
) -> dict[int, list[list[str]]]:
    """Sentences about something else, by length."""
    pool: dict[int, list[list[str]]] = {}
    side = Grammar(grammar.lexicon, grammar.weights, filler(name, gender))
    for _ in range(1000):
        tokens = side.sample(rng).tokens
        pool.setdefault(len(tokens), []).append(tokens)
    return pool


def _story(
    grammar: Grammar, rng: np.random.Generator, distance: int, pools
) -> tuple[str, str, str] | None:
    gender = _pick(rng, ("male", "female"))
    name = _pick(rng, grammar.lexicon.names[gender])
    plot = _pick(rng, PLOTS)
    number = _pick(rng, ("sg", "pl"))
    items = [_form(n, number) for n in grammar.lexicon.nouns[plot.cls] if n.lemma in plot.items]
    item = _pick(rng, items)
    own = "his" if gender == "male" else "her"
    end = [".", *_pick(rng, ENDINGS).split(), name, verb(plot.verb).past, own]
    room = distance - len(end)
    middle: list[str] = []
    if room >= 10:
        middle += [*_pick(rng, plot.troubles).split(), "."]
    sentences: list[list[str]] = []
    while (left := room - len(middle) - sum(map(len, sentences))) > 0:
        sizes = [n for n in pools[name] if n == left or n <= left - 4]
        if not sizes:
            return None
        sentences.append(_pick(rng, pools[name][_pick(rng, sizes)]))
    if left or any(item in s for s in sentences):
        return None
    body = middle + [token for sentence in sentences for token in sentence]
    prefix = [name, *f"wanted to {plot.verb} {own} {item} .".split(), *body, *end[1:]]
    return " ".join(prefix), item, " ".join(items)


def tickets() -> str:
    """Rows: prefix, answer."""
    return "prefix\tanswer\n" + "".join(f"{prefix}\ttickets\n" for prefix in TICKETS)
