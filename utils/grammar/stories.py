"""Rules for stories: a person and an item in the first sentence, and both again in the last.

    jane wanted to print her tickets . but the printer was broken . it rained . she phoned the nurse
    . then a friend repaired the printer . finally jane printed her tickets .

The name, the verb and the item of the last sentence are certain for a reader who remembers the
first one, whatever stands between them. This is the "tickets" story of the lecture, in numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from utils.grammar.derivation import Rule, Word, rule, symbol
from utils.grammar.lexicon import zipf
from utils.grammar.phrases import det, numbers, possessive, pronoun, verb_word
from utils.grammar.sentences import FULL_STOP, TO, noun_subjects, predicate


class Plot(NamedTuple):
    """What is wanted, what stands in the way, and what helps in the end (both as whole
    sentences).
    """

    verb: str
    cls: str
    items: tuple[str, ...]
    troubles: tuple[str, ...]
    helps: tuple[str, ...]


PLOTS = (
    Plot(
        "print",
        "document",
        ("ticket", "map", "photo", "poster", "form"),
        ("but the printer was broken", "but there was no paper", "but the computer did not work"),
        ("then a friend repaired the printer", "then a friend helped"),
    ),
    Plot(
        "repair",
        "device",
        ("phone", "camera", "radio", "clock", "laptop"),
        ("but the shop was closed", "but it was too late"),
        ("then a friend helped", "then the shop was open"),
    ),
    Plot(
        "wash",
        "clothes",
        ("coat", "shirt", "dress", "jacket", "sweater"),
        ("but there was no water", "but there was no time"),
        ("then there was time", "then a friend helped"),
    ),
    Plot(
        "finish",
        "text",
        ("letter", "story", "report", "poem", "novel"),
        ("but there was no time", "but the computer was broken"),
        ("then there was time", "then a friend helped"),
    ),
)
WANTED = ("want", "try")
WEATHER = (
    "it rained",
    "the sun was warm",
    "it was cold",
    "the wind was strong",
    "it snowed",
    "everybody was tired",
    "the street was quiet",
    "the moon was bright",
)
OPENINGS = ("one day", "one morning", "last week")
ENDINGS = ("finally", "at last", "in the end")

_TAGS = {
    "the": "DET",
    "a": "DET",
    "some": "DET",
    "no": "DET",
    "all": "DET",
    "but": "CCONJ",
    "then": "ADV",
    "again": "ADV",
    "too": "ADV",
    "there": "PRON",
    "it": "PRON",
    "nobody": "PRON",
    "everybody": "PRON",
    "everything": "PRON",
    "was": "AUX",
    "did": "AUX",
    "not": "PART",
    "in": "ADP",
    "at": "ADP",
    "finally": "ADV",
    "one": "NUM",
    "last": "ADJ",
    **dict.fromkeys("repaired helped rained snowed work".split(), "VERB"),
    **dict.fromkeys("broken closed cold quiet warm strong late tired open bright".split(), "ADJ"),
}


def phrase(text: str) -> tuple[Word, ...]:
    """The words of a fixed phrase."""
    return tuple(Word(form, _TAGS.get(form, "NOUN"), form) for form in text.split())


@symbol
def story(g) -> list[Rule]:
    """An opening, and the rest for each person; the person stays an argument until the end."""
    rules = []
    for gender in ("male", "female"):
        for person, p in zipf(g.lexicon.names[gender]):
            rest = wish(person, gender)
            rules.append(rule(person, p, proper(person), rest))
            rules += [
                rule(f"{opening}-{person}", p / 3 * q, *phrase(opening), proper(person), rest)
                for opening, q in zipf(OPENINGS)
            ]
    return rules


@symbol
def wish(g, person, gender) -> list[Rule]:
    """ "wanted to print her tickets . ... jane printed her tickets .": person, verb and item
    come again.
    """
    return [
        rule(
            e.plot.verb,
            e.weight,
            verb_word(e.wanted, "past"),
            TO,
            verb_word(e.plot.verb, "infinitive"),
            *e.item,
            FULL_STOP,
            course(person, gender, PLOTS.index(e.plot), e.item),
            proper(person),
            verb_word(e.plot.verb, "past"),
            *e.item,
            FULL_STOP,
        )
        for e in errands(g, gender)
    ]


class Errand(NamedTuple):
    """The choices of a first sentence; `item` is its determiner and its noun."""

    plot: Plot
    wanted: str
    item: tuple[Word, Word]
    weight: float


def errands(g, gender: str) -> Iterator[Errand]:
    """All first sentences for a gender, but for the person; their weights sum to 1."""
    own = possessive("his" if gender == "male" else "her")
    the = det("the", "Definite=Def|PronType=Art")
    for plot, p in zipf(PLOTS):
        nouns = {n.lemma: n for n in g.lexicon.nouns.get(plot.cls, ())}
        for item, q in zipf([nouns[lemma] for lemma in plot.items if lemma in nouns]):
            for number, r in numbers(g, plot.cls):
                form = item.lemma if number == "sg" else item.plural
                word = Word(
                    form, "NOUN", item.lemma, "Number=" + ("Sing" if number == "sg" else "Plur")
                )
                for wanted, s in zipf(WANTED):
                    for determiner in (own, the):
                        yield Errand(plot, wanted, (determiner, word), p * q * r * s / 2)


def proper(person: str) -> Word:
    """A person's name."""
    return Word(person, "PROPN", person, "Number=Sing")


@symbol
def told_sentence(g) -> list[Rule]:
    """Any one sentence of a story."""
    rules = []
    for gender in ("male", "female"):
        for person, _ in zipf(g.lexicon.names[gender]):
            rules.append(rule("filler", 1, filler(person, gender)))
            for e in errands(g, gender):
                want = (
                    verb_word(e.wanted, "past"),
                    TO,
                    verb_word(e.plot.verb, "infinitive"),
                    *e.item,
                    FULL_STOP,
                )
                done = proper(person), verb_word(e.plot.verb, "past"), *e.item, FULL_STOP
                rules.append(rule("wish", 1, proper(person), *want))
                rules += [
                    rule("wish", 1, *phrase(opening), proper(person), *want) for opening in OPENINGS
                ]
                rules += [rule("done", 1, *phrase(end), *done) for end in ENDINGS]
                rules.append(rule("reminder", 1, reminder(gender, e.item)))
    for plot in PLOTS:
        rules += [rule("fixed", 1, *phrase(t), FULL_STOP) for t in plot.troubles + plot.helps]
    return rules


@symbol
def course(g, person, gender, plot, item) -> list[Rule]:
    """All between the first sentence and the last subject."""
    w = g.weights
    long = 1 - w.short_story
    return [
        rule("short", w.short_story, ending(plot)),
        rule("long", long * (1 - w.reminder), middle(person, gender, plot), ending(plot)),
        rule(
            "reminded",
            long * w.reminder,
            middle(person, gender, plot),
            reminder(gender, item),
            ending(plot),
        ),
    ]


@symbol
def reminder(g, gender, item) -> list[Rule]:
    """ "she thought about her tickets ." """
    return [
        rule(
            "thought",
            1,
            pronoun("3sg", gender),
            verb_word("think", "past"),
            Word("about", "ADP", "about"),
            *item,
            FULL_STOP,
        )
    ]


@symbol
def middle(g, person, gender, plot) -> list[Rule]:
    """What stands in the way, and what happens meanwhile: one of them or both."""
    told = meanwhile(person, gender, g.weights.fillers)
    rules = [rule("meanwhile", 1, told)]
    for text, p in zipf(PLOTS[plot].troubles):
        trouble = *phrase(text), FULL_STOP
        rules.append(rule("trouble", p, *trouble))
        rules.append(rule("trouble-meanwhile", 2 * p, *trouble, told))
    return rules


@symbol
def meanwhile(g, person, gender, most) -> list[Rule]:
    """One to `most` sentences about something else."""
    if most == 1:
        return [rule("last", 1, filler(person, gender))]
    return [
        rule("last", 1 - g.weights.filler, filler(person, gender)),
        rule("more", g.weights.filler, filler(person, gender), meanwhile(person, gender, most - 1)),
    ]


@symbol
def filler(g, person, gender) -> list[Rule]:
    """A sentence in the past about the person, the weather or somebody else."""
    said = predicate(gender, "3sg", "past", 0)
    rules = [
        rule("pronoun", 3, pronoun("3sg", gender), said, FULL_STOP),
        rule("name", 2, proper(person), said, FULL_STOP),
    ]
    rules += [rule("weather", 2 * p, *phrase(t), FULL_STOP) for t, p in zipf(WEATHER)]
    others = noun_subjects(g, "past")
    total = sum(s.weight for s in others)
    rules += [rule("other", 1.5 * s.weight / total, *s.parts,
                   predicate(s.cls, s.person, "past", 0), FULL_STOP) for s in others]
    return rules


@symbol
def ending(g, plot) -> list[Rule]:
    """Perhaps some help, and then "finally"."""
    return [rule("end", q, *phrase(end)) for end, q in zipf(ENDINGS)] + [
        rule("help", q * p, *phrase(h), FULL_STOP, *phrase(end))
        for end, q in zipf(ENDINGS)
        for h, p in zipf(PLOTS[plot].helps)
    ]
