"""From a model to text: how the next token is chosen, again and again."""

from collections.abc import Callable

import keras
import numpy as np

from utils.models import reset_states, with_batch_size

Step = Callable[[np.ndarray], np.ndarray]       # ids (B,) -> probabilities (B, V)
Choose = Callable[[np.ndarray], np.ndarray]     # probabilities (B, V) -> ids (B,)


def argmax(probs: np.ndarray) -> np.ndarray:
    """The likeliest token of each row: (B, V) -> (B,)."""
    return np.asarray(probs).argmax(axis=-1)


def reshape_probs(probs: np.ndarray, temperature: float = 1.0, top_k: int | None = None,
                  top_p: float | None = None) -> np.ndarray:
    """The distribution that is sampled from: (B, V) -> (B, V), each row sums to 1.

    First the temperature (probabilities to the power 1/temperature), then `top_k` keeps the k
    likeliest types (Fan et al. 2018), then `top_p` the smallest set of types whose probability
    reaches p (nucleus sampling, Holtzman et al. 2020). Ties are broken by the lower id.
    """
    probs = np.asarray(probs, dtype="float64")
    if probs.ndim != 2 or not np.allclose(probs.sum(axis=1), 1.0, atol=1e-3):
        raise ValueError(f"probs of shape {probs.shape} must be rows (B, V) that sum to 1")
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}; it must be above 0 (argmax is the limit)")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}; at least 1 type must stay")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; it must be in (0, 1]")
    with np.errstate(divide="ignore"):
        logits = np.log(probs) / temperature
    probs = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    if top_k is None and top_p is None:
        return probs                                     # nothing to cut, so no need to sort
    order = np.argsort(-probs, axis=1, kind="stable")
    ranked = np.take_along_axis(probs, order, axis=1)
    keep = np.ones_like(ranked, dtype=bool)
    if top_k is not None:
        keep[:, top_k:] = False
        ranked = np.where(keep, ranked, 0.0)
        ranked /= ranked.sum(axis=1, keepdims=True)
    if top_p is not None:
        before = np.cumsum(ranked, axis=1) - ranked      # probability of all likelier types
        keep &= before < top_p - 1e-12
    kept = np.zeros_like(keep)
    np.put_along_axis(kept, order, keep, axis=1)
    probs = np.where(kept, probs, 0.0)
    return probs / probs.sum(axis=1, keepdims=True)


def sampler(rng: np.random.Generator, temperature: float = 1.0, top_k: int | None = None,
            top_p: float | None = None) -> Choose:
    """A way to choose that draws from `reshape_probs`; one uniform number per row."""
    def choose(probs: np.ndarray) -> np.ndarray:
        cumulative = np.cumsum(reshape_probs(probs, temperature, top_k, top_p), axis=1)
        u = rng.random((len(cumulative), 1)) * cumulative[:, -1:]
        return (cumulative > u).argmax(axis=1)
    return choose


def recurrent_step(model: keras.Model, batch_size: int = 1) -> Step:
    """Next-token probabilities of a recurrent language model that remembers what it was fed.

    Each call takes the ids (B,) of the last tokens and gives the probabilities (B, V) of the
    next. The steps work on a copy of `model` with its own state, which is zero at the start.
    """
    copy = with_batch_size(model, batch_size)
    reset_states(copy)

    def step(ids: np.ndarray) -> np.ndarray:
        logits = copy.predict_on_batch(np.asarray(ids, dtype="int32")[:, None])[:, 0]   # (B, V)
        p = np.exp(logits - logits.max(axis=1, keepdims=True), dtype="float64")
        return p / p.sum(axis=1, keepdims=True)
    return step


def context_step(next_probs: Callable[[np.ndarray], np.ndarray], batch_size: int = 1) -> Step:
    """The same for a model that reads its context afresh, such as `KneserNey.next_probs`."""
    contexts: list[list[int]] = [[] for _ in range(batch_size)]

    def step(ids: np.ndarray) -> np.ndarray:
        for context, i in zip(contexts, ids, strict=True):
            context.append(int(i))
        return np.stack([next_probs(np.array(context)) for context in contexts])
    return step


def generate(step: Step, prompt: np.ndarray, choose: Choose, max_tokens: int,
             eos: int) -> list[np.ndarray]:
    """Autoregressive generation: each chosen token is the next input.

    `prompt` holds ids, shape (B, n) with n >= 1, and usually begins with `<eos>`. Returns, for
    each row, the new ids without the prompt, up to and without the first `eos`, at most
    `max_tokens` of them.
    """
    prompt = np.asarray(prompt)
    if prompt.ndim != 2 or not prompt.shape[1]:
        raise ValueError(f"prompt has shape {prompt.shape}; expected (B, n) with n >= 1")
    for column in prompt.T[:-1]:
        step(column)
    last, chosen = prompt[:, -1], []
    finished = np.zeros(len(prompt), dtype=bool)
    while len(chosen) < max_tokens and not finished.all():
        last = choose(step(last))
        chosen.append(last)
        finished |= last == eos
    rows = np.stack(chosen, axis=1) if chosen else np.zeros((len(prompt), 0), int)
    return [row[:int((row == eos).argmax())] if (row == eos).any() else row for row in rows]
