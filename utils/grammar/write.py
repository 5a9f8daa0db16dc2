"""Writes the embedded corpora from one seed: same command, same bytes."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import numpy as np

from utils.grammar.derivation import Derivation
from utils.grammar.grammar import Grammar, everyday

SEED = 20261122
LM_TOKENS = {"train": 195_000, "valid": 10_000, "test": 20_000}


def write_whole(path: Path, text: str) -> None:
    """Write a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


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
            "lines": len(lines), "tokens": tokens, "nats": nats, "nats_per_token": nats / tokens,
            "perplexity": float(np.exp(nats / tokens))}
        types.update(t for d in lines for t in d.tokens)
    truth["types"] = len(types)
    truth["unit"] = "natural logarithm; tokens include one <eos> per line"
    files["lm/truth.json"] = json.dumps(truth, indent=2) + "\n"
    return files


def corpora() -> dict[str, str]:
    """All generated files: path below data/everyday -> text."""
    return lm_files()


def write_all(out: Path) -> list[Path]:
    """Write every generated file below `out`; returns their paths."""
    paths = []
    for name, text in corpora().items():
        write_whole(out / name, text)
        paths.append(out / name)
    return paths
