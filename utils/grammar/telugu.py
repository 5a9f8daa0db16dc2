"""Telugu sentences from meanings: verb-final order, case suffixes, relative clauses before the
noun, agreement.

The language is the modern spoken standard. Living objects have the accusative suffix, other objects
have none. The non-past ("తాగుతాడు") serves for the habitual present and for the future. Forms that
no short rule gives stand in the tables.
"""

from __future__ import annotations

from typing import NamedTuple

from utils.grammar.meaning import Clause, Phrase, Sentence

# lemma (or class:lemma): nominative, plural, stem before case suffixes if it is another one (":p" =
# always plural)
_NOUNS = """
boy | అబ్బాయి | అబ్బాయిలు
girl | అమ్మాయి | అమ్మాయిలు
woman | మహిళ | మహిళలు
teacher | ఉపాధ్యాయుడు | ఉపాధ్యాయులు | ఉపాధ్యాయుడి
doctor | వైద్యుడు | వైద్యులు | వైద్యుడి
student | విద్యార్థి | విద్యార్థులు
friend | స్నేహితుడు | స్నేహితులు | స్నేహితుడి
farmer | రైతు | రైతులు
cook | వంటవాడు | వంటవాళ్లు | వంటవాడి
singer | గాయకుడు | గాయకులు | గాయకుడి
guest | అతిథి | అతిథులు
dog | కుక్క | కుక్కలు
cat | పిల్లి | పిల్లులు
puppy | కుక్కపిల్ల | కుక్కపిల్లలు
small:mouse | ఎలుక | ఎలుకలు
rabbit | కుందేలు | కుందేళ్లు
hen | కోడి | కోళ్లు
duck | బాతు | బాతులు
squirrel | ఉడుత | ఉడుతలు
bird | పక్షి | పక్షులు
bee | తేనెటీగ | తేనెటీగలు
fly | ఈగ | ఈగలు
butterfly | సీతాకోకచిలుక | సీతాకోకచిలుకలు
crow | కాకి | కాకులు
computer | కంప్యూటర్ | కంప్యూటర్లు
phone | ఫోన్ | ఫోన్లు
printer | ప్రింటర్ | ప్రింటర్లు
camera | కెమెరా | కెమెరాలు
device:mouse | మౌస్ | మౌస్‌లు
radio | రేడియో | రేడియోలు
car | కారు | కార్లు
bus | బస్సు | బస్సులు
truck | లారీ | లారీలు
taxi | టాక్సీ | టాక్సీలు
apple | యాపిల్ పండు | యాపిల్ పండ్లు
banana | అరటిపండు | అరటిపండ్లు
orange | నారింజ పండు | నారింజ పండ్లు
cake | కేకు | కేకులు
cookie | బిస్కెట్టు | బిస్కెట్లు
egg | గుడ్డు | గుడ్లు
water | నీళ్లు | :p
milk | పాలు | :p
tea | టీ | -
coffee | కాఫీ | -
juice | పండ్ల రసం | -
lemonade | నిమ్మరసం | -
meat | మాంసం | -
fish | చేపలు | :p
bread | రొట్టె | -
corn | మొక్కజొన్న | -
fruit | పండ్లు | :p
book | పుస్తకం | పుస్తకాలు
letter | ఉత్తరం | ఉత్తరాలు
story | కథ | కథలు
report | నివేదిక | నివేదికలు
poem | కవిత | కవితలు
novel | నవల | నవలలు
article | వ్యాసం | వ్యాసాలు
ticket | టికెట్ | టికెట్లు
map | పటం | పటాలు
photo | ఫోటో | ఫోటోలు
card | కార్డు | కార్డులు
list | జాబితా | జాబితాలు
poster | పోస్టర్ | పోస్టర్లు
shirt | చొక్కా | చొక్కాలు
watch | గడియారం | గడియారాలు
hat | టోపీ | టోపీలు
ring | ఉంగరం | ఉంగరాలు
sweater | స్వెట్టర్ | స్వెట్టర్లు
hammer | సుత్తి | సుత్తులు
knife | కత్తి | కత్తులు
brush | కుంచె | కుంచెలు
ladder | నిచ్చెన | నిచ్చెనలు
needle | సూది | సూదులు
rope | తాడు | తాళ్లు
shovel | పార | పారలు
bucket | బకెట్టు | బకెట్లు
flower | పువ్వు | పువ్వులు
tree | చెట్టు | చెట్లు
plant | మొక్క | మొక్కలు
rose | గులాబీ | గులాబీలు
bush | పొద | పొదలు
film | సినిమా | సినిమాలు
concert | కచేరీ | కచేరీలు
house | ఇల్లు | ఇళ్లు | ఇంటి
bridge | వంతెన | వంతెనలు
wall | గోడ | గోడలు
fence | కంచె | కంచెలు
door | తలుపు | తలుపులు
window | కిటికీ | కిటికీలు
box | పెట్టె | పెట్టెలు
gate | గేటు | గేట్లు
park | పార్కు | పార్కులు
garden | తోట | తోటలు
school | పాఠశాల | పాఠశాలలు
office | ఆఫీసు | ఆఫీసులు
kitchen | వంటగది | వంటగదులు
museum | మ్యూజియం | మ్యూజియాలు
library | గ్రంథాలయం | గ్రంథాలయాలు
village | గ్రామం | గ్రామాలు
shop | దుకాణం | దుకాణాలు
table | బల్ల | బల్లలు
chair | కుర్చీ | కుర్చీలు
sofa | సోఫా | సోఫాలు
"""
_NAMES = dict(
    pair.split("=") for pair in "ravi=రవి hari=హరి maria=మరియా sita=సీత lata=లత anna=అన్నా".split()
)

# lemma (or kind:lemma, pattern:lemma):
# non-past stem | past stem | past, 3rd person singular not masculine | negative stem | non-past
# participle | past participle; then flags: dat (object in the dative), inf= (infinitive stem), fut=
# (irregular 3rd singular)
# "+చేయు" and "+ఇంచు" stand for the two large regular classes.
_VERBS = """
drink | తాగుత తాగ తాగింది తాగ తాగే తాగిన
eat | తింట తిన్న తిన్నది తిన తినే తిన్న
buy | కొంట కొన్న కొన్నది కొన కొనే కొన్న
sell | అమ్ముత అమ్మ అమ్మింది అమ్మ అమ్మే అమ్మిన
order | ఆర్డర్ +చేయు
write | రాస్త రాశ రాసింది రాయ రాసే రాసిన
finish | పూర్తి +చేయు
translate | అనువద+ఇంచు
print | ముద్ర+ఇంచు
copy | కాపీ +చేయు
find | కనుగొంట కనుగొన్న కనుగొన్నది కనుగొన కనుగొనే కనుగొన్న
use | ఉపయోగ+ఇంచు
repair | బాగు +చేయు
drive | నడుపుత నడిప నడిపింది నడప నడిపే నడిపిన
park | పార్క్ +చేయు
wash | కడుగుత కడిగ కడిగింది కడగ కడిగే కడిగిన
stop | ఆపుత ఆప ఆపింది ఆప ఆపే ఆపిన
vehicle:stop | ఆగుత ఆగ ఆగింది ఆగ ఆగే ఆగిన
device:stop | ఆగుత ఆగ ఆగింది ఆగ ఆగే ఆగిన
wear | ధర+ఇంచు
carry | మోస్త మోశ మోసింది మోయ మోసే మోసిన
water | నీళ్లు పోస్త పోశ పోసింది పోయ పోసే పోసిన | dat
plant | నాటుత నాట నాటింది నాట నాటే నాటిన
watch | చూస్త చూశ చూసింది చూడ చూసే చూసిన
enjoy | ఆస్వాద+ఇంచు
build | నిర్మ+ఇంచు
paint | రంగు వేస్త వేశ వేసింది వేయ వేసే వేసిన | dat
open | తెరుస్త తెరిచ తెరిచింది తెరవ తెరిచే తెరిచిన
close | మూస్త మూశ మూసింది మూయ మూసే మూసిన
clean | శుభ్రం +చేయు
help | సహాయం +చేయు | dat
meet | కలుసుకుంట కలుసుకున్న కలుసుకుంది కలుసుకో కలుసుకునే కలుసుకున్న | inf=కలుసుకోవ
call | పిలుస్త పిలిచ పిలిచింది పిలవ పిలిచే పిలిచిన
phone | ఫోన్ +చేయు | dat
feed | ఆహారం పెడత పెట్ట పెట్టింది పెట్ట పెట్టే పెట్టిన | dat fut=పెడుతుంది
follow | అనుసర+ఇంచు
catch | పట్టుకుంట పట్టుకున్న పట్టుకుంది పట్టుకో పట్టుకునే పట్టుకున్న | inf=పట్టుకోవ
chase | తరుముత తరిమ తరిమింది తరమ తరిమే తరిమిన
hunt | వేటాడుత వేటాడ వేటాడింది వేటాడ వేటాడే వేటాడిన
steal | దొంగిల+ఇంచు
fear | భయపడుత భయపడ్డ భయపడింది భయపడ భయపడే భయపడిన | dat
work | పని +చేయు
cook | వంట +చేయు
book | బుక్ +చేయు
sing | పాడుత పాడ పాడింది పాడ పాడే పాడిన
sleep | నిద్రపోత నిద్రపోయ నిద్రపోయింది నిద్రపో నిద్రపోయే నిద్రపోయిన | inf=నిద్రపోవ
laugh | నవ్వుత నవ్వ నవ్వింది నవ్వ నవ్వే నవ్విన
dance | నాట్యం +చేయు
run | పరుగెత్తుత పరుగెత్త పరుగెత్తింది పరుగెత్త పరుగెత్తే పరుగెత్తిన
jump | దూకుత దూక దూకింది దూక దూకే దూకిన
hide | దాక్కుంట దాక్కున్న దాక్కుంది దాక్కో దాక్కునే దాక్కున్న | inf=దాక్కోవ
fly | ఎగురుత ఎగిర ఎగిరింది ఎగర ఎగిరే ఎగిరిన
land | వాలుత వాల వాలింది వాల వాలే వాలిన
return | తిరిగి వస్త వచ్చ వచ్చింది రా వచ్చే వచ్చిన | inf=రావ
motion:return | తిరిగి వెళ్త వెళ్ళ వెళ్ళింది వెళ్ళ వెళ్ళే వెళ్ళిన
motion:go | వెళ్త వెళ్ళ వెళ్ళింది వెళ్ళ వెళ్ళే వెళ్ళిన
motion:walk | నడిచి వెళ్త వెళ్ళ వెళ్ళింది వెళ్ళ వెళ్ళే వెళ్ళిన
motion:run | పరుగెత్తుకుంటూ వెళ్త వెళ్ళ వెళ్ళింది వెళ్ళ వెళ్ళే వెళ్ళిన
arrive | వస్త వచ్చ వచ్చింది రా వచ్చే వచ్చిన | inf=రావ
turn | తిరుగుత తిరిగ తిరిగింది తిరగ తిరిగే తిరిగిన
give | ఇస్త ఇచ్చ ఇచ్చింది ఇవ్వ ఇచ్చే ఇచ్చిన
show | చూప+ఇంచు
say | చెబుత చెప్ప చెప్పింది చెప్ప చెప్పే చెప్పిన
want:want | అనుకుంట అనుకున్న అనుకుంది అనుకో అనుకునే అనుకున్న | inf=అనుకోవ
want:try | ప్రయత్న+ఇంచు
"""

_ATTRIBUTIVE = dict(
    pair.split("=")
    for pair in """
old=పాత small=చిన్న big=పెద్ద new=కొత్త beautiful=అందమైన cheap=చవకైన heavy=బరువైన good=మంచి
fresh=తాజా expensive=ఖరీదైన red=ఎర్ర blue=నీలి green=ఆకుపచ్చ white=తెల్ల black=నల్ల clever=తెలివైన
lazy=సోమరి tall=పొడవైన kind=దయగల
""".split()
)

# Predicates go with "to be". The subject of a feeling marked "dat" is in the dative, and the verb
# then agrees with nothing.
_PREDICATIVE = {
    "happy": "సంతోషంగా",
    "busy": "బిజీగా",
    "tired": "అలసిపోయి",
    "ill": "అనారోగ్యంగా",
    "angry": "కోపంగా",
    "broken": "పాడైపోయి",
    "expensive": "ఖరీదుగా",
    "cheap": "చవకగా",
    "slow": "నెమ్మదిగా",
    "dirty": "మురికిగా",
    "warm": "వేడిగా",
    "cold": "చల్లగా",
    "sweet": "తియ్యగా",
    "interesting": "ఆసక్తికరంగా",
    "clean": "శుభ్రంగా",
    "beautiful": "అందంగా",
    "open": "తెరిచి",
    "closed": "మూసి",
    "empty": "ఖాళీగా",
    "hungry": "ఆకలిగా",
    "thirsty": "దాహంగా",
}
_FEELINGS = {"hungry", "thirsty"}

_TIMES = {
    "every day": "ప్రతిరోజూ",
    "every morning": "ప్రతి ఉదయం",
    "in the evening": "సాయంత్రం",
    "on mondays": "సోమవారాల్లో",
    "yesterday": "నిన్న",
    "last week": "గత వారం",
    "this morning": "ఈ ఉదయం",
    "last night": "నిన్న రాత్రి",
    "tomorrow": "రేపు",
    "soon": "త్వరలో",
    "tonight": "ఈ రాత్రి",
    "next week": "వచ్చే వారం",
    "often": "తరచుగా",
    "always": "ఎల్లప్పుడూ",
    "never": "ఎప్పుడూ",
    "sometimes": "అప్పుడప్పుడు",
    "usually": "సాధారణంగా",
    "rarely": "అరుదుగా",
}
_WH = {"why": "ఎందుకు", "when": "ఎప్పుడు"}
_POSSESSIVES = {"my": "నా", "your": "మీ", "his": "అతని", "her": "ఆమె", "our": "మా", "their": "వాళ్ల"}
_OWN = {**_POSSESSIVES, "his": "తన", "her": "తన", "their": "తమ"}  # of the subject itself
_PLACES = {"near": "దగ్గర", "behind": "వెనుక", "beside": "పక్కన", "on": "మీద", "under": "కింద"}
_PRONOUNS = {  # agreement: nominative, accusative, dative
    "1sg": "నేను నన్ను నాకు",
    "2": "మీరు మిమ్మల్ని మీకు",
    "m": "అతను అతన్ని అతనికి",
    "f": "ఆమె ఆమెను ఆమెకు",
    "n": "అది దాన్ని దానికి",
    "1pl": "మేము మమ్మల్ని మాకు",
    "people": "వాళ్లు వాళ్లను వాళ్లకు",
    "things": "అవి వాటిని వాటికి",
}
_AGREEMENT = ("1sg", "2", "m", "f", "n", "1pl", "people", "things")
_ENDINGS = dict(zip(_AGREEMENT, "ాను ారు ాడు - - ాము ారు ాయి".split()))
_NEGATIVE = dict(zip(_AGREEMENT, "ను రు డు దు దు ము రు వు".split()))
_IS = dict(zip(_AGREEMENT, "ఉన్నాను ఉన్నారు ఉన్నాడు ఉంది ఉంది ఉన్నాము ఉన్నారు ఉన్నాయి".split()))
_WILL_BE = dict(zip(_AGREEMENT, "ఉంటాను ఉంటారు ఉంటాడు ఉంటుంది ఉంటుంది ఉంటాము ఉంటారు ఉంటాయి".split()))


class Untranslatable(ValueError):
    """A meaning whose Telugu the tables don't cover."""


class _Noun(NamedTuple):
    nominative: str
    plural: str
    stem: str
    always_plural: bool


class _Verb(NamedTuple):
    nonpast: str
    past: str
    past_singular: str
    negative: str
    nonpast_participle: str
    past_participle: str
    infinitive: str
    nonpast_singular: str
    case: str


def _read_nouns() -> dict[str, _Noun]:
    nouns = {}
    for row in _NOUNS.strip().splitlines():
        lemma, nominative, plural, *stem = (cell.strip() for cell in row.split("|"))
        nouns[lemma] = _Noun(nominative, plural, stem[0] if stem else nominative, plural == ":p")
    return nouns


def _read_verbs() -> dict[str, _Verb]:
    verbs = {}
    for row in _VERBS.strip().splitlines():
        lemma, forms, *flags = (cell.strip() for cell in row.split("|"))
        flags = flags[0].split() if flags else []
        named = dict(f.split("=") for f in flags if "=" in f)
        if "+" in forms:
            before, _, cls = forms.partition("+")
            six = ("చేస్త చేశ చేసింది చెయ్య చేసే చేసిన" if cls == "చేయు" else "ిస్త ించ ించింది ించ ించే ించిన").split()
            object_word = before
        else:
            words = forms.split()
            six, object_word = words[-6:], "".join(w + " " for w in words[:-6])
        six = [object_word + form for form in six]
        infinitive = object_word + named["inf"] if "inf" in named else six[3]
        singular = object_word + named["fut"] if "fut" in named else six[0] + "ుంది"
        verbs[lemma] = _Verb(*six, infinitive, singular, "dat" if "dat" in flags else "acc")
    return verbs


NOUNS = _read_nouns()
VERBS = _read_verbs()
NAMES = tuple(_NAMES)
ADJECTIVES = tuple(_ATTRIBUTIVE)
PREDICATES = tuple(_PREDICATIVE)


def has_noun(cls: str, lemma: str) -> bool:
    """Whether there is a Telugu noun for this word in this class."""
    return lemma in NOUNS or f"{cls}:{lemma}" in NOUNS


def has_verb(kind: str, pattern: str, verb: str) -> bool:
    """Whether there is a Telugu verb for this kind of subject and pattern."""
    if pattern == "motion":
        return f"motion:{verb}" in VERBS
    return verb in VERBS or f"{kind}:{verb}" in VERBS


def _noun(phrase: Phrase) -> _Noun:
    return NOUNS.get(f"{phrase.cls}:{phrase.lemma}") or NOUNS[phrase.lemma]


def _verb(clause: Clause) -> _Verb:
    for prefix in (clause.pattern, clause.kind):
        if f"{prefix}:{clause.verb}" in VERBS:
            return VERBS[f"{prefix}:{clause.verb}"]
    return VERBS[clause.verb]


# -- noun phrases ----------------------------------------------------------------------------------


def _agreement(phrase: Phrase) -> str:
    """What the verb agrees with: person, and gender or humanness in the third person."""
    if phrase.person in ("1sg", "2", "1pl"):
        return phrase.person
    if phrase.kind == "noun" and _noun(phrase).always_plural:
        return "things"
    if phrase.person == "3pl":
        return "people" if phrase.human else "things"
    if not phrase.human:
        return "n"
    return "f" if phrase.cls == "female" else "m"


def _suffixed(stem: str, case: str) -> str:
    """A stem with a case suffix; "gen" is the bare stem, before postpositions."""
    if case in ("nom", "gen"):
        return stem
    if stem.endswith("ం"):
        return stem[:-1] + ("ాన్ని" if case == "acc" else "ానికి")
    front = stem[-1] in "ిీై"
    return stem + {"acc": "ని" if front else "ను", "dat": "కి" if front else "కు"}[case]


def _inflected(phrase: Phrase, case: str) -> str:
    if phrase.kind == "name":
        return _suffixed(_NAMES[phrase.lemma], case)
    noun = _noun(phrase)
    if phrase.number == "sg" and not noun.always_plural:
        return noun.nominative if case == "nom" else _suffixed(noun.stem, case)
    plural = noun.nominative if noun.always_plural else noun.plural
    return plural if case == "nom" else _suffixed(plural[:-1], case)  # -లు -> -ల


def _noun_phrase(phrase: Phrase, case: str) -> list[str]:
    if phrase.kind == "and":
        first, second = phrase.members
        return [*_noun_phrase(first, "nom"), "మరియు", *_noun_phrase(second, case)]
    if phrase.kind == "pronoun":
        return [_PRONOUNS[_agreement(phrase)].split()[("nom", "acc", "dat").index(case)]]
    words: list[str] = []
    if phrase.relative:
        words += _relative(phrase.relative)
    if phrase.near:
        words += _located(phrase.near)
    words += {
        "indefinite": ["ఒక"],
        "this": ["ఈ"],
        "these": ["ఈ"],
        "two": ["ఇద్దరు" if phrase.human else "రెండు"],
        "many": ["చాలామంది" if phrase.human else "చాలా"],
        "possessive": [
            _OWN.get(phrase.owner, "") if phrase.own else _POSSESSIVES.get(phrase.owner, "")
        ],
    }.get(phrase.determiner, [])
    if phrase.adjective:
        words.append(_ATTRIBUTIVE[phrase.adjective])
    return [*words, _inflected(phrase, case)]


def _located(near: tuple[tuple[str, Phrase], ...]) -> list[str]:
    """ "near A behind B" is "B-behind being A-near being"."""
    (preposition, landmark), *more = near
    return [
        *(_located(tuple(more)) if more else []),
        _inflected(landmark, "gen"),
        _PLACES[preposition],
        "ఉన్న",
    ]


def _relative(clause: Clause) -> list[str]:
    """A participle phrase, which stands before its noun."""
    verb = _verb(clause)
    subject = _noun_phrase(clause.subject, "nom") if clause.subject else []
    participle = verb.past_participle if clause.tense == "past" else verb.nonpast_participle
    return [*subject, *_objects(clause), participle]


# -- clauses ---------------------------------------------------------------------------------------


def _living(phrase: Phrase) -> bool:
    return (
        phrase.human
        or phrase.kind in ("name", "pronoun")
        or phrase.cls in ("pet", "small", "flyer")
    )


def _objects(clause: Clause) -> list[str]:
    """Time, place, recipient and object, in this order."""
    words = [] if clause.fronted or not clause.time else [_TIMES[clause.time]]
    if clause.frequency:
        words.append(_TIMES[clause.frequency])
    if clause.place:
        if clause.pattern == "motion":
            words += _noun_phrase(clause.place, "dat")
        else:
            words += _noun_phrase(clause.place, "gen")
            words[-1] += "లో"
    if clause.recipient:
        words += _noun_phrase(clause.recipient, "dat")
    if clause.object:
        case = _verb(clause).case
        if case == "acc" and not _living(clause.object):
            case = "nom"
        words += _noun_phrase(clause.object, case)
    return words


def _predicate(clause: Clause, agreement: str) -> list[str]:
    """Everything after the subject; the verb is last."""
    if clause.pattern == "adjective":
        if clause.tense == "past":
            raise Untranslatable("a state in the past")
        forms = _WILL_BE if clause.tense == "future" else _IS
        return [*_objects(clause), _PREDICATIVE[clause.adjective], forms[agreement]]
    verb = _verb(clause)
    before = _objects(clause)
    if clause.pattern == "say":
        content = clause.content
        *words, last = _clause(content)
        before += [*words, last[:-1] + "ని"]  # కొన్నారు + అని
    elif clause.pattern == "want":
        inner = _verb(clause.content).infinitive
        before += _objects(clause.content)
        before.append(inner + "ాలని" if clause.verb == "want" else inner + "డానికి")
    if clause.negated or clause.frequency == "never":
        if clause.tense == "past":
            return [*before, verb.negative + "లేదు"]
        return [*before, verb.negative + _NEGATIVE[agreement]]
    if clause.tense == "past":
        form = verb.past_singular if agreement in "fn" else verb.past + _ENDINGS[agreement]
    else:
        form = verb.nonpast_singular if agreement in "fn" else verb.nonpast + _ENDINGS[agreement]
    return [*before, form]


def _feeling(clause: Clause) -> bool:
    return clause.pattern == "adjective" and clause.adjective in _FEELINGS


def _clause(clause: Clause) -> list[str]:
    if _feeling(clause):
        return [*_noun_phrase(clause.subject, "dat"), *_predicate(clause, "n")]
    return [*_noun_phrase(clause.subject, "nom"), *_predicate(clause, _agreement(clause.subject))]


# -- sentences -------------------------------------------------------------------------------------


def telugu(sentence: Sentence) -> str:
    """The Telugu sentence (NFC), punctuation marks after the word.

    Raises:
        Untranslatable: the tables don't cover the meaning.
    """
    clause = sentence.clauses[0]
    if sentence.kind == "statement":
        time = [_TIMES[clause.time]] if clause.fronted else []
        return " ".join([*time, *_clause(clause)]) + "."
    if sentence.kind == "yes-no":
        *words, verb = _clause(clause)
        return " ".join([*words, verb[:-1] + "ా"]) + "?"
    if sentence.kind == "wh":
        subject = _noun_phrase(clause.subject, "nom")
        *before, verb = _predicate(clause, _agreement(clause.subject))
        return " ".join([*subject, *before, _WH[sentence.word], verb]) + "?"
    if sentence.kind == "who":
        *before, verb = _predicate(clause, "people")
        return " ".join([*before, "ఎవరు", verb]) + "?"
    if sentence.kind == "imperative":
        words = [*_objects(clause), _verb(clause).negative + "ండి"]
        return " ".join(["దయచేసి", *words] if sentence.please else words) + "."
    first, second = sentence.clauses
    if sentence.kind == "contrast":
        return " ".join(_clause(first)) + ", కానీ " + " ".join(_clause(second)) + "."
    state = _clause(first)
    if sentence.word == "because":
        state.append("కాబట్టి")
    else:
        state[-1] = "ఉన్నప్పుడు" if sentence.word == "when" else "ఉంటే"
    return " ".join(state) + ", " + " ".join(_clause(second)) + "."
