"""The readers, on files made here: laws, traps and errors with file and line."""

import io
import json
import subprocess
import sys
import tarfile
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.corpora import (
    UPOS,
    CorpusError,
    MalformedLine,
    MissingCorpus,
    NotUTF8,
    Sentence,
    TruncatedFile,
    UnknownCorpus,
    load_lm,
    load_massive,
    load_pairs,
    load_treebank,
    normalise,
    read_conllu,
    read_massive,
    read_tsv,
    treebank_files,
    write_conllu,
)
from utils.corpora.files import read_lines
from utils.corpora.lm import cut
from utils.corpora.splits import split_by_group
from utils.files import write_whole

quick = settings(max_examples=50, deadline=None)
ZWNJ, ZWJ = "\u200c", "\u200d"


def write(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_corpora_do_not_import_tensorflow():
    code = "import sys, utils.corpora; sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---------------------------------------------------------------- lines


def test_lines_end_at_lf_and_crlf_alone(tmp_path):
    path = write(tmp_path / "a.txt", "\ufeffone\r\ntwo\u2028still two\u0085\n\nlast")
    assert read_lines(path) == ["one", "two\u2028still two\u0085", "", "last"]


def test_not_utf8_names_file_and_line(tmp_path):
    for text, line, hint in [
        ("gut\nschön\n".encode("latin-1"), 2, "byte 0xf6"),
        (b"\xef\xbb\xbfgut\ngut\n\xff\n", 3, "byte 0xff"),
        ("gut\n".encode("utf-16"), 1, "UTF-16"),
    ]:
        path = write(tmp_path / "a.txt", text)
        with pytest.raises(NotUTF8, match=f"a.txt, line {line}: not UTF-8 text .*{hint}") as caught:
            read_lines(path)
        assert (caught.value.path, caught.value.line) == (path, line)


def test_files_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_whole(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "x" * 100_000 + "\ud800")
    assert path.read_bytes() == b"old\n"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


# ---------------------------------------------------------------- language models


def test_one_text_is_split_in_order_and_keeps_empty_lines(tmp_path):
    lines = [f" line {number} " if number % 3 else "" for number in range(100)]
    corpus = load_lm(write(tmp_path / "own.txt", "\n".join(lines) + "\n"))
    assert (len(corpus.train), len(corpus.valid), len(corpus.test)) == (90, 5, 5)
    assert corpus.train + corpus.valid + corpus.test == [line.split() for line in lines]
    assert corpus.train[0] == [] and corpus.train[1] == ["line", "1"]
    assert corpus.truth is None
    with pytest.raises(CorpusError, match="three splits need 20"):
        load_lm(write(tmp_path / "short.txt", "a\n" * 19))


def test_folder_of_three_texts_and_characters(tmp_path):
    for split in ("train", "valid", "test"):
        write(tmp_path / f"{split}.txt", f"the {split}\n")
    assert load_lm(tmp_path).valid == [["the", "valid"]]
    assert load_lm(tmp_path, unit="character").test == [list("the test")]
    with pytest.raises(ValueError, match='"word" or "character"'):
        load_lm(tmp_path, unit="byte")
    (tmp_path / "test.txt").unlink()
    with pytest.raises(MissingCorpus, match="there is no file .*test.txt"):
        load_lm(tmp_path)


@quick
@given(st.lists(st.integers(0, 5)), st.integers(0, 40))
def test_cut_is_the_longest_beginning_in_whole_lines(lengths, limit):
    lines = [["w"] * length for length in lengths]
    try:
        kept = cut(lines, limit)
    except ValueError:
        kept = []
        assert not any(lengths) or next(length for length in lengths if length) > limit
        return
    assert kept == lines[: len(kept)]
    assert sum(map(len, kept)) <= limit
    assert kept == lines or sum(map(len, kept)) + len(lines[len(kept)]) > limit


def test_max_train_tokens_leaves_valid_and_test_whole(tmp_path):
    path = write(tmp_path / "own.txt", "three words here\n" * 100)
    corpus = load_lm(path, max_train_tokens=100)
    assert (len(corpus.train), len(corpus.valid), len(corpus.test)) == (33, 5, 5)


def test_kind_is_checked_and_a_path_that_is_not_there_named():
    with pytest.raises(UnknownCorpus, match="is of the kind 'treebank'.*: everyday, wikitext-2"):
        load_lm("ud-telugu-mtg")
    with pytest.raises(UnknownCorpus, match="Did you mean 'wikitext-2'"):
        load_lm("wikitext2")
    with pytest.raises(MissingCorpus, match="there is no file nowhere/a.txt"):
        load_lm("nowhere/a.txt")


# ---------------------------------------------------------------- CoNLL-U

WORDS = """# sent_id = s1
# text = I can't.
1\tI\tI\tPRON\t_\t_\t2\tnsubj\t_\t_
2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\t_
2\tca\tcan\tAUX\t_\t_\t0\troot\t_\t_
3\tn't\tnot\tPART\t_\t_\t2\tadvmod\t_\t_
3.1\tgo\tgo\tVERB\t_\t_\t_\t_\t_\t_
4\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

1\tYes\tyes\tINTJ\t_\t_\t0\troot\t_\t_
"""
SENTENCES = [
    Sentence(["I", "ca", "n't", "."], ["PRON", "AUX", "PART", "PUNCT"], ["I", "can", "not", "."],
             "s1", "I can't."),
    Sentence(["Yes"], ["INTJ"], ["yes"]),
]  # fmt: skip


@pytest.mark.parametrize("text", [
    WORDS, WORDS + "\n", WORDS.rstrip("\n"), WORDS.replace("\n", "\r\n"), "\n\n" + WORDS + "\n\n",
])  # fmt: skip
def test_ranges_and_empty_nodes_are_skipped_whatever_the_line_ends(tmp_path, text):
    assert read_conllu(write(tmp_path / "a.conllu", text)) == SENTENCES


@pytest.mark.parametrize("old, new, line, problem", [
    ("nsubj\t_\t_", "nsubj\t_", 3, "expected 10 columns separated by tabs, found 9"),
    ("2-3\tcan't\t_", "2-3\tcan't", 4, "expected 10 columns"),
    ("2\tca\tcan\tAUX", "2 ca can AUX", 5, "found 7"),
    ("2\tca\tcan\tAUX", "2\tca\tcan\tMD", 5, "unknown tag 'MD'"),
    ("2\tca\tcan\tAUX", "2\t\tcan\tAUX", 5, "is empty"),
    ("3\tn't", "4\tn't", 6, "expected the word number 3, found '4'"),
    ("3\tn't", "2\tn't", 6, "expected the word number 3, found '2'"),
    ("\n\n1\tYes", "\n1\tYes", 9, "expected the word number 5, found '1'"),
    ("1\tYes", "one\tYes", 10, "expected the word number 1, found 'one'"),
])  # fmt: skip
def test_malformed_conllu_names_file_and_line(tmp_path, old, new, line, problem):
    assert old in WORDS
    path = write(tmp_path / "a.conllu", WORDS.replace(old, new, 1))
    with pytest.raises(MalformedLine) as caught:
        read_conllu(path)
    assert f"a.conllu, line {line}: " in str(caught.value) and problem in str(caught.value)


def test_sentence_of_a_thousand_words(tmp_path):
    long = Sentence(["w"] * 1000, ["NOUN"] * 1000, ["w"] * 1000)
    write_conllu(tmp_path / "a.conllu", [long])
    assert read_conllu(tmp_path / "a.conllu") == [long]


line_text = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\n\r"), max_size=6
)
field = line_text.filter(bool)
words = st.lists(st.tuples(field, st.sampled_from(UPOS), field), min_size=1, max_size=12)
sentences = st.lists(
    st.builds(
        lambda words, *comments: Sentence(*map(list, zip(*words)), *comments),
        words, line_text, line_text,
    ),
    max_size=4,
)  # fmt: skip


@quick
@given(sentences)
def test_written_conllu_reads_back_the_same(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("conllu") / "a.conllu"
    write_conllu(path, sentences)
    assert read_conllu(path) == sentences


@pytest.mark.parametrize("sentence", [
    Sentence([], [], []), Sentence(["a\tb"], ["X"], ["_"]), Sentence(["a"], ["NN"], ["a"]),
    Sentence(["a"], ["X"], ["a"], text="two\nlines"), Sentence(["a", "b"], ["X"], ["a"]),
])  # fmt: skip
def test_what_conllu_cannot_hold_is_not_written(tmp_path, sentence):
    with pytest.raises(ValueError):
        write_conllu(tmp_path / "a.conllu", [sentence])
    assert list(tmp_path.iterdir()) == []


def test_predicted_tags():
    assert SENTENCES[0].with_upos(["X"] * 4).upos == ["X"] * 4
    assert SENTENCES[0].upos[0] == "PRON"
    with pytest.raises(ValueError, match="4 words need 4 tags, not 3"):
        SENTENCES[0].with_upos(["X"] * 3)


def test_treebank_by_path(tmp_path):
    for split in ("train", "dev"):
        write_conllu(tmp_path / f"xx_own-ud-{split}.conllu", SENTENCES[: 1 + (split == "dev")])
    bank = load_treebank(tmp_path)
    assert (bank.train, bank.valid, bank.test) == (SENTENCES[:1], SENTENCES, [])
    write_conllu(tmp_path / "xx_own-ud-valid.conllu", SENTENCES)
    with pytest.raises(CorpusError, match="two files of the split 'valid'"):
        load_treebank(tmp_path)
    one = tmp_path / "all.conllu"
    write_conllu(one, [Sentence([str(i % 50)], ["NUM"], ["_"]) for i in range(100)])
    bank = load_treebank(one)
    assert len(bank.train + bank.valid + bank.test) == 100 and len(bank.test) == 4
    with pytest.raises(CorpusError, match="make a folder with three"):
        treebank_files(one)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingCorpus, match="no file named ...-train.conllu"):
        load_treebank(tmp_path / "empty")


# ---------------------------------------------------------------- normalisation


@pytest.mark.parametrize("raw, clean", [
    ("10\u00a0000\u202fEuro ", "10 000 Euro"),
    ("Donau\u00addampf\u200bschiff\ufeff", "Donaudampfschiff"),
    ("scho\u0308n", "schön"),
    ("\u200eHallo\u200f", "Hallo"),
    ("wait…", "wait…"),
    # Telugu: after a virama and before a letter the joiner decides the shape of the conjunct
    (f"సర్{ZWNJ}లో", f"సర్{ZWNJ}లో"),
    (f"క్{ZWJ}ష", f"క్{ZWJ}ష"),
    (f"డాక్టర్{ZWNJ} వచ్చాడు", "డాక్టర్ వచ్చాడు"),
    (f"డాక్టర్{ZWNJ}.", "డాక్టర్."),
    (f"{ZWNJ}సర్", "సర్"),
    (f"సర్{ZWNJ}{ZWNJ}లో", f"సర్{ZWNJ}లో"),
])  # fmt: skip
def test_normalise(raw, clean):
    assert normalise(raw) == clean


@quick
@given(st.text(st.sampled_from("aé\u0301\u0308 \u00a0\u00ad\u200b\u200c\u200d.సర్లో") | st.characters()))
def test_normalise_is_idempotent_composed_and_single_spaced(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())


# ---------------------------------------------------------------- pairs


@quick
@given(st.lists(st.integers(0, 60), min_size=1, max_size=300), st.integers(0, 3))
def test_groups_never_straddle_two_splits(items, seed):
    if len(set(items)) < 3:
        with pytest.raises(ValueError, match="at least 3"):
            split_by_group(items, int, seed)
        return
    parts = split_by_group(items, int, seed)
    assert sorted(sum(parts, [])) == sorted(items)
    assert all(parts)
    train, valid, test = map(set, parts)
    assert not (train & valid or train & test or valid & test)
    assert len(valid) == len(test) == max(1, int(0.05 * len(set(items))))
    assert split_by_group(items, int, seed) == parts


def test_own_tsv_is_split_by_source_sentence(tmp_path):
    lines = [f"{'Hi' if i % 2 else 'hi'} {i // 4}.\tHallo\u00a0{i}." for i in range(400)]
    path = write(tmp_path / "own.tsv", "\n".join(lines) + "\n\n")
    pairs = load_pairs(path)
    splits = (pairs.train, pairs.valid, pairs.test)
    parts = [{source.lower() for source, _ in split} for split in splits]
    assert list(map(len, parts)) == [90, 5, 5] and len(set.union(*parts)) == 100
    assert pairs.train[0][1].startswith("Hallo ") and "\u00a0" not in pairs.train[0][1]
    assert load_pairs(path, seed=1).test != pairs.test
    small = load_pairs(path, max_train_pairs=30)
    assert len(small.train) == 30 and set(small.train) < set(pairs.train)
    assert small.test == pairs.test and small.train != pairs.train[:30]


def test_three_columns_and_named_columns(tmp_path):
    three = write(tmp_path / "tel.txt", "Hi.\tహాయ్.\tCC-BY 2.0\nGo.\tవెళ్ళు.\tCC-BY 2.0\n")
    assert read_tsv(three) == [("Hi.", "హాయ్.", "hi."), ("Go.", "వెళ్ళు.", "go.")]
    named = write(tmp_path / "a.tsv", "story\tte\ten\n1\tహాయ్\tHi\n")
    assert read_tsv(named, ("en", "te"), "story") == [("Hi", "హాయ్", "1")]
    with pytest.raises(MalformedLine, match="a.tsv, line 1: no column 'de' in the header"):
        read_tsv(named, ("en", "de"))


@pytest.mark.parametrize("text, line, problem", [
    ("Hi.\tHallo.\nHi. Hallo.\n", 2, "expected 2 columns separated by tabs, found 1"),
    ("Hi.\tHallo.\n\nHi.\tHallo.\tCC\n", 3, "expected 2 columns separated by tabs, found 3"),
    ("Hi.\n", 1, "expected 2 columns"),
    ("Hi.\tHallo.\nHi.\t \u00a0\n", 2, "sentence is empty"),
])  # fmt: skip
def test_malformed_tsv_names_file_and_line(tmp_path, text, line, problem):
    path = write(tmp_path / "a.tsv", text)
    with pytest.raises(MalformedLine) as caught:
        read_tsv(path)
    assert f"a.tsv, line {line}: " in str(caught.value) and problem in str(caught.value)


# ---------------------------------------------------------------- MASSIVE

UTTERANCES = {
    "en-US": ["wake me at nine am", "play\u00a0some jazz", "what's the weather"],
    "te-IN": ["నన్ను ఉదయం తొమ్మిదికి లేపు", "జాజ్ పాడు", "వాతావరణం ఎలా ఉంది"],
    "de-DE": ["weck mich um neun", "spiel etwas jazz", "wie ist das wetter"],
}


def massive(path, utterances=UTTERANCES, change=lambda text: text):
    """An archive in the format of MASSIVE 1.1, with the hidden files that a Mac adds to one."""
    with tarfile.open(path, "w:gz") as archive:
        for locale, texts in utterances.items():
            lines = [
                json.dumps({"id": str(number), "locale": locale, "partition": partition,
                            "scenario": "misc", "intent": f"do_{number}", "utt": text,
                            "annot_utt": f"[thing : {text}]", "worker_id": "1"}, ensure_ascii=False)
                for number, (text, partition) in enumerate(zip(texts, ("test", "train", "dev")))
            ]  # fmt: skip
            body = change("\n".join(lines) + "\n").encode()
            for name, data in ((f"._{locale}.jsonl", b"\0\5\x16\7"), (f"{locale}.jsonl", body)):
                member = tarfile.TarInfo(f"1.1/data/{name}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return path


def test_massive_pairs_by_id_in_official_partitions(tmp_path):
    pairs = load_massive(massive(tmp_path / "m.tar.gz"), "en-US", "te-IN")
    assert pairs.test == [("wake me at nine am", UTTERANCES["te-IN"][0])]
    assert pairs.train == [("play some jazz", UTTERANCES["te-IN"][1])]
    assert pairs.valid == [("what's the weather", UTTERANCES["te-IN"][2])]
    assert (pairs.language, pairs.licence) == ("en-te", "CC BY 4.0")
    item = read_massive(tmp_path / "m.tar.gz", ["de-DE"])["de-DE"][0]
    assert (item.intent, item.annot_utt) == ("do_0", "[thing : weck mich um neun]")


def test_massive_archives_that_cannot_be_used(tmp_path):
    path = massive(tmp_path / "m.tar.gz")
    with pytest.raises(MissingCorpus, match="no locale fr-FR; it has de-DE, en-US, te-IN"):
        load_massive(path, "en-US", "fr-FR")
    with pytest.raises(MissingCorpus, match="there is no file .*none.tar.gz; .*amazon-massive"):
        load_massive(tmp_path / "none.tar.gz")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(TruncatedFile, match="not a whole tar.gz"):
        load_massive(path)
    massive(path, {**UTTERANCES, "te-IN": UTTERANCES["te-IN"][:2]})
    with pytest.raises(CorpusError, match="do not pair up, see id '2'"):
        load_massive(path)


@pytest.mark.parametrize("change, problem", [
    (lambda text: text.replace('"id": "1"', '"id": "1', 1), "line 2: not JSON"),
    (lambda text: text.replace('"utt"', '"Utt"', 1), "line 1: a field is missing: 'utt'"),
    (lambda text: text.replace('"dev"', '"devel"', 1), "line 3: unknown partition 'devel'"),
])  # fmt: skip
def test_malformed_massive_names_member_and_line(tmp_path, change, problem):
    path = massive(tmp_path / "m.tar.gz", change=change)
    with pytest.raises(MalformedLine) as caught:
        load_massive(path)
    assert f"1.1/data/en-US.jsonl, {problem}" in str(caught.value)
