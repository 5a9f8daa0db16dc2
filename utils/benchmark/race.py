"""Candidates against each other on one task: a process each, in turns, medians.

In turns, because a machine is faster or slower from minute to minute: round 1 is A B C, round 2
C B A, and so on. The first training step, which builds the graph, is measured by itself.
"""

import importlib.util
import multiprocessing
import os
import shutil
import statistics
import subprocess
import time

import numpy as np

from utils.benchmark.helpers import peak_memory
from utils.benchmark.tasks import SWEEP, TASKS, Task, sentence_lengths
from utils.results import hardware

CANDIDATES = ("Keras", "course", "PyTorch", "PyTorch, tuned", "course, bfloat16",
              "PyTorch, bfloat16", "course, GPU", "PyTorch, GPU")
_BATCHES = 24


def here(candidate: str) -> bool:
    """Whether this machine has what the candidate needs."""
    torch = importlib.util.find_spec("torch") is not None
    if candidate.startswith("PyTorch") and not torch:
        return False
    return "GPU" not in candidate or shutil.which("nvidia-smi") is not None and not subprocess.run(
        ["nvidia-smi", "-L"], capture_output=True).returncode


def _runner(candidate: str, task: Task):
    kind, _, how = candidate.partition(", ")
    if how != "GPU":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if kind == "PyTorch":
        from utils.benchmark.in_torch import Runner

        return Runner(task, _BATCHES, tuned=how != "", bfloat16=how == "bfloat16")
    if kind == "course":
        from utils.runtime import start

        os.environ["COURSE_PROFILE"] = "full"
        # as in a long run of a notebook, deterministic operations included
        start(seed=1, small=task.kind == "tagger")
    from utils.benchmark.in_keras import Runner

    return Runner(task, _BATCHES, course=kind == "course", bfloat16=how == "bfloat16")


def _serve(connection, candidate: str, task: Task) -> None:
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
    def __init__(self, name: str, task: Task):
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
    """FLOP per second of a large float32 matrix product: the best of NumPy's and TensorFlow's."""
    import tensorflow as tf

    a = np.random.default_rng(0).normal(size=(size, size)).astype("float32")
    with tf.device("CPU"):
        b = tf.constant(a)
    best = 0.0
    for product in (lambda: a @ a, lambda: tf.matmul(b, b)[0, 0].numpy()):
        seconds = []
        for _ in range(repeats + 1):
            began = time.perf_counter()
            product()
            seconds.append(time.perf_counter() - began)
        best = max(best, 2 * size ** 3 / statistics.median(seconds[1:]))
    return best


def race(name: str, rounds: int, seconds: float) -> list[dict]:
    """One row for each candidate: tokens/s in training and evaluation, memory, share of peak.

    A sample takes about `seconds`; there are `rounds` samples of each candidate and mode. The peak
    is the highest that was measured between the rounds, that of the processor. A candidate whose
    library or GPU is not there has a row without figures, one that fails at its first step has its
    error there. The tasks of the sweep have the first two candidates only.
    """
    task = (TASKS | SWEEP)[name]
    names = CANDIDATES if name in TASKS else CANDIDATES[:2]
    running, failed = [], {}
    for candidate in filter(here, names):
        try:
            running.append(_Candidate(candidate, task))
        except RuntimeError as error:       # as half precision on a processor that lacks it
            failed[candidate] = {"error": str(error)}
    size = {}
    for candidate in running:
        tagger = task.kind == "tagger"
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
    peak = max(peaks)
    found = {c.name: c.end() for c in running}
    rows = []
    for candidate in names:
        row = {"task": name, "candidate": candidate, **(found | failed).get(candidate, {})}
        if candidate in found:
            if "GPU" not in candidate:
                row["share_of_peak"] = task.flop_per_token() * row["train"] / peak
            row["against_keras"] = row["train"] / found["Keras"]["train"]
        rows.append({**row, "peak_gflops": peak / 1e9, "rounds": rounds,
                     "hardware": hardware("GPU" if "GPU" in candidate else "CPU"),
                     "data": sentence_lengths(1)[1] if task.kind == "tagger" else "drawn"})
    return rows
