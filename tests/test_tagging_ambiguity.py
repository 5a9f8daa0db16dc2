"""The best possible taggers: exact values against enumeration and sampling."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from utils.corpora import load_treebank
from utils.grammar.ambiguity import Ambiguity
from utils.grammar.derivation import Word, rule, symbol
from utils.grammar.grammar import Grammar
from utils.grammar.sentences import sentence

WHEN_ADV, WHEN_SCONJ = (Word("when", tag, "when") for tag in ("ADV", "SCONJ"))
SHOW_NOUN, SHOW_VERB = (Word("show", tag, "show") for tag in ("NOUN", "VERB"))


@symbol
def toy(g):
    """Three sentences: "when show" twice, with different tags, and "show it"."""
    return [rule("a", 0.3, WHEN_ADV, toy_end("VERB")), rule("b", 0.2, WHEN_SCONJ, toy_end("NOUN")),
            rule("c", 0.5, SHOW_VERB, Word("it", "PRON", "it"))]


@symbol
def toy_end(g, tag):
    return [rule(tag, 1, SHOW_VERB if tag == "VERB" else SHOW_NOUN)]


@pytest.fixture(scope="module")
def everyday():
    return Ambiguity(Grammar(start=sentence()))


def test_a_grammar_small_enough_to_do_in_the_head():
    a = Ambiguity(Grammar(start=toy()))
    assert a.expected_words() == pytest.approx({
        ("when", "ADV"): 0.3, ("when", "SCONJ"): 0.2, ("show", "VERB"): 0.8,
        ("show", "NOUN"): 0.2, ("it", "PRON"): 0.5})
    assert a.word_alone() == pytest.approx((0.3 + 0.8 + 0.5) / 2)
    assert a.up_to(["when", "show"]) == [pytest.approx({"ADV": 0.6, "SCONJ": 0.4}),
                                         pytest.approx({"VERB": 0.6, "NOUN": 0.4})]
    assert a.up_to(["show"]) == [{"VERB": 1.0}]
    assert a.readings(["when", "show"]) == 2 and a.readings(["show", "it"]) == 1
    with pytest.raises(ValueError, match="no line begins with: when it"):
        a.up_to(["when", "it"])


def test_it_is_what_enumeration_gives():
    """All derivations of the toy grammar, counted out."""
    g = Grammar(start=toy())
    words, prefixes = Counter(), defaultdict(Counter)
    for derivation in g.derivations():
        p = math.exp(derivation.logprob)
        for t, word in enumerate(derivation.words):
            words[word.form, word.upos] += p
            prefixes[tuple(derivation.tokens[:t + 1])][word.upos] += p
    a = Ambiguity(g)
    assert a.expected_words() == pytest.approx(dict(words))
    for prefix, tags in prefixes.items():
        total = sum(tags.values())
        assert a.up_to(list(prefix))[-1] == pytest.approx({t: p / total for t, p in tags.items()})


def test_expected_words_agree_with_sampling(everyday):
    rng = np.random.default_rng(3)
    counts = [Counter((w.form, w.upos) for w in everyday.grammar.sample(rng).words)
              for _ in range(1500)]
    expected = everyday.expected_words()
    assert sum(expected.values()) == pytest.approx(everyday.grammar.entropy.tokens_per_line - 1)
    for key in [("the", "DET"), ("when", "ADV"), ("when", "SCONJ"), ("that", "PRON"),
                ("park", "NOUN"), ("park", "VERB")]:
        sample = np.array([c[key] for c in counts])
        assert abs(sample.mean() - expected[key]) < 4 * sample.std() / math.sqrt(len(sample)), key


def test_the_treebank_is_tagged_as_the_grammar_says(everyday):
    """One reading for each sentence; and the true tag is possible for who reads from the left."""
    for s in load_treebank("everyday-pos").valid:
        tokens = [form.lower() for form in s.forms]
        assert everyday.readings(tokens) == 1
        for tag, tags in zip(s.upos, everyday.up_to(tokens), strict=True):
            assert tags[tag] > 0 and sum(tags.values()) == pytest.approx(1)


def test_more_context_is_never_worse(everyday):
    assert 0.95 < everyday.word_alone() < 1
    best = [max(tags.values()) for s in load_treebank("everyday-pos").test
            for tags in everyday.up_to([form.lower() for form in s.forms])]
    assert everyday.word_alone() < np.mean(best) < 1
