"""Writes the embedded corpora from one seed: same command, same bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from utils.files import write_whole
from utils.grammar import probes
from utils.grammar.derivation import Derivation
from utils.grammar.grammar import Grammar, everyday
from utils.grammar.pairs import sample_pairs
from utils.grammar.treebank import sample_treebank

SEED = 20261122
LM_TOKENS = {"train": 168_000, "valid": 10_000, "test": 20_000}
SENTENCES = {"train": 3_000, "valid": 300, "test": 500}
PAIRS = {"train": 6_000, "valid": 300, "test": 500}


def sample_lines(grammar: Grammar, rng: np.random.Generator, tokens: int) -> list[Derivation]:
    """Lines until there are at least `tokens` tokens, <eos> counted once per line."""
    lines, seen = [], 0
    while seen < tokens:
        lines.append(grammar.sample(rng))
        seen += len(lines[-1].tokens) + 1
    return lines


def lm_files() -> dict[str, str]:
    """The LM corpus and its truth: name of the file -> its text."""
    grammar = everyday()
    entropy = grammar.entropy
    files: dict[str, str] = {}
    truth: dict = {**entropy._asdict(), "splits": {}}
    types: set[str] = {"<eos>"}
    for i, (split, size) in enumerate(LM_TOKENS.items()):
        lines = sample_lines(grammar, np.random.default_rng([SEED, 1, i]), size)
        files[f"lm/{split}.txt"] = "".join(" ".join(d.tokens) + "\n" for d in lines)
        tokens = sum(len(d.tokens) + 1 for d in lines)
        nats = -sum(d.logprob for d in lines)
        truth["splits"][split] = {
            "lines": len(lines),
            "tokens": tokens,
            "nats": nats,
            "nats_per_token": nats / tokens,
            "perplexity": float(np.exp(nats / tokens)),
        }
        types.update(t for d in lines for t in d.tokens)
    truth["types"] = len(types)
    truth["unit"] = "natural logarithm; tokens include one <eos> per line"
    files["lm/truth.json"] = json.dumps(truth, indent=2) + "\n"
    return files


def pos_files() -> dict[str, str]:
    """The treebank."""
    parts = sample_treebank(np.random.default_rng([SEED, 2]), SENTENCES)
    return {f"pos/{split}.conllu": text for split, text in parts.items()}


def pair_files(language: str, stream: int) -> dict[str, str]:
    """English and another language, two columns."""
    parts = sample_pairs(language, np.random.default_rng([SEED, stream]), PAIRS)
    return {
        f"en-{language}/{split}.tsv": "".join(f"{source}\t{target}\n" for source, target in pairs)
        for split, pairs in parts.items()
    }


def probe_files() -> dict[str, str]:
    """Questions at controlled distances."""
    return {
        "lm/probes/agreement.tsv": probes.agreement(np.random.default_rng([SEED, 5])),
        "lm/probes/repeats.tsv": probes.repeats(np.random.default_rng([SEED, 6])),
        "lm/probes/tickets.tsv": probes.tickets(),
    }


def corpora() -> dict[str, str]:
    """All generated files, by their path below data/everyday; the checksums come last."""
    files = {
        **lm_files(),
        **probe_files(),
        **pos_files(),
        **pair_files("de", 3),
        **pair_files("te", 4),
    }
    sums = (
        f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in sorted(files)
    )
    return {**files, "SHA256SUMS": "".join(sums)}


def write_all(out: Path) -> list[Path]:
    """Write every generated file below `out`; returns their paths. Nothing is written unless all
    could be made.
    """
    files = corpora()
    for name, text in files.items():
        write_whole(out / name, text)
    return [out / name for name in files]
