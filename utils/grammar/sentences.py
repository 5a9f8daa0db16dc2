"""Rules for clauses and sentences."""

from __future__ import annotations

from typing import NamedTuple

from utils.grammar.derivation import Rule, Word, rule, symbol
from utils.grammar.lexicon import FREQUENCY_ADVERBS, GIVEN, KIND_OF, TIMES, WITH_PLACE, zipf
from utils.grammar.phrases import (
    PERSON_OF, POSSESSIVES, PRONOUNS, adjective_word, finite, frames, human, name, noun_phrase,
    numbers, object_with_relative, place, plain_object, pronoun, subject_phrase, verb_among,
    verb_of,
)

FULL_STOP = Word(".", "PUNCT", ".")
QUESTION = Word("?", "PUNCT", "?")
EXCLAMATION = Word("!", "PUNCT", "!")
COMMA = Word(",", "PUNCT", ",")
NOT = Word("not", "PART", "not")
TO = Word("to", "PART", "to")
BUT = Word("but", "CCONJ", "but")
AND = Word("and", "CCONJ", "and")

_BE = {("present", "1sg"): "am", ("present", "3sg"): "is", ("past", "1sg"): "was",
       ("past", "3sg"): "was"}


def be(person: str, tense: str) -> Word:
    """A form of "to be"."""
    form = _BE.get((tense, person), "are" if tense == "present" else "were")
    return Word(form, "AUX", "be", f"Mood=Ind|Tense={tense.title()[:4]}|VerbForm=Fin")


def do(person: str, tense: str) -> Word:
    """A form of the auxiliary "to do", or "will"."""
    if tense == "future":
        return Word("will", "AUX", "will", "VerbForm=Fin")
    form = "did" if tense == "past" else "does" if person == "3sg" else "do"
    return Word(form, "AUX", "do", "Mood=Ind|VerbForm=Fin")


def owner_of(cls: str, person: str) -> str | None:
    """The possessive that refers to a subject; None when English does not say which."""
    if not human(cls):
        return "its"
    if person != "3sg":
        return {"1sg": "my", "2": "your", "1pl": "our", "3pl": "their"}[person]
    return {"male": "his", "female": "her"}.get(cls)


# -- adverbials ------------------------------------------------------------------------------------

_TIME_TAGS = {"every": "DET", "this": "DET", "last": "ADJ", "next": "ADJ", "in": "ADP", "on": "ADP",
              "the": "DET", "soon": "ADV", "mondays": "PROPN"}


def _time_word(form: str) -> Word:
    return Word(form, _TIME_TAGS.get(form, "NOUN"), "monday" if form == "mondays" else form)


@symbol
def time(g, tense) -> list[Rule]:
    """A time phrase that goes with the tense."""
    return [rule(t, w, *map(_time_word, t.split())) for t, w in zipf(TIMES[tense])]


@symbol
def frequency(g) -> list[Rule]:
    return [rule(a, w, Word(a, "ADV", a)) for a, w in zipf(FREQUENCY_ADVERBS)]


# -- verb phrases ----------------------------------------------------------------------------------


@symbol
def verb_phrase(g, kind, owner, form) -> list[Rule]:
    """A verb and its objects, for a kind of subject."""
    w = g.weights
    tense = "past" if form == "past" else "present"
    rules = []
    for f in frames(g, subject=kind):
        v = verb_of(f.name, form)
        if f.pattern == "intransitive":
            p = w.place if kind in WITH_PLACE else 0
            rules.append(rule("intransitive", f.weight * (1 - p), v))
            rules.append(rule("place", f.weight * p, v, Word("in", "ADP", "in"), place()))
        elif f.pattern == "motion":
            rules.append(rule("motion", f.weight, v, Word("to", "ADP", "to"), place()))
        else:
            p = w.object_clause if f.object not in ("person", "place") else 0
            clause_too = object_with_relative(f.object, owner, tense)
            rules.append(rule("transitive", f.weight * (1 - p), v, plain_object(f.object, owner)))
            rules.append(rule("transitive", f.weight * p, v, clause_too))
    if kind == "person":
        person, giving = plain_object("person", owner), verb_among(g.lexicon.give, form)
        helping = verb_of("person-person", form)
        rules.append(rule("ditransitive", w.ditransitive, giving, person, given(owner)))
        rules.append(rule("pronoun", w.object_pronoun, helping, object_pronoun(owner)))
    return rules


@symbol
def given(g, owner) -> list[Rule]:
    return [rule(cls, 1, plain_object(cls, owner)) for cls in GIVEN]


_OBJECT_PRONOUNS = {"my": "me", "your": "you", "his": "him", "her": "her", "our": "us",
                    "their": "them"}
_NOMINATIVE = {"me": "i", "you": "you", "him": "he", "her": "she", "us": "we", "them": "they"}


@symbol
def object_pronoun(g, owner) -> list[Rule]:
    """An object pronoun that does not stand for the subject."""
    barred = {"my": ("me", "us"), "our": ("me", "us")}.get(owner, (_OBJECT_PRONOUNS.get(owner),))
    return [
        rule(form, w, Word(form, "PRON", _NOMINATIVE[form], "Case=Acc|PronType=Prs"))
        for form, w in zipf([_OBJECT_PRONOUNS[p] for p in POSSESSIVES])
        if form not in barred
    ]


@symbol
def predicative(g, cls) -> list[Rule]:
    return [rule(a, w, adjective_word(a)) for a, w in zipf(g.lexicon.predicative[cls])]


@symbol
def predicate(g, cls, person, tense, depth, timed=False) -> list[Rule]:
    """All that a clause says about its subject; `timed`: a time phrase stands in the clause."""
    w = g.weights
    kind = KIND_OF.get(cls)
    owner = owner_of(cls, person)
    rules = []
    # People are tired yesterday or tomorrow, but not "every day"; things just are as they are.
    described = tense != "present" and human(cls) if timed else tense != "future" or human(cls)
    if described:
        is_so = copula(person, tense), predicative(cls)
        rules.append(rule("adjective", w.copula if kind else 1, *is_so))
    if kind is None:
        return rules
    infinitive = verb_phrase(kind, owner, "infinitive")
    if not (timed and tense == "present"):
        rules.append(rule("negated", w.negated, do(person, tense), NOT, infinitive))
    if tense == "future":
        return [*rules, rule("verb", w.verb, do(person, tense), infinitive)]
    form = finite(person, tense)
    said = verb_phrase(kind, owner, form)
    rules.append(rule("verb", w.verb, said))
    if not timed:
        rules.append(rule("frequency", w.frequency, frequency(), said))
    if kind == "person":
        rules.append(rule("want", w.want, verb_among(g.lexicon.want, form), TO, infinitive))
    if kind == "person" and depth:
        that = Word("that", "SCONJ", "that"), clause(tense, depth - 1)
        rules.append(rule("say", w.say, verb_among(g.lexicon.say, form), *that))
    return rules


@symbol
def copula(g, person, tense) -> list[Rule]:
    if tense == "future":
        return [rule(tense, 1, do(person, tense), Word("be", "AUX", "be", "VerbForm=Inf"))]
    return [rule(tense, 1, be(person, tense))]


# -- clauses ---------------------------------------------------------------------------------------


class Subject(NamedTuple):
    """A way to begin a clause: the words, and the class and the person that the verb needs."""

    label: str
    weight: float
    parts: tuple
    cls: str
    person: str


def noun_subjects(g, tense: str) -> list[Subject]:
    """Subjects with a noun; `tense` is that of the clause."""
    before = "past" if tense == "past" else "present"  # in a relative clause
    return [Subject("noun", weight * p, (subject_phrase(cls, PERSON_OF[n], before),), cls,
                    PERSON_OF[n])
            for cls, weight in g.weights.subjects.items() for n, p in numbers(g, cls)]


def subjects(g, tense: str) -> list[Subject]:
    """All subjects: nouns, names, pronouns, and two people."""
    w = g.weights
    found = noun_subjects(g, tense)
    for gender in ("male", "female"):
        found.append(Subject("name", w.name, (name(gender),), gender, "3sg"))
        found.append(Subject("pronoun", w.pronoun, (pronoun("3sg", gender),), gender, "3sg"))
    for person in PRONOUNS:
        found.append(Subject("pronoun", w.pronoun, (pronoun(person),), "worker", person))
    names = name("female"), AND, name("male")
    nouns = noun_phrase("male", "sg", None), AND, noun_phrase("female", "sg", None)
    found.append(Subject("and", w.coordination, names, "worker", "3pl"))
    if "male" in g.lexicon.nouns:
        found.append(Subject("and", w.coordination, nouns, "worker", "3pl"))
    return found


@symbol
def clause(g, tense, depth, timed=False) -> list[Rule]:
    """A subject and its predicate. Things are only described, and not at a certain time."""
    return [rule(s.label, s.weight, *s.parts, predicate(s.cls, s.person, tense, depth, timed))
            for s in subjects(g, tense)
            if s.cls in KIND_OF or (tense != "future" and not timed)]


@symbol
def anaphoric(g, tense, but) -> list[Rule]:
    """ "the cats are hungry , they eat the fish" or "the cats are hungry , but they do not eat".

    The first clause says how the subject is, the second, with a pronoun, what follows or, with
    "but", what does not follow.
    """
    rules = []
    for s in subjects(g, tense):
        if s.cls not in KIND_OF or s.label == "pronoun" or (s.cls, s.person) == ("worker", "3sg"):
            continue  # a singular teacher is neither "he" nor "she" here
        gender = s.cls if s.cls in ("male", "female") else "thing"
        joint = (COMMA, BUT) if but else (COMMA,)
        for c, p in zipf([c for c in g.lexicon.consequences if c.kind == KIND_OF[s.cls]]):
            rules.append(rule(f"{s.label}-{c.adjective}", s.weight * p, *s.parts,
                              copula(s.person, tense), adjective_word(c.adjective), *joint,
                              pronoun(s.person, gender),
                              consequence(c, s.cls, s.person, tense, but)))
    return rules


@symbol
def consequence(g, state, cls, person, tense, negated) -> list[Rule]:
    """What follows from a state, or does not."""
    verb = verb_among(state.verbs, "infinitive" if negated else finite(person, tense))
    before = (do(person, tense), NOT) if negated else ()
    if state.object is None:
        return [rule("intransitive", 1, *before, verb)]
    if state.object == "doctor":
        the_doctor = Word("the", "DET", "the"), Word("doctor", "NOUN", "doctor", "Number=Sing")
        return [rule("doctor", 1, *before, verb, *the_doctor)]
    return [rule("transitive", 1, *before, verb, plain_object(state.object, owner_of(cls, person)))]


@symbol
def conjunction(g) -> list[Rule]:
    return [rule(c, w, Word(c, "SCONJ", c)) for c, w in zipf(("because", "when", "if"))]


# -- sentences -------------------------------------------------------------------------------------


@symbol
def sentence(g) -> list[Rule]:
    """One sentence with its punctuation mark."""
    w = g.weights
    return [
        rule("statement", w.statement, statement()),
        rule("question", w.question, question()),
        rule("imperative", w.imperative, imperative()),
        rule("subordinate", w.subordinate, conjunction(), anaphoric("present", False), FULL_STOP),
        rule("contrast", w.contrast, anaphoric("present", True), FULL_STOP),
        rule("contrast-past", w.contrast, anaphoric("past", True), FULL_STOP),
    ]


@symbol
def statement(g) -> list[Rule]:
    """Tense, and where its time phrase stands, if there is one."""
    rules = []
    for tense, p, fronted, final in g.weights.tenses:
        rules += [
            rule(f"{tense}-fronted", p * fronted, time(tense), clause(tense, 1, True), FULL_STOP),
            rule(f"{tense}-final", p * final, clause(tense, 0, True), time(tense), FULL_STOP),
            rule(tense, p * (1 - fronted - final), clause(tense, 1), FULL_STOP),
        ]
    return rules


@symbol
def question(g) -> list[Rule]:
    rules = []
    for tense, p, _, _ in g.weights.tenses:
        rules.append(rule(f"yes-no-{tense}", p * 4, asked(tense)))
        rules.append(rule(f"wh-{tense}", p * 2, wh(), asked(tense)))
    for tense in ("present", "past"):
        said = verb_phrase("person", None, finite("3sg", tense))
        who = Word("who", "PRON", "who", "PronType=Int")
        rules.append(rule(f"who-{tense}", 1, who, said, QUESTION))
    return rules


@symbol
def wh(g) -> list[Rule]:
    return [rule(w, p, Word(w, "ADV", w, "PronType=Int")) for w, p in zipf(("why", "when"))]


@symbol
def asked(g, tense) -> list[Rule]:
    """ "does the cat that sees the dogs sleep ?" """
    return [rule(s.label, s.weight, do(s.person, tense), *s.parts,
                 verb_phrase(KIND_OF[s.cls], owner_of(s.cls, s.person), "infinitive"), QUESTION)
            for s in subjects(g, tense) if s.cls in KIND_OF and s.person != "1sg"]


@symbol
def imperative(g) -> list[Rule]:
    """ "please water the plants ." and "water the plants !" """
    return [
        rule("please", 1, Word("please", "INTJ", "please"), request(), FULL_STOP),
        rule("bare", 1, request(), EXCLAMATION),
    ]


@symbol
def request(g) -> list[Rule]:
    """One asks for what one does with things, not with people or shows."""
    wanted = [f for f in frames(g, subject="person", pattern="transitive")
              if f.object not in ("show", "person")]
    return [rule(f.name, f.weight, verb_of(f.name, "infinitive"), plain_object(f.object, "my"))
            for f in wanted]
