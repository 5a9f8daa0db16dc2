"""Lecture 17's tests fit every task: they pass on sound answers to each and fail on unsound ones.

The answers here count and train no network, so that a test takes no time.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from utils.grading.cells import grade_id, is_answer, is_test

NOTEBOOK = Path(__file__).resolve().parents[1] / "solutions/5-tutorial/17_tutorial.ipynb"


@pytest.fixture(scope="module")
def notebook():
    """The given names of the notebook, and the source of its tests by their ids."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    tests = {grade_id(c): "".join(c["source"]) for c in cells if is_test(c)}
    last = max(k for k, c in enumerate(cells) if is_test(c))
    given: dict = {}
    for cell in cells[:last]:
        if cell["cell_type"] == "code" and not is_test(cell) and not is_answer(cell):
            exec("".join(cell["source"]), given)
    return given, tests


def tags_of_two_words(train):
    counts = defaultdict(Counter)
    for tokens, tags, _ in train:
        for before, token, tag in zip([None, *tokens], tokens, tags):
            counts[before, token][tag] += 1
            counts[token][tag] += 1
            counts[None][tag] += 1

    def tag(before, token):
        known = next(k for k in ((before, token), token, None) if k in counts)
        return counts[known].most_common(1)[0][0]

    return lambda inputs: [[tag(b, t) for b, t in zip([None, *x], x)] for x in inputs]


def bigrams(train):
    """Half bigrams, half smoothed unigrams."""
    counts, pairs = Counter(), defaultdict(Counter)
    for tokens, answer, _ in train:
        counts.update(answer)
        for before, token in zip([None, *tokens], answer):
            pairs[before][token] += 1
    total = sum(counts.values()) + len(counts) + 1

    def p(before, token):
        seen = sum(pairs[before].values())
        share = 0.5 if seen else 0
        return share * pairs[before][token] / max(seen, 1) + (1 - share) * (counts[token] + 1) / total

    return lambda inputs: [[float(np.log(p(b, t))) for b, t in zip([None, *x], [*x, "<eos>"])]
                           for x in inputs]


def reversed_dictionary(train):
    links = defaultdict(Counter)
    for tokens, answer, _ in train:
        for token, other in zip(tokens, reversed(answer)):
            links[token][other] += 1
    return lambda inputs: [[links[t].most_common(1)[0][0] for t in reversed(x) if t in links]
                           for x in inputs]


SOUND = {"tagger": tags_of_two_words, "language model": bigrams, "translator": reversed_dictionary}


def run(notebook, test, **answers):
    given, tests = notebook
    exec(tests[test], given | answers)


def for_task(function, task, **more):
    """A function of the train data as the exercise wants it, marked with its task."""
    def answer(train, valid=None):
        return function(train)
    answer.task = task
    for name, value in more.items():
        setattr(answer, name, value)
    return answer


@pytest.fixture(scope="module")
def stated(notebook):
    """The stated baselines, from the hidden part of exercise 17.2."""
    names = dict(notebook[0])
    source = notebook[1]["17-baseline-test"]
    hidden = source.partition("### BEGIN HIDDEN TESTS")[2].partition("for _seed in")[0]
    exec(hidden, names)
    return names["STATED"]


@pytest.mark.parametrize("task", SOUND)
def test_sound_answers_pass(notebook, stated, task):
    baseline = for_task(stated[task], task)
    run(notebook, "17-baseline-test", baseline=baseline)
    run(notebook, "17-fit-test", fit=for_task(SOUND[task], task, baseline=baseline), STATED=stated)


@pytest.mark.parametrize("task", SOUND)
def test_the_baseline_is_no_network_and_a_better_model_no_stated_baseline(notebook, stated, task):
    baseline = for_task(stated[task], task)
    with pytest.raises(AssertionError, match="it must be better by"):
        run(notebook, "17-fit-test", fit=for_task(stated[task], task, baseline=baseline),
            STATED=stated)
    with pytest.raises(AssertionError):
        run(notebook, "17-baseline-test", baseline=for_task(SOUND[task], task))


def company(function):
    """A model whose outputs depend on the longest input of a batch, as with a forgotten mask."""
    def fit(train):
        predict = function(train)

        def unmasked(inputs):
            longest = max(map(len, inputs))
            said = predict(inputs)
            return [list(s) if len(x) == longest else
                    [v - 1 if isinstance(v, float) else s[0] for v in s]
                    for x, s in zip(inputs, said)]
        return unmasked
    return fit


@pytest.mark.parametrize("task", SOUND)
def test_a_forgotten_mask_is_seen(notebook, stated, task):
    fit = for_task(company(SOUND[task]), task, baseline=stated[task])
    with pytest.raises(AssertionError, match="is the padding masked"):
        run(notebook, "17-fit-test", fit=fit, STATED=stated)


def reads_ahead(train):
    """A certain next word is one that was read: a fraud."""
    return lambda inputs: [[-0.05] * len(x) + [-3.0] for x in inputs]


def test_a_language_model_must_say_probabilities(notebook, stated):
    fit = for_task(reads_ahead, "language model", baseline=stated["language model"])
    with pytest.raises(AssertionError, match="which is more than 1"):
        run(notebook, "17-fit-test", fit=fit, STATED=stated)


def test_leaks_and_sorted_samples_are_seen(notebook):
    def by_example(examples, share=0.1, seed=1):
        order = np.random.default_rng(seed).permutation(len(examples))
        n = max(1, round(share * len(examples)))
        return tuple([examples[k] for k in sorted(part)]
                     for part in (order[2 * n:], order[:n], order[n:2 * n]))

    with pytest.raises(AssertionError, match="a leak"):
        run(notebook, "17-split-test", split=by_example)

    def first(fit, train, valid, test, sizes, score):
        if max(sizes) > len(train):
            raise ValueError
        return [(n, score(test, fit(train[:n], valid)([x for x, *_ in test]))) for n in sizes]

    with pytest.raises(AssertionError, match="may be sorted"):
        run(notebook, "17-curve-test", learning_curve=first)
