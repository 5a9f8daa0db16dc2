import json
import os
import subprocess
import sys

import pytest

from utils import results, runtime

TABLE = {"mini": {"units": 1}, "class": {"units": 2}, "full": {"units": 3}}


def test_a_profile_is_a_row_of_the_table(monkeypatch, capsys):
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    assert runtime.profile(TABLE).units == 1
    monkeypatch.setenv("COURSE_PROFILE", "full")
    assert runtime.profile(TABLE).units == 3
    assert capsys.readouterr().out == "mini: units 1\nfull: units 3\n"


def test_a_bad_profile_is_explained(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "max")
    with pytest.raises(ValueError, match="'max'; it must be one of mini, class, full"):
        runtime.profile(TABLE)
    monkeypatch.setenv("COURSE_PROFILE", "mini")
    with pytest.raises(ValueError, match="needs the rows"):
        runtime.profile({"mini": {}})
    with pytest.raises(ValueError, match="differ in their keys"):
        runtime.profile({**TABLE, "full": {"unit": 3}})


def test_entries_of_the_row_can_be_changed(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "class")
    monkeypatch.setenv("COURSE_SET", "units=(8,9)")
    assert runtime.profile(TABLE).units == (8, 9) and TABLE["class"]["units"] == 2
    assert runtime.run_name() == "class units=(8, 9)"
    monkeypatch.setenv("COURSE_SET", "units=many")
    assert runtime.profile(TABLE).units == "many"
    monkeypatch.setenv("COURSE_SET", "layers=2")
    with pytest.raises(ValueError, match="changes layers; this notebook's row has units"):
        runtime.profile(TABLE)
    for bad in ("units", "units=", "=3"):
        monkeypatch.setenv("COURSE_SET", bad)
        with pytest.raises(ValueError, match="write name=value"):
            runtime.profile(TABLE)


def test_a_newcomer_sees_one_line_and_no_log():
    code = ("from utils.runtime import start; start(seed=5)\n"
            "import keras, numpy as np\n"
            "m = keras.Sequential([keras.layers.SimpleRNN(2)]); m.compile('sgd', 'mse')\n"
            "m.fit(np.zeros((4, 3, 2)), np.zeros((4, 2)), verbose=0)")
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert run.stdout.startswith("profile mini · seed 5 · Keras") and run.stdout.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has the setting")
def test_freed_memory_is_kept_for_the_next_batch():
    """Pages that the system must map anew, before and after: five arrays of 64 MB, one by one."""
    code = ("import resource, numpy as np\n"
            "from utils.runtime import keep_memory\n"
            "def faults():\n"
            "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
            "    for _ in range(5): np.ones(8_000_000)\n"
            "    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before\n"
            "before = faults(); keep_memory(); faults(); print(before, faults())")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(int, run.stdout.split())
    assert after < before / 10


@pytest.mark.parametrize("name, given, want", [("mini", None, "0"), ("class", None, "1"),
                                               ("full", "0", "0")])
def test_long_runs_use_onednn_and_mini_does_not(name, given, want, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", name)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", given or "")      # put back when the test is over
    if given is None:
        monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    runtime.start()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == want


def test_small_networks_get_one_thread_for_each_operation():
    code = ("from utils.runtime import start; start(small={})\n"
            "import os; print(os.environ.get('TF_NUM_INTRAOP_THREADS'))")
    env = {k: v for k, v in os.environ.items() if not k.startswith("TF_NUM")}
    for small, want in ((True, "1"), (False, "None")):
        run = subprocess.run([sys.executable, "-c", code.format(small)], capture_output=True,
                             text=True, env=env, check=True)
        assert run.stdout.split()[-1] == want


def test_the_environment_can_choose_another_seed(monkeypatch, capsys):
    import numpy as np

    def draw():
        runtime.start(seed=1)
        return np.random.random()

    one = draw()
    monkeypatch.setenv("COURSE_SEED", "2")
    two = draw()
    assert runtime.current_seed() == 2 and "seed 2" in capsys.readouterr().out
    monkeypatch.delenv("COURSE_SEED")
    assert draw() == one != two


def test_held_back_lines_come_out_when_the_import_fails(capfd):
    with pytest.raises(RuntimeError):
        with runtime._held_stderr():
            os.write(2, b"the reason\n")
            raise RuntimeError
    assert "the reason" in capfd.readouterr().err


def test_a_progress_bar_can_be_silenced(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    assert list(runtime.progress(range(3))) == [0, 1, 2]
    assert capsys.readouterr().out == ""


def test_a_headline_is_printed_and_recorded(tmp_path, monkeypatch, capsys):
    path = tmp_path / "runs.jsonl"
    monkeypatch.setenv("COURSE_RESULTS", str(path))
    monkeypatch.setenv("COURSE_PROFILE", "mini")
    results.headline("02", "gap to Keras", 1.5e-7, "", steps=7)
    results.headline("02", "gap to Keras", 2.5e-7, "", steps=8, truth=float("nan"))
    assert capsys.readouterr().out.startswith("gap to Keras: 1.5e-07\n")
    monkeypatch.setattr(results, "RECORDED", path)
    table = results.recorded("02")
    assert len(table) == 1 and table["gap to Keras"][0] == 2.5e-7 and table["steps"][0] == 8
    assert "NaN" not in path.read_text() and table["truth"].isna().all()
    assert results.recorded("77").empty
    monkeypatch.setenv("COURSE_SET", "steps=9")
    results.headline("02", "gap to Keras", 3.5e-7, "", steps=9)
    assert results.recorded("02")["profile"].tolist() == ["mini", "mini steps=9"]


def test_a_damaged_results_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text(json.dumps({"lecture": "02"}) + "\n{half\n")
    with pytest.raises(ValueError, match="line 2 is not JSON.*Delete that line"):
        results.read_results(path)
