"""What a derivation says, without English word order: the input of the German and Telugu
linearisers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from utils.grammar.derivation import Derivation, Node, Word
from utils.grammar.lexicon import KIND_OF
from utils.grammar.phrases import NUMBER_OF, PERSON_OF


@dataclass(frozen=True)
class Phrase:
    """A noun phrase. `kind` is "noun", "name", "pronoun" or "and" (then only `members` and the
    person count).
    """

    kind: str
    lemma: str = ""
    cls: str = ""
    person: str = "3sg"
    determiner: str = "bare"  # a label of noun_phrase
    owner: str = ""  # the possessive word, when the determiner is "possessive"
    own: bool = False  # whether the owner is the subject of the clause
    adjective: str = ""
    near: tuple[
        tuple[str, Phrase], ...
    ] = ()  # (preposition, landmark), each belongs to the noun before it
    relative: Clause | None = None
    members: tuple[Phrase, ...] = ()

    @property
    def number(self) -> str:
        return NUMBER_OF[self.person]

    @property
    def human(self) -> bool:
        return KIND_OF.get(self.cls) == "person"


@dataclass(frozen=True)
class Clause:
    """A clause. The subject or object that a relative clause leaves out is None (see `gap`)."""

    verb: str  # lemma; "be" with an adjective
    pattern: str  # intransitive, place, motion, transitive, ditransitive, adjective, want, say
    tense: str = "present"
    kind: str = ""  # the kind of subject: animals eat with another German verb than people
    subject: Phrase | None = None
    object: Phrase | None = None
    recipient: Phrase | None = None
    place: Phrase | None = None
    adjective: str = ""
    negated: bool = False
    frequency: str = ""
    time: str = ""
    fronted: bool = False  # whether the time phrase comes first
    content: Clause | None = None  # what is wanted or said
    gap: str = ""  # "subject" or "object" in a relative clause


@dataclass(frozen=True)
class Sentence:
    """One sentence. `kind`: statement, yes-no, wh, who, imperative, subordinate, contrast."""

    kind: str
    clauses: tuple[Clause, ...]
    word: str = ""  # why, when; because, when, if
    please: bool = False


# -- noun phrases ----------------------------------------------------------------------------------


def _nominal(node: Node) -> tuple[str, str]:
    """(adjective or "", noun) of a nominal, an indefinite or a flat list of children."""
    adjective, noun = node.child("adjective"), node.child("noun")
    return adjective.label if adjective else "", noun.label


def _noun_phrase(node: Node) -> Phrase:
    cls, number, _ = node.args
    body = node.child("nominal") or node.child("indefinite")
    adjective, lemma = _nominal(body)
    owner, own = "", False
    if node.label == "possessive":
        own = isinstance(node.children[0], Word)
        owner = node.children[0].form if own else node.children[0].label
    return Phrase("noun", lemma, cls, PERSON_OF[number], node.label, owner, own, adjective)


def _name(node: Node) -> Phrase:
    return Phrase("name", node.label, node.args[0])


def _pronoun(word: Word, cls: str, person: str) -> Phrase:
    return Phrase("pronoun", word.form, cls, person)


def _place(node: Node) -> Phrase:
    adjective, lemma = _nominal(node.child("nominal"))
    return Phrase("noun", lemma, "place", "3sg", "the", adjective=adjective)


def _object(node: Node) -> Phrase:
    if node.name == "given":
        return _object(node.children[0])
    if node.name == "object_pronoun":
        word = node.children[0]
        person = {"me": "1sg", "you": "2", "us": "1pl", "them": "3pl"}.get(word.form, "3sg")
        return _pronoun(word, {"him": "male", "her": "female"}.get(word.form, "worker"), person)
    first = node.children[0]
    phrase = _name(first) if first.name == "name" else _noun_phrase(first)
    if node.name == "object_with_relative":
        phrase = replace(phrase, relative=_relative(node.child("relative")))
    return phrase


def _landmarks(node: Node) -> tuple[tuple[str, Phrase], ...]:
    noun = node.child("noun")
    here = (
        node.child("preposition").label,
        Phrase("noun", noun.label, noun.args[0], PERSON_OF[noun.args[1]], "the"),
    )
    more = node.child("landmark")
    return (here, *(_landmarks(more) if more else ()))


_PRONOUNS = {
    "i": ("worker", "1sg"), "you": ("worker", "2"), "he": ("male", "3sg"), "she": ("female", "3sg"),
    "we": ("worker", "1pl"), "they": ("worker", "3pl"),
}


def _subject(parts: tuple[Node | Word, ...]) -> Phrase:
    """The subject from the parts before the verb."""
    first = parts[0]
    if len(parts) > 1:
        return Phrase("and", cls="worker", person="3pl",
                      members=(_subject(parts[:1]), _subject(parts[2:])))
    if isinstance(first, Word):
        return _pronoun(first, *_PRONOUNS[first.form])
    if first.name == "name":
        return _name(first)
    if first.name == "noun_phrase":
        return _noun_phrase(first)
    phrase = _noun_phrase(first.child("noun_phrase"))
    if first.label == "landmark":
        return replace(phrase, near=_landmarks(first.child("landmark")))
    if first.label == "relative":
        return replace(phrase, relative=_relative(first.child("relative")))
    return phrase


# -- clauses ---------------------------------------------------------------------------------------


def _relative(node: Node) -> Clause:
    tense = node.args[2]
    verb = node.child("verb_of")
    kind = verb.args[0].split("-")[0]  # the frame's name begins with the kind of subject
    if node.label == "subject":
        return Clause(verb.label, "transitive", tense, kind, gap="subject",
                      object=_object(node.child("plain_object")))
    subject = node.child("inner_subject")
    if subject.label == "pronoun":
        inner = _subject(subject.children)
    else:
        owner = subject.child("some_possessive")
        inner = Phrase("noun", subject.child("noun").label, *subject.args, subject.label,
                       owner.label if owner else "")
    return Clause(verb.label, "transitive", tense, kind, subject=inner, gap="object")


def _verb_phrase(node: Node, tense: str) -> Clause:
    kind = node.args[0]
    verb = node.children[0].label
    if node.label in ("place", "motion"):
        return Clause(verb, node.label, tense, kind, place=_place(node.child("place")))
    if node.label == "intransitive":
        return Clause(verb, "intransitive", tense, kind)
    if node.label == "ditransitive":
        _, recipient, given = node.children
        return Clause(verb, "ditransitive", tense, kind, recipient=_object(recipient),
                      object=_object(given))
    return Clause(verb, "transitive", tense, kind, object=_object(node.children[1]))


def _predicate(node: Node) -> Clause:
    cls, _, tense = node.args[:3]
    kind = KIND_OF.get(cls, "thing")
    if node.label == "adjective":
        return Clause("be", "adjective", tense, kind, adjective=node.child("predicative").label)
    if node.label == "say":
        return Clause(node.child("verb_among").label, "say", tense, kind,
                      content=_clause(node.child("clause")))
    said = _verb_phrase(node.child("verb_phrase"), tense)
    if node.label == "want":
        return Clause(node.child("verb_among").label, "want", tense, kind, content=said)
    if node.label == "frequency":
        return replace(said, frequency=node.child("frequency").label)
    return replace(said, negated=node.label == "negated")


def _clause(node: Node) -> Clause:
    *subject, predicate = node.children
    return replace(_predicate(predicate), subject=_subject(tuple(subject)))


def _anaphoric(node: Node) -> tuple[Clause, Clause]:
    where = [isinstance(c, Node) and c.name == "copula" for c in node.children].index(True)
    subject = _subject(node.children[:where])
    *_, word, consequence = node.children
    state, cls, person, tense, negated = consequence.args
    first = Clause("be", "adjective", tense, state.kind, subject=subject,
                   adjective=state.adjective)
    it = Phrase("pronoun", word.form, cls, person, members=(subject,))
    second = Clause(consequence.child("verb_among").label, "intransitive", tense, state.kind,
                    subject=it, negated=negated)
    if consequence.label == "doctor":
        doctor = Phrase("noun", "doctor", "worker", "3sg", "the")
        second = replace(second, pattern="transitive", object=doctor)
    elif consequence.label == "transitive":
        second = replace(second, pattern="transitive",
                         object=_object(consequence.child("plain_object")))
    return first, second


# -- sentences -------------------------------------------------------------------------------------


def meaning(derivation: Derivation) -> Sentence:
    """The meaning of one sentence (a derivation that starts from `sentence`)."""
    tree = derivation.tree
    first = tree.children[0]
    if tree.label == "statement":
        clause = _clause(first.child("clause"))
        time = first.child("time")
        if time:
            clause = replace(clause, time=time.label, fronted=first.label.endswith("fronted"))
        return Sentence("statement", (clause,))
    if tree.label == "imperative":
        return Sentence(
            "imperative", (_request(first.child("request")),), please=first.label == "please"
        )
    if tree.label == "question":
        if first.label.startswith("who"):
            tense = first.label.split("-")[1]
            return Sentence("who", (_verb_phrase(first.child("verb_phrase"), tense),))
        wh = first.child("wh")
        return Sentence(
            "wh" if wh else "yes-no", (_asked(first.child("asked")),), word=wh.label if wh else ""
        )
    conjunction = tree.child("conjunction")
    kind = "subordinate" if conjunction else "contrast"
    return Sentence(
        kind, _anaphoric(tree.child("anaphoric")), word=conjunction.label if conjunction else "but"
    )


def _request(node: Node) -> Clause:
    return Clause(node.child("verb_of").label, "transitive", "present", "person",
                  object=_object(node.child("plain_object")))


def _asked(node: Node) -> Clause:
    _, *subject, predicate, _ = node.children
    return replace(_verb_phrase(predicate, node.args[0]), subject=_subject(tuple(subject)))
