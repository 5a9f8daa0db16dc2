"""The words of the grammar, sorted into meaning classes.

Within a class the words stand in order of frequency. A word is drawn from its class with the same
skewed distribution wherever the class is asked for, so that what a verb says about its object is
the *class*.

The one noun in two classes is `mouse`: an animal and a device. No verb and no predicative adjective
goes with both.
"""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """A noun; `plural` is None for mass nouns."""

    lemma: str
    plural: str | None


class Verb(NamedTuple):
    """A verb with its third person singular and its past tense."""

    lemma: str
    s: str
    past: str


class Frame(NamedTuple):
    """What a kind of subject does: verbs that share one pattern and one class of objects.

    `pattern` is "intransitive", "transitive", "motion" (to a place) or "thing" (see `rules.py`).
    """

    name: str
    subject: str
    pattern: str
    object: str | None
    verbs: tuple[str, ...]
    weight: float


class Consequence(NamedTuple):
    """What follows from a state: who is `adjective` does something (to an object of a class)."""

    kind: str
    adjective: str
    verbs: tuple[str, ...]
    object: str | None


# -- nouns -----------------------------------------------------------------------------------------
# singular, or singular/plural where the plural is irregular

_COUNTABLE = {
    "male": "man/men boy waiter gentleman/gentlemen",
    "female": "woman/women girl waitress lady",
    "worker": "teacher doctor student friend child/children farmer cook nurse driver singer guest",
    "pet": "dog cat puppy kitten terrier hound",
    "small": "mouse/mice rabbit hen duck squirrel pigeon hamster",
    "flyer": "bird bee fly/flies butterfly crow",
    "device": "computer phone printer camera mouse/mice radio laptop keyboard clock",
    "vehicle": "car bus truck taxi van motorbike",
    "food": "apple sandwich banana cake orange cookie pear egg",
    "text": "book letter story report poem novel article essay",
    "document": "ticket map photo card list form poster menu",
    "clothes": "coat shirt watch hat jacket dress sweater ring",
    "tool": "hammer knife/knives brush ladder needle rope shovel bucket",
    "plant": "flower tree plant rose bush tulip",
    "show": "film play concert match show",
    "building": "house bridge wall fence tower",
    "opening": "door window box gate suitcase",
    "place": "park garden school office kitchen hotel museum library village shop",
    "furniture": "table chair desk sofa shelf/shelves bed",
}
_MASS = {
    "drink": "water milk tea coffee juice lemonade",
    "meat": "meat cheese ham fish",
    "crumbs": "bread corn fruit lettuce",
}
# Classes that do not go with "my" or "her".
NOT_OWNED = ("male", "female", "flyer", "show", "building", "place", "crumbs", "meat")


def _plural(lemma: str) -> str:
    if lemma.endswith(("s", "x", "ch", "sh")):
        return lemma + "es"
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return lemma[:-1] + "ies"
    return lemma + "s"


def _noun(entry: str) -> Noun:
    lemma, _, plural = entry.partition("/")
    return Noun(lemma, plural or _plural(lemma))


NOUNS: dict[str, tuple[Noun, ...]] = {
    **{cls: tuple(map(_noun, words.split())) for cls, words in _COUNTABLE.items()},
    **{cls: tuple(Noun(word, None) for word in words.split()) for cls, words in _MASS.items()},
}

NAMES = {
    "male": tuple("peter tom david ravi hari".split()),
    "female": tuple("jane anna maria sita lata".split()),
}

# The kind of a subject class decides what it can do.
KINDS = {
    "person": ("male", "female", "worker"),
    "pet": ("pet",),
    "small": ("small",),
    "flyer": ("flyer",),
    "device": ("device",),
    "vehicle": ("vehicle",),
}
KIND_OF = {cls: kind for kind, classes in KINDS.items() for cls in classes}

# -- verbs -----------------------------------------------------------------------------------------

_IRREGULAR_PAST = {
    "eat": "ate", "drink": "drank", "write": "wrote", "find": "found", "buy": "bought",
    "sell": "sold", "drive": "drove", "catch": "caught", "wear": "wore", "build": "built",
    "meet": "met", "know": "knew", "leave": "left", "feed": "fed", "sleep": "slept",
    "sing": "sang", "run": "ran", "go": "went", "give": "gave", "say": "said",
    "think": "thought", "fly": "flew", "hide": "hid", "steal": "stole", "stop": "stopped",
}
_IRREGULAR_S = {"go": "goes"}


def verb(lemma: str) -> Verb:
    """The forms of an English verb."""
    s = _IRREGULAR_S.get(lemma) or _plural(lemma)
    past = _IRREGULAR_PAST.get(lemma)
    if past is None:
        if lemma.endswith("e"):
            past = lemma + "d"
        elif lemma.endswith("y") and lemma[-2] not in "aeiou":
            past = lemma[:-1] + "ied"
        else:
            past = lemma + "ed"
    return Verb(lemma, s, past)


def _frames(*rows: tuple[str, str, str | None, str, float]) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            f"{subject}-{pattern if pattern != 'transitive' else object}",
            subject,
            pattern,
            object,
            tuple(verbs.split()),
            weight,
        )
        for subject, pattern, object, verbs, weight in rows
    )


FRAMES = _frames(
    # subject, pattern, object class, verbs by frequency, weight
    ("person", "intransitive", None, "work sleep sing dance laugh cook", 10),
    ("person", "motion", "place", "go walk run return", 7),
    ("person", "transitive", "drink", "drink order", 6),
    ("person", "transitive", "food", "eat buy order", 7),
    ("person", "transitive", "text", "write finish translate", 6),
    ("person", "transitive", "document", "print find copy", 6),
    ("person", "transitive", "device", "use repair sell", 6),
    ("person", "transitive", "vehicle", "drive park wash book", 6),
    ("person", "transitive", "clothes", "wear buy wash", 6),
    ("person", "transitive", "tool", "use find carry", 6),
    ("person", "transitive", "plant", "water plant buy", 6),
    ("person", "transitive", "show", "watch enjoy", 5),
    ("person", "transitive", "building", "build paint repair", 4),
    ("person", "transitive", "furniture", "buy clean paint", 5),
    ("person", "transitive", "opening", "open close clean", 6),
    ("person", "transitive", "place", "visit leave", 4),
    ("person", "transitive", "person", "help meet call visit phone", 10),
    ("person", "transitive", "pet", "feed brush wash follow", 6),
    ("person", "transitive", "small", "feed catch", 4),
    ("pet", "intransitive", None, "sleep run jump hide", 9),
    ("pet", "transitive", "meat", "eat steal want", 7),
    ("pet", "transitive", "small", "chase catch hunt", 10),
    ("pet", "transitive", "person", "follow like", 4),
    ("small", "intransitive", None, "sleep run jump hide", 8),
    ("small", "transitive", "crumbs", "eat find want", 7),
    ("small", "transitive", "pet", "fear avoid", 8),
    ("flyer", "intransitive", None, "fly land return", 8),
    ("flyer", "transitive", "plant", "visit like", 6),
    ("device", "intransitive", None, "work stop click beep", 10),
    ("vehicle", "intransitive", None, "stop turn arrive", 10),
)
# Kinds whose intransitive verbs can be followed by a place: they sleep in the garden.
WITH_PLACE = ("person", "pet", "small")

SAY = "say know".split()
WANT = "want try".split()
GIVE = "give show".split()
GIVEN = ("text", "document", "tool")
# What follows from a state: "because the cats are hungry , they eat ...", "..., but they do not eat
# ...". Each entry: kind of subject, adjective, verbs, class of the object.
CONSEQUENCES = tuple(
    Consequence(kind, adjective, tuple(verbs.split()), cls)
    for kind, adjective, verbs, cls in (
        ("person", "hungry", "eat order buy", "food"),
        ("person", "thirsty", "drink order", "drink"),
        ("person", "tired", "sleep", None),
        ("person", "happy", "sing dance laugh", None),
        ("person", "ill", "call phone visit", "doctor"),
        ("pet", "hungry", "eat steal want", "meat"),
        ("pet", "tired", "sleep", None),
        ("pet", "angry", "chase hunt", "small"),
        ("small", "hungry", "eat find want", "crumbs"),
        ("small", "shy", "hide run", None),
        ("flyer", "tired", "land", None),
        ("device", "broken", "stop", None),
        ("vehicle", "broken", "stop", None),
    )
)

# -- adjectives ------------------------------------------------------------------------------------

_PEOPLE = "young friendly clever kind lazy tall quiet funny".split()
_ANIMALS = "small big young clever lazy quiet friendly funny".split()
_THING = "new old small big beautiful cheap heavy red blue green white black brown".split()
ATTRIBUTIVE = {
    **dict.fromkeys(("male", "female", "worker"), _PEOPLE),
    **dict.fromkeys(("pet", "small"), _ANIMALS),
    "flyer": "small big beautiful quiet".split(),
    **dict.fromkeys(
        ("device", "vehicle", "document", "clothes", "tool", "building", "opening", "furniture"),
        _THING,
    ),
    **dict.fromkeys(("food", "drink", "meat", "crumbs"), "fresh good cheap expensive".split()),
    **dict.fromkeys(("text", "show"), "new good old long short funny famous".split()),
    "place": "new old small big quiet beautiful".split(),
    "plant": "small big beautiful old green".split(),
}
PREDICATIVE = {
    **dict.fromkeys(
        ("male", "female", "worker"), "tired happy hungry busy ill sad thirsty".split()
    ),
    "pet": "hungry tired angry thirsty".split(),
    "small": "hungry tired shy thirsty".split(),
    "flyer": "tired hungry".split(),
    "device": "broken expensive slow".split(),
    "vehicle": "dirty slow expensive".split(),
    "food": "warm cold sweet".split(),
    "drink": "cold warm sweet".split(),
    "text": "interesting boring sad".split(),
    "show": "interesting boring sad".split(),
    "document": "expensive interesting beautiful".split(),
    "clothes": "clean dirty expensive dry".split(),
    "tool": "dirty expensive broken".split(),
    "plant": "dry beautiful".split(),
    "opening": "open closed dirty".split(),
    "place": "open closed empty".split(),
}

# -- small words -----------------------------------------------------------------------------------

FREQUENCY_ADVERBS = "often always never sometimes usually rarely".split()
TIMES = {
    "present": ("every day", "every morning", "in the evening", "on mondays"),
    "past": ("yesterday", "last week", "this morning", "last night"),
    "future": ("tomorrow", "soon", "tonight", "next week"),
}
NEAR = "near behind beside".split()
ON = "on near under beside".split()


def zipf(words) -> list[tuple[object, float]]:
    """Pairs (word, probability): the r-th word of a class, r = 0, 1, ..., has a weight of 1 / (r
    + 8).
    """
    weights = [1 / (r + 8) for r in range(len(words))]
    total = sum(weights)
    return [(word, weight / total) for word, weight in zip(words, weights)]
