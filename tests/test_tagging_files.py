"""From CoNLL-U to CoNLL-U, and the score of what comes out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.conll18 import Score, score_upos
from utils.corpora import (
    UPOS,
    MalformedLine,
    Sentence,
    load_treebank,
    read_conllu,
    retag_conllu,
    treebank_files,
    write_conllu,
)

GOLD = """# text = I can't.
1\tI\tI\tPRON\t_\t_\t2\tnsubj\t_\t_
2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
2\tca\tcan\tAUX\t_\t_\t0\troot\t_\t_
3\tn't\tnot\tPART\t_\t_\t2\tadvmod\t_\t_
3.1\tgo\tgo\tVERB\t_\t_\t_\t_\t_\t_
4\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

1\tYes\tyes\tINTJ\t_\t_\t0\troot\t_\t_

"""
TAGS = [["X", "VERB", "PART", "SYM"], ["ADV"]]


def write(path, text):
    path.write_bytes(text.encode())
    return path


def rows(*words):
    """A file of one sentence: `form/TAG` is a word, `2-3 form` a range."""
    lines, number = [], 0
    for word in words:
        if " " in word:
            lines.append(word.replace(" ", "\t") + 8 * "\t_")
        else:
            number += 1
            lines.append(f"{number}\t{word.replace('/', chr(9) + '_' + chr(9))}" + 6 * "\t_")
    return "\n".join(lines) + "\n\n"


@pytest.mark.parametrize("text", [GOLD, GOLD.rstrip("\n"), GOLD.replace("\n", "\r\n")])
def test_new_tags_and_nothing_else_is_new(tmp_path, text):
    source = write(tmp_path / "a.conllu", text)
    retag_conllu(source, tmp_path / "b.conllu", TAGS)
    want = GOLD
    for old, new in [("\tI\tPRON", "\tI\tX"), ("AUX", "VERB"), ("PUNCT", "SYM"), ("INTJ", "ADV")]:
        want = want.replace(old, new)
    assert (tmp_path / "b.conllu").read_bytes() == want.encode()
    assert [s.upos for s in read_conllu(tmp_path / "b.conllu")] == TAGS
    assert source.read_bytes() == text.encode()


@pytest.mark.parametrize("tags, message", [
    (TAGS[:1], "has 2 sentences, not 1"), ([TAGS[0], ["ADV", "X"]], "sentence 2 "),
    ([TAGS[0], ["JJ"]], "sentence 2 "), ([TAGS[0][:3], TAGS[1]], "sentence 1 "),
])  # fmt: skip
def test_tags_that_do_not_fit_leave_no_file(tmp_path, tags, message):
    source = write(tmp_path / "a.conllu", GOLD)
    with pytest.raises(ValueError, match=message):
        retag_conllu(source, tmp_path / "b.conllu", tags)
    with pytest.raises(MalformedLine, match="line 3: unknown tag 'MD'"):
        retag_conllu(write(source, GOLD.replace("AUX", "MD").replace("# text = I can't.\n", "")),
                     tmp_path / "b.conllu", TAGS)
    assert not (tmp_path / "b.conllu").exists()


forms = st.text(st.sampled_from("abé'\u00a0"), min_size=1, max_size=3).filter(lambda f: f.strip())
tagged = st.lists(st.tuples(forms, st.sampled_from(UPOS), st.sampled_from(UPOS)), min_size=1,
                  max_size=9)


@settings(max_examples=50, deadline=None)
@given(st.lists(tagged, min_size=1, max_size=4))
def test_with_gold_words_the_score_is_the_accuracy(tmp_path_factory, sentences):
    gold, system = [[Sentence([w[0] for w in words], [w[k] for w in words], ["_"] * len(words))
                     for words in sentences] for k in (1, 2)]
    folder = tmp_path_factory.mktemp("score")
    for name, what in (("gold", gold), ("system", system)):
        write_conllu(folder / name, what)
    n = sum(map(len, sentences))
    correct = sum(a == b for words in sentences for _, a, b in words)
    score = score_upos(folder / "gold", folder / "system")
    assert score == Score(n, n, n, correct)
    assert score.f1 == score.precision == score.recall == correct / n


# What the rules give for different words, worked out by hand.
@pytest.mark.parametrize("gold, system, want", [
    # "ab" against "a b": no word of one is on the same characters as a word of the other
    (["ab/X", "c/X"], ["a/X", "b/X", "c/X"], (2, 3, 1, 1)),
    (["a/X", "b/NUM", "c/X"], ["a/X", "bc/NUM"], (3, 2, 1, 1)),
    # a range in gold, its words alone in the system's: the words are found by their forms
    (["1-2 zum", "zu/ADP", "dem/DET", "Tor/NOUN"], ["zum/ADP", "Tor/NOUN"], (3, 2, 1, 1)),
    (["1-2 cannot", "can/AUX", "not/PART", "go/VERB"], ["can/AUX", "not/X", "go/VERB"],
     (3, 3, 3, 2)),
    # forms are compared without regard to capitals, and in order
    (["1-2 Zum", "zu/ADP", "dem/DET"], ["1-2 Zum", "ZU/ADP", "dem/DET"], (2, 2, 2, 2)),
    (["1-2 ab", "x/X", "y/X"], ["1-2 ab", "y/X", "x/X"], (2, 2, 1, 1)),
    # a range that reaches further in one file draws the other's words in
    (["1-2 ab", "a/X", "b/X", "c/X"], ["a/X", "2-3 bc", "b/X", "c/X"], (3, 3, 3, 3)),
    (["a/X", "2-3 bc", "b/X", "c/SYM"], ["a/X", "b/X", "c/SYM"], (3, 3, 3, 3)),
    # spaces inside a form do not count
    (["10\u00a0000/NUM"], ["10000/NUM"], (1, 1, 1, 1)),
])  # fmt: skip
def test_other_words_than_gold(tmp_path, gold, system, want):
    a, b = write(tmp_path / "a", rows(*gold)), write(tmp_path / "b", rows(*system))
    assert score_upos(a, b) == Score(*want)
    turned = score_upos(b, a)
    assert (turned.gold, turned.system, turned.aligned) == (want[1], want[0], want[2])


def test_precision_recall_and_f1_of_different_words(tmp_path):
    a = write(tmp_path / "a", rows("ab/X", "c/X"))
    b = write(tmp_path / "b", rows("a/X", "b/X", "c/X"))
    score = score_upos(a, b)
    assert (score.precision, score.recall, score.f1) == (1 / 3, 1 / 2, 2 / 5)
    empty = score_upos(write(a, ""), write(b, ""))
    assert (empty.precision, empty.recall, empty.f1) == (0, 0, 0)


@pytest.mark.parametrize("old, new, message", [
    ("\n\n1\tYes", "\n1\tYes", "line 8: word 1, expected 5"),
    ("root\t_\t_\n\n", "root\t_\t_\n", "does not end with a blank line"),
    ("nsubj\t_\t_", "nsubj\t_", "line 2: 9 columns"),
    ("\tYes\t", "\t\u00a0\t", "line 9: an empty form"),
    ("\tYes\t", "\tYep\t", "differ in their text: 's' against 'p'"),
    ("3\tn't\tnot\tPART\t_\t_\t2\tadvmod\t_\t_\n3.1\tgo\tgo\tVERB\t_\t_\t_\t_\t_\t_\n"
     "4\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_\n", "", "line 5: the sentence ends inside a range"),
])  # fmt: skip
def test_files_that_cannot_be_scored(tmp_path, old, new, message):
    assert old in GOLD
    gold = write(tmp_path / "gold", GOLD)
    head, _, tail = GOLD.rpartition(old)
    with pytest.raises(ValueError, match=message):
        score_upos(gold, write(tmp_path / "system", head + new + tail))


def test_windows_line_ends_are_read_and_empty_nodes_are_not(tmp_path):
    gold = write(tmp_path / "gold", GOLD)
    system = write(tmp_path / "system", GOLD.replace("\n", "\r\n"))
    assert score_upos(gold, system) == Score(5, 5, 5, 5)


def test_files_of_a_treebank(tmp_path):
    for split in ("train", "dev"):
        write(tmp_path / f"xx_own-ud-{split}.conllu", GOLD)
    files = treebank_files(tmp_path)
    assert {k: f.name for k, f in files.items()} == {"train": "xx_own-ud-train.conllu",
                                                     "valid": "xx_own-ud-dev.conllu"}
    test = treebank_files("everyday-pos")["test"]
    assert read_conllu(test) == load_treebank("everyday-pos").test
