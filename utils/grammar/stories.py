"""Rules for stories: a person and an item in the first sentence, and both again in the last.

    jane wanted to print her tickets . but the printer was broken . it rained . she phoned the nurse .
    then a friend repaired the printer . finally jane printed her tickets .

The name, the verb and the item of the last sentence are certain for a reader who remembers the first one, whatever
stands between them. This is the "tickets" story of the lecture, in numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from utils.grammar.derivation import Rule, Word, rule, symbol
from utils.grammar.lexicon import zipf
from utils.grammar.phrases import det, numbers, possessive, pronoun, subject_phrase, verb_word
from utils.grammar.sentences import FULL_STOP, TO, predicate, subjects


class Plot(NamedTuple):
    """What is wanted, what stands in the way, and what helps in the end (both as whole sentences)."""

    verbs: tuple[str, ...]
    item: str
    troubles: tuple[str, ...]
    helps: tuple[str, ...]


PLOTS = (
    Plot(("print", "copy"), "document",
         ("but the printer was broken", "but there was no paper", "but the computer did not work"),
         ("then a friend repaired the printer", "then a friend helped")),
    Plot(("sell", "repair"), "device",
         ("but the shop was closed", "but it was too late"),
         ("then a friend helped", "then the shop was open")),
    Plot(("buy", "wash"), "clothes",
         ("but it was too late", "but there was no time"),
         ("then there was time", "then a friend helped")),
    Plot(("finish", "translate"), "text",
         ("but there was no time", "but the computer was broken"),
         ("then there was time", "then a friend helped")),
    Plot(("find", "use"), "tool",
         ("but the house was dark", "but nobody was there"),
         ("then a friend helped", "then the house was open")),
)
WANTED = ("want", "try")
WEATHER = ("it rained", "the sun was warm", "it was cold", "the wind was strong", "it snowed", "everybody was tired")
OPENINGS = ("one day", "one morning", "last week")
ENDINGS = ("finally", "at last", "in the end")

_TAGS = {
    "the": "DET", "a": "DET", "some": "DET", "no": "DET", "all": "DET", "but": "CCONJ", "then": "ADV", "again": "ADV",
    "too": "ADV", "there": "PRON", "it": "PRON", "nobody": "PRON", "everybody": "PRON", "everything": "PRON",
    "was": "AUX", "did": "AUX", "not": "PART", "in": "ADP", "at": "ADP", "finally": "ADV", "one": "NUM", "last": "ADJ",
    **dict.fromkeys("repaired brought helped opened had rained snowed work".split(), "VERB"),
    **dict.fromkeys("broken closed expensive cheap cold quiet dark empty dry warm strong late tired open".split(), "ADJ"),
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
            who = Word(person, "PROPN", person, "Number=Sing")
            rest = wish(person, gender)
            rules.append(rule(person, p, who, rest))
            rules += [rule(f"{opening}-{person}", p / 3 * q, *phrase(opening), who, rest)
                      for opening, q in zipf(OPENINGS)]
    return rules


@symbol
def wish(g, person, gender) -> list[Rule]:
    """ "wanted to print her tickets . ... jane printed her tickets .": person, verb and item come again. """
    who = Word(person, "PROPN", person, "Number=Sing")
    return [rule(plot.item, p, verb_word(wanted, "past"), TO, *errand, FULL_STOP, course(gender, i), who, *done,
                 FULL_STOP)
            for i, plot, wanted, errand, done, p in errands(g, gender)]


def errands(g, gender: str) -> Iterator[tuple]:
    """(number of the plot, plot, verb of wanting, "print her tickets", "printed her tickets", probability)."""
    own = possessive("his" if gender == "male" else "her")
    the = det("the", "Definite=Def|PronType=Art")
    for i, (plot, p) in enumerate(zipf(PLOTS)):
        if plot.item not in g.lexicon.nouns:
            continue
        for wanted, q in zipf(WANTED):
            for lemma, r in zipf(plot.verbs):
                for number, s in numbers(g, plot.item):
                    for item, t in zipf(g.lexicon.nouns[plot.item]):
                        form = item.lemma if number == "sg" else item.plural
                        word = Word(form, "NOUN", item.lemma, "Number=" + ("Sing" if number == "sg" else "Plur"))
                        for determiner in (own, the):
                            errand = verb_word(lemma, "infinitive"), determiner, word
                            done = verb_word(lemma, "past"), determiner, word
                            yield i, plot, wanted, errand, done, p * q * r * s * t / 2


@symbol
def told_sentence(g) -> list[Rule]:
    """Any one sentence of a story."""
    rules = []
    for gender in ("male", "female"):
        rules.append(rule("filler", 1, filler(gender)))
        for person, _ in zipf(g.lexicon.names[gender]):
            who = Word(person, "PROPN", person, "Number=Sing")
            for _, _, wanted, errand, done, _ in errands(g, gender):
                wish = verb_word(wanted, "past"), TO, *errand, FULL_STOP
                rules.append(rule("wish", 1, who, *wish))
                rules += [rule("wish", 1, *phrase(opening), who, *wish) for opening in OPENINGS]
                rules += [rule("done", 1, *phrase(end), who, *done, FULL_STOP) for end in ENDINGS]
    for plot in PLOTS:
        rules += [rule("fixed", 1, *phrase(t), FULL_STOP) for t in plot.troubles + plot.helps]
    return rules


@symbol
def course(g, gender, plot) -> list[Rule]:
    """All between the first sentence and the last subject."""
    p = g.weights.short_story
    return [rule("short", p, ending(plot)), rule("long", 1 - p, middle(gender, plot), ending(plot))]


@symbol
def middle(g, gender, plot) -> list[Rule]:
    """What stands in the way, and what happens meanwhile."""
    rules = [rule("meanwhile", 1, meanwhile(gender, g.weights.fillers))]
    for text, p in zipf(PLOTS[plot].troubles):
        trouble = *phrase(text), FULL_STOP
        rules.append(rule("trouble", p, *trouble))
        rules.append(rule("trouble-meanwhile", 2 * p, *trouble, meanwhile(gender, g.weights.fillers)))
    return rules


@symbol
def meanwhile(g, gender, most) -> list[Rule]:
    """One to `most` sentences about something else."""
    if most == 1:
        return [rule("last", 1, filler(gender))]
    return [
        rule("last", 1 - g.weights.filler, filler(gender)),
        rule("more", g.weights.filler, filler(gender), meanwhile(gender, most - 1)),
    ]


@symbol
def filler(g, gender) -> list[Rule]:
    """A sentence in the past about the person, the weather or somebody else."""
    total = sum(w for _, _, w in subjects(g))
    rules = [rule("pronoun", 4, pronoun("3sg", gender), predicate(gender, "3sg", "past", 0), FULL_STOP)]
    rules += [rule("weather", 2 * p, *phrase(t), FULL_STOP) for t, p in zipf(WEATHER)]
    rules += [rule("other", 2 * w / total, subject_phrase(cls, p, "past"), predicate(cls, p, "past", 0), FULL_STOP)
              for cls, p, w in subjects(g)]
    return rules


@symbol
def ending(g, plot) -> list[Rule]:
    """Perhaps some help, and then "finally"."""
    return [rule("end", q, *phrase(end)) for end, q in zipf(ENDINGS)] + [
        rule("help", q * p, *phrase(h), FULL_STOP, *phrase(end))
        for end, q in zipf(ENDINGS) for h, p in zipf(PLOTS[plot].helps)]
