"""Rules for noun phrases and verbs.

A *subject* is a pair (class, person): the meaning class and one of "1sg", "2", "3sg", "1pl", "3pl".
It is handed to the verb, however far away that is: this is what makes agreement and
selection long-distance dependencies.
"""

from __future__ import annotations

from utils.grammar.derivation import Rule, Word, rule, symbol
from utils.grammar.lexicon import KIND_OF, KINDS, NEAR, NOT_OWNED, ON, verb, zipf

NUMBER_OF = {"1sg": "sg", "2": "sg", "3sg": "sg", "1pl": "pl", "3pl": "pl"}
PERSON_OF = {"sg": "3sg", "pl": "3pl"}
PRONOUNS = {"1sg": "i", "2": "you", "1pl": "we", "3pl": "they"}
POSSESSIVES = ("my", "her", "his", "your", "their", "our")
LANDMARKS = {  # class of the head noun -> prepositions and class of the noun after them
    **dict.fromkeys(
        ("male", "female", "worker", "pet", "small", "vehicle", "plant"), (NEAR, "building")
    ),
    **dict.fromkeys(("device", "text", "document", "clothes", "tool", "food"), (ON, "furniture")),
    "building": (NEAR, "plant"),
    "furniture": (NEAR, "opening"),
    "opening": (NEAR, "furniture"),
}


# -- words -----------------------------------------------------------------------------------------


def _number(number: str) -> str:
    return "Number=Sing" if number == "sg" else "Number=Plur"


def _vowel(form: str) -> bool:
    return form[0] in "aeiou" and not form.startswith("use")


def _sound(form: str, sound: str) -> bool:
    """Whether a form fits after "a" ("consonant"), after "an" ("vowel") or anywhere ("any")."""
    return sound == "any" or _vowel(form) == (sound == "vowel")


def _nouns(g, cls: str, sound: str = "any") -> list:
    """The nouns of a class with their weights; "any" sums to 1."""
    return [(n, w) for n, w in zipf(g.lexicon.nouns[cls]) if _sound(n.lemma, sound)]


def _adjectives(g, cls: str, sound: str = "any") -> list:
    return [(a, w) for a, w in zipf(g.lexicon.attributive.get(cls, ())) if _sound(a, sound)]


def mass(g, cls: str) -> bool:
    """Whether a class holds mass nouns."""
    return g.lexicon.nouns[cls][0].plural is None


@symbol
def noun(g, cls, number, sound="any") -> list[Rule]:
    return [
        rule(
            n.lemma,
            w,
            Word(n.lemma if number == "sg" else n.plural, "NOUN", n.lemma, _number(number)),
        )
        for n, w in _nouns(g, cls, sound)
    ]


@symbol
def adjective(g, cls, sound="any") -> list[Rule]:
    return [rule(a, w, adjective_word(a)) for a, w in _adjectives(g, cls, sound)]


def adjective_word(form: str) -> Word:
    return Word(form, "ADJ", form, "Degree=Pos")


@symbol
def name(g, gender) -> list[Rule]:
    return [
        rule(n, w, Word(n, "PROPN", n, "Number=Sing")) for n, w in zipf(g.lexicon.names[gender])
    ]


def verb_word(lemma: str, form: str) -> Word:
    """A verb in the form "base", "s", "past" or "infinitive" (which looks like the base)."""
    v = verb(lemma)
    return {
        "base": Word(v.lemma, "VERB", lemma, "Mood=Ind|Tense=Pres|VerbForm=Fin"),
        "s": Word(v.s, "VERB", lemma, "Mood=Ind|Number=Sing|Person=3|Tense=Pres|VerbForm=Fin"),
        "past": Word(v.past, "VERB", lemma, "Mood=Ind|Tense=Past|VerbForm=Fin"),
        "infinitive": Word(v.lemma, "VERB", lemma, "VerbForm=Inf"),
    }[form]


@symbol
def verb_of(g, frame, form) -> list[Rule]:
    """A verb of a frame, by the frame's name."""
    return [rule(v, w, verb_word(v, form)) for v, w in zipf(g.lexicon.frame(frame).verbs)]


@symbol
def verb_among(g, verbs, form) -> list[Rule]:
    """A verb of a list."""
    return [rule(v, w, verb_word(v, form)) for v, w in zipf(verbs)]


def det(form: str, feats: str = "_") -> Word:
    return Word(form, "DET", "a" if form == "an" else form, feats)


def possessive(form: str) -> Word:
    return Word(form, "PRON", form, "Poss=Yes|PronType=Prs")


@symbol
def preposition(g, forms) -> list[Rule]:
    return [rule(p, w, Word(p, "ADP", p)) for p, w in zipf(forms)]


# -- noun phrases ----------------------------------------------------------------------------------


@symbol
def nominal(g, cls, number) -> list[Rule]:
    """A noun, perhaps with an adjective."""
    p = g.weights.adjective if cls in g.lexicon.attributive else 0
    return [
        rule("noun", 1 - p, noun(cls, number)),
        rule("adjective", p, adjective(cls), noun(cls, number)),
    ]


@symbol
def indefinite(g, cls) -> list[Rule]:
    """ "a" or "an" and what follows; the article depends on the sound of the next word."""
    p = g.weights.adjective if cls in g.lexicon.attributive else 0
    rules = []
    for sound, article in (("consonant", "a"), ("vowel", "an")):
        article = det(article, "Definite=Ind|PronType=Art")
        plain = sum(w for _, w in _nouns(g, cls, sound))
        if plain:
            rules.append(rule("noun", (1 - p) * plain, article, noun(cls, "sg", sound)))
        if p:
            modified = sum(w for _, w in _adjectives(g, cls, sound))
            if modified:
                rules.append(
                    rule("adjective", p * modified, article, adjective(cls, sound), noun(cls, "sg"))
                )
    return rules


@symbol
def some_possessive(g) -> list[Rule]:
    return [rule(p, w, possessive(p)) for p, w in zipf(POSSESSIVES)]


@symbol
def noun_phrase(g, cls, number, owner) -> list[Rule]:
    """A noun phrase. `owner` is the possessive that goes with the subject, or None: then any."""
    body = nominal(cls, number)
    own = possessive(owner) if owner else some_possessive()
    owned = 0 if cls in NOT_OWNED or owner == "its" else 1
    the = rule("the", 10, det("the", "Definite=Def|PronType=Art"), body)
    if mass(g, cls):
        return [
            rule("bare", 10, body),
            the,
            rule("possessive", 3 * owned, own, body),
        ]
    if number == "sg":
        return [
            the,
            rule("indefinite", 5, indefinite(cls)),
            rule("possessive", 5 * owned, own, body),
            rule("this", 1.5, det("this", "Number=Sing|PronType=Dem"), body),
        ]
    return [
        the,
        rule("bare", 3, body),
        rule("possessive", 4 * owned, own, body),
        rule("these", 1.5, det("these", "Number=Plur|PronType=Dem"), body),
        rule("two", 2, Word("two", "NUM", "two", "NumType=Card"), body),
        rule("many", 1.5, adjective_word("many"), body),
    ]


@symbol
def place(g) -> list[Rule]:
    """A place, for "to the park" and "in the park"."""
    return [rule("the", 1, det("the", "Definite=Def|PronType=Art"), nominal("place", "sg"))]


@symbol
def landmark(g, head, depth) -> list[Rule]:
    """ "near the house": at most `depth` such phrases in a row."""
    prepositions, cls = LANDMARKS[head]
    rules = []
    for number, w in (("sg", g.weights.singular), ("pl", 1 - g.weights.singular)):
        parts = [
            preposition(tuple(prepositions)),
            det("the", "Definite=Def|PronType=Art"),
            noun(cls, number),
        ]
        rules.append(rule(number, w * (1 - g.weights.chain if depth > 1 else 1), *parts))
        if depth > 1:
            rules.append(
                rule(number + "-chain", w * g.weights.chain, *parts, landmark(cls, depth - 1))
            )
    return rules


# -- relative clauses ------------------------------------------------------------------------------


def finite(person: str, tense: str) -> str:
    """The form of a full verb in the present or past."""
    if tense == "past":
        return "past"
    return "s" if person == "3sg" else "base"


def human(cls: str) -> bool:
    return KIND_OF.get(cls) == "person"


def relativiser(cls: str) -> Word:
    form = "who" if human(cls) else "that"
    return Word(form, "PRON", form, "PronType=Rel")


def frames(g, **wanted) -> list:
    """Frames whose fields have the wanted values and whose classes the lexicon has."""
    return [f for f in g.lexicon.frames if all(getattr(f, k) == v for k, v in wanted.items())]


def object_class(cls: str) -> str:
    """The name that frames use for a class of objects: people are one class there."""
    return "person" if human(cls) else cls


@symbol
def relative(g, cls, person, tense) -> list[Rule]:
    """A relative clause on a noun of class `cls`: its noun is the subject or the object of the
    clause.
    """
    rules = []
    kind = KIND_OF.get(cls)
    for f in frames(g, subject=kind) if kind else ():
        if f.pattern == "transitive":
            rules.append(
                rule(
                    "subject",
                    f.weight,
                    relativiser(cls),
                    verb_of(f.name, finite(person, tense)),
                    plain_object(f.object, None),
                )
            )
    subject_weight = sum(r.weight for r in rules)
    selecting = frames(g, pattern="transitive", object=object_class(cls))
    total = sum(f.weight for f in selecting)
    balance = (subject_weight or 1) * g.weights.object_relative / total if total else 0
    for f in selecting:
        for subject, p, w in inner_subjects(g, f.subject):
            rules.append(
                rule(
                    "object",
                    f.weight * balance * w,
                    relativiser(cls),
                    inner_subject(subject, p),
                    verb_of(f.name, finite(p, tense)),
                )
            )
    return rules


def inner_subjects(g, kind: str) -> list[tuple[str, str, float]]:
    """Subjects of an object relative: (class or "pronoun", person, weight); the weights sum to
    1.
    """
    classes = [c for c in KINDS[kind] if c in g.lexicon.nouns]
    result = [
        (c, PERSON_OF[n], w / len(classes))
        for c in classes
        for n, w in (("sg", g.weights.singular), ("pl", 1 - g.weights.singular))
    ]
    if kind == "person":
        result = [(c, p, 0.7 * w) for c, p, w in result]
        result += [("pronoun", p, 0.3 / 4) for p in PRONOUNS]
    return result


@symbol
def inner_subject(g, cls, person) -> list[Rule]:
    if cls == "pronoun":
        return [rule("pronoun", 1, pronoun(person))]
    number = NUMBER_OF[person]
    return [
        rule("the", 3, det("the", "Definite=Def|PronType=Art"), noun(cls, number)),
        rule("possessive", 0 if cls in NOT_OWNED else 1, some_possessive(), noun(cls, number)),
    ]


def pronoun(person: str, gender: str | None = None) -> Word:
    """A subject pronoun; `gender` is "male", "female" or "thing" for the third person singular."""
    form = (
        {"male": "he", "female": "she", "thing": "it"}[gender]
        if person == "3sg"
        else PRONOUNS[person]
    )
    digit = {"1": "1", "2": "2", "3": "3"}[person[0]]
    feats = f"Case=Nom|Person={digit}|PronType=Prs"
    if person != "2":
        feats = f"Case=Nom|{_number(NUMBER_OF[person])}|Person={digit}|PronType=Prs"
    return Word(form, "PRON", form, feats)


# -- objects ---------------------------------------------------------------------------------------


def numbers(g, cls: str) -> list[tuple[str, float]]:
    """The numbers of a class with their probabilities; mass nouns and places have no plural."""
    if mass(g, cls) or cls == "place":
        return [("sg", 1.0)]
    return [("sg", g.weights.singular), ("pl", 1 - g.weights.singular)]


@symbol
def plain_object(g, cls, owner) -> list[Rule]:
    """An object of one class; `owner` as in noun_phrase. A name is never of the subject's own
    gender.
    """
    if cls == "person":
        rules = [
            rule(c, 2 * w, noun_phrase(c, n, owner))
            for c in KINDS["person"]
            if c in g.lexicon.nouns
            for n, w in numbers(g, c)
        ]
        rules += [
            rule("name", 1.5, name(gender))
            for gender, word in (("male", "his"), ("female", "her"))
            if owner != word
        ]
        return rules
    return [rule(n, w, noun_phrase(cls, n, owner)) for n, w in numbers(g, cls)]


@symbol
def object_with_relative(g, cls, owner, tense) -> list[Rule]:
    """An object with a relative clause; not for people (names) or places."""
    return [
        rule(n, w, noun_phrase(cls, n, owner), relative(cls, PERSON_OF[n], tense))
        for n, w in numbers(g, cls)
    ]


# -- subjects --------------------------------------------------------------------------------------


@symbol
def subject_phrase(g, cls, person, tense) -> list[Rule]:
    """The subject of a class, with what may stand between its noun and the verb."""
    number = NUMBER_OF[person]
    body = noun_phrase(cls, number, None)
    w = g.weights
    rules = [rule("plain", w.plain, body)]
    if cls in LANDMARKS:
        rules.append(rule("landmark", w.landmark, body, landmark(cls, 2)))
    if frames(g, subject=KIND_OF.get(cls), pattern="transitive") or frames(
        g, pattern="transitive", object=object_class(cls)
    ):
        rules.append(rule("relative", w.relative, body, relative(cls, person, tense)))
    return rules
