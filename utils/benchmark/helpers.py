"""Speed and memory of the helpers, each in a process of its own, so that memory is its own."""

import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from utils.corpora import load_lm
from utils.ngrams import KneserNey
from utils.runtime import start
from utils.text import Vocabulary

Row = Callable[[], tuple[float, int]]      # -> seconds, tokens


def _streams(corpus: str) -> tuple[Vocabulary, np.ndarray, np.ndarray]:
    lm = load_lm(corpus)
    vocabulary = Vocabulary.build(lm.train)
    return vocabulary, vocabulary.stream(lm.train), vocabulary.stream(lm.test)


def load(corpus: str) -> tuple[float, int]:
    """Read a corpus, number its tokens."""
    began = time.perf_counter()
    _, train, test = _streams(corpus)
    return time.perf_counter() - began, len(train) + len(test)


def kneser_ney(corpus: str) -> tuple[float, int]:
    """Train and score a Kneser-Ney model of order 5."""
    vocabulary, train, test = _streams(corpus)
    began = time.perf_counter()
    KneserNey(order=5, vocab_size=len(vocabulary)).fit(train).logprobs(test)
    return time.perf_counter() - began, len(train) + len(test)


def training(cell: str, corpus: str) -> tuple[float, int]:
    """One epoch over 40,000 tokens, after a first short one that builds the graph."""
    start(seed=1)
    from utils.models import recurrent_lm
    from utils.training import train_recurrent_lm

    vocabulary, train, test = _streams(corpus)
    model = recurrent_lm(cell, len(vocabulary), batch_size=32)
    n, eos = 40_000, vocabulary.eos

    def run(epochs: int) -> float:
        began = time.perf_counter()
        train_recurrent_lm(model, train[:n], test[:1_024], eos, epochs=epochs)
        return time.perf_counter() - began

    first = run(1)
    return run(3) - first, 2 * n        # both build the graph; the difference is two epochs


def rows(corpus: str) -> dict[str, tuple]:
    return {
        "load and number": (load, corpus),
        "Kneser-Ney 5, fit and score": (kneser_ney, corpus),
        "SimpleRNN 128, training": (training, "rnn", corpus),
        "GRU 128, training": (training, "gru", corpus),
        "LSTM 128, training": (training, "lstm", corpus),
    }


def peak_memory() -> float:
    """Largest memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _measure(connection, function: Row, *arguments: str) -> None:
    seconds, tokens = function(*arguments)
    connection.send((seconds, tokens, peak_memory()))


def measure(function: Row, *arguments: str) -> tuple[float, int, float]:
    """Seconds, tokens and peak memory in MiB of one call in a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(theirs, function, *arguments))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__}{arguments} failed; its error is above") from None
    finally:
        process.join()


def helpers(corpus: str, runs: int) -> pd.DataFrame:
    """One row for each helper, medians of `runs` runs."""
    table = []
    for name, call in rows(corpus).items():
        found = [measure(*call) for _ in range(runs)]
        seconds = statistics.median(s for s, _, _ in found)
        tokens = found[0][1]
        table.append({"what": name, "tokens": f"{tokens:,}", "seconds": f"{seconds:.2f}",
                      "tokens/s": f"{tokens / seconds:,.0f}",
                      "peak MiB": f"{max(m for _, _, m in found):,.0f}"})
    return pd.DataFrame(table)
