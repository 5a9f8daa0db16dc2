"""The embedded corpora as the readers see them: present, intact and free of leaks."""

import unicodedata

import pytest

from utils.corpora import (
    UPOS,
    CorpusError,
    UnknownCorpus,
    corpora,
    find,
    load_lm,
    load_pairs,
    load_treebank,
)
from utils.corpora.registry import DATA

EMBEDDED = [corpus.name for corpus in corpora().values() if corpus.embedded]


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_file_is_listed_and_intact(name):
    folder = DATA / corpora()[name].embedded
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(find(name)) == on_disk


def test_language_model_corpus():
    corpus = load_lm("everyday")
    sizes = [sum(map(len, part)) for part in (corpus.train, corpus.valid, corpus.test)]
    assert 100_000 <= sum(sizes) <= 200_000 and min(sizes) > 5_000
    assert 600 <= len({token for line in corpus.train for token in line}) <= 1_500
    assert all(line for part in (corpus.train, corpus.valid, corpus.test) for line in part)
    assert isinstance(corpus.truth, dict) and corpus.truth


def test_treebank():
    bank = load_treebank("everyday-pos")
    assert min(map(len, (bank.train, bank.valid, bank.test))) > 50
    assert {tag for sentence in bank.train for tag in sentence.upos} <= set(UPOS)
    assert all(sentence.sent_id and sentence.text for sentence in bank.test)


@pytest.mark.parametrize("name", ["everyday-en-de", "everyday-en-te"])
def test_pairs(name):
    pairs = load_pairs(name)
    train, valid, test = ({en for en, _ in part} for part in (pairs.train, pairs.valid, pairs.test))
    assert min(map(len, (train, valid, test))) > 50
    assert not (train & valid or train & test or valid & test)
    text = "\n".join(path.read_text(encoding="utf-8") for path in find(name).values())
    assert unicodedata.is_normalized("NFC", text)


def test_a_name_turned_round_turns_the_pairs_round():
    pairs, turned = load_pairs("everyday-en-de", 100), load_pairs("everyday-de-en", 100)
    assert (turned.name, turned.language) == ("everyday-de-en", "de-en")
    for part in ("train", "valid", "test"):
        assert [(b, a) for a, b in getattr(turned, part)] == getattr(pairs, part)
    with pytest.raises(UnknownCorpus, match="everyday-de-te"):
        load_pairs("everyday-de-te")


def test_further_draws_of_the_grammar_join_the_training_pairs(tmp_path):
    pairs, more = load_pairs("everyday-en-de"), load_pairs("everyday-en-de", draws=400)
    assert (more.valid, more.test) == (pairs.valid, pairs.test)
    assert more.train[:6000] == pairs.train and 6100 < len(more.train) <= 6400
    truth = dict(pairs.train + pairs.valid + pairs.test)
    assert not {en for en, _ in more.train[6000:]} & set(truth)
    assert load_pairs("everyday-de-en", draws=400).train[-1] == more.train[-1][::-1]
    own = tmp_path / "own.tsv"
    own.write_text("".join(f"a{k}\tb{k}\n" for k in range(40)), encoding="utf-8")
    with pytest.raises(CorpusError, match="not written by a grammar"):
        load_pairs(own, draws=5)
