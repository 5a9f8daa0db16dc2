import unicodedata

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tensorflow_text", reason="TensorFlow Text has no wheel for this system")

from utils.corpora import load_pairs  # noqa: E402
from utils.text import EOS, UNK, join, words  # noqa: E402
from utils.wordpiece import Wordpieces, clusters  # noqa: E402

PAIRS = {name: load_pairs(f"everyday-{name}") for name in ("en-de", "en-te")}
SIZES = {"en": 400, "de": 400, "te": 900}


def lines(language):
    corpus = PAIRS["en-te" if language == "te" else "en-de"]
    side = int(language != "en")
    return [[words(pair[side]) for pair in part] for part in (corpus.train, corpus.test)]


@pytest.fixture(scope="module", params=SIZES)
def learnt(request):
    train, test = lines(request.param)
    return Wordpieces.learn(train, SIZES[request.param]), train, test, SIZES[request.param]


def test_what_is_read_comes_back(learnt):
    pieces, train, test, _ = learnt
    for line in train[:500] + test:
        ids = pieces.encode(line)
        assert ids.dtype == np.int32 and ids.min() > pieces.unk
        assert pieces.decode(ids) == line and words(join(pieces.decode(ids))) == line


def test_the_vocabulary_is_near_its_size_and_begins_with_eos_and_unk(learnt):
    pieces, _, _, size = learnt
    assert pieces.tokens[:2] == [EOS, UNK] and (pieces.eos, pieces.unk) == (0, 1)
    assert len(set(pieces.tokens)) == len(pieces.tokens) == len(pieces)
    assert 0.9 * size < len(pieces) <= size


def test_learning_again_gives_the_same(learnt):
    pieces, train, _, size = learnt
    assert Wordpieces.learn(train, size).tokens == pieces.tokens


def test_no_piece_ends_inside_a_cluster(learnt):
    pieces, train, _, _ = learnt
    for line in train[:500]:
        for word in line:
            parts = [pieces.tokens[i].removeprefix("##") for i in pieces.encode([word])]
            assert sum(map(clusters, parts), []) == clusters(word)
            assert not any(unicodedata.category(p[0])[0] == "M" for p in parts)


def longest_first(word, tokens):
    """WordPiece in five lines, on clusters: the longest piece that the rest begins with."""
    found, parts = [], clusters(word)
    while parts:
        marks = "##" * bool(found)
        n = next(n for n in range(len(parts), 0, -1) if marks + "".join(parts[:n]) in tokens)
        found.append(marks + "".join(parts[:n]))
        parts = parts[n:]
    return found


def test_a_word_is_cut_by_the_longest_piece_first(learnt):
    pieces, train, _, _ = learnt
    known = {w for line in train for w in line}
    alphabet = set().union(*map(clusters, known))
    new = {w for a in known for b in sorted(known)[::200]
           if alphabet.issuperset(clusters(w := a + b))}
    assert len(new - known) > 500
    tokens = set(pieces.tokens)
    pieces.encode(list(new))                    # at once, which is faster
    for word in known | new:
        assert [pieces.tokens[i] for i in pieces.encode([word])] == longest_first(word, tokens)


def test_a_word_with_a_new_cluster_is_unknown_and_its_neighbours_are_not(learnt):
    pieces, train, _, _ = learnt
    word = train[0][0]
    ids = pieces.encode([word, word + "Ω", word])
    assert (ids == pieces.unk).sum() == 1 and pieces.decode(ids) == [word, UNK, word]


@given(st.lists(st.text("ab#", min_size=1, max_size=5), max_size=4))
@settings(max_examples=50, deadline=None)
def test_signs_of_the_vocabulary_are_letters_in_a_text(line):
    pieces = Wordpieces.learn([["#", "##", "##a", "a##b", "<eos>", "<unk>"]], 40)
    assert pieces.decode(pieces.encode(line)) == line
    assert pieces.decode(pieces.encode([EOS, UNK])) == [EOS, UNK]
    assert pieces.encode([EOS, UNK]).min() > 1


def test_clusters_are_those_of_unicode():
    known = {w for language in SIZES for part in lines(language) for line in part for w in line}
    known |= {"క్ష్మి", "న్యూ", "స్త్రీ", "క్\u200cస", "క్\u200dస", "é", "e\u0301e", "్క"}
    for word in known:
        assert clusters(word) == regex.findall(r"\X", word), word


def test_a_piece_without_its_word_is_still_decoded():
    pieces = Wordpieces.learn([["ab"]], 6)
    inside = pieces.tokens.index("##b")
    assert pieces.decode([inside, inside]) == ["bb"]
    assert pieces.decode([pieces.unk, inside]) == [UNK, "b"]
    assert pieces.decode([]) == [] and pieces.encode([]).shape == (0,)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="no words"):
        Wordpieces.learn([[]], 100)
    with pytest.raises(ValueError, match="2 clusters .* need 6"):
        Wordpieces.learn([["ab"]], 5)
    with pytest.raises(TypeError, match="utils.text.words"):
        Wordpieces.learn([["ab"]], 6).encode("ab")
