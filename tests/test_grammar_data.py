"""data/everyday: made by the generator, byte for byte, and right."""

import hashlib
import json
import math
import re
import unicodedata
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from utils.grammar import everyday, write
from utils.grammar.__main__ import main
from utils.grammar.pairs import draw_pairs, pair_grammar
from utils.grammar.treebank import english

DATA = Path(__file__).resolve().parents[1] / "data" / "everyday"
G = everyday()


def read(name):
    return (DATA / name).read_text(encoding="utf-8")


def table(name):
    header, *rows = (line.split("\t") for line in read(name).splitlines())
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row)) for row in rows]


@pytest.fixture(scope="module")
def vocabulary():
    return set(read("lm/train.txt").split())


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everyday")
    main(["--out", str(folder)])
    return folder


def test_the_files_are_what_the_generator_writes(regenerated):
    made = {p.relative_to(regenerated) for p in regenerated.rglob("*") if p.is_file()}
    here = {p.relative_to(DATA) for p in DATA.rglob("*") if p.is_file()} - {Path("README.md")}
    assert here == made
    for path in sorted(made):
        assert (DATA / path).read_bytes() == (regenerated / path).read_bytes(), (
            f"data/everyday/{path} is not what the grammar writes. Undo the change to the file, or, if "
            "the grammar was changed on purpose, run `python -m utils.grammar --out data/everyday` "
            "and commit all of it."
        )


def test_checksums():
    listed = dict(reversed(line.split("  ")) for line in read("SHA256SUMS").splitlines())
    here = {p.relative_to(DATA).as_posix() for p in DATA.rglob("*") if p.is_file()} - {
        "README.md",
        "SHA256SUMS",
    }
    assert set(listed) == here and list(listed) == sorted(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name


def test_nothing_is_written_if_something_fails(tmp_path, monkeypatch):
    def broken():
        raise RuntimeError("no probes")

    monkeypatch.setattr(write, "LM_TOKENS", {"train": 50})
    monkeypatch.setattr(write, "probe_files", broken)
    with pytest.raises(RuntimeError):
        write.write_all(tmp_path)
    assert not list(tmp_path.iterdir())


def test_truth(vocabulary):
    truth = json.loads(read("lm/truth.json"))
    assert truth["nats_per_token"] == pytest.approx(G.entropy.nats_per_token, rel=1e-12)
    assert truth["perplexity"] == pytest.approx(math.exp(truth["nats_per_token"]))
    for split in ("valid", "test"):
        lines = [line.split() for line in read(f"lm/{split}.txt").splitlines()]
        tokens = sum(len(line) + 1 for line in lines)
        nats = -sum(G.logprob(line) for line in lines)
        kept = truth["splits"][split]
        assert (kept["lines"], kept["tokens"]) == (len(lines), tokens)
        assert kept["nats"] == pytest.approx(nats)
        assert kept["perplexity"] == pytest.approx(math.exp(nats / tokens))
    assert 600 <= len(vocabulary) <= 1000
    assert set(read("lm/test.txt").split()) | set(read("lm/valid.txt").split()) <= vocabulary
    assert truth["types"] == len(vocabulary) + 1


def test_agreement_probes(vocabulary):
    rows = table("lm/probes/agreement.tsv")
    assert Counter(r["attractors"] for r in rows) == {str(n): 120 for n in range(5)}
    sizes = {}
    for r in rows:
        words = r["prefix"].split()
        assert {*words, r["good"], r["bad"]} <= vocabulary
        sizes.setdefault(r["attractors"], []).append(len(words))
        if int(r["attractors"]) <= 2:
            assert G.next_probs(words).get(r["good"], 0) > 0, r
            assert r["bad"] not in G.next_probs(words), r
    means = [np.mean(sizes[str(n)]) for n in range(5)]
    assert means == sorted(means)
    plural = {n.plural for nouns in G.lexicon.nouns.values() for n in nouns}
    for n in range(5):
        subjects = [r["prefix"].split()[1] in plural for r in rows if r["attractors"] == str(n)]
        assert sum(subjects) == 60
        for r in (r for r in rows if r["attractors"] == str(n)):
            nouns = [
                w for i, w in enumerate(r["prefix"].split()) if r["prefix"].split()[i - 1] == "the"
            ]
            assert len(nouns) == n + 1
            assert len({w in plural for w in nouns[1:]} | {nouns[0] not in plural}) == 1, r


def test_repeat_probes(vocabulary):
    rows = table("lm/probes/repeats.tsv")
    assert Counter(r["distance"] for r in rows) == {
        str(d): 60 for d in (5, 10, 20, 30, 50, 70, 100)
    }
    for i, r in enumerate(rows):
        words = r["prefix"].split()
        assert words.count(r["answer"]) == 1
        assert len(words) - words.index(r["answer"]) - 1 == int(r["distance"])
        candidates = r["candidates"].split()
        assert r["answer"] in candidates and len(set(candidates)) == 5
        assert set(words) | set(candidates) <= vocabulary
        if i % 6 == 0:
            assert G.next_probs(words) == {r["answer"]: pytest.approx(1)}


def test_tickets_story(vocabulary):
    for r in table("lm/probes/tickets.tsv"):
        assert set(r["prefix"].split()) <= vocabulary
        assert G.next_probs(r["prefix"].split()) == {"tickets": pytest.approx(1)}
        assert G.accepts([*r["prefix"].split(), r["answer"], "."])


UPOS = {
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PART",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "VERB",
}


def test_treebank():
    texts = []
    tags = {}
    for split, size in (("train", 3000), ("valid", 300), ("test", 500)):
        blocks = read(f"pos/{split}.conllu").split("\n\n")
        assert blocks.pop() == "" and len(blocks) == size
        for i, block in enumerate(blocks):
            sent_id, text, *rows = block.split("\n")
            assert sent_id == f"# sent_id = {split}-{i + 1}"
            rows = [row.split("\t") for row in rows]
            assert all(len(row) == 10 and all(row) for row in rows)
            assert [row[0] for row in rows] == [str(n + 1) for n in range(len(rows))]
            joined = "".join(
                row[1] + ("" if row[9] == "SpaceAfter=No" else " ") for row in rows
            ).strip()
            assert text == f"# text = {joined}"
            texts.append(joined)
            for row in rows:
                tags.setdefault(row[1].lower(), set()).add(row[3])
                assert row[5] == "_" or row[5].split("|") == sorted(row[5].split("|"))
            assert G.accepts([row[1].lower() for row in rows])
    assert len(set(texts)) == len(texts)
    assert set().union(*tags.values()) == UPOS
    for word in "book water plant cook fly watch phone brush park clean open that to".split():
        assert len(tags[word]) > 1, f"{word} should be ambiguous"


@pytest.mark.parametrize(
    "language, script", [("de", r"[A-Za-zÄÖÜäöüß ,.?!]+"), ("te", r"[\u0c00-\u0c7f\u200c ,.?!]+")]
)
def test_pairs(language, script):
    parts = {
        split: [tuple(line.split("\t")) for line in read(f"en-{language}/{split}.tsv").splitlines()]
        for split in ("train", "valid", "test")
    }
    assert [len(parts[s]) for s in parts] == [6000, 300, 500]
    everything = [pair for part in parts.values() for pair in part]
    sources = [source for source, _ in everything]
    assert len(set(sources)) == len(sources)
    known = [{w for pair in parts["train"] for w in pair[side].split()} for side in (0, 1)]
    grammar = pair_grammar(language)
    for source, target in everything:
        assert re.fullmatch(script, target), target
        assert unicodedata.is_normalized("NFC", target) and target == " ".join(target.split())
        assert target[-1] in ".?!"
    for source, target in parts["test"]:
        assert set(source.split()) <= known[0] and set(target.split()) <= known[1]
    # Further draws say what the files say of the same sentence.
    truth = dict(everything)
    drawn = list(islice(draw_pairs(language, np.random.default_rng(3)), 2000))
    met = [pair for pair in drawn if pair[0] in truth]
    assert len(met) > 20 and all(truth[source] == target for source, target in met)
    # A sentence has one derivation, and a translation is made from the derivation: one English, one
    # translation.
    for source in sources[::10]:
        tokens = re.findall(r"[\w]+|[,.?!]", source.lower())
        assert english(tokens) == source
        assert grammar.parser.probability(tokens)[1] == 1
