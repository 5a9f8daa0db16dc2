"""From an encoder-decoder to sentences: greedy and beam search, batched and compiled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from utils.batches import pad
from utils.models import compiled
from utils.seq2seq import Seq2Seq

Advance = Callable[[np.ndarray, list[np.ndarray]], tuple[np.ndarray, list[np.ndarray]]]


@dataclass(frozen=True)
class Hypothesis:
    """One output: its ids without `<eos>`, and log P(ids, `<eos>` | source) in nats.

    `score` is what the search ranks by: logprob / (number of ids and `<eos>`) ** alpha.
    """

    ids: np.ndarray
    logprob: float
    score: float


def search(advance: Advance, states: list[np.ndarray], rows: int, beam: int, max_length: int,
           alpha: float = 0.0, eos: int = 0) -> list[list[Hypothesis]]:
    """Beam search (Graves 2012; Sutskever et al. 2014, section 3.2): the best `beam` per row.

    `advance` takes the last ids (rows, beam) and the states, each (rows, beam, ...), and gives the
    log probabilities of the next ids (rows, beam, V) and the new states. In each step each row
    keeps the `beam` likeliest continuations. One that ends with `eos` is complete; it must be
    among the `beam` best to count. A row is done with `beam` complete ones; after `max_length` ids
    only `eos` may follow. With one hypothesis per row this is greedy search. Ties go to the
    earlier hypothesis, then to the lower id.
    """
    if beam < 1 or max_length < 1:
        raise ValueError(f"beam is {beam} and max_length {max_length}: both must be at least 1")
    live = np.full((rows, beam), -np.inf)          # at first there is one empty hypothesis
    live[:, 0] = 0.0
    last = np.full((rows, beam), eos, "int32")
    prefix = np.zeros((rows, beam, 0), "int32")
    complete: list[list[Hypothesis]] = [[] for _ in range(rows)]
    for length in range(1, max_length + 2):
        logprobs, states = advance(last, states)
        vocab = logprobs.shape[-1]
        # beam ids other than eos, and eos: no more of a hypothesis can be among the best
        top, ids = map(ops.convert_to_numpy, ops.top_k(logprobs, min(beam + 1, vocab)))
        ends = live + ops.convert_to_numpy(logprobs[..., eos])               # (rows, beam)
        goes_on = np.where(ids == eos, -np.inf, live[..., None] + top)
        if length > max_length:
            goes_on[:] = -np.inf
        scores = np.concatenate([goes_on.reshape(rows, -1), ends], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")
        is_end = order >= goes_on[0].size
        ranked = np.take_along_axis(scores, order, axis=1)
        for row, rank in zip(*np.nonzero(is_end[:, :beam] & np.isfinite(ranked[:, :beam]))):
            if len(complete[row]) < beam:
                k = order[row, rank] - goes_on[0].size
                total = float(ranked[row, rank])
                complete[row].append(Hypothesis(prefix[row, k], total, total / length ** alpha))
        done = np.array([len(found) >= beam for found in complete])
        if done.all() or length > max_length:
            break
        # the best that go on, in their order
        kept = np.argsort(is_end, axis=1, kind="stable")[:, :beam]
        kept_order = np.take_along_axis(order, kept, axis=1)                 # (rows, beam)
        live = np.take_along_axis(ranked, kept, axis=1)
        parents = kept_order // top.shape[-1]
        last = np.take_along_axis(ids.reshape(rows, -1), kept_order, axis=1).astype("int32")
        of_row = np.arange(rows)[:, None]
        prefix = np.concatenate([prefix[of_row, parents], last[..., None]], axis=2)
        states = [np.asarray(s)[of_row, parents] for s in states]
    return [sorted(found, key=lambda h: -h.score) for found in complete]


def translate(network: Seq2Seq, sources: Sequence[np.ndarray], beam: int = 1,
              max_length: int = 60, alpha: float = 0.0,
              batch_size: int = 64) -> list[list[Hypothesis]]:
    """The `beam` best outputs for each source, best first; see `search`.

    A source is ids (S,), or what else the network's encoder reads: frames (S, F), a picture.
    Sources of like length share a batch, and a batch ends with its last output.
    """
    encode, step = compiled(network.encoder), compiled(network.step)
    found: list = [None] * len(sources)
    order = np.argsort([len(s) for s in sources], kind="stable")
    for start in range(0, len(order), batch_size):
        rows = order[start:start + batch_size]
        source = pad([sources[i] for i in rows])
        memory, *states = encode(source)

        def advance(ids, states):
            logits, _, *states = step(ids, source, memory, *states)
            return ops.log_softmax(logits), [ops.convert_to_numpy(s) for s in states]

        states = [np.repeat(ops.convert_to_numpy(s)[:, None], beam, axis=1) for s in states]
        outputs = search(advance, states, len(rows), beam, max_length, alpha)
        for i, output in zip(rows, outputs):
            found[i] = output
    return found


def attention_weights(network: Seq2Seq, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Where the attention looks before each token of `target` and before `<eos>`: (T + 1, S).

    `source` (S,) and `target` (T,) are ids without `<eos>`; the target is read, not chosen. Rows
    sum to 1, or are 0 for a network without attention.
    """
    encode, step = compiled(network.encoder), compiled(network.step)
    source = np.asarray(source)[None]
    memory, *states = encode(source)
    states = [s[:, None] for s in states]
    rows = []
    for token in np.append(0, target):
        _, weights, *states = step(np.array([[token]], "int32"), source, memory, *states)
        rows.append(ops.convert_to_numpy(weights)[0, 0])
    return np.stack(rows)
