"""German and Telugu sentences, from meanings that are written out here."""

import pytest

from utils.grammar.german import german
from utils.grammar.meaning import Clause, Phrase, Sentence
from utils.grammar.telugu import Untranslatable, telugu


def the(lemma, cls, person="3sg", determiner="the", **more):
    return Phrase("noun", lemma, cls, person, determiner, **more)


def name(lemma, gender):
    return Phrase("name", lemma, gender)


CAT, CATS = the("cat", "pet"), the("cat", "pet", "3pl")
GIRL = the("girl", "female")
CHASE = Clause("chase", "transitive", "past", "pet", subject=CAT, object=the("mouse", "small"))
SLEEP = Clause("sleep", "intransitive", "present", "pet", subject=CATS)
HUNGRY = Clause("be", "adjective", "present", "pet", subject=CAT, adjective="hungry")
EAT = Clause(
    "eat",
    "transitive",
    "present",
    "pet",
    negated=True,
    object=the("meat", "meat", determiner="bare"),
    subject=Phrase("pronoun", "it", "pet", members=(CAT,)),
)


def but(clause, **changes):
    return Clause(**{**clause.__dict__, **changes})


@pytest.mark.parametrize(
    "sentence, in_german, in_telugu",
    [
        (Sentence("statement", (CHASE,)), "Die Katze hat die Maus gejagt.", "పిల్లి ఎలుకను తరిమింది."),
        (
            Sentence("statement", (but(CHASE, time="yesterday", fronted=True),)),
            "Gestern hat die Katze die Maus gejagt.",
            "నిన్న పిల్లి ఎలుకను తరిమింది.",
        ),
        (
            Sentence("yes-no", (but(CHASE, tense="future"),)),
            "Wird die Katze die Maus jagen?",
            "పిల్లి ఎలుకను తరుముతుందా?",
        ),
        (
            Sentence("statement", (but(SLEEP, frequency="never"),)),
            "Die Katzen schlafen nie.",
            "పిల్లులు ఎప్పుడూ నిద్రపోవు.",
        ),
        (
            Sentence("contrast", (HUNGRY, EAT), word="but"),
            "Die Katze ist hungrig, aber sie frisst kein Fleisch.",
            "పిల్లికి ఆకలిగా ఉంది, కానీ అది మాంసం తినదు.",
        ),
        (
            Sentence("subordinate", (HUNGRY, but(EAT, negated=False)), word="because"),
            "Weil die Katze hungrig ist, frisst sie Fleisch.",
            "పిల్లికి ఆకలిగా ఉంది కాబట్టి, అది మాంసం తింటుంది.",
        ),
        (
            Sentence("subordinate", (HUNGRY, but(EAT, negated=False)), word="when"),
            "Wenn die Katze hungrig ist, frisst sie Fleisch.",
            "పిల్లికి ఆకలిగా ఉన్నప్పుడు, అది మాంసం తింటుంది.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "give",
                        "ditransitive",
                        "present",
                        "person",
                        subject=name("ravi", "male"),
                        recipient=GIRL,
                        object=the("book", "text", determiner="indefinite"),
                    ),
                ),
            ),
            "Ravi gibt dem Mädchen ein Buch.",
            "రవి అమ్మాయికి ఒక పుస్తకం ఇస్తాడు.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "help",
                        "transitive",
                        "past",
                        "person",
                        subject=name("sita", "female"),
                        object=the("friend", "worker", "3pl", "possessive", owner="her", own=True),
                    ),
                ),
            ),
            "Sita hat ihren Freunden geholfen.",
            "సీత తన స్నేహితులకు సహాయం చేసింది.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "sleep",
                        "place",
                        "present",
                        "pet",
                        subject=the("dog", "pet", near=(("behind", the("house", "building")),)),
                        place=the("garden", "place"),
                    ),
                ),
            ),
            "Der Hund hinter dem Haus schläft im Garten.",
            "ఇంటి వెనుక ఉన్న కుక్క తోటలో నిద్రపోతుంది.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "go",
                        "motion",
                        "past",
                        "person",
                        subject=Phrase("pronoun", "we", "worker", "1pl"),
                        place=the("school", "place", adjective="new"),
                    ),
                ),
            ),
            "Wir sind in die neue Schule gegangen.",
            "మేము కొత్త పాఠశాలకు వెళ్ళాము.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "drink",
                        "transitive",
                        "present",
                        "person",
                        subject=the(
                            "doctor",
                            "worker",
                            relative=Clause(
                                "call", "transitive", "past", "person", gap="object", subject=GIRL
                            ),
                        ),
                        object=the("tea", "drink", determiner="bare", adjective="fresh"),
                    ),
                ),
            ),
            "Der Arzt, den das Mädchen angerufen hat, trinkt frischen Tee.",
            "అమ్మాయి పిలిచిన వైద్యుడు తాజా టీ తాగుతాడు.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "say",
                        "say",
                        "past",
                        "person",
                        subject=name("lata", "female"),
                        content=Clause(
                            "arrive",
                            "intransitive",
                            "past",
                            "vehicle",
                            subject=the("bus", "vehicle"),
                        ),
                    ),
                ),
            ),
            "Lata hat gesagt, dass der Bus angekommen ist.",
            "లత బస్సు వచ్చిందని చెప్పింది.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "try",
                        "want",
                        "present",
                        "person",
                        subject=name("hari", "male"),
                        content=Clause(
                            "open",
                            "transitive",
                            "present",
                            "person",
                            object=the("window", "opening", "3pl"),
                        ),
                    ),
                ),
            ),
            "Hari versucht, die Fenster zu öffnen.",
            "హరి కిటికీలు తెరవడానికి ప్రయత్నిస్తాడు.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "want",
                        "want",
                        "past",
                        "person",
                        subject=name("maria", "female"),
                        content=Clause(
                            "call",
                            "transitive",
                            "present",
                            "person",
                            object=the("farmer", "worker"),
                        ),
                    ),
                ),
            ),
            "Maria wollte den Bauern anrufen.",
            "మరియా రైతును పిలవాలని అనుకుంది.",
        ),
        (
            Sentence(
                "who",
                (
                    Clause(
                        "water",
                        "transitive",
                        "present",
                        "person",
                        object=the("tree", "plant", "3pl", "two"),
                    ),
                ),
            ),
            "Wer gießt zwei Bäume?",
            "రెండు చెట్లకు ఎవరు నీళ్లు పోస్తారు?",
        ),
        (
            Sentence(
                "wh",
                (
                    Clause(
                        "cook",
                        "intransitive",
                        "past",
                        "person",
                        subject=Phrase("pronoun", "you", "worker", "2"),
                    ),
                ),
                word="why",
            ),
            "Warum hast du gekocht?",
            "మీరు ఎందుకు వంట చేశారు?",
        ),
        (
            Sentence(
                "imperative",
                (
                    Clause(
                        "print",
                        "transitive",
                        "present",
                        "person",
                        object=the("ticket", "document", "3pl", "possessive", owner="my"),
                    ),
                ),
                please=True,
            ),
            "Bitte druck meine Karten aus.",
            "దయచేసి నా టికెట్లు ముద్రించండి.",
        ),
        (
            Sentence(
                "statement",
                (
                    Clause(
                        "stop",
                        "intransitive",
                        "present",
                        "device",
                        subject=the("mouse", "device", "3pl", "these", adjective="blue"),
                    ),
                ),
            ),
            "Diese blauen Mäuse stoppen.",
            "ఈ నీలి మౌస్‌లు ఆగుతాయి.",
        ),
    ],
)
def test_translations(sentence, in_german, in_telugu):
    assert german(sentence) == in_german
    assert telugu(sentence) == in_telugu


def test_what_telugu_does_not_cover_is_said():
    with pytest.raises(Untranslatable, match="past"):
        telugu(Sentence("statement", (but(HUNGRY, tense="past"),)))
