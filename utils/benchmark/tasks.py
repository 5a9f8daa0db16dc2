"""What is trained in the benchmark: three kinds of networks, batches, and their arithmetic."""

from dataclasses import dataclass, replace

import numpy as np

from utils.corpora import CorpusError, load_treebank

BUCKETS = (8, 16, 24, 32, 48, 80)


@dataclass(frozen=True)
class Task:
    """`kind` is lm (language model), tagger or translator; widths and counts as in the lectures."""

    kind: str
    vocab: int
    embedding: int
    units: int
    batch: int
    layers: int = 1
    steps: int = 35
    tags: int = 17
    bucketed: bool = False

    def flop_per_token(self) -> int:
        """Floating-point operations of the matrix products in training, for one target token.

        A product of (1, m) and (m, n) takes 2mn forward, and twice that backward. For the
        translator a source token is counted with each target token, and attention over 20.
        """
        e, n = self.embedding, self.units
        if self.kind == "lm":
            weights = 4 * n * (e + n) + (self.layers - 1) * 8 * n * n + n * self.vocab
        elif self.kind == "tagger":
            weights = 2 * 4 * n * (e + n) + 2 * n * self.tags
        else:
            weights = 2 * 4 * n * (e + n) + 2 * 20 * n + 2 * n * n + n * self.vocab
        return 6 * weights


TASKS = {
    "LM small": Task("lm", 10_000, 200, 200, 20, layers=2),
    "LM medium": Task("lm", 10_000, 650, 650, 64, layers=2),
    "tagger": Task("tagger", 20_000, 100, 128, 32),
    "tagger, bucketed": Task("tagger", 20_000, 100, 128, 32, bucketed=True),
    "translator": Task("translator", 8_000, 256, 256, 64, steps=20),
}

# The small language model with one setting changed at a time; "units" changes both widths.
SWEPT = {"vocab": (1_000, 3_000, 30_000), "steps": (10, 70, 140), "batch": (5, 80),
         "units": (50, 100, 400)}
SWEEP = {f"LM small, {what} {value:,}":
         replace(TASKS["LM small"], **dict.fromkeys(
             ("units", "embedding") if what == "units" else (what,), value))
         for what, values in SWEPT.items() for value in values}


@dataclass(frozen=True)
class Batch:
    """Ids and targets, padded with 0 to one length; `weight` is 1 at a target, 0 at padding."""

    inputs: tuple[np.ndarray, ...]
    lengths: np.ndarray
    targets: np.ndarray
    weight: np.ndarray

    @property
    def tokens(self) -> int:
        return int(self.weight.sum())


def _zipf(rng: np.random.Generator, vocab: int, size) -> np.ndarray:
    """Ids from 1, with frequencies falling as in text (Zipf 1949)."""
    p = 1 / np.arange(1, vocab)
    return (rng.choice(vocab - 1, size, p=p / p.sum()) + 1).astype("int32")


def sentence_lengths(n: int) -> tuple[np.ndarray, str]:
    """Lengths of `n` training sentences of EWT, else of a gamma distribution like them; which."""
    rng = np.random.default_rng(0)
    try:
        known = [len(s) for s in load_treebank("ud-english-ewt").train]
        return rng.choice(np.minimum(known, 80), n), "lengths of EWT"
    except CorpusError:
        drawn = rng.gamma(1.7, 9.6, n)
        return np.clip(np.round(drawn), 1, 80).astype(int), "lengths drawn: gamma(1.7, 9.6)"


def _padded(rng, task: Task, lengths: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    weight = (np.arange(width) < lengths[:, None]).astype("float32")
    ids = _zipf(rng, task.vocab, (len(lengths), width)) * weight.astype("int32")
    return ids, weight


def batches(task: Task, n: int) -> list[Batch]:
    """`n` batches, the same at each call (fewer when bucketing leaves sentences over)."""
    rng = np.random.default_rng(0)
    found = []
    if task.kind == "lm":
        for _ in range(n):
            ids = _zipf(rng, task.vocab, (task.batch, task.steps + 1))
            found.append(Batch((ids[:, :-1],), np.full(task.batch, task.steps), ids[:, 1:],
                               np.ones((task.batch, task.steps), "float32")))
    elif task.kind == "tagger":
        lengths = sentence_lengths(n * task.batch)[0]
        groups = [lengths]
        if task.bucketed:
            bucket = np.searchsorted(BUCKETS, lengths)
            groups = [lengths[bucket == k] for k in range(len(BUCKETS))]
        for group in groups:
            for k in range(0, len(group) - task.batch + 1, task.batch):
                part = group[k:k + task.batch]
                width = BUCKETS[np.searchsorted(BUCKETS, part.max())] if task.bucketed \
                    else part.max()
                ids, weight = _padded(rng, task, part, width)
                found.append(Batch((ids,), part, ids % task.tags, weight))
        rng.shuffle(found)
    else:
        for _ in range(n):
            source = np.clip(np.round(rng.normal(14, 4, task.batch)), 4, task.steps).astype(int)
            target = np.clip(source + rng.integers(-2, 3, task.batch), 4, task.steps)
            ids, _ = _padded(rng, task, source, task.steps)
            out, weight = _padded(rng, task, target, task.steps)
            shifted = np.concatenate([np.ones((task.batch, 1), "int32"), out[:, :-1]], axis=1)
            found.append(Batch((ids, shifted * weight.astype("int32")), source, out, weight))
    return found
