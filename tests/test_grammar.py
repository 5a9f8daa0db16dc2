"""The grammar: its truth, against enumeration, sampling and parsing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.grammar import Grammar, everyday
from utils.grammar.derivation import Rule, Symbol, Word
from utils.grammar.grammar import Lexicon, Weights
from utils.grammar.lexicon import FRAMES, NOUNS

G = everyday()


def split_sentences(tokens):
    """The sentences of a line."""
    sentences, start = [], 0
    for i, token in enumerate(tokens):
        if token in ".?!":
            sentences.append(tokens[start : i + 1])
            start = i + 1
    return sentences


@pytest.fixture(scope="module")
def lines():
    rng = np.random.default_rng(7)
    return [G.sample(rng) for _ in range(2500)]


@pytest.fixture(scope="module")
def small():
    """A grammar with the same rules and few words; `mouse` stays an animal and a device."""
    kept = {"worker": 1, "small": 1, "device": 1, "document": 1}
    nouns = {cls: NOUNS[cls][:n] for cls, n in kept.items()}
    nouns["device"] = tuple(n for n in NOUNS["device"] if n.lemma == "mouse")
    wanted = {"person-intransitive", "person-device", "small-intransitive", "device-intransitive"}
    frames = tuple(f._replace(verbs=f.verbs[-1:]) for f in FRAMES if f.name in wanted)
    lexicon = Lexicon(
        nouns=nouns,
        names={"male": ("tom",), "female": ("jane",)},
        frames=frames,
        attributive={},
        predicative={
            "worker": ("tired",),
            "male": ("tired",),
            "female": ("tired",),
            "small": ("shy",),
            "device": ("slow",),
        },
        consequences=(),
        say=("say",),
        want=("want",),
        give=(),
    )
    weights = Weights(
        tenses=(("present", 0.6, 0.1, 0), ("past", 0.4, 0, 0.1)),
        subordinate=0,
        contrast=0,
        subjects={"worker": 2, "small": 2, "device": 1},
        landmark=0,
        short_story=1,
        say=0,
        want=0,
        frequency=0,
        ditransitive=0,
        place=0,
        object_clause=0,
        coordination=0,
        object_pronoun=0,
    )
    return Grammar(lexicon, weights)


def test_a_cut_down_grammar_is_counted_out(small):
    """Probabilities sum to 1, no two derivations make one line, and the entropy is that of the
    closed form.
    """
    probability, nats, length = {}, 0.0, 0.0
    for derivation in small.derivations():
        line = tuple(derivation.tokens)
        assert line not in probability, f"two derivations of: {' '.join(line)}"
        p = math.exp(derivation.logprob)
        probability[line] = p
        nats -= p * derivation.logprob
        length += p * (len(line) + 1)
    assert len(probability) > 5_000
    assert any("mouse" in line and "beep" in line for line in probability)
    assert math.fsum(probability.values()) == pytest.approx(1, abs=1e-9)
    assert small.entropy.nats_per_line == pytest.approx(nats, abs=1e-9)
    assert small.entropy.tokens_per_line == pytest.approx(length, abs=1e-9)
    assert small.entropy.perplexity == pytest.approx(math.exp(nats / length))
    for line in list(probability)[::501]:
        assert small.logprob(list(line)) == pytest.approx(math.log(probability[line]))


def test_each_line_has_one_derivation(lines):
    for derivation in lines:
        p, n = G.parser.probability(derivation.tokens)
        assert n == 1, f"{n} derivations of: {' '.join(derivation.tokens)}"
        assert math.log(p) == pytest.approx(derivation.logprob, abs=1e-9)


def test_an_ambiguous_grammar_would_be_noticed():
    """The count that the test above relies on is not always 1."""

    class Twice:
        def rules(self, symbol):
            return (Rule("a", 0.5, (Word("x", "X", "x"),)), Rule("b", 0.5, (Word("x", "X", "x"),)))

    from utils.grammar.parse import Parser

    assert Parser(Twice(), Symbol("s")).probability(["x"]) == (1.0, 2)


def test_entropy_agrees_with_sampling(lines):
    nats = np.array([-d.logprob for d in lines])
    length = np.array([len(d.tokens) + 1 for d in lines])
    for sample, exact in ((nats, G.entropy.nats_per_line), (length, G.entropy.tokens_per_line)):
        error = sample.std(ddof=1) / math.sqrt(len(sample))
        assert abs(sample.mean() - exact) < 4 * error, (
            f"{sample.mean()} +- {error}, but exactly {exact}"
        )
    assert G.entropy.nats_per_token == G.entropy.nats_per_line / G.entropy.tokens_per_line


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_next_token_probabilities_make_up_the_line(seed):
    derivation = G.sample(np.random.default_rng(seed))
    tokens = derivation.tokens
    total = 0.0
    for i, token in enumerate([*tokens, "<eos>"]):
        probs = G.next_probs(tokens[:i])
        assert math.fsum(probs.values()) == pytest.approx(1, abs=1e-9)
        assert list(probs.values()) == sorted(probs.values(), reverse=True)
        total += math.log(probs[token])
    assert total == pytest.approx(G.logprob(tokens), abs=1e-6)


def test_next_probs_of_an_impossible_prefix():
    with pytest.raises(ValueError, match="the cats sleeps"):
        G.next_probs("the cats sleeps".split())


def test_rules_are_distributions_without_empty_ones(lines):
    assert len(G._rules) > 500
    for symbol, rules in G._rules.items():
        assert math.fsum(r.weight for r in rules) == pytest.approx(1), str(symbol)
        assert all(r.weight > 0 and r.parts for r in rules), str(symbol)


@pytest.mark.parametrize(
    "good, bad",
    [
        ("the ducks that the dog chases sleep .", "the ducks that the dog chases sleeps ."),
        ("the dog near the houses runs .", "the dog near the houses run ."),
        ("the mouse eats bread .", "the mouse clicks bread ."),
        ("the mouse clicks .", "the cat clicks ."),
        ("yesterday the cook walked to the park .", "yesterday the cook walks to the park ."),
        ("tomorrow the cook will walk to the park .", "tomorrow the cook walked to the park ."),
        ("does the girl drink tea ?", "does the girl drinks tea ?"),
        ("the girl drinks her tea .", "the girl drinks his tea ."),
        ("an old clock stops .", "a old clock stops ."),
        (
            "because the cat is hungry , it eats the fish .",
            "because the cat is hungry , they eat the fish .",
        ),
        (
            "because the cat is hungry , it eats the fish .",
            "because the cat is hungry , it sleeps .",
        ),
        ("water the plants !", "water the dogs !"),
        ("water is cold .", "water are cold ."),
    ],
)
def test_what_is_in_the_language(good, bad):
    assert G.accepts(good.split()) and G.accepts_sentence(good.split())
    assert math.isfinite(G.logprob(good.split()))
    assert not G.accepts(bad.split()) and not G.accepts_sentence(bad.split())
    assert G.logprob(bad.split()) == -math.inf
    assert not G.accepts(good.split()[:-1])


def test_sentences_of_stories_are_sentences(lines):
    stories = [d.tokens for d in lines if d.tree.label == "story"]
    assert len(stories) > 150
    for tokens in stories[:100]:
        for sentence in split_sentences(tokens):
            assert G.accepts_sentence(sentence), " ".join(sentence)
        assert not G.accepts_sentence(tokens)
        assert not G.accepts(tokens[:-1] + ["dogs", "."])


def test_a_story_repeats_its_person_and_its_item(lines):
    for d in lines:
        if d.tree.label == "story":
            sentences = split_sentences(d.tokens)
            item, last = sentences[0][-2], sentences[-1][-2]
            assert item == last and len(sentences) > 1
            names = {n for group in G.lexicon.names.values() for n in group}
            assert names & set(sentences[0]) == names & set(sentences[-1])


def test_sampling_follows_the_seed():
    first, again = ([G.sample(np.random.default_rng(3)).tokens for _ in range(3)] for _ in range(2))
    assert first == again
