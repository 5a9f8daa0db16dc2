"""What a model is worth: log probability per token, perplexity over a corpus."""

import math

import keras
import numpy as np
from keras import layers, ops

from utils.batches import LMStreams, windows
from utils.losses import cross_entropy
from utils.models import reset_states


def perplexity(logprobs: np.ndarray) -> float:
    """exp of the mean negative natural log probability over all tokens of a corpus.

    `logprobs` holds one value per token, `<eos>` and `<unk>` included. The mean is taken over
    tokens, never over batches or sentences: a mean of perplexities is another, larger number.
    """
    logprobs = np.asarray(logprobs, dtype="float64")
    if logprobs.ndim != 1 or not len(logprobs):
        raise ValueError(f"logprobs have shape {logprobs.shape}; expected one value per token")
    if np.isnan(logprobs).any():
        raise ValueError(f"log probability {int(np.isnan(logprobs).argmax())} is not a number")
    if (logprobs > 1e-6).any():
        raise ValueError("a log probability is above 0: these are not log probabilities")
    return float(math.exp(min(-logprobs.mean(), 700.0)))


class _LogProb(layers.Layer):
    """log softmax(logits) at the target: (..., V) and (...) -> (...)."""

    def call(self, targets, logits):
        return -cross_entropy(targets, logits)


def _scorer(model: keras.Model) -> keras.Model:
    """(ids, targets) -> log probability of each target, computed next to the logits.

    The model's layers, and with them the carried state, are shared. The scorer is built once.
    """
    if not hasattr(model, "_course_scorer"):
        logits = model.output
        targets = keras.Input(batch_shape=logits.shape[:-1], dtype="int32", name="targets")
        scorer = keras.Model([model.input, targets], _LogProb()(targets, logits))
        object.__setattr__(model, "_course_scorer", scorer)   # not a sublayer: no weights of its own
    return model._course_scorer


def recurrent_logprobs(model: keras.Model, stream: np.ndarray, first: int,
                       steps: int = 64) -> np.ndarray:
    """Natural log probability of each id of `stream` given all before it: float32, (tokens,).

    `model` comes from `recurrent_lm` and keeps its batch size B: the stream is read as B
    contiguous pieces, so the first tokens of the pieces 2 to B are predicted from one token of
    context. For the exact figure use `with_batch_size(model, 1)`. The model's state is zero
    before and after.
    """
    streams = LMStreams(stream, model.input_shape[0], steps, first)
    scorer = _scorer(model)
    reset_states(model)
    parts = [scorer.predict_on_batch([x, y]) for x, y, _ in map(streams.__getitem__,
                                                                range(len(streams)))]
    reset_states(model)
    return streams.in_order(np.concatenate(parts, axis=1))


def window_logprobs(model: keras.Model, stream: np.ndarray, pad: int,
                    batch_size: int = 1024) -> np.ndarray:
    """Natural log probability of each id given the window before it: float32, (tokens,)."""
    x, y = windows(stream, model.input_shape[1], pad)
    scorer = _scorer(model)
    return np.concatenate([scorer.predict_on_batch([x[i:i + batch_size], y[i:i + batch_size]])
                           for i in range(0, len(y), batch_size)])
