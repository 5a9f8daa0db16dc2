"""Tagged CoNLL-U files scored by the rules of the CoNLL 2018 shared task (Zeman et al. 2018).

A reading of the rules that shares no code with `utils.corpora` or with a notebook's own accuracy,
so that each can catch an error of the other. The rules for words and universal tags:

- Both files are read as sequences of words. What counts as text is the characters of the forms
  without spaces; for a range such as `3-4` those of the range, not those of its words. Empty nodes
  (`8.1`) are skipped. A file must end with a blank line.
- The characters of both files must be the same; otherwise nothing is scored.
- A word outside ranges is aligned with the word on the same characters. Where one of the files has
  a range, all words of the stretch are aligned by the longest common subsequence of their
  lower-cased forms.
- Precision is over the words of the system's file, recall over those of the gold file, and
  F1 = 2 * correct / (words of both). With gold words all three are the accuracy.

Heads and relations, which the task scores as well, are not read.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class _Word(NamedTuple):
    start: int              # first character in the text of the file
    end: int                # one behind the last
    form: str
    upos: str
    in_range: bool


@dataclass(frozen=True)
class Score:
    """Number of words in each file and how many are aligned; tags right among the aligned."""

    gold: int
    system: int
    aligned: int
    correct: int

    @property
    def precision(self) -> float:
        return self.correct / self.system if self.system else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        both = self.gold + self.system
        return 2 * self.correct / both if both else 0.0


def score_upos(gold: Path | str, system: Path | str) -> Score:
    """Score the universal tags of the file `system` against the file `gold`.

    Raises ValueError, with file and line, for a file that the rules do not allow, and if the two
    are not about the same text.
    """
    gold_text, gold_words = _read(gold)
    system_text, system_words = _read(system)
    if gold_text != system_text:
        at = next((k for k, (a, b) in enumerate(zip(gold_text, system_text)) if a != b),
                  min(len(gold_text), len(system_text)))
        raise ValueError(f"{gold} and {system} differ in their text: "
                         f"{gold_text[at:at + 20]!r} against {system_text[at:at + 20]!r}")
    pairs = _align(gold_words, system_words)
    correct = sum(g.upos == s.upos for g, s in pairs)
    return Score(len(gold_words), len(system_words), len(pairs), correct)


def _read(path: Path | str) -> tuple[str, list[_Word]]:
    """The characters of the file, and its words with their places among them."""
    lines = Path(path).read_bytes().decode("utf-8").split("\n")
    lines = [line.rstrip("\r") for line in lines]
    text, words, number, left, span = [], [], 0, 0, (0, 0)
    at = 0                                      # characters so far
    for k, line in enumerate(lines[:-1], 1):
        if not line:
            if left:
                raise ValueError(f"{path}, line {k}: the sentence ends inside a range")
            number = 0
        elif not (line.startswith("#") and number == 0 and not left):
            columns = line.split("\t")
            if len(columns) != 10:
                raise ValueError(f"{path}, line {k}: {len(columns)} columns instead of 10")
            name, form, upos = columns[0], _without_spaces(columns[1]), columns[3]
            if "." in name:
                continue
            if not form:
                raise ValueError(f"{path}, line {k}: an empty form")
            if "-" in name:
                first, last = map(int, name.split("-"))
                left, span = last - first + 1, (at, at + len(form))
            else:
                number += 1
                if name != str(number):
                    raise ValueError(f"{path}, line {k}: word {name}, expected {number}")
                in_range = left > 0
                left -= in_range
                span = span if in_range else (at, at + len(form))
                words.append(_Word(*span, columns[1], upos, in_range))
                if in_range:
                    continue                    # its characters were counted with the range
            text.append(form)
            at += len(form)
    if lines[-1] or (len(lines) > 1 and lines[-2]):
        raise ValueError(f"{path}: the file does not end with a blank line")
    return "".join(text), words


def _without_spaces(form: str) -> str:
    return "".join(c for c in form if unicodedata.category(c) != "Zs")


def _align(gold: list[_Word], system: list[_Word]) -> list[tuple[_Word, _Word]]:
    pairs, g, s = [], 0, 0
    while g < len(gold) and s < len(system):
        if gold[g].in_range or system[s].in_range:
            # A word in front of the range that only begins before it is not part of the stretch.
            if not gold[g].in_range and gold[g].start < system[s].start:
                g += 1
            elif not system[s].in_range and system[s].start < gold[g].start:
                s += 1
            else:
                end_g, end_s = _stretch(gold, system, g, s)
                pairs += _common(gold[g:end_g], system[s:end_s])
                g, s = end_g, end_s
        elif (gold[g].start, gold[g].end) == (system[s].start, system[s].end):
            pairs.append((gold[g], system[s]))
            g, s = g + 1, s + 1
        elif gold[g].start <= system[s].start:
            g += 1
        else:
            s += 1
    return pairs


def _stretch(gold: list[_Word], system: list[_Word], g: int, s: int) -> tuple[int, int]:
    """Where the stretch ends that begins at gold[g] and system[s], one of them in a range.

    It goes on as long as a range of either file reaches beyond it.
    """
    end = max(w.end for w in (gold[g], system[s]) if w.in_range)

    def inside(words, k):
        if k >= len(words):
            return False
        return words[k].start < end if words[k].in_range else words[k].end <= end

    while inside(gold, g) or inside(system, s):
        take_gold = g < len(gold) and (s >= len(system) or gold[g].start <= system[s].start)
        word = gold[g] if take_gold else system[s]
        if word.in_range:
            end = max(end, word.end)
        g, s = g + take_gold, s + (not take_gold)
    return g, s


def _common(gold: list[_Word], system: list[_Word]) -> list[tuple[_Word, _Word]]:
    """Pairs of the longest common subsequence of the lower-cased forms."""
    length = [[0] * (len(system) + 1) for _ in range(len(gold) + 1)]
    for g in reversed(range(len(gold))):
        for s in reversed(range(len(system))):
            if gold[g].form.lower() == system[s].form.lower():
                length[g][s] = 1 + length[g + 1][s + 1]
            else:
                length[g][s] = max(length[g + 1][s], length[g][s + 1])
    pairs, g, s = [], 0, 0
    while g < len(gold) and s < len(system):
        if gold[g].form.lower() == system[s].form.lower():
            pairs.append((gold[g], system[s]))
            g, s = g + 1, s + 1
        elif length[g + 1][s] >= length[g][s + 1]:
            g += 1
        else:
            s += 1
    return pairs
