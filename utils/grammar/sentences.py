"""Rules for clauses and sentences."""

from __future__ import annotations

from utils.grammar.derivation import Rule, Word, rule, symbol
from utils.grammar.lexicon import FREQUENCY_ADVERBS, GIVEN, KIND_OF, PLACES_OF, TIMES, zipf
from utils.grammar.phrases import (
    NUMBER_OF, PERSON_OF, POSSESSIVES, PRONOUNS, finite, frames, human, name, noun_phrase, numbers,
    object_with_relative, place, plain_object, pronoun, subject_phrase, verb_among, verb_of,
)

FULL_STOP = Word(".", "PUNCT", ".")
QUESTION = Word("?", "PUNCT", "?")
EXCLAMATION = Word("!", "PUNCT", "!")
COMMA = Word(",", "PUNCT", ",")
NOT = Word("not", "PART", "not")
TO = Word("to", "PART", "to")
BUT = Word("but", "CCONJ", "but")
AND = Word("and", "CCONJ", "and")

_BE = {("present", "1sg"): "am", ("present", "3sg"): "is", ("past", "1sg"): "was", ("past", "3sg"): "was"}


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


# -- adverbials -------------------------------------------------------------------------------------------------------

_TIME_TAGS = {"every": "DET", "two": "NUM", "days": "NOUN", "ago": "ADV", "last": "ADJ", "next": "ADJ", "in": "ADP",
              "on": "ADP", "the": "DET", "yesterday": "NOUN", "tomorrow": "NOUN", "tonight": "NOUN", "soon": "ADV", "this": "DET", "mondays": "PROPN"}


@symbol
def time(g, tense) -> list[Rule]:
    """A time phrase that goes with the tense."""
    return [rule(t, w, *(Word(x, _TIME_TAGS.get(x, "NOUN"), {"days": "day", "mondays": "monday"}.get(x, x))
                         for x in t.split())) for t, w in zipf(TIMES[tense])]


@symbol
def frequency(g) -> list[Rule]:
    return [rule(a, w, Word(a, "ADV", a)) for a, w in zipf(FREQUENCY_ADVERBS)]


# -- verb phrases -----------------------------------------------------------------------------------------------------

@symbol
def verb_phrase(g, kind, owner, form) -> list[Rule]:
    """A verb and its objects, for a kind of subject."""
    w = g.weights
    tense = "past" if form == "past" else "present"
    rules = []
    for f in frames(g, subject=kind):
        v = verb_of(f.name, form)
        if f.pattern == "intransitive":
            p = w.place if kind in PLACES_OF else 0
            rules.append(rule("intransitive", f.weight * (1 - p), v))
            if p:
                rules.append(rule("place", f.weight * p, v, Word("in", "ADP", "in"), place()))
        elif f.pattern == "motion":
            rules.append(rule("motion", f.weight, v, Word("to", "ADP", "to"), place()))
        else:
            p = w.object_clause if f.object not in ("person", "place") else 0
            rules.append(rule("transitive", f.weight * (1 - p), v, plain_object(f.object, owner)))
            if p:
                rules.append(rule("transitive", f.weight * p, v, object_with_relative(f.object, owner, tense)))
    if kind == "person":
        rules.append(rule("ditransitive", w.ditransitive, verb_among(g.lexicon.give, form), plain_object("person", owner),
                          given(owner)))
        rules.append(rule("pronoun", w.object_pronoun, verb_of("person-person", form), object_pronoun(owner)))
    return rules


@symbol
def given(g, owner) -> list[Rule]:
    return [rule(cls, 1, plain_object(cls, owner)) for cls in GIVEN]


_OBJECT_PRONOUNS = {"my": "me", "your": "you", "his": "him", "her": "her", "our": "us", "their": "them"}

_NOMINATIVE = {"me": "i", "you": "you", "him": "he", "her": "she", "us": "we", "them": "they"}


@symbol
def object_pronoun(g, owner) -> list[Rule]:
    """An object pronoun that does not stand for the subject."""
    barred = {"my": ("me", "us"), "our": ("me", "us")}.get(owner, (_OBJECT_PRONOUNS.get(owner),))
    return [rule(form, w, Word(form, "PRON", _NOMINATIVE[form], "Case=Acc|PronType=Prs"))
            for form, w in zipf([_OBJECT_PRONOUNS[p] for p in POSSESSIVES]) if form not in barred]


@symbol
def predicative(g, cls) -> list[Rule]:
    return [rule(a, w, Word(a, "ADJ", a, "Degree=Pos")) for a, w in zipf(g.lexicon.predicative[cls])]


@symbol
def predicate(g, cls, person, tense, depth, timed=False) -> list[Rule]:
    """All that a clause says about its subject. `timed`: there is a time phrase, which few adjectives go with."""
    w = g.weights
    kind = KIND_OF.get(cls)
    owner = owner_of(cls, person)
    rules = []
    if human(cls) or (tense != "future" and not timed):
        rules.append(rule("adjective", w.copula if kind else 1, copula(person, tense), predicative(cls)))
    if kind is None:
        return rules
    infinitive = verb_phrase(kind, owner, "infinitive")
    if tense == "future":
        rules.append(rule("verb", w.verb, do(person, tense), infinitive))
    else:
        form = finite(person, tense)
        rules.append(rule("verb", w.verb, verb_phrase(kind, owner, form)))
        rules.append(rule("frequency", 0 if timed else w.frequency, frequency(), verb_phrase(kind, owner, form)))
    rules.append(rule("negated", 0 if timed and tense == "present" else w.negated, do(person, tense), NOT, infinitive))
    if kind == "person" and tense != "future":
        rules.append(rule("want", w.want, verb_among(g.lexicon.want, form), TO, infinitive))
        if depth:
            rules.append(rule("say", w.say, verb_among(g.lexicon.say, form), Word("that", "SCONJ", "that"),
                              clause(tense, depth - 1)))
    return rules


@symbol
def copula(g, person, tense) -> list[Rule]:
    if tense == "future":
        return [rule(tense, 1, do(person, tense), Word("be", "AUX", "be", "VerbForm=Inf"))]
    return [rule(tense, 1, be(person, tense))]


# -- clauses ----------------------------------------------------------------------------------------------------------

def subjects(g) -> list[tuple[str, str, float]]:
    """(class, person, weight) of the noun subjects."""
    return [(cls, PERSON_OF[number], weight * p) for cls, weight in g.weights.subjects.items()
            for number, p in numbers(g, cls)]


@symbol
def clause(g, tense, depth, timed=False) -> list[Rule]:
    """A subject and its predicate. Things are only described, and not at a certain time."""
    before = "past" if tense == "past" else "present"  # the tense of a relative clause
    rules = []
    for cls, person, weight in subjects(g):
        if KIND_OF.get(cls) or (tense != "future" and not timed):
            rules.append(rule("noun", weight, subject_phrase(cls, person, before),
                              predicate(cls, person, tense, depth, timed)))
    for gender in ("male", "female"):
        rules.append(rule("name", g.weights.name, name(gender), predicate(gender, "3sg", tense, depth, timed)))
        rules.append(rule("pronoun", g.weights.pronoun, pronoun("3sg", gender),
                          predicate(gender, "3sg", tense, depth, timed)))
    for person in PRONOUNS:
        rules.append(rule("pronoun", g.weights.pronoun, pronoun(person), predicate("worker", person, tense, depth, timed)))
    rules.append(rule("names", g.weights.coordination, name("female"), AND, name("male"),
                      predicate("worker", "3pl", tense, depth, timed)))
    rules.append(rule("nouns", g.weights.coordination, noun_phrase("male", "sg", None), AND,
                      noun_phrase("female", "sg", None), predicate("worker", "3pl", tense, depth, timed)))
    return rules


@symbol
def anaphoric(g, tense, but) -> list[Rule]:
    """ "the cats are hungry , they eat the fish" (after "because") or "the cats are hungry , but they do not eat".

    The first clause says how the subject is, the second, with a pronoun, what follows or does not follow.
    """
    before = "past" if tense == "past" else "present"
    rules = []

    def add(label: str, weight: float, first, cls: str, person: str, word: Word) -> None:
        states = [c for c in g.lexicon.consequences if c.kind == KIND_OF[cls]]
        for c, p in zipf(states):
            state = Word(c.adjective, "ADJ", c.adjective, "Degree=Pos")
            rules.append(rule(f"{label}-{c.adjective}", weight * p, first, copula(person, tense), state, COMMA,
                              *((BUT,) if but else ()), word, consequence(c, cls, person, tense, but)))

    for cls, person, weight in subjects(g):
        if KIND_OF.get(cls) and not (cls == "worker" and person == "3sg"):
            gender = cls if cls in ("male", "female") else "thing"
            add("noun", weight, subject_phrase(cls, person, before), cls, person, pronoun(person, gender))
    for gender in ("male", "female"):
        add("name", g.weights.name, name(gender), gender, "3sg", pronoun("3sg", gender))
    return rules


@symbol
def consequence(g, state, cls, person, tense, negated) -> list[Rule]:
    verb = verb_among(state.verbs, "infinitive" if negated else finite(person, tense))
    before = (do(person, tense), NOT) if negated else ()
    if state.object is None:
        return [rule("intransitive", 1, *before, verb)]
    if state.object == "doctor":
        return [rule("doctor", 1, *before, verb, Word("the", "DET", "the"), Word("doctor", "NOUN", "doctor"))]
    return [rule("transitive", 1, *before, verb, plain_object(state.object, owner_of(cls, person)))]


@symbol
def conjunction(g) -> list[Rule]:
    return [rule(c, w, Word(c, "SCONJ", c)) for c, w in zipf(("because", "when", "if"))]


# -- sentences --------------------------------------------------------------------------------------------------------

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
        rules += [
            rule(f"yes-no-{tense}", p * 4, asked(tense)),
            rule(f"wh-{tense}", p * 2, wh(), asked(tense)),
        ]
    rules.append(rule("who-present", 1, Word("who", "PRON", "who", "PronType=Int"), verb_phrase("person", None, "s"),
                      QUESTION))
    rules.append(rule("who-past", 1, Word("who", "PRON", "who", "PronType=Int"), verb_phrase("person", None, "past"),
                      QUESTION))
    return rules


@symbol
def wh(g) -> list[Rule]:
    return [rule(w, p, Word(w, "ADV", w, "PronType=Int")) for w, p in zipf(("why", "when"))]


@symbol
def asked(g, tense) -> list[Rule]:
    """ "does the cat that sees the dogs sleep ?" """
    before = "past" if tense == "past" else "present"
    rules = []
    for cls, person, weight in subjects(g):
        kind = KIND_OF.get(cls)
        if kind:
            rules.append(rule("noun", weight, do(person, tense), subject_phrase(cls, person, before),
                              verb_phrase(kind, owner_of(cls, person), "infinitive"), QUESTION))
    for gender in ("male", "female"):
        rules.append(rule("name", g.weights.name, do("3sg", tense), name(gender),
                          verb_phrase("person", owner_of(gender, "3sg"), "infinitive"), QUESTION))
    for person in ("2", "3pl", "1pl"):
        rules.append(rule("pronoun", g.weights.pronoun, do(person, tense), pronoun(person),
                          verb_phrase("person", owner_of("worker", person), "infinitive"), QUESTION))
    return rules


@symbol
def imperative(g) -> list[Rule]:
    """ "please water the plants ." and "water the plants !" """
    return [
        rule("please", 1, Word("please", "INTJ", "please"), request(), FULL_STOP),
        rule("bare", 1, request(), EXCLAMATION),
    ]


@symbol
def request(g) -> list[Rule]:
    unwanted = {"person-show", "person-person", "person-flyer"}
    chosen = [f for f in frames(g, subject="person", pattern="transitive") if f.name not in unwanted]
    return [rule(f.name, f.weight, verb_of(f.name, "infinitive"), plain_object(f.object, "my")) for f in chosen]
