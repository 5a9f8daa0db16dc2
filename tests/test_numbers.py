"""data/numbers: number names that a reader of both languages would write, byte for byte."""

import hashlib
from pathlib import Path

import pytest

from utils.corpora import corpora, find, load_pairs
from utils.grammar import numbers
from utils.grammar.numbers import SMALL, TENS, english, german

DATA = Path(__file__).resolve().parents[1] / "data" / "numbers"
NAMES = {
    0: ("zero", "null"),
    1: ("one", "eins"),
    12: ("twelve", "zwölf"),
    16: ("sixteen", "sechzehn"),
    17: ("seventeen", "siebzehn"),
    21: ("twenty-one", "einundzwanzig"),
    30: ("thirty", "dreißig"),
    66: ("sixty-six", "sechsundsechzig"),
    77: ("seventy-seven", "siebenundsiebzig"),
    100: ("one hundred", "hundert"),
    101: ("one hundred one", "hunderteins"),
    121: ("one hundred twenty-one", "hunderteinundzwanzig"),
    247: ("two hundred forty-seven", "zweihundertsiebenundvierzig"),
    1000: ("one thousand", "tausend"),
    1001: ("one thousand one", "tausendeins"),
    1100: ("one thousand one hundred", "tausendeinhundert"),
    2101: ("two thousand one hundred one", "zweitausendeinhunderteins"),
    17016: ("seventeen thousand sixteen", "siebzehntausendsechzehn"),
    21001: ("twenty-one thousand one", "einundzwanzigtausendeins"),
    101101: ("one hundred one thousand one hundred one", "hunderteintausendeinhunderteins"),
    300000: ("three hundred thousand", "dreihunderttausend"),
    999999: ("nine hundred ninety-nine thousand nine hundred ninety-nine",
             "neunhundertneunundneunzigtausendneunhundertneunundneunzig"),
}  # fmt: skip


@pytest.mark.parametrize("n", NAMES)
def test_names(n):
    assert (english(n), german(n)) == NAMES[n]


def value_of_german(name):
    """The number that a German name says: read by another way than it is written."""
    thousands, found, rest = name.rpartition("tausend")
    if found:
        return 1000 * (value_of_german(thousands) if thousands else 1) + value_of_german(rest)
    hundreds, found, rest = name.rpartition("hundert")
    if found:
        return 100 * (value_of_german(hundreds) if hundreds else 1) + value_of_german(rest)
    units, found, tens = name.rpartition("und")
    if found:
        return 10 * TENS["de"].index(tens) + value_of_german(units)
    digits = {"": 0, "ein": 1} | {name: n for n, name in enumerate(SMALL["de"])}
    return 10 * TENS["de"].index(name) if name in TENS["de"][2:] else digits[name]


def value_of_english(name):
    total = group = 0
    for word in name.replace("-", " ").split():
        if word == "thousand":
            total, group = 1000 * group, 0
        elif word == "hundred":
            group *= 100
        else:
            group += SMALL["en"].index(word) if word in SMALL["en"] else 10 * TENS["en"].index(word)
    return total + group


def test_every_name_says_its_number():
    for n in [*range(20_000), *range(20_000, 1_000_000, 997), 999_999]:
        assert value_of_german(german(n)) == value_of_english(english(n)) == n


def test_ein_stands_only_in_front_of_something():
    for n in range(2_000):
        assert german(n).endswith("eins") == (n % 100 == 1)
        assert "einsund" not in german(n) and "einshundert" not in german(n)


@pytest.mark.parametrize("n", [-1, 1_000_000])
def test_other_numbers_are_refused(n):
    with pytest.raises(ValueError, match="from 0 to 999,999"):
        german(n)


def test_the_files_are_what_the_generator_writes(tmp_path):
    numbers.main(["--out", str(tmp_path)])
    made = {p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()}
    here = {p.relative_to(DATA) for p in DATA.rglob("*") if p.is_file()} - {Path("README.md")}
    assert made == here
    for path in made:
        assert (DATA / path).read_bytes() == (tmp_path / path).read_bytes(), (
            f"data/numbers/{path} is not what `python -m utils.grammar.numbers` writes"
        )


def test_the_corpus_is_registered_and_intact():
    (path,) = find("numbers-en-de").values()
    (file,) = corpora()["numbers-en-de"].files
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def test_the_corpus_is_split_without_leaks():
    pairs = load_pairs("numbers-en-de")
    assert sorted(map(len, (pairs.train, pairs.valid, pairs.test))) == [150, 150, 2700]
    sources = [en for part in (pairs.train, pairs.valid, pairs.test) for en, _ in part]
    assert len(set(sources)) == 3000
    assert {(english(n), german(n)) for n in range(1000)} <= {*pairs.train, *pairs.valid, *pairs.test}
