"""What the benchmark compares is the same thing, counted rightly."""

import importlib.util

import numpy as np
import pytest

from utils.runtime import start

start(seed=1)

from utils.benchmark.__main__ import merged  # noqa: E402
from utils.benchmark.in_keras import Runner  # noqa: E402
from utils.benchmark.race import _Candidate  # noqa: E402
from utils.benchmark.report import plot, plot_sweep, table  # noqa: E402
from utils.benchmark.tasks import SWEEP, TASKS, Task, batches  # noqa: E402

TINY = {"lm": Task("lm", 30, 6, 6, 3, layers=2, steps=7),
        "tagger": Task("tagger", 30, 6, 5, 3),
        "translator": Task("translator", 30, 6, 6, 3, steps=9)}


def test_the_arithmetic_of_the_language_models():
    assert TASKS["LM small"].flop_per_token() == pytest.approx(15.8e6, rel=0.01)
    assert TASKS["LM medium"].flop_per_token() == pytest.approx(79.6e6, rel=0.01)


@pytest.mark.parametrize("name", TASKS)
def test_batches_hold_what_they_say(name):
    found = batches(TASKS[name], 4)
    again = batches(TASKS[name], 4)
    for a, b in zip(found, again, strict=True):
        np.testing.assert_array_equal(a.targets, b.targets)
    for batch in found:
        assert batch.targets.shape == batch.weight.shape == batch.inputs[0].shape
        real = np.arange(batch.inputs[0].shape[1]) < batch.lengths[:, None]
        if name != "translator":
            assert batch.tokens == batch.lengths.sum()
            np.testing.assert_array_equal(batch.weight, real)
        np.testing.assert_array_equal(batch.inputs[0] > 0, real)
        if name == "tagger, bucketed":
            assert batch.weight.shape[1] < 2 * batch.lengths.min() + 9 or batch.lengths.max() > 32


@pytest.mark.parametrize("kind", ["tagger", "translator"])
def test_both_candidates_in_keras_have_the_same_losses(kind):
    theirs, ours = (Runner(TINY[kind], 20, course) for course in (False, True))
    losses = []
    for mode in ("train", "evaluate"):
        (want, _), (got, seconds) = (getattr(r, mode)(r.batches) for r in (theirs, ours))
        assert got == pytest.approx(want, rel=1e-4) and seconds > 0
        losses.append(got)
    assert losses[1] < losses[0]


def test_the_sweep_changes_one_setting_at_a_time():
    base = TASKS["LM small"]
    for name, task in SWEEP.items():
        changed = {f for f in ("vocab", "steps", "batch", "units")
                   if getattr(task, f) != getattr(base, f)}
        assert len(changed) == 1 and changed.pop() in name
        assert task.embedding == task.units


def test_both_plots_are_drawn_from_the_rows(tmp_path):
    rows = [{"task": task, "candidate": c, "train": 1000.0 + k, "against_keras": 1.0}
            for k, task in enumerate([*TASKS, *SWEEP]) for c in ("Keras", "course")]
    rows += [{"task": "LM small", "candidate": "course, GPU"}]
    for draw in (plot, plot_sweep):
        draw(rows, tmp_path / f"{draw.__name__}.png")
        assert (tmp_path / f"{draw.__name__}.png").stat().st_size > 5_000


def test_half_precision_learns_as_well():
    try:
        low = Runner(TINY["lm"], 20, course=True, bfloat16=True)
        assert low.model.states.output.dtype == "bfloat16"
        low.train(low.batches)
        found = low.evaluate(low.batches)[0]
    finally:
        high = Runner(TINY["lm"], 20, course=True)      # sets the policy back, too
    high.train(high.batches)
    assert found == pytest.approx(high.evaluate(high.batches)[0], rel=0.02)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None,
                    reason="PyTorch, an extra of the benchmark, is not installed")
@pytest.mark.parametrize("kind", TINY)
def test_the_network_in_pytorch_trains(kind):
    """In a process of its own, as in the benchmark: PyTorch and TensorFlow don't share one."""
    candidate = _Candidate("PyTorch, tuned", TINY[kind])
    before = candidate.ask("evaluate", 20)["loss"]
    assert before == pytest.approx(np.log(17 if kind == "tagger" else 30), rel=0.2)
    candidate.ask("train", 20)
    assert candidate.ask("evaluate", 20)["loss"] < before
    candidate.measure(2)
    assert candidate.end()["train"] > 0


def test_rows_stay_where_the_machine_lacks_the_candidate():
    old = [{"task": "LM small", "candidate": "PyTorch", "train": 1.0},
           {"task": "tagger", "candidate": "Keras", "train": 2.0}]
    new = [{"task": "LM small", "candidate": "PyTorch, tuned", "rounds": 5},
           {"task": "LM small", "candidate": "PyTorch", "rounds": 5},
           {"task": "LM small", "candidate": "course", "error": "failed"},
           {"task": "LM small", "candidate": "Keras", "train": 4.0}]
    rows = merged(old, new)
    assert rows == [new[3], new[2], old[0], new[0], old[1]]
    again = {"task": "LM small", "candidate": "PyTorch", "train": 5.0}
    assert merged(rows, [again]) == [*rows[:2], again, *rows[3:]]


def test_what_was_not_measured_is_empty_in_the_table():
    text = table([{"task": "LM small", "candidate": "PyTorch"},
                  {"task": "LM small", "candidate": "Keras", "train": 7000.4, "first_step": 1.25}])
    assert "| LM small | PyTorch |  |  |  |  |  |  |" in text
    assert "| LM small | Keras | 7,000 |" in text and "| 1.2 |" in text
