"""Candidates against each other on one task: a process each, in turns, medians.

In turns, because a machine is faster or slower from minute to minute: round 1 is A B C, round 2
C B A, and so on. The first training step, which builds the graph, is measured by itself.
"""

import importlib.util
import multiprocessing
import statistics
import time

from utils.benchmark.helpers import peak_memory
from utils.benchmark.tasks import TASKS, sentence_lengths

CANDIDATES = ("Keras", "course", "PyTorch")
_BATCHES = 24


def _runner(candidate: str, task: str):
    if candidate == "PyTorch":
        from utils.benchmark.in_torch import Runner

        return Runner(TASKS[task], _BATCHES)
    if candidate == "course":
        from utils.runtime import start

        start(seed=1)          # as in a notebook, deterministic operations included
    from utils.benchmark.in_keras import Runner

    return Runner(TASKS[task], _BATCHES, course=candidate == "course")


def _serve(connection, candidate: str, task: str) -> None:
    """One candidate in its process: build, one first step, then what the parent asks for."""
    try:
        began = time.perf_counter()
        runner = _runner(candidate, task)
        built = time.perf_counter()
        runner.train(runner.batches[:1])
        connection.send({"start": built - began, "first_step": time.perf_counter() - built})
        while request := connection.recv():
            mode, first, n = request
            parts = [runner.batches[(first + k) % len(runner.batches)] for k in range(n)]
            loss, seconds = getattr(runner, mode)(parts)
            connection.send({"seconds": seconds, "loss": float(loss),
                             "tokens": sum(b.tokens for b in parts)})
        connection.send({"memory": peak_memory()})
    except Exception as error:
        connection.send({"error": f"{type(error).__name__}: {error}"})
        raise


class _Candidate:
    def __init__(self, name: str, task: str):
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, name, task),
                                        daemon=True)
        self._process.start()
        theirs.close()
        self.name, self.begun = name, self._answer()
        self.results = {"train": [], "evaluate": []}
        self._position = 0

    def _answer(self) -> dict:
        try:
            answer = self._connection.recv()
        except EOFError:
            answer = {"error": "ended early; its output is above"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def ask(self, mode: str, n: int) -> dict:
        self._connection.send((mode, self._position, n))
        self._position += n
        return self._answer()

    def measure(self, n: int) -> None:
        for mode, found in self.results.items():
            found.append(self.ask(mode, n))

    def end(self) -> dict:
        self._connection.send(None)
        memory = self._answer()["memory"]
        self._process.join()
        rate = {mode: statistics.median(r["tokens"] / r["seconds"] for r in found)
                for mode, found in self.results.items()}
        return {"train": rate["train"], "evaluate": rate["evaluate"], "memory_mib": memory,
                "first_step": self.begun["first_step"], "start": self.begun["start"],
                "loss": self.results["train"][-1]["loss"]}


def matmul_peak(size: int = 2048, repeats: int = 3) -> float:
    """FLOP per second of a large float32 matrix product on this machine, median of `repeats`."""
    import tensorflow as tf

    a = tf.random.normal((size, size))
    seconds = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        tf.matmul(a, a)[0, 0].numpy()
        seconds.append(time.perf_counter() - began)
    return 2 * size ** 3 / statistics.median(seconds[1:])


def race(task: str, rounds: int, seconds: float) -> list[dict]:
    """One row for each candidate: tokens/s in training and evaluation, memory, share of peak.

    A sample takes about `seconds`; there are `rounds` samples of each candidate and mode.
    A candidate whose library is not installed has a row without figures.
    """
    torch = importlib.util.find_spec("torch") is not None
    running = [_Candidate(name, task) for name in CANDIDATES if name != "PyTorch" or torch]
    size = {}
    for candidate in running:
        tagger = TASKS[task].kind == "tagger"
        warm = _BATCHES if tagger else 2              # every shape has been seen after this ...
        candidate.ask("train", warm)
        candidate.ask("evaluate", warm)
        per_batch = candidate.ask("train", warm)["seconds"] / warm
        n = max(2, round(seconds / per_batch))
        # ... and each sample holds sentences of every length
        size[candidate.name] = _BATCHES * max(1, round(n / _BATCHES)) if tagger else n
    peaks = []
    for k in range(rounds):
        peaks.append(matmul_peak())
        for candidate in running if k % 2 == 0 else running[::-1]:
            candidate.measure(size[candidate.name])
    peak = statistics.median(peaks)
    found = {c.name: c.end() for c in running}
    rows = []
    for name in CANDIDATES:
        row = {"task": task, "candidate": name, **found.get(name, {})}
        if name in found:
            row["share_of_peak"] = TASKS[task].flop_per_token() * row["train"] / peak
            row["against_keras"] = row["train"] / found["Keras"]["train"]
        rows.append({**row, "peak_gflops": peak / 1e9, "rounds": rounds,
                     "data": sentence_lengths(1)[1] if TASKS[task].kind == "tagger" else "drawn"})
    return rows
