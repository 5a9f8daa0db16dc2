"""The real corpora, counted against what their makers publish: only where COURSE_DATA has them."""

import os
import time

import pytest

from utils.corpora import (
    corpora,
    find,
    load_asset,
    load_blimp_agreement,
    load_lm,
    load_names,
    load_pairs,
    load_polarity,
    load_treebank,
    read_tsv,
)
from utils.corpora.registry import lookup

pytestmark = pytest.mark.skipif(
    not os.environ.get("COURSE_DATA"), reason="COURSE_DATA names no folder with the public corpora"
)


@pytest.fixture(autouse=True)
def no_download(monkeypatch, tmp_path):
    """What the folder does not have is skipped, not fetched."""
    monkeypatch.setattr("utils.corpora.fetch._download", lambda corpus, _: pytest.skip(
        f"{corpus.name} is not in COURSE_DATA"))  # fmt: skip
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))


def parts(corpus):
    return corpus.train, corpus.valid, corpus.test


def tokens(part):
    return sum(map(len, part))


@pytest.mark.parametrize("name", [c.name for c in corpora().values() if not c.embedded])
def test_checksums(name):
    assert len(find(name)) == len(lookup(name).files) > 0


def test_wikitext_2():
    corpus = load_lm("wikitext-2")
    assert [(len(p), tokens(p)) for p in parts(corpus)] == [
        (36_718, 2_051_910), (3_760, 213_886), (4_358, 241_211),
    ]  # fmt: skip
    assert len({token for part in parts(corpus) for line in part for token in line}) == 33_277
    assert corpus.valid[:2] == [[], ["=", "Homarus", "gammarus", "="]]
    assert sum(line.count("\ufeff") for line in corpus.train) == 36
    unknown = [sum(line.count("<unk>") for line in p) / tokens(p) for p in parts(corpus)]
    assert [round(100 * share, 2) for share in unknown] == [2.66, 5.48, 6.31]
    assert 99_000 < tokens(load_lm("wikitext-2", max_train_tokens=100_000).train) <= 100_000


def test_tinyshakespeare():
    characters = load_lm("tinyshakespeare", unit="character")
    assert sum(tokens(p) + len(p) for p in parts(characters)) == 1_115_394  # <eos>: the line end
    assert len({c for p in parts(characters) for line in p for c in line} | {"\n"}) == 65
    words = load_lm("tinyshakespeare")
    assert [len(p) for p in parts(words)] == [36_000, 2_000, 2_000]
    assert words.train[1] == "Before we proceed any further , hear me speak .".split()


def test_treebanks_count_words_and_load_fast():
    expected = {
        "ud-english-ewt": [(12_544, 204_577), (2_001, 25_147), (2_077, 25_094)],
        "ud-german-gsd": [(0, 0), (799, 12_480), (977, 16_499)],
        "ud-telugu-mtg": [(1_051, 5_082), (131, 662), (146, 721)],
    }
    start = time.process_time()
    banks = {name: load_treebank(name) for name in expected}
    assert time.process_time() - start < 10, "all treebanks together take well under 10 s"
    assert {n: [(len(p), tokens(p)) for p in parts(b)] for n, b in banks.items()} == expected
    tags = {n: len({t for p in parts(b) for s in p for t in s.upos}) for n, b in banks.items()}
    assert tags == {"ud-english-ewt": 17, "ud-german-gsd": 17, "ud-telugu-mtg": 14}
    types = {form for s in banks["ud-english-ewt"].train for form in s.forms}
    unseen = [form not in types for s in banks["ud-english-ewt"].test for form in s.forms]
    assert round(100 * sum(unseen) / len(unseen), 1) == 9.1


def test_treebank_by_path_is_the_same():
    folder = next(iter(find("ud-telugu-mtg").values())).parent
    assert parts(load_treebank(folder)) == parts(load_treebank("ud-telugu-mtg"))


def test_multi30k():
    pairs = load_pairs("multi30k-en-de")
    assert [len(p) for p in parts(pairs)] == [29_000, 1_014, 1_000]
    assert sum(len(en.split()) for en, _ in pairs.train) == 345_020
    assert all(en and de for p in parts(pairs) for en, de in p)


def test_tatoeba():
    pairs = load_pairs("tatoeba-en-de")
    assert sum(len(p) for p in parts(pairs)) == 169_813
    train, valid, test = ({en.casefold() for en, _ in p} for p in parts(pairs))
    assert not (train & valid or train & test or valid & test)
    assert len({en for p in parts(pairs) for en, _ in p}) == 135_534
    invisible = set("\u00a0\u202f\u200b\u00ad")
    assert not any(invisible & set(en + de) for p in parts(pairs) for en, de in p)
    sample = load_pairs("tatoeba-en-de", max_train_pairs=20_000)
    assert len(sample.train) == 20_000 and sample.test == pairs.test
    words = [sum(len(en.split()) for en, _ in p) / len(p) for p in (sample.train, pairs.train)]
    assert abs(words[0] - words[1]) < 0.1, "a sample of all lengths, not the shortest"


def test_telugu_pairs():
    pairs = load_pairs("tatoeba-en-te")
    assert [len(p) for p in parts(pairs)] == [154, 8, 8]
    assert sum(te.count("\u200c") for p in parts(pairs) for _, te in p) == 4
    assert not any("\u200b" in te for p in parts(pairs) for _, te in p)
    stories = load_pairs("pratham-en-te")
    assert sum(len(p) for p in parts(stories)) == 2_396
    joiners = sum(text.count("\u200c") for p in parts(stories) for pair in p for text in pair)
    assert joiners == 151, "154, less the 3 at the end of a word"


def test_stories_do_not_straddle_splits():
    path = find("pratham-en-te")["pairs.en-te.tsv"]
    story_of = {(en, te): story for en, te, story in read_tsv(path, ("en", "te"), "story_id")}
    stories = [{story_of[pair] for pair in p} for p in parts(load_pairs("pratham-en-te"))]
    assert [len(s) for s in stories] == [111, 6, 6] and len(set.union(*stories)) == 123


def test_names_and_polarity():
    everything = load_names(deduplicate=False)
    assert sum(map(len, parts(everything))) == 20_050 and len(everything.labels) == 18
    names = load_names()
    assert sum(map(len, parts(names))) == len({e for p in parts(names) for e in p}) == 18_012
    train, valid, test = ({name for name, _ in p} for p in parts(names))
    assert not (train & valid or train & test or valid & test)
    polarity = load_polarity()
    labels = [label for p in parts(polarity) for _, label in p]
    assert (labels.count("pos"), labels.count("neg")) == (5_331, 5_331)
    words = sum(len(text.split()) for p in parts(polarity) for text, label in p if label == "pos")
    assert words == 112_445


def test_minimal_pairs_and_simplifications():
    pairs = load_blimp_agreement()
    assert len(pairs) == 6_000 and len({pair.paradigm for pair in pairs}) == 6
    assert all(pair.good != pair.bad for pair in pairs)
    asset = load_asset()
    assert {split: len(items) for split, items in asset.items()} == {"valid": 2_000, "test": 359}
    assert all(len(item.references) == 10 for items in asset.values() for item in items)
