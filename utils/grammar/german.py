"""German sentences from meanings: gender, case, verb-second and verb-final order, the sentence
bracket.

The past is the perfect ("hat ... gejagt"), as in spoken German, except for "war", "wollte" and
"mochte".
"""

from __future__ import annotations

from typing import NamedTuple

from utils.grammar.meaning import Clause, Phrase, Sentence

# lemma: gender, singular, plural; "+" marks weak nouns (accusative and dative singular in -n or
# -en)
_NOUNS = """
man m Mann Männer
boy m Junge+n Jungen
waiter m Kellner Kellner
woman f Frau Frauen
girl n Mädchen Mädchen
waitress f Kellnerin Kellnerinnen
lady f Dame Damen
teacher m Lehrer Lehrer
doctor m Arzt Ärzte
student m Student+en Studenten
friend m Freund Freunde
child n Kind Kinder
farmer m Bauer+n Bauern
cook m Koch Köche
nurse m Pfleger Pfleger
driver m Fahrer Fahrer
singer m Sänger Sänger
guest m Gast Gäste
dog m Hund Hunde
cat f Katze Katzen
puppy m Welpe+n Welpen
kitten n Kätzchen Kätzchen
mouse f Maus Mäuse
rabbit n Kaninchen Kaninchen
hen f Henne Hennen
duck f Ente Enten
hamster m Hamster Hamster
squirrel n Eichhörnchen Eichhörnchen
pigeon f Taube Tauben
bird m Vogel Vögel
bee f Biene Bienen
fly f Fliege Fliegen
butterfly m Schmetterling Schmetterlinge
crow f Krähe Krähen
computer m Computer Computer
phone n Telefon Telefone
printer m Drucker Drucker
camera f Kamera Kameras
clock f Uhr Uhren
radio n Radio Radios
laptop m Laptop Laptops
keyboard f Tastatur Tastaturen
car n Auto Autos
bus m Bus Busse
truck m Lastwagen Lastwagen
van m Transporter Transporter
motorbike n Motorrad Motorräder
taxi n Taxi Taxis
apple m Apfel Äpfel
sandwich n Brötchen Brötchen
banana f Banane Bananen
cake m Kuchen Kuchen
orange f Orange Orangen
cookie m Keks Kekse
pear f Birne Birnen
egg n Ei Eier
book n Buch Bücher
letter m Brief Briefe
story f Geschichte Geschichten
report m Bericht Berichte
poem n Gedicht Gedichte
essay m Aufsatz Aufsätze
novel m Roman Romane
article m Artikel Artikel
ticket f Karte Karten
map m Stadtplan Stadtpläne
photo n Foto Fotos
card f Postkarte Postkarten
list f Liste Listen
form n Formular Formulare
poster n Plakat Plakate
coat m Mantel Mäntel
shirt n Hemd Hemden
watch f Uhr Uhren
hat m Hut Hüte
jacket f Jacke Jacken
dress n Kleid Kleider
sweater m Pullover Pullover
ring m Ring Ringe
hammer m Hammer Hämmer
knife n Messer Messer
brush f Bürste Bürsten
ladder f Leiter Leitern
needle f Nadel Nadeln
rope n Seil Seile
shovel f Schaufel Schaufeln
bucket m Eimer Eimer
flower f Blume Blumen
tree m Baum Bäume
plant f Pflanze Pflanzen
rose f Rose Rosen
bush m Busch Büsche
tulip f Tulpe Tulpen
film m Film Filme
concert n Konzert Konzerte
match n Spiel Spiele
house n Haus Häuser
bridge f Brücke Brücken
wall f Mauer Mauern
fence m Zaun Zäune
tower m Turm Türme
door f Tür Türen
window n Fenster Fenster
box f Kiste Kisten
gate n Tor Tore
suitcase m Koffer Koffer
park m Park Parks
garden m Garten Gärten
school f Schule Schulen
office n Büro Büros
kitchen f Küche Küchen
hotel n Hotel Hotels
museum n Museum Museen
library f Bibliothek Bibliotheken
village n Dorf Dörfer
shop m Laden Läden
table m Tisch Tische
shelf n Regal Regale
chair m Stuhl Stühle
bed n Bett Betten
desk m Schreibtisch Schreibtische
sofa n Sofa Sofas
water n Wasser -
milk f Milch -
tea m Tee -
coffee m Kaffee -
juice m Saft -
lemonade f Limonade -
meat n Fleisch -
cheese m Käse -
ham m Schinken -
fish m Fisch -
bread n Brot -
corn m Mais -
fruit n Obst -
lettuce m Salat -
"""

# lemma (or kind:lemma): infinitive, du, er, participle; flags: prefix=, sein, dat (object in the
# dative), imp=, ich=, past= (simple past instead of the perfect), reflexive
_VERBS = """
work arbeiten arbeitest arbeitet gearbeitet
sing singen singst singt gesungen
sleep schlafen schläfst schläft geschlafen
laugh lachen lachst lacht gelacht
dance tanzen tanzt tanzt getanzt
walk laufen läufst läuft gelaufen sein
go gehen gehst geht gegangen sein
run rennen rennst rennt gerannt sein
return kehren kehrst kehrt zurückgekehrt prefix=zurück sein
drink trinken trinkst trinkt getrunken imp=trink
order bestellen bestellst bestellt bestellt imp=bestell
eat essen isst isst gegessen imp=iss
buy kaufen kaufst kauft gekauft imp=kauf
write schreiben schreibst schreibt geschrieben imp=schreib
finish beenden beendest beendet beendet imp=beende
translate übersetzen übersetzt übersetzt übersetzt imp=übersetz
print drucken druckst druckt ausgedruckt prefix=aus imp=druck
find finden findest findet gefunden imp=finde
copy kopieren kopierst kopiert kopiert imp=kopier
use benutzen benutzt benutzt benutzt imp=benutz
repair reparieren reparierst repariert repariert imp=reparier
sell verkaufen verkaufst verkauft verkauft imp=verkauf
drive fahren fährst fährt gefahren imp=fahr
park parken parkst parkt geparkt imp=park
book buchen buchst bucht gebucht imp=buch
cook kochen kochst kocht gekocht
wash waschen wäschst wäscht gewaschen imp=wasch
stop halten hältst hält angehalten prefix=an imp=halt
wear tragen trägst trägt getragen imp=trag
carry tragen trägst trägt getragen imp=trag
water gießen gießt gießt gegossen imp=gieß
plant pflanzen pflanzt pflanzt gepflanzt imp=pflanz
watch beobachten beobachtest beobachtet beobachtet
enjoy genießen genießt genießt genossen
build bauen baust baut gebaut imp=bau
paint streichen streichst streicht gestrichen imp=streich
open öffnen öffnest öffnet geöffnet imp=öffne ich=öffne
close schließen schließt schließt geschlossen imp=schließ
clean putzen putzt putzt geputzt imp=putz
visit besuchen besuchst besucht besucht imp=besuch
leave verlassen verlässt verlässt verlassen imp=verlass
help helfen hilfst hilft geholfen dat imp=hilf
meet treffen triffst trifft getroffen imp=triff
call rufen rufst ruft angerufen prefix=an imp=ruf
phone rufen rufst ruft angerufen prefix=an imp=ruf
feed füttern fütterst füttert gefüttert imp=fütter ich=füttere
follow folgen folgst folgt gefolgt dat sein imp=folg
brush bürsten bürstest bürstet gebürstet imp=bürste
catch fangen fängst fängt gefangen imp=fang
jump springen springst springt gesprungen sein
hide verstecken versteckst versteckt versteckt reflexive
chase jagen jagst jagt gejagt
hunt jagen jagst jagt gejagt
steal stehlen stiehlst stiehlt gestohlen
fear fürchten fürchtest fürchtet gefürchtet
avoid meiden meidest meidet gemieden
like mögen magst mag - ich=mag past=mochte
fly fliegen fliegst fliegt geflogen sein
land landen landest landet gelandet sein
turn biegen biegst biegt abgebogen prefix=ab sein
arrive kommen kommst kommt angekommen prefix=an sein
give geben gibst gibt gegeben
show zeigen zeigst zeigt gezeigt
say sagen sagst sagt gesagt
know wissen weißt weiß gewusst ich=weiß
try versuchen versuchst versucht versucht
want wollen willst will - ich=will past=wollte
pet:eat fressen frisst frisst gefressen
small:eat fressen frisst frisst gefressen
device:work funktionieren funktionierst funktioniert funktioniert
device:stop stoppen stoppst stoppt gestoppt
click klicken klickst klickt geklickt
beep piepen piepst piept gepiept
"""

_ADJECTIVES = dict(
    pair.split("=")
    for pair in """
old=alt young=jung small=klein big=groß quiet=ruhig friendly=freundlich new=neu beautiful=schön
cheap=billig heavy=schwer fresh=frisch good=gut expensive=teuer long=lang short=kurz tired=müde
happy=glücklich hungry=hungrig busy=beschäftigt ill=krank thirsty=durstig angry=wütend shy=scheu
broken=kaputt slow=langsam dirty=schmutzig warm=warm cold=kalt sweet=süß
interesting=interessant boring=langweilig sad=traurig clean=sauber dry=trocken tall=groß kind=nett
open=offen closed=geschlossen empty=leer clever=klug lazy=faul funny=lustig
famous=berühmt red=rot blue=blau green=grün white=weiß black=schwarz brown=braun
""".split()
)

_TIMES = {
    "every day": "jeden Tag",
    "every morning": "jeden Morgen",
    "in the evening": "am Abend",
    "on mondays": "montags",
    "yesterday": "gestern",
    "last week": "letzte Woche",
    "this morning": "heute Morgen",
    "last night": "letzte Nacht",
    "tomorrow": "morgen",
    "soon": "bald",
    "tonight": "heute Abend",
    "next week": "nächste Woche",
    "often": "oft",
    "always": "immer",
    "never": "nie",
    "sometimes": "manchmal",
    "usually": "meistens",
    "rarely": "selten",
}
_WORDS = {
    "why": "warum",
    "when": "wann",
    "because": "weil",
    "if": "falls",
}  # "when" as a conjunction: see sentence
_POSSESSIVES = {
    "my": "mein",
    "your": "dein",
    "his": "sein",
    "her": "ihr",
    "our": "unser",
    "their": "ihr",
}
_PREPOSITIONS = {
    "near": "bei",
    "behind": "hinter",
    "beside": "neben",
    "on": "auf",
    "under": "unter",
}
_CONTRACTIONS = {("in", "dem"): "im", ("in", "das"): "ins", ("bei", "dem"): "beim"}

# endings by case, for masculine, feminine, neuter, plural
_GENDERS = "mfnp"
_THE = {"nom": "der die das die", "acc": "den die das die", "dat": "dem der dem den"}
_RELATIVE = {**_THE, "dat": "dem der dem denen"}
_DIES = {
    "nom": "er e es e",
    "acc": "en e es e",
    "dat": "em er em en",
}  # this, every; adjectives without article
_EIN = {"nom": "- e - e", "acc": "en e - e", "dat": "em er em en"}
_WEAK = {"nom": "e e e en", "acc": "en e e en", "dat": "en en en en"}
_MIXED = {"nom": "er e es en", "acc": "en e es en", "dat": "en en en en"}
_PRONOUNS = {  # by person, or gender in the third person singular
    "1sg": "ich mich mir",
    "2": "du dich dir",
    "m": "er ihn ihm",
    "f": "sie sie ihr",
    "n": "es es ihm",
    "1pl": "wir uns uns",
    "3pl": "sie sie ihnen",
}
_AUXILIARIES = {  # ich, du, er, wir/sie
    "haben": "habe hast hat haben",
    "sein": "bin bist ist sind",
    "werden": "werde wirst wird werden",
    "war": "war warst war waren",
}
_PERSONS = {"1sg": 0, "2": 1, "3sg": 2, "1pl": 3, "3pl": 3}


class _Noun(NamedTuple):
    gender: str
    singular: str
    oblique: str  # accusative and dative singular
    plural: str


class _Verb(NamedTuple):
    infinitive: str
    forms: tuple[str, str, str, str]
    participle: str
    prefix: str
    auxiliary: str
    case: str
    imperative: str
    reflexive: bool
    past: str  # the simple past, where it is the usual one


def _read_nouns() -> dict[str, _Noun]:
    nouns = {}
    for row in _NOUNS.strip().splitlines():
        lemma, gender, singular, plural = row.split()
        singular, weak, ending = singular.partition("+")
        nouns[lemma] = _Noun(gender, singular, singular + ending if weak else singular, plural)
    return nouns


def _read_verbs() -> dict[str, _Verb]:
    verbs = {}
    for row in _VERBS.strip().splitlines():
        lemma, infinitive, du, er, participle, *flags = row.split()
        named = dict(f.split("=") for f in flags if "=" in f)
        ich = named.get("ich", infinitive[:-1])
        verbs[lemma] = _Verb(
            infinitive,
            (ich, du, er, infinitive),
            participle,
            named.get("prefix", ""),
            "sein" if "sein" in flags else "haben",
            "dat" if "dat" in flags else "acc",
            named.get("imp", ""),
            "reflexive" in flags,
            named.get("past", ""),
        )
    return verbs


NOUNS = _read_nouns()
VERBS = _read_verbs()


def _ending(table: dict[str, str], case: str, gender: str) -> str:
    return table[case].split()[_GENDERS.index(gender)].replace("-", "")


def _verb(clause: Clause) -> _Verb:
    return VERBS.get(f"{clause.kind}:{clause.verb}") or VERBS[clause.verb]


def has_verb(kind: str, verb: str) -> bool:
    """Whether there is a German verb for this kind of subject."""
    return verb in VERBS or f"{kind}:{verb}" in VERBS


# -- noun phrases ----------------------------------------------------------------------------------


def _gender(phrase: Phrase) -> str:
    """Grammatical gender; "p" for the plural."""
    if phrase.number == "pl":
        return "p"
    if phrase.kind == "noun":
        return NOUNS[phrase.lemma].gender
    if phrase.members:  # a pronoun for the thing named before
        return {"he": "m", "she": "f"}.get(phrase.lemma) or _gender(phrase.members[0])
    return "m" if phrase.cls == "male" else "f"


def _pronoun(phrase: Phrase, case: str) -> str:
    key = phrase.person if phrase.person != "3sg" else _gender(phrase)
    return _PRONOUNS[key].split()[("nom", "acc", "dat").index(case)]


def _noun_phrase(phrase: Phrase, case: str, negated: bool = False) -> list[str]:
    """The words of a noun phrase; `negated` puts "kein" for "ein" or no article."""
    if phrase.kind == "and":
        first, second = phrase.members
        return [*_noun_phrase(first, case), "und", *_noun_phrase(second, case)]
    if phrase.kind == "name":
        return [phrase.lemma.capitalize()]
    if phrase.kind == "pronoun":
        return [_pronoun(phrase, case)]
    noun, gender = NOUNS[phrase.lemma], _gender(phrase)
    determiner = "kein" if negated else phrase.determiner
    article, endings = {
        "the": (_ending(_THE, case, gender), _WEAK),
        "this": ("dies" + _ending(_DIES, case, gender), _WEAK),
        "these": ("dies" + _ending(_DIES, case, gender), _WEAK),
        "every": ("jed" + _ending(_DIES, case, gender), _WEAK),
        "indefinite": ("ein" + _ending(_EIN, case, gender), _MIXED),
        "kein": ("kein" + _ending(_EIN, case, gender), _MIXED),
        "possessive": (_POSSESSIVES.get(phrase.owner, "") + _ending(_EIN, case, gender), _MIXED),
        "two": ("zwei", _DIES),
        "many": ("viel" + _ending(_DIES, case, "p"), _DIES),
        "some": ("etwas", _DIES),
        "bare": ("", _DIES),
    }[determiner]
    if gender == "p":
        form = noun.plural + ("n" if case == "dat" and noun.plural[-1] not in "ns" else "")
    else:
        form = noun.singular if case == "nom" else noun.oblique
    words = [article] if article else []
    if phrase.adjective:
        young_child = phrase.adjective == "young" and phrase.lemma in ("boy", "girl", "child")
        stem = "klein" if young_child else _ADJECTIVES[phrase.adjective]  # not "ein junger Junge"
        words.append(("teur" if stem == "teuer" else stem) + _ending(endings, case, gender))
    words.append(form)
    for preposition, landmark in phrase.near:
        words += _prepositional(_PREPOSITIONS[preposition], landmark, "dat")
    if phrase.relative:
        words += [",", *_relative(phrase), ","]
    return words


def _prepositional(preposition: str, phrase: Phrase, case: str) -> list[str]:
    words = _noun_phrase(phrase, case)
    short = _CONTRACTIONS.get((preposition, words[0]))
    return [short, *words[1:]] if short else [preposition, *words]


def _relative(phrase: Phrase) -> list[str]:
    clause = phrase.relative
    if clause.gap == "subject":
        subject = Phrase("noun", phrase.lemma, phrase.cls, phrase.person)
        return [_ending(_RELATIVE, "nom", _gender(phrase)), *_verb_final(clause, subject, [])]
    pronoun = _ending(_RELATIVE, _verb(clause).case, _gender(phrase))
    return [pronoun, *_verb_final(clause, clause.subject, _noun_phrase(clause.subject, "nom"))]


# -- clauses ---------------------------------------------------------------------------------------


def _finite(forms: str | tuple[str, ...], person: str) -> str:
    return (forms.split() if isinstance(forms, str) else forms)[_PERSONS[person]]


def _simple_past(verb: _Verb) -> tuple[str, ...]:
    return verb.past, verb.past + "st", verb.past, verb.past + "n"


class _Parts(NamedTuple):
    """A clause without its subject: the finite verb, the middle, the closing bracket, what
    follows after a comma.
    """

    finite: str
    middle: list[str]
    closing: list[str]
    after: list[str]


def _parts(clause: Clause, person: str) -> _Parts:
    if clause.pattern == "adjective":
        middle = [*_adverbs(clause), _ADJECTIVES[clause.adjective]]
        if clause.tense == "future":
            return _Parts(_finite(_AUXILIARIES["werden"], person), middle, ["sein"], [])
        forms = _AUXILIARIES["war" if clause.tense == "past" else "sein"]
        return _Parts(_finite(forms, person), middle, [], [])
    verb = _verb(clause)
    if clause.pattern == "want" and clause.verb == "want":
        return _Parts(
            _finite(_simple_past(verb) if clause.tense == "past" else verb.forms, person),
            [*_adverbs(clause), *_middle(clause.content, person)],
            [_infinitive(clause.content)],
            [],
        )
    after: list[str] = []
    if clause.pattern == "want":
        after = [",", *_middle(clause.content, person), *_zu_infinitive(clause.content)]
    elif clause.pattern == "say":
        content = clause.content
        after = [
            ",",
            "dass",
            *_verb_final(content, content.subject, _noun_phrase(content.subject, "nom")),
        ]
    middle = _middle(clause, person)
    if clause.tense == "past" and verb.past:
        return _Parts(_finite(_simple_past(verb), person), middle, [], after)
    if clause.tense == "past":
        return _Parts(
            _finite(_AUXILIARIES[verb.auxiliary], person), middle, [verb.participle], after
        )
    if clause.tense == "future":
        return _Parts(_finite(_AUXILIARIES["werden"], person), middle, [_infinitive(clause)], after)
    return _Parts(_finite(verb.forms, person), middle, [verb.prefix] if verb.prefix else [], after)


def _infinitive(clause: Clause) -> str:
    verb = _verb(clause)
    return verb.prefix + verb.infinitive


def _zu_infinitive(clause: Clause) -> list[str]:
    verb = _verb(clause)
    return [f"{verb.prefix}zu{verb.infinitive}"] if verb.prefix else ["zu", verb.infinitive]


def _adverbs(clause: Clause) -> list[str]:
    time = [] if clause.fronted or not clause.time else _TIMES[clause.time].split()
    return time + ([_TIMES[clause.frequency]] if clause.frequency else [])


def _middle(clause: Clause, person: str) -> list[str]:
    """Pronouns, time, other objects, "nicht", place: the words between the two halves of the
    predicate.
    """
    verb, target = _verb(clause), clause.object
    early: list[str] = []
    if verb.reflexive:
        early.append({"1sg": "mich", "2": "dich", "1pl": "uns"}.get(person, "sich"))
    objects: list[str] = []
    none = (
        clause.negated
        and target is not None
        and target.determiner in ("bare", "indefinite", "some")
        and (target.kind == "noun")
    )
    if clause.recipient:
        objects += _noun_phrase(clause.recipient, "dat")
    if target:
        words = _noun_phrase(target, verb.case, none)
        if target.kind == "pronoun":
            early += words
        else:
            objects += words
    place = (
        _prepositional("in", clause.place, "acc" if clause.pattern == "motion" else "dat")
        if clause.place
        else []
    )
    nicht = ["nicht"] if clause.negated and not none else []
    return [*early, *_adverbs(clause), *objects, *nicht, *place]


def _verb_final(clause: Clause, subject: Phrase, words: list[str]) -> list[str]:
    """A subordinate clause; `words` are those of the subject (none in a subject relative)."""
    p = _parts(clause, subject.person)
    if (
        clause.tense == "present"
        and p.closing
        and clause.pattern != "want"
        and clause.pattern != "adjective"
    ):
        closing = [p.closing[0] + p.finite]
    else:
        closing = [*p.closing, p.finite]
    return [*words, *p.middle, *closing, *p.after]


def _main(clause: Clause, first: list[str], inverted: bool) -> list[str]:
    """A main clause: `first`, the finite verb, the subject if it is not first itself, and the
    rest.
    """
    p = _parts(clause, clause.subject.person)
    subject = _noun_phrase(clause.subject, "nom")
    if inverted:
        return [*first, p.finite, *subject, *p.middle, *p.closing, *p.after]
    return [*subject, p.finite, *p.middle, *p.closing, *p.after]


# -- sentences -------------------------------------------------------------------------------------


def german(sentence: Sentence) -> str:
    """The German sentence, written as usual: capital at the start, punctuation marks after the
    word.
    """
    clause = sentence.clauses[0]
    if sentence.kind == "statement":
        time = _TIMES[clause.time].split() if clause.fronted else []
        return write([*_main(clause, time, bool(time)), "."])
    if sentence.kind in ("yes-no", "wh"):
        return write([*_main(clause, [_WORDS[sentence.word]] if sentence.word else [], True), "?"])
    if sentence.kind == "who":
        p = _parts(clause, "3sg")
        return write(["wer", p.finite, *p.middle, *p.closing, "?"])
    if sentence.kind == "imperative":
        verb = _verb(clause)
        words = [verb.imperative, *_middle(clause, "2"), *([verb.prefix] if verb.prefix else [])]
        return write(
            [*(["bitte"] if sentence.please else []), *words, "." if sentence.please else "!"]
        )
    first, second = sentence.clauses
    if sentence.kind == "contrast":
        return write([*_main(first, [], False), ",", "aber", *_main(second, [], False), "."])
    word = "wenn" if sentence.word == "when" else _WORDS[sentence.word]
    condition = [word, *_verb_final(first, first.subject, _noun_phrase(first.subject, "nom"))]
    return write([*_main(second, [*condition, ","], True), "."])


def write(words: list[str]) -> str:
    """Join words and marks; a comma before another mark disappears."""
    text = " ".join(words)
    for mark in ",.?!":
        text = text.replace(f" {mark}", mark)
    for mark in ",.?!":
        text = text.replace(f",{mark}", mark)
    return text[0].upper() + text[1:]
