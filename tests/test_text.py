import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.corpora import load_pairs
from utils.text import EOS, UNK, Vocabulary, join, words

types = st.text(alphabet="abcde", min_size=1, max_size=3)
corpora = st.lists(st.lists(types, max_size=8), min_size=1, max_size=8)


@given(st.text() | st.text(alphabet="ab 3.,-'’\"()„“మౌ\u200c"))
@settings(max_examples=200)
def test_words_lose_nothing_but_blanks(text):
    tokens = words(text)
    assert "".join(tokens) == "".join(text.split())
    assert all(token and not any(map(str.isspace, token)) for token in tokens)


@pytest.mark.parametrize("language", ["en-de", "en-te"])
def test_joined_words_are_the_sentence_again(language):
    pairs = load_pairs(f"everyday-{language}")
    for pair in pairs.train + pairs.valid + pairs.test:
        for sentence in pair:
            assert join(words(sentence)) == sentence


@pytest.mark.parametrize("sentence, expected", [
    ("Jane's cat isn't here.", "Jane|'s|cat|isn|'t|here|."),
    ("Für 3,50 € gibt es T-Shirts, um 10:30!", "Für|3,50|€|gibt|es|T-Shirts|,|um|10:30|!"),
    ("Er sagt: „Geht’s?“ (Nein.)", "Er|sagt|:|„|Geht|’s|?|“|(|Nein|.|)"),
    ('I say "yes" and “no”.', 'I|say|"|yes|"|and|“|no|”|.'),
    ("ఆమె మౌస్\u200cలు కొన్నది.", "ఆమె|మౌస్\u200cలు|కొన్నది|."),    # marks and the joiner stay
])
def test_words_and_marks(sentence, expected):
    assert words(sentence) == expected.split("|")
    assert join(words(sentence)) == sentence


def test_the_empty_sentence_has_no_words():
    assert words(" ") == [] and join([]) == ""


@given(corpora)
@settings(max_examples=50)
def test_encode_and_decode_undo_each_other_for_known_tokens(lines):
    v = Vocabulary.build(lines)
    for line in lines:
        assert v.decode(v.encode(line)) == line


@given(corpora)
@settings(max_examples=50)
def test_a_stream_has_one_eos_after_each_line(lines):
    v = Vocabulary.build(lines)
    stream = v.stream(lines)
    assert len(stream) == sum(len(line) + 1 for line in lines)
    assert (stream == v.eos).sum() == len(lines) + sum(line.count(EOS) for line in lines)
    assert stream.dtype == np.int32


def test_ids_follow_frequency_then_alphabet():
    v = Vocabulary.build([["b", "a", "b"], ["a", "c"]])
    assert v.tokens == [EOS, "a", "b", "c", UNK]


def test_eos_can_have_the_id_of_padding():
    v = Vocabulary.build([["b", "a", "b"], ["a", "c"]], max_size=4, eos_first=True)
    assert v.tokens == [EOS, UNK, "a", "b"] and v.eos == 0


def test_a_rare_type_becomes_unk():
    v = Vocabulary.build([["a", "a", "b"]], min_count=2)
    assert "b" not in v and v.id("b") == v.unk
    assert v.decode(v.encode(["a", "b"])) == ["a", UNK]


def test_max_size_counts_the_special_tokens():
    v = Vocabulary.build([["a", "a", "a", "b", "b", "c"]], max_size=4)
    assert len(v) == 4 and "c" not in v and EOS in v and UNK in v


def test_bad_input_gets_a_clear_error():
    with pytest.raises(ValueError, match="no lines"):
        Vocabulary.build([])
    with pytest.raises(ValueError, match="max_size is 1"):
        Vocabulary.build([["a"]], max_size=1)
    with pytest.raises(ValueError, match="twice"):
        Vocabulary([EOS, UNK, "a", "a"])
    with pytest.raises(ValueError, match="lacks"):
        Vocabulary(["a"])
    with pytest.raises(TypeError, match="text.split"):
        Vocabulary.build([["a"]]).encode("a b")
