import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.decoding import argmax, context_step, generate, reshape_probs, sampler

seeds = st.integers(0, 2**32 - 1)


def some_probs(seed, rows=3, size=8):
    return np.random.default_rng(seed).dirichlet(np.ones(size), rows)


@given(seeds, st.floats(0.1, 5), st.one_of(st.none(), st.integers(1, 10)),
       st.one_of(st.none(), st.floats(0.01, 1)))
@settings(max_examples=100)
def test_a_reshaped_distribution_is_one(seed, temperature, top_k, top_p):
    out = reshape_probs(some_probs(seed), temperature, top_k, top_p)
    assert out.shape == (3, 8) and (out >= 0).all()
    np.testing.assert_allclose(out.sum(axis=1), 1)


@given(seeds, st.integers(1, 8))
@settings(max_examples=50)
def test_top_k_keeps_the_k_likeliest_in_proportion(seed, k):
    probs = some_probs(seed)
    out = reshape_probs(probs, top_k=k)
    for row, new in zip(probs, out):
        kept = np.argsort(-row)[:k]
        assert set(np.flatnonzero(new)) == set(kept)
        np.testing.assert_allclose(new[kept], row[kept] / row[kept].sum())


@given(seeds, st.floats(0.05, 1))
@settings(max_examples=50)
def test_the_nucleus_is_the_smallest_set_that_reaches_p(seed, p):
    probs = some_probs(seed)
    for row, new in zip(probs, reshape_probs(probs, top_p=p)):
        kept = new > 0
        assert row[kept].sum() >= p - 1e-9
        assert row[kept].sum() - row[kept].min() < p + 1e-9
        assert row[kept].min() >= row[~kept].max(initial=0)


def test_ties_are_broken_by_the_lower_id():
    np.testing.assert_allclose(reshape_probs(np.full((1, 4), 0.25), top_k=2), [[.5, .5, 0, 0]])
    np.testing.assert_allclose(reshape_probs(np.full((1, 4), 0.25), top_p=0.5), [[.5, .5, 0, 0]])


def test_temperature_goes_from_argmax_to_uniform():
    probs = some_probs(1)
    cold, hot = reshape_probs(probs, 1e-3), reshape_probs(probs, 1e6)
    np.testing.assert_allclose(cold.max(axis=1), 1)
    assert (cold.argmax(axis=1) == argmax(probs)).all()
    np.testing.assert_allclose(hot, 1 / 8, atol=1e-5)
    np.testing.assert_allclose(reshape_probs(probs), probs)


def test_samples_have_the_distribution():
    probs = some_probs(2, rows=1)
    choose = sampler(np.random.default_rng(0))
    ids = choose(np.repeat(probs, 20_000, axis=0))
    got = np.bincount(ids, minlength=8) / 20_000
    # five standard errors of a frequency over 20,000 draws
    assert (np.abs(got - probs[0]) < 5 * np.sqrt(probs[0] * (1 - probs[0]) / 20_000)).all()
    assert (sampler(np.random.default_rng(0), top_k=1)(probs) == argmax(probs)).all()


def test_generation_feeds_back_what_it_chose_and_stops_at_eos():
    fed = []

    def step(ids):                              # after i comes i + 1, and after 4 comes <eos> = 0
        fed.append(list(ids))
        return np.eye(5)[(np.asarray(ids) + 1) % 5]

    out = generate(step, np.array([[0, 1], [0, 3]]), argmax, max_tokens=10, eos=0)
    assert [list(row) for row in out] == [[2, 3, 4], [4]]
    assert fed[:3] == [[0, 0], [1, 3], [2, 4]]
    assert [len(r) for r in generate(step, np.array([[1]]), argmax, 2, eos=0)] == [2]
    assert [len(r) for r in generate(step, np.array([[1]]), argmax, 0, eos=0)] == [0]


def test_a_context_step_reads_everything_fed_so_far():
    seen = []

    def next_probs(context):
        seen.append(list(context))
        return np.eye(4)[len(context) % 4]
    generate(context_step(next_probs), np.array([[0]]), argmax, 3, eos=0)
    assert seen == [[0], [0, 1], [0, 1, 2]]


def test_the_recurrent_step_equals_the_model_over_the_whole_sequence():
    from utils.runtime import start

    start(seed=1)
    from utils.decoding import recurrent_step
    from utils.evaluation import recurrent_logprobs
    from utils.models import recurrent_lm, with_batch_size

    model = recurrent_lm("lstm", 7, 4, 5, batch_size=3, n_layers=2)
    stream = np.random.default_rng(0).integers(0, 7, 30)
    step, previous, got = recurrent_step(model), 0, []
    for token in stream:
        got.append(np.log(step(np.array([previous]))[0, token]))
        previous = token
    want = recurrent_logprobs(with_batch_size(model, 1), stream, 0)
    np.testing.assert_allclose(got, want, atol=1e-5)


@pytest.mark.parametrize("kwargs, message", [
    ({"temperature": 0}, "above 0"), ({"top_k": 0}, "at least 1"), ({"top_p": 0}, r"\(0, 1\]"),
    ({"top_p": 1.5}, r"\(0, 1\]")])
def test_bad_options_are_explained(kwargs, message):
    with pytest.raises(ValueError, match=message):
        reshape_probs(some_probs(0), **kwargs)


def test_logits_are_not_taken_for_probabilities():
    with pytest.raises(ValueError, match="sum to 1"):
        reshape_probs(np.array([[1.0, 2.0]]))
    with pytest.raises(ValueError, match=r"expected \(B, n\)"):
        generate(lambda ids: ids, np.array([1, 2]), argmax, 3, eos=0)
