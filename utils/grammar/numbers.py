"""Number names, English and German: a small parallel corpus whose translations are exact.

    python -m utils.grammar.numbers --out data/numbers

German writes a number below a million as one word, and says the units before the tens: `forty-seven`
is `siebenundvierzig`. Rules: Duden, Die Grammatik (2022), on cardinal numbers; of several right forms
the usual one (`hunderteins`, not `einhunderteins`; `tausendeinhundert`, not `elfhundert`).
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

from utils.files import write_whole

SEED = 20261122
_SMALL = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
          "fifteen sixteen seventeen eighteen nineteen",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
          "fünfzehn sechzehn siebzehn achtzehn neunzehn",
}  # fmt: skip
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
}
SMALL = {language: names.split() for language, names in _SMALL.items()}
TENS = {language: ["", "", *names.split()] for language, names in _TENS.items()}


def _check(n: int) -> None:
    if not 0 <= n < 1_000_000:
        raise ValueError(f"{n} has no name here: numbers go from 0 to 999,999")


def english(n: int) -> str:
    """The English name of a number from 0 to 999,999, without `and`: `two hundred forty-seven`."""
    _check(n)
    thousands, hundreds, rest = n // 1000, n // 100 % 10, n % 100
    words = [f"{english(thousands)} thousand"] if thousands else []
    if hundreds:
        words.append(f"{SMALL['en'][hundreds]} hundred")
    if rest >= 20:
        units = f"-{SMALL['en'][rest % 10]}" if rest % 10 else ""
        words.append(TENS["en"][rest // 10] + units)
    elif rest or not words:
        words.append(SMALL["en"][rest])
    return " ".join(words)


def german(n: int) -> str:
    """The German name of a number from 0 to 999,999, one word: `zweihundertsiebenundvierzig`."""
    _check(n)
    thousands, hundreds, rest = n // 1000, n // 100 % 10, n % 100
    word = ""
    if thousands > 1:       # eins is ein before tausend: einundzwanzigtausend, hunderteintausend
        word = german(thousands)
        word = word[:-1] if thousands % 100 == 1 else word
    if thousands:
        word += "tausend"
    if hundreds > 1 or hundreds and thousands:      # hundert, but tausendeinhundert
        word += _before(hundreds)
    if hundreds:
        word += "hundert"
    if rest >= 20:
        units = f"{_before(rest % 10)}und" if rest % 10 else ""
        return word + units + TENS["de"][rest // 10]
    return word + SMALL["de"][rest] if rest or not word else word


def _before(digit: int) -> str:
    """A digit in front of `hundert` or `und`: `eins` loses its s."""
    return "ein" if digit == 1 else SMALL["de"][digit]


def sample(rng: np.random.Generator) -> list[int]:
    """All numbers below 1,000, and 1,000 each of those with four and with five or six digits."""
    longer = [rng.choice(np.arange(low, high), 1000, replace=False)
              for low, high in ((1_000, 10_000), (10_000, 1_000_000))]
    return [*range(1000), *sorted(int(n) for part in longer for n in part)]


def corpora() -> dict[str, str]:
    """All generated files, by their path below data/numbers."""
    numbers = sample(np.random.default_rng(SEED))
    pairs = "".join(f"{english(n)}\t{german(n)}\n" for n in numbers)
    sha256 = hashlib.sha256(pairs.encode()).hexdigest()
    return {"en-de/pairs.tsv": pairs, "SHA256SUMS": f"{sha256}  en-de/pairs.tsv\n"}


def main(arguments: list[str] | None = None) -> None:
    """Write the corpus again."""
    parser = argparse.ArgumentParser(description="Write the embedded corpus of number names.")
    parser.add_argument("--out", type=Path, default=Path("data/numbers"), help="folder to write to")
    out = parser.parse_args(arguments).out
    for name, text in corpora().items():
        write_whole(out / name, text)
        print(out / name)


if __name__ == "__main__":
    main()
